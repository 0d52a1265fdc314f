package tview

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"madoguchi/ui"
)

// probeWait is how long a terminal may take to say where its cursor is; most take a millisecond.
const probeWait = 150 * time.Millisecond

// probe is one kind of character, with an example of it: if the terminal does not move its cursor as far as the
// screen's library believes, everything to the right of one would stand in the wrong place.
type probe struct {
	example string
	is      func(cluster string) bool
}

var probes = []probe{
	{"①", between(0x2460, 0x24ff)},
	{"㈱", between(0x3200, 0x33ff)},
	{"⏎", between(0x2300, 0x23ff)},
	{"✓", between(0x2700, 0x27bf)},
	{"☃", between(0x2600, 0x26ff)},
	{"𠮷", between(0x20000, 0x2ffff)},
	{"\U00031350", between(0x30000, 0x3ffff)},
	{"葛\U000E0100", func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 0xe0100 && r <= 0xe01ef })
	}},
	{"か\u3099", func(s string) bool { return strings.ContainsAny(s, "\u3099\u309a") }},
	{"é", func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x300 && r <= 0x36f })
	}},
	{"👪", between(0x1f000, 0x1faff)},
}

func between(from, to rune) func(string) bool {
	return func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= from && r <= to })
	}
}

// fonts asks the terminal how wide it draws each kind of character, and takes the kinds that it draws otherwise out
// of the repertoire. A terminal that does not answer leaves it as it is.
func fonts(terminal io.ReadWriter, r *ui.Repertoire, wait time.Duration) *ui.Repertoire {
	var ask strings.Builder
	for _, p := range probes {
		ask.WriteString("\r" + p.example + "\x1b[6n")
	}
	ask.WriteString("\r\x1b[K")
	if _, err := io.WriteString(terminal, ask.String()); err != nil {
		return r
	}
	columns := reports(terminal, len(probes), wait)
	if len(columns) != len(probes) {
		return r
	}
	for i, p := range probes {
		if columns[i]-1 != uniseg.StringWidth(p.example) {
			r = r.Without(p.is)
		}
	}
	return r
}

var report = regexp.MustCompile(`\x1b\[\d{1,5};(\d{1,5})R`)

// reports reads n reports of where the cursor is (ECMA-48 CPR) and returns their columns, fewer when they do not come.
func reports(terminal io.Reader, n int, wait time.Duration) []int {
	pieces := make(chan string)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for buf := make([]byte, 256); ; {
			got, err := terminal.Read(buf)
			select {
			case pieces <- string(buf[:got]):
			case <-done:
				return
			}
			if err != nil || got == 0 {
				return
			}
		}
	}()
	timeout := time.After(wait)
	for text := ""; len(text) < 4096; {
		select {
		case piece := <-pieces:
			text += piece
			if columns := columnsOf(text); len(columns) >= n || piece == "" {
				return columns
			}
		case <-timeout:
			return nil
		}
	}
	return nil
}

func columnsOf(text string) []int {
	var out []int
	for _, m := range report.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1]) // five digits at most
		out = append(out, n)
	}
	return out
}

// probeTerminal tests the fonts of the terminal that the program runs on, before the screen takes it.
func probeTerminal(r *ui.Repertoire) *ui.Repertoire {
	tty, err := tcell.NewDevTty()
	if err != nil {
		return r
	}
	if err := tty.Start(); err != nil {
		_ = tty.Close()
		return r
	}
	r = fonts(tty, r, probeWait)
	_ = tty.Drain() // wakes a read that still waits
	_ = tty.Stop()
	_ = tty.Close()
	return r
}

// shown is foreign text as this screen can show it.
func (v *view) shown(s string) string { return v.front.fonts.Show(ui.Clean(s)) }

// missing counts the characters of a review that the screen cannot show.
func (v *view) missing() int {
	n := 0
	for _, g := range v.frame.Screen.Groups {
		for _, r := range g.Rows {
			n += strings.Count(v.shown(r.Value.Say(v.front.lang())), "〓(")
		}
	}
	return n
}
