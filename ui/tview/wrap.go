package tview

import (
	"strings"

	"github.com/rivo/uniseg"
)

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
