package entry

import (
	"strings"

	"madoguchi/ui/kana"
)

// Act is what a key of a pad does.
type Act int

// The acts.
const (
	None  Act = iota // a gap between keys
	Put              // its character
	Voice            // ゛
	Half             // ゜
	Tiny             // small kana, or small letters on the page of letters
	ActErase
	ActLeft
	ActRight
	ActSpace
	ActConvert
	ActKata    // hiragana or katakana
	ActLetters // to the letters and digits
	ActKana    // back to the kana
	ActClose
	ActDone // as Enter: the answer
)

// PadKey is one key of a pad.
type PadKey struct {
	Act   Act
	Label string // of Put what it types; of the others the end of the text key ui.pad.<Label>
	Wide  int    // in units; a row is Units wide
}

// Units is the width of a row of keys.
const Units = 40

// Pad is a grid of keys for a finger or for arrow keys and Enter. All its rows are Units wide.
type Pad struct {
	Rows [][]PadKey
	X, Y int // the key at which the arrow keys stand
}

const (
	kanaWide = 3
	actWide  = 5
)

// gojuon are the 五十音 as a table reads: each column a row of the syllabary; "_" is a gap.
var gojuon = [5]string{"あかさたなはまやらわ", "いきしちにひみゆりを", "うくすつぬふむよるん", "えけせてねへめ゛れー", "おこそとのほも゜ろ小"}

// letters are the page of letters and digits; 小 turns to small letters and back.
var letters = [5]string{"1234567890", "ABCDEFGHIJ", "KLMNOPQRST", "UVWXYZ-.,'", "・、。（）&#@+小"}

// PadFor returns the pad of a field: the syllabary, or the letters and digits; kata shows katakana, small lower case.
func PadFor(f kana.Field, page PadPage) *Pad {
	switch f {
	case kana.Digits, kana.Phone, kana.Postal:
		return figures(f)
	case kana.Date:
		return dates()
	}
	if page == LettersPage || page == SmallPage {
		return letterPad(page)
	}
	p := &Pad{}
	right := [5][2]PadKey{
		{{ActErase, "erase", actWide}, {ActLeft, "left", actWide}},
		{{ActSpace, "space", actWide}, {ActRight, "right", actWide}},
		{{ActConvert, "convert", actWide}, {ActKata, "kata", actWide}},
		{{ActLetters, "letters", actWide}, {ActClose, "close", actWide}},
		{{ActDone, "done", 2 * actWide}},
	}
	if page == KatakanaPage {
		right[2][1].Label = "hira"
	}
	if f == kana.Ruby { // nothing to convert, nothing to choose, no letters
		right[2] = [2]PadKey{{ActLeft, "left", actWide}, {ActRight, "right", actWide}}
		right[0] = [2]PadKey{{ActErase, "erase", 2 * actWide}}
		right[1] = [2]PadKey{{ActSpace, "space", 2 * actWide}}
		right[3] = [2]PadKey{{ActClose, "close", 2 * actWide}}
	}
	for y, row := range gojuon {
		if page == KatakanaPage || f == kana.Ruby {
			row = kana.Katakana(row)
		}
		p.add(row, kanaWide, right[y][:])
	}
	return p
}

// PadPage is one of the pages of the pad for words.
type PadPage int

// The pages.
const (
	HiraganaPage PadPage = iota
	KatakanaPage
	LettersPage
	SmallPage
)

// letterPad is the page of letters.
func letterPad(page PadPage) *Pad {
	p := &Pad{}
	right := [5][2]PadKey{
		{{ActErase, "erase", actWide}, {ActLeft, "left", actWide}},
		{{ActSpace, "space", actWide}, {ActRight, "right", actWide}},
		{{ActKana, "kana", 2 * actWide}},
		{{ActClose, "close", 2 * actWide}},
		{{ActDone, "done", 2 * actWide}},
	}
	for y, row := range letters {
		if page == SmallPage {
			row = strings.ToLower(row)
		}
		p.add(row, kanaWide, right[y][:])
	}
	return p
}

// add puts a row of characters with its function keys behind them.
func (p *Pad) add(row string, wide int, right []PadKey) {
	var keys []PadKey
	for _, r := range row {
		keys = append(keys, keyOf(r, wide))
	}
	for _, k := range right {
		if k.Act != None {
			keys = append(keys, k)
		}
	}
	p.Rows = append(p.Rows, keys)
}

