package entry

import (
	"strings"

	"madoguchi/ui/kana"
)

// Act is what a key of a pad does.
type Act int

// The acts.
const (
	Put   Act = iota // its character
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
	ActDone    // as Enter: the answer
)

// PadKey is one key of a pad.
type PadKey struct {
	Act   Act
	Label string // of Put what it types; of the others the end of the text key ui.kana.<Label>
	Wide  int    // in units; the widest rows have forty
}

// Pad is a grid of keys for a finger or for arrow keys and Enter.
type Pad struct{ Rows [][]PadKey }

const (
	kanaWide = 3
	actWide  = 5
)

// gojuon are the 五十音 as a table reads: each column a row of the syllabary.
var gojuon = [5]string{"あかさたなはまやらわ", "いきしちにひみゆりを", "うくすつぬふむよるん", "えけせてねへめ゛れー", "おこそとのほも゜ろ小"}

// letters are the page of letters and digits; Å stands for the key between capital and small letters.
var letters = [5]string{"1234567890", "ABCDEFGHIJ", "KLMNOPQRST", "UVWXYZ-.,'", "・、。（）&#@+Å"}

// PadFor returns the pad of a field; of words and フリガナ on one of its pages.
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
		{{ActLetters, "letters", 2 * actWide}},
		{{ActDone, "done", 2 * actWide}},
	}
	if page == KatakanaPage {
		right[2][1].Label = "hira"
	}
	if f == kana.Ruby { // nothing to convert, nothing to choose, no letters
		right[2] = [2]PadKey{{ActLeft, "left", actWide}, {ActRight, "right", actWide}}
		right[0] = [2]PadKey{{ActErase, "erase", 2 * actWide}}
		right[1] = [2]PadKey{{ActSpace, "space", 2 * actWide}}
		right[3] = right[4]
		right[4] = [2]PadKey{}
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
		{{ActConvert, "convert", 2 * actWide}},
		{{ActKana, "kana", 2 * actWide}},
		{{ActDone, "done", 2 * actWide}},
	}
	for y, row := range letters {
		if page == SmallPage {
			row = strings.ToLower(strings.TrimSuffix(row, "Å"))
			if y == len(letters)-1 {
				row += "Å"
			}
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
		if k.Wide > 0 {
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
	case 'Å':
		return PadKey{Tiny, "case", wide}
	}
	return PadKey{Put, string(r), wide}
}

// figures is a telephone's keys, with a hyphen where the field takes one.
func figures(f kana.Field) *Pad {
	p := &Pad{}
	for _, row := range []string{"123", "456", "789"} {
		p.add(row, 10, nil)
	}
	p.Rows[0] = append(p.Rows[0], PadKey{ActErase, "erase", 10})
	p.Rows[1] = append(p.Rows[1], PadKey{ActLeft, "left", 5}, PadKey{ActRight, "right", 5})
	last := []PadKey{{Put, "-", 10}, {Put, "0", 10}, {ActDone, "done", 20}}
	if f == kana.Digits {
		last = []PadKey{{Put, "0", 20}, {ActDone, "done", 20}}
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
