package forms

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"madoguchi/i18n"
	"madoguchi/internal/jsonx"
)

// savedType is the type of an unfinished form's bytes. They are never signed: they are the person's own.
const savedType = "draft"

// savedJSON is an unfinished form: every answer, hidden ones too, and what was said of them.
type savedJSON struct {
	Type    string            `json:"type"`
	V       int               `json:"v"`
	Form    FormRef           `json:"form"`
	Answers map[string]string `json:"answers"` // by path, in normal form
	Later   []string          `json:"later,omitempty"`
	Given   []string          `json:"given,omitempty"`
	Vouched []string          `json:"notMyNumber,omitempty"`
}

// Bounds of what is restored.
const (
	maxSaved   = 1 << 20 // bytes
	maxAnswers = 4000
)

// Ref names the form.
func (f *Form) Ref() FormRef {
	return FormRef{Name: f.Name, Version: f.Version, Digest: f.Digest.String()}
}

// Save returns everything that the person has answered, and what they put off, as canonical JSON. It is as personal
// as the answers.
func (d *Draft) Save() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := savedJSON{
		Type: savedType, V: 1, Form: d.form.Ref(), Answers: maps.Clone(d.values),
		Later: sorted(d.later), Given: sorted(d.given), Vouched: sorted(d.vouched),
	}
	raw, err := jsonx.Marshal(s)
	if err != nil {
		panic(err) // strings that were read as UTF-8: cannot happen
	}
	return raw
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// What tells what has become of an answer in a newer form.
type What string

// The changes.
const (
	Renamed What = "renamed" // the choice is called otherwise; the answer stands
	Dropped What = "dropped" // it is asked no more, or does not fit what is asked now; the answer is gone
	New     What = "new"     // it is asked for the first time
)

// Change is one difference that a person should know of.
type Change struct {
	What  What
	Path  string // in the new form; "" where the question is gone
	No    string
	Label i18n.Text // zero where even the old form is not known
	Was   i18n.Text // the old answer, of Renamed and Dropped
}

// Restore reads what Save wrote, for this form, an older version or an older edition, and lists what changed on
// the way, in the order of this form. Bytes that are no draft are ErrInvalid; another form's are ErrUnknownForm.
func (f *Form) Restore(raw []byte) (*Draft, []Change, error) {
	var s savedJSON
	if len(raw) > maxSaved {
		return nil, nil, fmt.Errorf("%w: draft over %d bytes", ErrInvalid, maxSaved)
	}
	if err := jsonx.Unmarshal(raw, &s); err != nil {
		return nil, nil, fmt.Errorf("%w: draft: %w", ErrInvalid, err)
	}
	switch {
	case s.Type != savedType || s.V != 1 || len(s.Answers) > maxAnswers:
		return nil, nil, fmt.Errorf("%w: not a draft", ErrInvalid)
	case s.Form.Name != f.Name:
		return nil, nil, fmt.Errorf("%w: a draft of another form", ErrUnknownForm)
	}
	m := &migration{to: f, from: f.earlier(s.Form), draft: f.Draft()}
	for _, path := range slices.Sorted(maps.Keys(s.Answers)) {
		m.answer(path, s.Answers[path])
	}
	m.marks(&s)
	if s.Form != f.Ref() {
		m.news()
	}
	return m.draft, m.inOrder(), nil
}

// earlier is the form that a draft was written in, if it is known.
func (f *Form) earlier(ref FormRef) *Form {
	if ref == f.Ref() {
		return f
	}
	if f.library == nil || !hexOK(ref.Digest, len(Digest{})) {
		return nil
	}
	old, err := f.library.Published(ref.Name, ref.Version, Digest(unhex(ref.Digest, len(Digest{}))))
	if err != nil {
		return nil
	}
	return old
}

// migration carries answers from one form to another.
type migration struct {
	to, from *Form // from: nil where it is not known
	draft    *Draft
	changes  []Change
}

// answer carries one answer over.
func (m *migration) answer(path, value string) {
	if g, row, ok := m.to.morePlace(path); ok {
		if value == "yes" || value == "no" {
			m.draft.values[morePath(g, row)] = value
		}
		return
	}
	f, row := m.to.place(path)
	if f == nil || !f.asked() {
		m.drop("", path, value)
		return
	}
	code := f.today(value)
	normal, err := f.normal(code)
	if err != nil || normal == "" {
		m.drop(f.path(row), path, value)
		return
	}
	m.draft.values[f.path(row)] = normal
	if old := m.shown(path, value); code != value || m.from != nil && m.from != m.to && old.Say(i18n.Ja) != f.shown(normal).Say(i18n.Ja) {
		m.changes = append(m.changes, Change{What: Renamed, Path: f.path(row), No: f.group.number(f.no, row), Label: f.rowLabel(row), Was: old})
	}
}

// drop notes an answer that has no place any more.
func (m *migration) drop(now, path, value string) {
	c := Change{What: Dropped, Path: now, Was: m.shown(path, value)}
	if m.from != nil {
		if f, row := m.from.place(path); f != nil {
			c.No, c.Label = f.group.number(f.no, row), f.rowLabel(row)
		}
	}
	m.changes = append(m.changes, c)
}

// shown is an old answer in the words of its own form.
func (m *migration) shown(path, value string) i18n.Text {
	if m.from == nil {
		return i18n.Text{}
	}
	f, _ := m.from.place(path)
	if f == nil {
		return i18n.Text{}
	}
	if normal, err := f.normal(value); err != nil || normal != value {
		return i18n.Text{}
	}
	return f.shown(value)
}

// marks carries over what was said of the answers that are still there.
func (m *migration) marks(s *savedJSON) {
	for _, set := range []struct {
		from     []string
		to       map[string]bool
		answered bool // what is marked so
	}{{s.Given, m.draft.given, true}, {s.Vouched, m.draft.vouched, true}, {s.Later, m.draft.later, false}} {
		for _, old := range set.from {
			f, row := m.to.place(old)
			if f == nil || f.leads && !set.answered {
				continue
			}
			path := f.path(row)
			if _, answered := m.draft.values[path]; answered == set.answered {
				set.to[path] = true
			}
		}
	}
}

// news lists what the old form did not ask. Of an unknown one nothing can be said.
func (m *migration) news() {
	if m.from == nil {
		return
	}
	for _, c := range m.draft.look().cells {
		if c.field == nil || c.value != "" || !c.field.required {
			continue
		}
		known := append([]string{c.field.definitionPath()}, c.field.was...)
		if !slices.ContainsFunc(known, func(path string) bool { return m.from.fields[path] != nil }) {
			m.changes = append(m.changes, Change{What: New, Path: c.path, No: c.group.number(c.field.no, c.row), Label: c.field.rowLabel(c.row)})
		}
	}
}

// inOrder puts the changes into the order of the questions; what is gone comes first.
func (m *migration) inOrder() []Change {
	order := map[string]int{}
	for i, c := range m.draft.look().cells {
		order[c.path] = i + 1
	}
	slices.SortStableFunc(m.changes, func(a, b Change) int { return order[a.Path] - order[b.Path] })
	return m.changes
}

// today is an answer in today's codes.
func (f *field) today(value string) string {
	if f.list == nil {
		return value
	}
	codes := strings.Split(value, ",")
	for i, code := range codes {
		if now, was := f.list.was[code]; was {
			codes[i] = now
		}
	}
	return strings.Join(codes, ",")
}