func keyOf(r rune, wide int) PadKey {
	switch r {
	case '゛':
		return PadKey{Voice, "voice", wide}
	case '゜':
		return PadKey{Half, "half", wide}
	case '小':
		return PadKey{Tiny, "tiny", wide}
	case '_':
		return PadKey{None, "", wide}
	}
	return PadKey{Put, string(r), wide}
}

// figures is a telephone's keys, with a hyphen where the field takes one.
func figures(f kana.Field) *Pad {
	p := &Pad{}
	for _, row := range []string{"123", "456", "789"} {
		p.add(row, 10, []PadKey{{}, {}})
	}
	p.Rows[0] = append(p.Rows[0], PadKey{ActErase, "erase", 10})
	p.Rows[1] = append(p.Rows[1], PadKey{ActLeft, "left", 5}, PadKey{ActRight, "right", 5})
	p.Rows[2] = append(p.Rows[2], PadKey{ActClose, "close", 10})
	last := []PadKey{{Put, "-", 10}, {Put, "0", 10}, {None, "", 10}, {ActDone, "done", 10}}
	if f == kana.Digits {
		last[0] = PadKey{None, "", 10}
	}
	p.Rows = append(p.Rows, last)
	return p
}

// dates are digits with the words of the calendar.
func dates() *Pad {
	p := figures(kana.Phone)
	for y, word := range []string{"令和", "平成", "昭和", "大正"} {
		for x := range p.Rows[y] {
			p.Rows[y][x].Wide = p.Rows[y][x].Wide * 6 / 10
		}
		part := []string{"年", "月", "日", "元"}[y]
		p.Rows[y] = append([]PadKey{{Put, word, 10}, {Put, part, 6}}, p.Rows[y]...)
	}
	return p
}

// DigitsPad are the twelve keys for a PIN, in an order: usually 1234567890.
func DigitsPad(order string) *Pad {
	p := &Pad{}
	for i := 0; i < 9; i += 3 {
		p.add(order[i:i+3], 10, nil)
	}
	p.Rows = append(p.Rows, []PadKey{{ActErase, "erase", 10}, {Put, order[9:], 10}, {ActDone, "done", 10}})
	for y := range p.Rows { // as wide as the others
		p.Rows[y] = append(p.Rows[y], PadKey{None, "", 10})
	}
	p.Rows[0][3] = PadKey{ActClose, "close", 10}
	return p
}

// PasswordPad are the characters of a password: A to Z and 0 to 9, the letters in the order that everyone knows.
func PasswordPad() *Pad {
	p := &Pad{}
	for _, row := range []string{"ABCDEFGHI", "JKLMNOPQR", "STUVWXYZ_", "123456789"} {
		p.add(row, 4, nil)
	}
	p.Rows[0] = append(p.Rows[0], PadKey{None, "", 4})
	p.Rows[1] = append(p.Rows[1], PadKey{None, "", 4})
	p.Rows[2] = append(p.Rows[2], PadKey{None, "", 4})
	p.Rows[3] = append(p.Rows[3], PadKey{Put, "0", 4})
	p.Rows = append(p.Rows, []PadKey{{ActErase, "erase", 12}, {ActClose, "close", 12}, {ActDone, "done", 16}})
	return p
}

// At returns the key at which the arrow keys stand.
func (p *Pad) At() PadKey { return p.Rows[p.Y][p.X] }

// Move goes to a neighbouring key; sideways it goes round. It reports false at the upper and lower edge.
func (p *Pad) Move(dx, dy int) bool {
	if y := p.Y + dy; y < 0 || y >= len(p.Rows) {
		return false
	}
	if dy != 0 {
		mid := p.from(p.Y, p.X) + p.At().Wide/2
		p.Y += dy
		p.X = p.under(mid)
		return true
	}
	n := len(p.Rows[p.Y])
	for range n {
		if p.X = (p.X + dx + n) % n; p.At().Act != None {
			return true
		}
	}
	return true
}

// from is where a key begins, in units.
func (p *Pad) from(y, x int) int {
	at := 0
	for _, k := range p.Rows[y][:x] {
		at += k.Wide
	}
	return at
}

// under finds the key of the present row nearest to a place.
func (p *Pad) under(unit int) int {
	best, distance := 0, 1<<30
	for x, k := range p.Rows[p.Y] {
		d := abs(p.from(p.Y, x) + k.Wide/2 - unit)
		if k.Act != None && d < distance {
			best, distance = x, d
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }
