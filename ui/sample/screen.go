package sample

import (
	"fmt"
	"strings"
	"sync"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// Screen is a simulated terminal whose text may be read while an event loop draws on it.
type Screen struct {
	tcell.SimulationScreen
	mu   sync.Mutex
	text string
}

// NewScreen makes a screen; its size is set after a front has taken it.
func NewScreen() *Screen { return &Screen{SimulationScreen: tcell.NewSimulationScreen("UTF-8")} }

// Show puts what was drawn on the screen.
func (s *Screen) Show() {
	s.SimulationScreen.Show()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = read(s.SimulationScreen)
}

// Text returns what the screen shows, a row a line without the spaces at its end, and the cursor's place if it is
// to be seen.
func (s *Screen) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

func read(screen tcell.SimulationScreen) string {
	cells, width, height := screen.GetContents()
	var out strings.Builder
	for y := range height {
		var row strings.Builder
		for x := 0; x < width; {
			cluster := string(cells[y*width+x].Runes)
			if cluster == "" {
				cluster = " "
			}
			row.WriteString(cluster)
			x += max(1, uniseg.StringWidth(cluster))
		}
		out.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	if x, y, visible := screen.GetCursor(); visible {
		fmt.Fprintf(&out, "cursor %d,%d\n", x, y)
	}
	return out.String()
}
