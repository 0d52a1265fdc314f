package tview

import (
	"regexp"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// canvas draws text cell by cell. Words never pass through tview's tag parser, so that none of them can be a
// colour or a region. In the large mode of a terminal that cannot enlarge its letters each cell is two by two, so
// that lines and letters stand apart.
type canvas struct {
	screen tcell.Screen
	width  int
	height int
	theme  *theme
	scale  int // 1 or 2
}

// span is a run of text in one tone.
type span struct {
	text string
	tone tone
}

func newCanvas(screen tcell.Screen, t *theme, scale int) canvas {
	width, height := screen.Size()
	return canvas{screen, width / scale, height / scale, t, scale}
}

// put draws text from column x and returns the column behind it; what does not fit before limit is cut with an
// ellipsis.
func (c canvas) put(x, y, limit int, text string, t tone) int {
	if y < 0 || y >= c.height {
		return x
	}
	limit = min(limit, c.width)
	if x+uniseg.StringWidth(text) > limit {
		text = cut(text, limit-x)
	}
	style := c.theme.styles[t]
	for state := -1; text != ""; {
		var cluster string
		var wide int
		cluster, text, wide, state = uniseg.FirstGraphemeClusterInString(text, state)
		if wide == 0 {
			continue
		}
		runes := []rune(cluster)
		if c.scale > 1 {
			c.fill(x, y, x+wide, t)
		}
		c.screen.SetContent(x*c.scale, y*c.scale, runes[0], runes[1:], style)
		x += wide
	}
	return x
}

// keycaps are the names of keys in what a person is told.
var keycaps = regexp.MustCompile(`\b(?:Enter|Space|Esc|Tab|F1|F2|F3|F4|F10)\b|↑↓`)

// keys puts text with the names of keys drawn like keys.
func (c canvas) keys(x, y, limit int, text string, t tone) {
	for text != "" {
		at := keycaps.FindStringIndex(text)
		if at == nil {
			c.put(x, y, limit, text, t)
			return
		}
		x = c.put(x, y, limit, text[:at[0]], t)
		x = c.put(x, y, limit, text[at[0]:at[1]], badge)
		text = text[at[1]:]
	}
}

// row fills a whole row.
func (c canvas) row(y int, t tone) { c.fill(0, y, c.width, t) }

// fill fills a part of a row.
func (c canvas) fill(x, y, limit int, t tone) {
	if y < 0 || y >= c.height {
		return
	}
	style := c.theme.styles[t]
	for row := y * c.scale; row < (y+1)*c.scale; row++ {
		for at := max(0, x) * c.scale; at < min(limit, c.width)*c.scale; at++ {
			c.screen.SetContent(at, row, ' ', nil, style)
		}
	}
}

// clear empties the screen, also where the grid of the large mode does not reach.
func (c canvas) clear(t tone) {
	c.screen.Fill(' ', c.theme.styles[t])
}

func (c canvas) cursor(x, y int) { c.screen.ShowCursor(x*c.scale, y*c.scale) }

// centre puts text in the middle between two columns.
func (c canvas) centre(from, to, y int, text string, t tone) {
	room := to - from - uniseg.StringWidth(text)
	c.put(from+max(0, room/2), y, to, text, t)
}
