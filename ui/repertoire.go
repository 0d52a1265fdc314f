package ui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// ErrRepertoire reports a list of code points that cannot be read.
var ErrRepertoire = errors.New("ui: not a list of code points")

// Repertoire is what the screen can show. Nil shows everything.
type Repertoire struct {
	ranges []codeRange // in order; none: everything
	narrow []func(string) bool
}

type codeRange struct{ from, to rune }

// ParseRepertoire reads code points and ranges in hexadecimal, apart by blanks, commas or line ends, as fontconfig
// writes the coverage of a font: "20-7e 4e00-9fff U+20BB7".
func ParseRepertoire(list string) (*Repertoire, error) {
	r := &Repertoire{}
	for _, field := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		first, last, isRange := strings.Cut(strings.ToLower(strings.ReplaceAll(strings.ToUpper(field), "U+", "")), "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 16, 21)
		to, err2 := strconv.ParseUint(last, 16, 21)
		if err1 != nil || err2 != nil || from > to || to > utf8.MaxRune {
			return nil, fmt.Errorf("%w: %q", ErrRepertoire, field)
		}
		r.ranges = append(r.ranges, codeRange{rune(from), rune(to)})
	}
	if len(r.ranges) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrRepertoire)
	}
	slices.SortFunc(r.ranges, func(a, b codeRange) int { return int(a.from - b.from) })
	return r, nil
}

// Without is the repertoire less the characters of which a terminal has another idea of the width.
func (r *Repertoire) Without(is func(cluster string) bool) *Repertoire {
	out := &Repertoire{}
	if r != nil {
		*out = Repertoire{r.ranges, slices.Clone(r.narrow)}
	}
	out.narrow = append(out.narrow, is)
	return out
}

// Shows reports whether the screen can show a character.
func (r *Repertoire) Shows(cluster string) bool {
	if r == nil {
		return true
	}
	for _, is := range r.narrow {
		if is(cluster) {
			return false
		}
	}
	if len(r.ranges) == 0 {
		return true
	}
	for _, c := range cluster {
		if !r.has(c) && !isJoiner(c) {
			return false
		}
	}
	return true
}

func (r *Repertoire) has(c rune) bool {
	i, found := slices.BinarySearchFunc(r.ranges, c, func(x codeRange, c rune) int { return int(x.from - c) })
	if found {
		return true
	}
	return i > 0 && c <= r.ranges[i-1].to
}

// isJoiner reports what is part of a character without a glyph of its own: variation selectors, joiners.
func isJoiner(c rune) bool {
	return unicode.Is(unicode.Variation_Selector, c) || c == '\u200d' || c == '\u200c'
}

// Show puts 〓 with code point and description in the place of each character that the screen cannot show.
func (r *Repertoire) Show(s string) string {
	if r == nil || plain(s) {
		return s
	}
	var out strings.Builder
	for state, rest := -1, s; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if r.Shows(cluster) {
			out.WriteString(cluster)
			continue
		}
		out.WriteString(Described(cluster))
	}
	return out.String()
}

// Described is 〓 with the code points of a character and what is known of its shape.
func Described(cluster string) string {
	var codes []string
	first := rune(0)
	for _, c := range cluster {
		if first == 0 {
			first = c
		}
		codes = append(codes, fmt.Sprintf("U+%04X", c))
	}
	text := strings.Join(codes, " ")
	if shape := shapeOf(first); shape != "" {
		text += " " + shape
	}
	return "〓(" + text + ")"
}

// shapes are what people at a counter call the characters that are missing most often.
var shapes = map[rune]string{
	'𠮷': "つちよし", '髙': "はしごだか", '﨑': "たつさき", '𡈽': "点のある土", '𠮟': "しかる", '𩸽': "ほっけ", '隆': "生の上に一の隆", '德': "心の上に一の徳",
	'濵': "うかんむりの浜", '桒': "十が三つの桑", '栁': "卯の左がはねる柳", '槗': "はしごの橋", '𣘺': "はしごの橋", '邉': "わたなべの辺", '邊': "わたなべの辺",
}

// shapeOf describes a character by what it is called, or by where it stands in Unicode.
func shapeOf(c rune) string {
	switch {
	case shapes[c] != "":
		return shapes[c]
	case unicode.Is(unicode.Co, c):
		return "外字"
	case c >= 0x20000 && unicode.Is(unicode.Han, c), c >= 0x3400 && c <= 0x4dbf:
		return "漢字・拡張"
	case c >= 0xf900 && c <= 0xfaff:
		return "漢字・互換"
	case unicode.Is(unicode.Han, c):
		return "漢字"
	}
	return ""
}
