// Package entry is the person's side of typing Japanese without an input method: kana are composed from romaji or
// from the on-screen pad, a reading is converted with dictionaries into kanji, and what is decided goes into the line.
// It draws nothing and knows no screen: a front feeds it keys and shows its parts.
//
// Error model: nothing here fails. A key that means nothing here is reported as not used; a character that the field
// does not take is reported by Refused and changes nothing.
package entry

import (
	"strings"

	"madoguchi/ui"
	"madoguchi/ui/kana"
	"madoguchi/ui/skk"
)

// Dictionary is where kanji come from; skk.Shelf is one. It may be empty, or still filling.
type Dictionary interface {
	Look(reading string, forNames bool) []skk.Candidate
	LookOkuri(stem string, letter byte) []skk.Candidate
	Has(reading string, letter byte) bool
}

// Mode is what a letter on the keyboard means.
type Mode int

// The modes, in the order in which the key for them walks.
const (
	Hiragana Mode = iota
	Katakana
	Latin
)

// Key is a key that is no character.
type Key int

// The keys.
const (
	Enter Key = iota
	Erase     // backspace
	Delete
	Left
	Right
	Shorter // Left and Right with Shift: where the clause that is being converted ends
	Longer
	Up
	Down
	PageUp
	PageDown
	Home
	End
	Leave // Escape: back to the reading, or to before it
	Clear
	Switch // the next mode
)

// maxReading bounds what may wait to be decided, in characters.
const maxReading = 60

// Entry is one line being typed. The line itself belongs to the front. Not safe for concurrent use.
type Entry struct {
	line     *ui.Line
	words    Dictionary // nil: kana and codes only
	field    kana.Field
	mode     Mode
	roman    kana.Roman
	reading  []rune // composed and not decided, in hiragana; of a literal as typed
	literal  bool   // begun with a capital: letters, or a code such as U+9AD9
	recalled bool   // it stood in the line before: it goes back there, never away
	conv     *conversion
	own      map[string][]string // the person's own choices of this session, the last first
	refused  bool
}

// New makes an entry for a line.
func New(line *ui.Line, words Dictionary) *Entry {
	return &Entry{line: line, words: words, own: map[string][]string{}}
}

// Begin starts with an empty composition in a field. The mode stays what the person made it.
func (e *Entry) Begin(f kana.Field) {
	e.drop()
	e.field, e.refused = f, false
}

// SetMode sets what letters mean.
func (e *Entry) SetMode(m Mode) { e.mode = m }

// Mode is what letters mean in this field.
func (e *Entry) Mode() Mode {
	switch {
	case e.field == kana.Ruby:
		return Katakana
	case !e.field.Roman():
		return Latin
	}
	return e.mode
}

// Forget drops what the session taught: the next person must not find it.
func (e *Entry) Forget() {
	e.drop()
	clear(e.own)
	e.mode = Hiragana
}

func (e *Entry) drop() {
	clear(e.reading)
	e.roman.Clear()
	e.reading, e.literal, e.recalled, e.conv = e.reading[:0], false, false, nil
}

// Field is the field that is being typed.
func (e *Entry) Field() kana.Field { return e.field }

// Composing reports whether anything waits to be decided.
func (e *Entry) Composing() bool { return len(e.reading) > 0 || e.roman.Held() != "" }

// Converting reports whether candidates are offered.
func (e *Entry) Converting() bool { return e.conv != nil }

// Refused reports whether the field did not take the last character.
func (e *Entry) Refused() bool { return e.refused }

