package entry

import (
	"slices"

	"madoguchi/ui/kana"
)

// PageSize is how many candidates are offered at a time: one for each digit key.
const PageSize = 9

// clause is a piece of the reading with the ways to write it.
type clause struct {
	reading    []rune
	candidates []Candidate
	at         int
}

// conversion is a reading cut into clauses.
type conversion struct {
	clauses []clause
	focus   int
}

func (c *conversion) now() *clause { return &c.clauses[c.focus] }

// move goes to the next or previous candidate, round and round.
func (c *conversion) move(by int) {
	n := len(c.now().candidates)
	c.now().at = (c.now().at + by + n) % n
}

// turn goes to another page of candidates.
func (c *conversion) turn(by int) {
	pages := (len(c.now().candidates) + PageSize - 1) / PageSize
	page := (c.now().at/PageSize + by + pages) % pages
	c.now().at = page * PageSize
}

// Convert offers kanji for what is composed.
func (e *Entry) Convert() {
	if e.conv != nil {
		e.conv.move(1)
		return
	}
	if !e.Composing() {
		e.recall()
	}
	for _, r := range e.roman.Flush() {
		e.reading = append(e.reading, r)
	}
	if len(e.reading) == 0 || !e.field.Converts() {
		return
	}
	e.conv = &conversion{}
	for _, reading := range e.cut(e.reading) {
		e.conv.clauses = append(e.conv.clauses, e.clause(reading))
	}
}

// recall takes the code of a character, or kana, that were decided just before the cursor back to be converted.
func (e *Entry) recall() {
	before := []rune(e.line.Before())
	from := len(before)
	for i := max(0, len(before)-longestCode); i < len(before) && from == len(before); i++ {
		if _, ok := code(string(before[i:])); ok {
			from, e.literal = i, true
		}
	}
	for !e.literal && from > max(0, len(before)-maxRecall) && kana.Is(before[from-1]) {
		from--
	}
	for _, r := range before[from:] {
		e.line.Erase()
		e.reading = append(e.reading, r)
	}
	e.recalled = true
}

// How far back a conversion reaches, in characters.
const (
	longestCode = 8
	maxRecall   = 20
)

func (e *Entry) clause(reading []rune) clause {
	return clause{reading: reading, candidates: e.candidates(string(reading))}
}

// Choose takes the candidate at a place of the page that is shown and goes on to the next clause; behind the last
// one everything is decided.
func (e *Entry) Choose(place int) {
	if e.conv == nil {
		return
	}
	c := e.conv.now()
	at := c.at/PageSize*PageSize + place
	if place < 0 || place >= PageSize || at >= len(c.candidates) {
		e.refused = true
		return
	}
	c.at = at
	if e.conv.focus+1 < len(e.conv.clauses) {
		e.conv.focus++
		return
	}
	e.accept()
}

// accept decides every clause as it stands and remembers the choices.
func (e *Entry) accept() {
	whole, all := "", ""
	for _, c := range e.conv.clauses {
		text := c.candidates[c.at].Text
		e.learn(string(c.reading), text)
		whole += string(c.reading)
		all += text
	}
	if len(e.conv.clauses) > 1 {
		e.learn(whole, all)
	}
	e.drop()
	for _, r := range all {
		if !e.line.Insert(r) {
			e.refused = true
		}
	}
}

// maxOwn bounds the readings that a session remembers.
const maxOwn = 500

// learn puts a choice first for its reading.
func (e *Entry) learn(reading, text string) {
	if _, known := e.own[reading]; !known && len(e.own) >= maxOwn {
		return
	}
	rest := slices.DeleteFunc(e.own[reading], func(s string) bool { return s == text })
	e.own[reading] = append([]string{text}, rest[:min(len(rest), PageSize-1)]...)
}

// resize moves the end of the clause; what comes behind it is cut anew.
func (e *Entry) resize(by int) {
	c := e.conv
	var rest []rune
	for _, later := range c.clauses[c.focus:] {
		rest = append(rest, later.reading...)
	}
	n := len(c.now().reading) + by
	if n < 1 || n > len(rest) {
		return
	}
	c.clauses = append(c.clauses[:c.focus], e.clause(rest[:n:n]))
	for _, reading := range e.cut(rest[n:]) {
		c.clauses = append(c.clauses, e.clause(reading))
	}
}

// The cost of cutting: as few words as possible, known ones rather than single kana.
const (
	costWord    = 10
	costShort   = 16 // a known word of one kana: mostly a particle that stays kana
	costUnknown = 20
	longestWord = 14 // kana
)

// cut divides a reading into words that the dictionaries know; runs of what they do not know stay together.
func (e *Entry) cut(reading []rune) [][]rune {
	n := len(reading)
	if n == 0 {
		return nil
	}
	if e.literal {
		return [][]rune{slices.Clone(reading)}
	}
	cost, next, known := make([]int, n+1), make([]int, n), make([]bool, n)
	for i := n - 1; i >= 0; i-- {
		cost[i], next[i] = cost[i+1]+costUnknown, i+1
		for j := min(n, i+longestWord); j > i; j-- {
			price := costWord
			if j == i+1 {
				price = costShort
			}
			if price+cost[j] < cost[i] && e.knows(reading[i:j]) {
				cost[i], next[i], known[i] = price+cost[j], j, true
			}
		}
	}
	var out [][]rune
	last := true
	for i := 0; i < n; i = next[i] {
		piece := reading[i:next[i]]
		if !known[i] && !last {
			out[len(out)-1] = append(out[len(out)-1], piece...)
		} else {
			out = append(out, slices.Clone(piece))
		}
		last = known[i]
	}
	return out
}

// knows reports whether a reading is a word: of the session, of a dictionary, or a stem with its okurigana.
func (e *Entry) knows(reading []rune) bool {
	s := string(reading)
	if len(e.own[s]) > 0 {
		return true
	}
	if e.words == nil {
		return false
	}
	if e.words.Has(s, 0) {
		return true
	}
	for stem := range okuri(reading) {
		if e.words.Has(stem.text, stem.letter) {
			return true
		}
	}
	return false
}

// stem is a reading without its okurigana, and the letter that the okurigana begins with.
type stem struct {
	text   string
	letter byte
}

// longestOkuri bounds the kana behind a stem (たべ+ました).
const longestOkuri = 4

// okuri yields every way to read a word as a stem with okurigana.
func okuri(reading []rune) func(yield func(stem, string) bool) {
	return func(yield func(stem, string) bool) {
		for n := 1; n <= longestOkuri && n < len(reading); n++ {
			split := len(reading) - n
			for _, letter := range []byte(kana.Initials(reading[split])) {
				if !yield(stem{string(reading[:split]), letter}, string(reading[split:])) {
					return
				}
			}
		}
	}
}
