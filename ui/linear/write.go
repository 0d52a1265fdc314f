package linear

import (
	"fmt"
	"strings"

	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/entry"
	"madoguchi/ui/kana"
)

// pen turns a line of romaji into an answer, one choice after the other.
type pen struct {
	path  string // of the question
	entry *entry.Entry
	line  ui.Line
	rest  []string // readings that are still to be converted
}

// Dictionary gives the front words to convert kana with.
func (f *Front) Dictionary(d entry.Dictionary) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.words = d
}

// inKana reads romaji typed for a フリガナ as the kana that they are, and says which; all else stays as it was typed.
func (f *Front) inKana(typed string) string {
	q := f.frame.Screen.Question
	if q == nil || kana.FieldOf(q) != kana.Ruby || !strings.ContainsFunc(typed, latin) {
		return typed
	}
	p := f.newPen()
	for _, r := range typed {
		if p.entry.Rune(r); p.entry.Refused() {
			return typed
		}
	}
	if p.entry.Flush(); p.entry.Refused() {
		return typed
	}
	f.say("ui.linear.kana", "Value", p.line.String())
	return p.line.String()
}

func latin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func (f *Front) newPen() *pen {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := f.frame.Screen.Question
	p := &pen{path: q.Path}
	p.entry = entry.New(&p.line, f.words)
	p.entry.Begin(kana.FieldOf(q))
	return p
}

// converts reports whether the answer may hold kanji.
func (f *Front) converts() bool {
	return ui.TakesOf(f.frame) == ui.TakesWords && kana.FieldOf(f.frame.Screen.Question).Converts()
}

// convert begins to convert a line of romaji into kanji.
func (f *Front) convert(romaji string) {
	readings := strings.Fields(romaji)
	if !f.can(kanji) || len(readings) == 0 {
		f.say("ui.linear.notnow")
		f.prompt()
		return
	}
	f.pen = f.newPen()
	f.pen.rest = readings
	f.further()
}

// writing reports whether a line is a choice among candidates. Another question ends that.
func (f *Front) writing() bool {
	q := f.frame.Screen.Question
	if f.pen != nil && (q == nil || q.Path != f.pen.path || f.frame.Help) {
		f.pen = nil
	}
	return f.pen != nil
}

// further offers what is next: the candidates of a clause, or at the end the whole answer.
func (f *Front) further() {
	p := f.pen
	for !p.entry.Converting() && len(p.rest) > 0 {
		if p.line.String() != "" {
			p.entry.Literal('　')
		}
		reading := p.rest[0]
		if !strings.HasPrefix(reading, "U+") { // or a capital would begin a word of letters
			reading = strings.ToLower(reading)
		}
		for _, r := range reading {
			p.entry.Rune(r)
		}
		p.rest = p.rest[1:]
		if p.entry.Composing() {
			p.entry.Convert()
		}
	}
	if p.entry.Converting() {
		f.offer(p.entry.Offers())
		return
	}
	f.pen = nil
	f.frame.Screen.Value = p.line.String() // as if it had been the answer before: Enter takes it
	f.prompt()
}

func (f *Front) offer(offers entry.Page) {
	var all []string
	for i, c := range offers.Candidates {
		one := fmt.Sprintf("%d %s", i+1, ui.Clean(c.Text))
		if c.Note != "" {
			one += " (" + ui.Clean(c.Note) + ")"
		}
		all = append(all, one)
	}
	f.write(strings.Join(all, ", ") + "\n")
	f.write(i18n.T("ui.linear.offer", "No", offers.At+1).Say(lang(f.frame)) + " ")
}

// choice takes a line as the choice among the candidates.
func (f *Front) choice(line []byte) {
	typed := strings.TrimSpace(string(line))
	offers := f.pen.entry.Offers()
	n, ok := ui.Number(typed, len(offers.Candidates))
	switch {
	case typed == "":
		f.pen.entry.Choose(offers.At)
	case typed == "+" || typed == "＋":
		f.pen.entry.Key(entry.PageDown)
	case ok:
		f.pen.entry.Choose(n)
	default:
		f.say("ui.nosuch", "Max", len(offers.Candidates))
	}
	f.further()
}
