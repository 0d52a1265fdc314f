package flows

import (
	"context"
	"slices"
	"strings"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
)

// filler is the one step that asks a form's questions one by one. It has its own cursor; who comes back to it
// finds the groups, corrects one, and is back at the groups.
type filler struct {
	f        *filing
	id       string
	cursor   string // path of the present question
	group    string // not empty: only this group is being corrected
	overview bool
}

func fill(id string, f *filing) Step {
	p := &filler{f: f, id: id}
	return Step{
		ID: id,
		Enter: func(context.Context, Card) error {
			p.overview = f.filled
			return nil
		},
		Show: p.show,
		Do:   func(_ context.Context, a Answer) error { return p.do(a) },
		Back: p.back,
	}
}

// here returns the visible questions and the place of the cursor among them.
func (p *filler) here() ([]forms.Question, int) {
	all := p.f.draft.Questions()
	return all, max(0, index(all, p.cursor))
}

func index(all []forms.Question, path string) int {
	return slices.IndexFunc(all, func(q forms.Question) bool { return q.Path == path })
}

// name tells groups apart: their titles are data of the form.
func name(q forms.Question) string { return q.Group.Say(i18n.Ja) }

func (p *filler) show() Screen {
	if p.overview {
		return p.contents()
	}
	all, i := p.here()
	if len(all) == 0 {
		return Screen{Kind: Message, Next: i18n.T("flows.fill.next")}
	}
	q := all[i]
	s := Screen{
		Kind: QuestionPage, Question: &q, Value: p.f.draft.Value(q.Path), Left: p.f.draft.Open(),
		Next: i18n.T("flows.fill.next"),
	}
	if i == 0 {
		s.Lines = []i18n.Text{i18n.T("flows.fill.card-free")}
	}
	for _, line := range []i18n.Text{q.Help, i18n.T("flows.fill.help")} {
		if !line.IsZero() {
			s.Help = append(s.Help, line)
		}
	}
	return s
}

// contents lists the groups to correct.
func (p *filler) contents() Screen {
	s := Screen{
		Kind: Message, Lines: []i18n.Text{i18n.T("flows.fill.contents")}, Next: i18n.T("flows.fill.to-review"),
		Help: []i18n.Text{i18n.T("flows.fill.contents-help")},
	}
	last := ""
	all := p.f.draft.Questions()
	for _, q := range all {
		if name(q) != last {
			last = name(q)
			s.Choices = append(s.Choices, Choice{ID: q.Path, Label: q.Group, Hint: p.state(all, last)})
		}
	}
	return s
}

// state says of a group: done, open, or none, when it has only the question for one more and that was denied.
func (p *filler) state(all []forms.Question, group string) i18n.Text {
	state := "none"
	for _, q := range all {
		switch {
		case name(q) != group:
		case p.missing(q):
			return i18n.T("flows.fill.open")
		case !more(q) || p.f.draft.Value(q.Path) != "no":
			state = "done"
		}
	}
	return i18n.T("flows.fill." + state)
}

// more reports whether a question asks for one more row of a repeating group.
func more(q forms.Question) bool { return strings.HasSuffix(q.Path, "/+") }

func (p *filler) missing(q forms.Question) bool { return q.Required && p.f.draft.Value(q.Path) == "" }

func (p *filler) do(a Answer) error {
	all, i := p.here()
	switch {
	case len(all) == 0:
		return p.end()
	case !p.overview:
		return p.answer(all, i, a.Value)
	case a.Choice == "":
		return p.end()
	}
	if j := index(all, a.Choice); j >= 0 {
		p.overview, p.cursor, p.group = false, a.Choice, name(all[j])
	}
	return Stay
}

func (p *filler) answer(all []forms.Question, i int, raw string) error {
	q := all[i]
	p.cursor = q.Path
	if q.Required && strings.TrimSpace(raw) == "" {
		return fault.New(fault.FieldRequired, nil)
	}
	before := p.f.draft.Value(q.Path)
	if err := p.f.draft.Set(q.Path, raw); err != nil {
		return err
	}
	if p.f.draft.Value(q.Path) != before || more(q) {
		p.f.doc, p.f.signed = nil, nil // what is signed is built anew
	}
	return p.forward(q, i)
}

// forward goes from the question that stood at place i to what stands behind it now. An answer may bring new
// questions to its own place (one more child).
func (p *filler) forward(q forms.Question, i int) error {
	all := p.f.draft.Questions()
	if i < len(all) && all[i].Path == q.Path {
		i++
	}
	if i >= len(all) {
		return p.end()
	}
	if p.group != "" && name(all[i]) != p.group && !p.missing(all[i]) {
		p.overview, p.group = true, ""
		return Stay
	}
	p.cursor = all[i].Path
	return Stay
}

// end leads to what is still missing or contradicts itself; nil: all is well.
func (p *filler) end() error {
	p.group = ""
	for _, q := range p.f.draft.Questions() {
		if p.missing(q) {
			p.overview, p.cursor = false, q.Path
			return Stay
		}
	}
	if problems := p.f.draft.Check(p.f.env()); len(problems) > 0 {
		p.overview, p.cursor = false, problems[0].Path
		return problems[0].Err
	}
	p.f.filled = true
	return nil
}

func (p *filler) back() bool {
	if p.overview {
		return false
	}
	all, i := p.here()
	if p.group != "" && (i == 0 || name(all[i-1]) != p.group) {
		p.overview, p.group = true, ""
		return true
	}
	if i == 0 {
		return false
	}
	p.cursor = all[i-1].Path
	return true
}
