package flows

import (
	"context"
	"errors"
	"slices"
	"strings"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
)

// The answers to the question whether digits are a My Number.
const (
	ChoiceMyNumber    = "my-number"
	ChoiceNotMyNumber = "not-my-number"
)

// filler is the one step that asks a form's questions: the contents page, whose chapters are answered in any order,
// and one question a page. It has its own cursor.
type filler struct {
	f        *filing
	id       string
	contents bool
	focus    string // chapter on the contents page
	cursor   string // path of the present question
	scope    scope  // only these questions; the zero scope: straight through what is open
	late     bool   // what was put off is asked now
	doubt    string // not empty: the answer that may hold a My Number
	moved    bool   // there is something new to keep
	places   places // of the postal code that was answered last
}

// scope is a part of the form that is walked by itself.
type scope struct {
	chapter string // of the contents page
	group   string // of the review
}

func (s scope) holds(q forms.Question) bool {
	return q.Chapter == s.chapter || s.group != "" && strings.HasPrefix(q.Path, s.group+"/")
}

func fill(id string, f *filing) Step {
	p := &filler{f: f, id: id}
	return Step{
		ID: id, When: func() bool { return f.due(id) },
		Enter: func(context.Context, Card) error { p.enter(); return nil },
		Show:  p.show,
		Do:    func(_ context.Context, a Answer) error { return p.do(a) },
		Back:  p.back,
	}
}

// enter begins on the contents page; where the review sends a group to be corrected, or a kept draft says so, at that
// question.
func (p *filler) enter() {
	p.contents, p.doubt, p.scope = true, "", scope{}
	p.f.reached(p.id)
	p.f.prefill()
	switch all := p.f.draft.Questions(); {
	case p.f.correct != "":
		p.begin(all, scope{group: p.f.correct})
	case p.f.path != "" && index(all, p.f.path) >= 0:
		p.ask(all[index(all, p.f.path)])
	}
	p.f.path = ""
}

func index(all []forms.Question, path string) int {
	return slices.IndexFunc(all, func(q forms.Question) bool { return q.Path == path })
}

func (p *filler) ask(q forms.Question) {
	p.contents, p.cursor, p.focus = false, q.Path, q.Chapter
}

// begin asks the first open question of a part, otherwise its first one.
func (p *filler) begin(all []forms.Question, s scope) {
	at := -1
	for i, q := range all {
		if s.holds(q) && (at < 0 || p.f.open(q)) {
			if at = i; p.f.open(q) {
				break
			}
		}
	}
	if at >= 0 {
		p.scope = s
		p.ask(all[at])
	}
}

func (p *filler) show() Screen {
	all := p.f.draft.Questions()
	i := index(all, p.cursor)
	switch {
	case p.contents || i < 0:
		return p.contentsPage(all)
	case p.doubt != "":
		return doubtPage()
	case p.choosing():
		return p.placesPage()
	}
	q := all[i]
	s := Screen{
		Kind: QuestionPage, Question: &q, Value: p.f.draft.Value(q.Path), Left: p.f.draft.Open(), Later: q.Later,
		Next: i18n.T("flows.fill.next"),
	}
	if q.Given {
		s.Lines = []i18n.Text{i18n.T("visit.fill.given")}
	}
	p.places.begin(&s)
	for _, line := range []i18n.Text{q.Help, i18n.T("flows.fill.help")} {
		if !line.IsZero() {
			s.Help = append(s.Help, line)
		}
	}
	if q.Later {
		s.Help = append(s.Help, i18n.T("visit.fill.later-help"))
	}
	return s
}

// doubtPage asks about digits that look like a My Number (TRUST §9). It does not repeat them.
func doubtPage() Screen {
	return Screen{
		Kind: Menu, Title: i18n.T("visit.my-number.title"),
		Lines: []i18n.Text{i18n.T("visit.my-number.why"), i18n.T("visit.my-number.never")},
		Choices: []Choice{
			{ID: ChoiceMyNumber, Label: i18n.T("visit.my-number.yes")},
			{ID: ChoiceNotMyNumber, Label: i18n.T("visit.my-number.no")},
		},
		Help: []i18n.Text{i18n.T("visit.my-number.help")},
	}
}

// contentsPage lists the chapters with how far they have come.
func (p *filler) contentsPage(all []forms.Question) Screen {
	d := p.f.draft
	s := Screen{
		Kind: Contents, Left: d.Open(), Minutes: (d.Seconds() + 59) / 60, Focus: p.focus,
		Lines: []i18n.Text{i18n.T("visit.fill.contents")}, Next: i18n.T("visit.fill.begin"),
		Help: []i18n.Text{i18n.T("visit.fill.contents-help")},
	}
	open := map[string]bool{}
	for _, q := range all {
		open[q.Chapter] = open[q.Chapter] || p.f.open(q)
	}
	later := 0
	for _, c := range d.Chapters() {
		choice := Choice{ID: c.ID, Label: c.Title, State: GroupDone}
		switch {
		case open[c.ID] || c.PutOff > 0:
			choice.State = GroupOpen
		case c.Empty:
			choice.State = GroupNone
		}
		choice.Hint = chapterHint(c, choice.State)
		s.Choices = append(s.Choices, choice)
		later += c.PutOff
	}
	switch {
	case p.complete(all):
		s.Lines, s.Next = []i18n.Text{i18n.T("visit.fill.complete")}, i18n.T("flows.fill.to-review")
	case p.f.answered() > 0:
		s.Next = i18n.T("visit.fill.go-on")
	case p.f.s.LoggedIn:
		s.Lines = append(s.Lines, i18n.T("flows.fill.card-free"))
	}
	if later > 0 {
		s.Lines = append(s.Lines, i18n.T("visit.fill.put-off", "Count", later))
	}
	return s
}

