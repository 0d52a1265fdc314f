package tview

import "strings"

// glyphs are the digits of a number that is read from two metres, four columns by five rows.
var glyphs = map[rune][5]string{
	'0': {"████", "█  █", "█  █", "█  █", "████"},
	'1': {"  █ ", " ██ ", "  █ ", "  █ ", " ███"},
	'2': {"████", "   █", "████", "█   ", "████"},
	'3': {"████", "   █", " ███", "   █", "████"},
	'4': {"█  █", "█  █", "████", "   █", "   █"},
	'5': {"████", "█   ", "████", "   █", "████"},
	'6': {"████", "█   ", "████", "█  █", "████"},
	'7': {"████", "   █", "  █ ", "  █ ", "  █ "},
	'8': {"████", "█  █", "████", "█  █", "████"},
	'9': {"████", "█  █", "████", "   █", "████"},
	'-': {"  ", "  ", "██", "  ", "  "},
}

// large draws a number in glyphs; nil when it holds anything else or is wider than width columns.
func large(number string, width int) []string {
	rows := make([]strings.Builder, 5)
	for i, r := range number {
		glyph, ok := glyphs[r]
		if !ok {
			return nil
		}
		for y := range rows {
			if i > 0 {
				_, _ = rows[y].WriteString("  ")
			}
			_, _ = rows[y].WriteString(glyph[y])
		}
	}
	var out []string
	for y := range rows {
		out = append(out, rows[y].String())
	}
	if len([]rune(out[0])) > width {
		return nil
	}
	return out
}

// cardPicture is a card above a reader.
var cardPicture = []string{
	"┌────────────────────┐",
	"│  ▄▄▄               │",
	"│  ▀▀▀     ────────  │",
	"│          ────────  │",
	"└────────────────────┘",
	"          ▼",
	"  ══════════════════",
}

// takePicture is a card that is lifted off the reader.
var takePicture = []string{
	"          ▲",
	"┌────────────────────┐",
	"│  ▄▄▄               │",
	"│  ▀▀▀     ────────  │",
	"│          ────────  │",
	"└────────────────────┘",
	"",
	"  ══════════════════",
}

// padPicture is a reader with keys of its own.
var padPicture = []string{
	"┌─────────────────┐",
	"│  ┌───────────┐  │",
	"│  │  ● ● _ _  │  │",
	"│  └───────────┘  │",
	"│   [1] [2] [3]   │",
	"│   [4] [5] [6]   │",
	"│   [7] [8] [9]   │",
	"│       [0]       │",
	"└─────────────────┘",
}