// Rune takes a typed character.
func (e *Entry) Rune(r rune) {
	e.refused = false
	switch {
	case e.conv != nil && r >= '1' && r <= '9':
		e.Choose(int(r - '1'))
		return
	case e.conv != nil && (r == ' ' || r == '　'):
		e.conv.move(1)
		return
	case e.conv != nil:
		e.Flush()
	}
	switch {
	case r == ' ' || r == '　':
		e.space(r)
	case r < '!' || r > '~' || e.Mode() == Latin:
		e.Flush()
		e.put(r)
	case e.literal, len(e.reading) == 0 && e.roman.Held() == "" && r >= 'A' && r <= 'Z' && e.field.Converts():
		e.literal = true
		e.compose(string(r))
	case !isLetter(r) && e.figures(r):
		e.figure(r)
	default:
		e.compose(e.roman.Feed(r))
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '\'' }

// figures reports a digit, a sign that is none of romaji, or the hyphen of a house number.
func (e *Entry) figures(r rune) bool {
	if r != '-' {
		return !strings.ContainsRune(",./[]~", r)
	}
	before := []rune(e.line.Before())
	if len(e.reading) > 0 {
		before = e.reading
	}
	n := len(before)
	return n > 0 && e.roman.Held() == "" && (before[n-1] >= '0' && before[n-1] <= '9' || before[n-1] >= '０' && before[n-1] <= '９')
}

// figure puts a character that is no romaji behind what is composed, or straight into the line.
func (e *Entry) figure(r rune) {
	if !e.Composing() {
		e.put(r)
		return
	}
	e.compose(e.roman.Flush() + string(r))
}

// space converts what is composed; where nothing is, it is a space, as wide as the characters around it.
func (e *Entry) space(r rune) {
	switch {
	case e.Composing() && e.field.Converts():
		e.Convert()
	case e.Composing():
		e.Flush()
		e.put('　')
	case e.Mode() == Latin:
		e.put(r)
	default:
		e.put('　')
	}
}

// compose puts kana behind what is composed; in a フリガナ field they go straight into the line.
func (e *Entry) compose(s string) {
	if !e.field.Converts() {
		for _, r := range s {
			e.put(r)
		}
		return
	}
	for _, r := range s {
		if len(e.reading) >= maxReading {
			e.refused = true
			return
		}
		e.reading = append(e.reading, r)
	}
}

// put inserts a character into the line as the field takes it. A half-width ﾞ joins the kana before it.
func (e *Entry) put(r rune) {
	if r == 'ﾞ' || r == 'ﾟ' {
		e.Mark(map[rune]kana.Mark{'ﾞ': kana.Dakuten, 'ﾟ': kana.Handakuten}[r])
		return
	}
	for _, r := range kana.Fold(string(r)) {
		taken, ok := e.field.Take(r)
		if !ok || !e.line.Insert(taken) {
			e.refused = true
		}
	}
}

// Kana takes a kana from the pad.
func (e *Entry) Kana(r rune) {
	e.refused = false
	if e.conv != nil || e.literal {
		e.Flush()
	}
	switch {
	case e.Mode() == Katakana || !e.field.Converts():
		e.Flush()
		e.put([]rune(kana.Katakana(string(r)))[0])
	default:
		e.compose(e.roman.Flush() + string(r))
	}
}

// Literal takes a character of the pad as it is.
func (e *Entry) Literal(r rune) {
	e.refused = false
	e.Flush()
	e.put(r)
}

// Mark puts ゛, ゜ or a small form on the kana before the cursor.
func (e *Entry) Mark(m kana.Mark) {
	e.refused = false
	if e.conv != nil {
		e.conv = nil
	}
	if n := len(e.reading); n > 0 {
		r, ok := kana.Apply(m, e.reading[n-1])
		e.reading[n-1], e.refused = r, !ok
		return
	}
	before := []rune(e.line.Before())
	if len(before) == 0 {
		e.refused = true
		return
	}
	last := before[len(before)-1]
	r, ok := kana.Apply(m, last)
	if e.refused = !ok; ok {
		e.line.Erase()
		e.line.Insert(r)
	}
}

// Paste takes a pasted text, cleaned as the field wants it.
func (e *Entry) Paste(s string) {
	e.Flush()
	clean, dropped := e.field.Clean(s)
	e.refused = dropped
	for _, r := range clean {
		if !e.line.Insert(r) {
			e.refused = true
		}
	}
}

// Flush decides what is composed as it is shown.
func (e *Entry) Flush() {
	if e.conv != nil {
		e.accept()
		return
	}
	held := e.roman.Flush()
	if e.field.Converts() && !e.literal {
		held = e.shown(held)
	}
	text := e.shown(string(e.reading)) + held
	e.drop()
	for _, r := range text {
		e.put(r)
	}
}

// shown is a reading as it stands in the line.
func (e *Entry) shown(reading string) string {
	if !e.literal && e.Mode() == Katakana {
		return kana.Katakana(reading)
	}
	return reading
}
