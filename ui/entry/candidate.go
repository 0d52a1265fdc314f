package entry

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/width"

	"madoguchi/ui/kana"
)

// Candidate is one way to write a clause.
type Candidate struct {
	Text string
	Note string // what the dictionary says of it, or the code point of a character that was asked for by its code
}

// maxCandidates bounds what is offered for one clause.
const maxCandidates = 300

// offer collects candidates, each once.
type offer struct {
	all  []Candidate
	seen map[string]int
}

func (o *offer) add(text, note string) {
	if text == "" || len(o.all) >= maxCandidates {
		return
	}
	if i, ok := o.seen[text]; ok {
		if o.all[i].Note == "" {
			o.all[i].Note = note
		}
		return
	}
	o.seen[text] = len(o.all)
	o.all = append(o.all, Candidate{text, note})
}

// candidates lists the ways to write a reading: the session's own, the dictionaries' with the other forms of their
// kanji, and always the kana themselves.
func (e *Entry) candidates(reading string) []Candidate {
	o := &offer{seen: map[string]int{}}
	for _, text := range e.own[reading] {
		o.add(text, "")
	}
	if e.literal {
		literal(o, reading)
		return o.all
	}
	e.fromWords(o, reading)
	o.add(e.shown(reading), "")
	o.add(reading, "")
	o.add(kana.Katakana(reading), "")
	o.add(width.Widen.String(reading), "")
	return o.all
}

func (e *Entry) fromWords(o *offer, reading string) {
	if e.words == nil {
		return
	}
	forNames := e.field == kana.Names
	found := e.words.Look(reading, forNames)
	for _, c := range found {
		o.add(c.Text, c.Note)
		if forNames && utf8.RuneCountInString(c.Text) <= longestName {
			variants(o, c.Text, false)
		}
	}
	for stem, ending := range okuri([]rune(reading)) {
		for _, c := range e.words.LookOkuri(stem.text, stem.letter) {
			o.add(c.Text+ending, c.Note)
		}
	}
	for _, c := range found {
		if utf8.RuneCountInString(c.Text) <= longestName {
			variants(o, c.Text, true)
		}
	}
}

// longestName is up to how many characters a word may be a surname or a given name, whose kanji have other forms.
const longestName = 3

// literal offers what was typed with a capital: the character of a code, the letters, and the kana if it was meant as
// romaji.
func literal(o *offer, typed string) {
	if r, ok := code(typed); ok {
		o.add(string(r), codeName([]rune{r}))
	}
	o.add(typed, "")
	var roman kana.Roman
	var out strings.Builder
	for _, r := range typed {
		out.WriteString(roman.Feed(r))
	}
	out.WriteString(roman.Flush())
	if !strings.ContainsFunc(out.String(), func(r rune) bool { return !kana.Is(r) }) {
		o.add(out.String(), "")
		o.add(kana.Katakana(out.String()), "")
	}
	o.add(width.Widen.String(typed), "")
}

// code reads a character's code: U+9AD9, or JIS 区点 as K22-66.
func code(typed string) (rune, bool) {
	s := strings.ToUpper(width.Fold.String(typed))
	if hex, ok := strings.CutPrefix(s, "U+"); ok {
		n, err := strconv.ParseUint(hex, 16, 32)
		r := rune(n)
		return r, err == nil && len(hex) >= 4 && n <= unicode.MaxRune && utf8.ValidRune(r) && unicode.IsPrint(r)
	}
	rest, ok := strings.CutPrefix(s, "K")
	if !ok {
		return 0, false
	}
	row, cell, ok := strings.Cut(rest, "-")
	ku, err1 := strconv.Atoi(row)
	ten, err2 := strconv.Atoi(cell)
	if !ok || err1 != nil || err2 != nil || ku < 1 || ku > 94 || ten < 1 || ten > 94 {
		return 0, false
	}
	text, err := japanese.EUCJP.NewDecoder().String(string([]byte{0xA0 + byte(ku), 0xA0 + byte(ten)}))
	r, _ := utf8.DecodeRuneInString(text)
	return r, err == nil && r != utf8.RuneError
}

// codeName names a character by its code points: two forms may look alike on the screen.
func codeName(rs []rune) string {
	var names []string
	for _, r := range rs {
		names = append(names, fmt.Sprintf("U+%04X", r))
	}
	return strings.Join(names, " ")
}
