package tview

import (
	"regexp"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// canvas draws text cell by cell. Words never pass through tview's tag parser, so that none of them can be a
// colour or a region.
type canvas struct {
	screen tcell.Screen
	width  int
	height int
}

// span is a run of text in one style.
type span struct {
	text  string
	style tcell.Style
}

// put draws text from column x and returns the column behind it; what does not fit before limit is cut with an
// ellipsis.
func (c canvas) put(x, y, limit int, text string, style tcell.Style) int {
	if y < 0 || y >= c.height {
		return x
	}
	limit = min(limit, c.width)
	if x+uniseg.StringWidth(text) > limit {
		text = cut(text, limit-x)
	}
	for state := -1; text != ""; {
		var cluster string
		var wide int
		cluster, text, wide, state = uniseg.FirstGraphemeClusterInString(text, state)
		if wide == 0 {
			continue
		}
		runes := []rune(cluster)
		c.screen.SetContent(x, y, runes[0], runes[1:], style)
		x += wide
	}
	return x
}

// keycaps are the names of keys in what a person is told.
var keycaps = regexp.MustCompile(`\b(?:Enter|Space|Esc|F1)\b|↑↓`)

// keys puts text with the names of keys drawn like those of the footer.
func (c canvas) keys(x, y, limit int, text string, style tcell.Style) {
	for text != "" {
		at := keycaps.FindStringIndex(text)
		if at == nil {
			c.put(x, y, limit, text, style)
			return
		}
		x = c.put(x, y, limit, text[:at[0]], style)
		x = c.put(x, y, limit, text[at[0]:at[1]], badge)
		text = text[at[1]:]
	}
}

// row fills a whole row with a style.
func (c canvas) row(y int, style tcell.Style) { c.fill(0, y, c.width, style) }

func (c canvas) fill(x, y, limit int, style tcell.Style) {
	for ; x < limit; x++ {
		c.screen.SetContent(x, y, ' ', nil, style)
	}
}

// cut shortens text to at most width columns, the last of them an ellipsis.
func cut(text string, width int) string {
	var out strings.Builder
	used := 0
	for state := -1; text != ""; {
		var cluster string
		var wide int
		cluster, text, wide, state = uniseg.FirstGraphemeClusterInString(text, state)
		if used+wide > width-1 {
			break
		}
		out.WriteString(cluster)
		used += wide
	}
	if width > 0 {
		out.WriteString("…")
	}
	return out.String()
}

// wrap breaks text into rows of at most width columns where Unicode allows a break (UAX #14, so that no row of
// Japanese begins with 、 or 」), and anywhere when a word is longer than a row.
func wrap(text string, width int) []string {
	width = max(width, 2)
	var rows []string
	var row, word strings.Builder // word: since the last place for a break
	used, pending := 0, 0
	for state := -1; text != ""; {
		var cluster string
		var flags int
		cluster, text, flags, state = uniseg.StepString(text, state)
		wide := flags >> uniseg.ShiftWidth
		for used+pending > 0 && used+pending+wide > width && cluster != " " {
			full := &row // the word goes to the next row whole
			if row.Len() == 0 {
				full, pending = &word, 0 // longer than a row
			}
			rows = append(rows, strings.TrimRight(full.String(), " "))
			full.Reset()
			used = 0
		}
		word.WriteString(cluster)
		pending += wide
		if flags&uniseg.MaskLine != uniseg.LineDontBreak {
			row.WriteString(word.String())
			used += pending
			word.Reset()
			pending = 0
		}
	}
	row.WriteString(word.String())
	if last := strings.TrimRight(row.String(), " "); last != "" || len(rows) == 0 {
		rows = append(rows, last)
	}
	return rows
}

// pad fills text up to width columns with spaces.
func pad(text string, width int) string {
	if n := width - uniseg.StringWidth(text); n > 0 {
		return text + strings.Repeat(" ", n)
	}
	return text
}