// chapterHint says how much is open; the state says the rest.
func chapterHint(c forms.Chapter, state GroupState) i18n.Text {
	switch {
	case state != GroupOpen:
		return i18n.Text{}
	case c.PutOff > 0:
		return i18n.T("visit.fill.some-later", "Count", c.PutOff)
	case c.Open > 0:
		return i18n.T("visit.fill.some-open", "Count", c.Open)
	}
	return i18n.Text{}
}

// complete reports whether nothing is open and nothing is put off.
func (p *filler) complete(all []forms.Question) bool {
	return !slices.ContainsFunc(all, p.f.open) && !slices.ContainsFunc(all, p.f.missing)
}

// do takes an answer, and keeps what there is to keep.
func (p *filler) do(a Answer) error {
	p.moved = false
	err := p.take(a)
	switch {
	case p.moved && p.contents:
		p.f.save("")
	case p.moved:
		p.f.save(p.cursor)
	}
	return err
}

func (p *filler) take(a Answer) error {
	all := p.f.draft.Questions()
	i := index(all, p.cursor)
	switch {
	case p.contents || i < 0:
		return p.choose(all, a.Choice)
	case p.doubt != "":
		return p.resolve(all, i, a.Choice)
	case p.choosing():
		return p.choosePlace(a.Choice)
	case a.Choice == ChoiceLater:
		return p.putOff(all, i)
	}
	return p.answer(all, i, a.Value)
}

// choose leaves the contents page: into a chapter, or on.
func (p *filler) choose(all []forms.Question, chapter string) error {
	p.contents, p.scope, p.late = true, scope{}, false
	if chapter == "" {
		p.late = !slices.ContainsFunc(all, p.f.open)
		return p.end()
	}
	p.focus = chapter
	p.begin(all, scope{chapter: chapter})
	return Stay
}

// resolve takes the answer to the question whether it is a My Number: a yes ends there.
func (p *filler) resolve(all []forms.Question, i int, choice string) error {
	raw := p.doubt
	switch choice {
	case ChoiceMyNumber:
		p.doubt = ""
		return fault.New(fault.MaybeMyNumber, nil)
	case ChoiceNotMyNumber:
		p.doubt = ""
		return p.set(all, i, func(path string) error { return p.f.draft.SetNoMyNumber(path, raw) })
	}
	return Stay
}

func (p *filler) putOff(all []forms.Question, i int) error {
	if err := p.f.draft.PutOff(all[i].Path); err != nil {
		return Stay // it cannot be put off, and the screen did not offer it
	}
	p.moved = true
	if p.late {
		p.contents = true
		return Stay
	}
	return p.forward(all[i], i)
}

func (p *filler) answer(all []forms.Question, i int, raw string) error {
	q := all[i]
	if q.Required && strings.TrimSpace(raw) == "" {
		return fault.New(fault.FieldRequired, nil)
	}
	return p.set(all, i, func(path string) error {
		err := p.f.draft.Set(path, raw)
		if errors.Is(err, fault.MaybeMyNumber) {
			p.doubt = raw
			return Stay
		}
		return err
	})
}

func (p *filler) set(all []forms.Question, i int, do func(path string) error) error {
	q := all[i]
	before := p.f.draft.Value(q.Path)
	if err := do(q.Path); err != nil {
		return err
	}
	p.moved = true
	p.found(q)
	now := p.f.draft.Value(q.Path)
	p.f.skipped[q.Path] = now == ""
	if now != before || more(q) {
		p.f.doc, p.f.signed = nil, nil // what is signed is built anew
	}
	return p.forward(q, i)
}

// more reports whether a question asks for one more row of a repeating group.
func more(q forms.Question) bool { return strings.HasSuffix(q.Path, "/+") }

// forward goes from the question that stood at place i to what stands behind it now. An answer may bring new
// questions to its own place (one more child). Inside a part every question comes again; straight through, only what
// is open.
func (p *filler) forward(q forms.Question, i int) error {
	all := p.f.draft.Questions()
	if i < len(all) && all[i].Path == q.Path {
		i++
	}
	inside := p.scope != (scope{})
	for ; i < len(all) && inside == p.scope.holds(all[i]); i++ {
		if inside || p.f.open(all[i]) {
			p.ask(all[i])
			return Stay
		}
	}
	if p.scope.chapter != "" {
		p.contents, p.scope = true, scope{}
		return Stay
	}
	return p.end()
}

// end leads to what is open, then to what was put off, then to what contradicts itself; nil: all is well.
func (p *filler) end() error {
	all := p.f.draft.Questions()
	p.scope = scope{}
	if i := slices.IndexFunc(all, p.f.open); i >= 0 {
		p.ask(all[i])
		return Stay
	}
	if i := slices.IndexFunc(all, p.f.missing); i >= 0 {
		p.ask(all[i])
		p.contents = !p.late // what was put off is not asked again before the person says so
		return Stay
	}
	if problems := p.f.draft.Check(p.f.env()); len(problems) > 0 {
		p.contents, p.cursor = false, problems[0].Path
		return problems[0].Err
	}
	p.contents, p.f.filled = true, true
	return nil
}

// back goes to the question before, inside a part to its beginning, then to the contents page.
func (p *filler) back() bool {
	all := p.f.draft.Questions()
	i := index(all, p.cursor)
	switch {
	case p.contents || i < 0:
		return false
	case p.doubt != "":
		p.doubt = ""
	case i == 0, p.scope != scope{} && !p.scope.holds(all[i-1]):
		p.contents, p.scope = true, scope{}
	default:
		p.ask(all[i-1])
	}
	return true
}
