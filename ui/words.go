package ui

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"madoguchi/i18n"
)

// Clean makes foreign words fit for a terminal without changing what they say: half-width kana become
// full-width (a terminal and the libraries disagree about the width of ｶﾞ), line ends and tabs become ⏎ and a
// space, so that a value can never pass for a row of its own, and what cannot be seen (controls, marks that turn
// the direction of writing, private and unassigned code points) is shown as 〓 with its code point.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	var out strings.Builder
	kana := []rune(nil)
	flush := func() {
		out.WriteString(norm.NFC.String(width.Fold.String(string(kana)))) // ｶﾞ: fold gives カ and a mark, NFC joins them
		kana = kana[:0]
	}
	circled := false // ① is drawn wider than it counts: what follows stands apart
	for _, r := range s {
		if circled && r != ' ' && r != '　' {
			out.WriteRune(' ')
		}
		circled = r >= 0x2460 && r <= 0x24FF
		if r >= 0xFF61 && r <= 0xFF9F {
			kana = append(kana, r)
			continue
		}
		flush()
		writeSeen(&out, r)
	}
	flush()
	return out.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func writeSeen(out *strings.Builder, r rune) {
	switch {
	case r == '\n':
		out.WriteRune('⏎')
	case r == '\t':
		out.WriteRune(' ')
	case r == '㊙': // drawn two cells wide, counted as one
		out.WriteString("(秘)")
	case r == '㊗':
		out.WriteString("(祝)")
	case unicode.IsGraphic(r) && !unicode.Is(unicode.Zl, r) && !unicode.Is(unicode.Zp, r), r == '\u200d', r == '\u200c':
		out.WriteRune(r)
	default:
		fmt.Fprintf(out, "〓(U+%04X)", r)
	}
}

// jst is the time of every municipality in Japan: no zone file is needed and none can be wrong.
var jst = time.FixedZone("JST", 9*60*60)

// Stamp writes a time to the minute, in Japan Standard Time; the zero time is empty.
func Stamp(t time.Time, l i18n.Lang) string {
	if t.IsZero() {
		return ""
	}
	return t.In(jst).Format(l.Stamp())
}
