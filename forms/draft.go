package forms

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"madoguchi/fault"
)

// Draft is a form being filled in. Answers that a condition hides are kept, and come back with it. A screen may
// be drawn from it while an answer is being set.
type Draft struct {
	form    *Form
	mu      sync.Mutex
	values  map[string]string // by path, in normal form
	later   map[string]bool   // put off (あとで)
	given   map[string]bool   // from a card, and not changed since
	vouched map[string]bool   // the person said that there is no My Number
}

// Draft starts an empty draft.
func (f *Form) Draft() *Draft {
	return &Draft{form: f, values: map[string]string{}, later: map[string]bool{}, given: map[string]bool{}, vouched: map[string]bool{}}
}

// Form returns the form.
func (d *Draft) Form() *Form { return d.form }

func (d *Draft) look() *view {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.form.look(d.values)
	v.vouched = maps.Clone(d.vouched)
	return v
}

// Questions returns what is asked now, in order. A path is stable while answers change: "applicant/name",
// "children/0/name", and "children/1/+" for "is there a second child?", which stands before that child's fields.
func (d *Draft) Questions() []Question {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.form.look(d.values)
	out := make([]Question, 0, len(v.cells))
	for _, c := range v.cells {
		q := v.question(c)
		q.Given = d.given[c.path]
		out = append(out, q)
	}
	return out
}

// Value returns the normal form of an answer, or "".
func (d *Draft) Value(path string) string {
	if c, ok := d.find(path); ok {
		return c.value
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.values[path]
}

// find finds a visible cell. "children/+" stands for the last of that group's questions for one more.
func (d *Draft) find(path string) (cell, bool) {
	cells := d.look().cells
	for _, c := range slices.Backward(cells) {
		if c.path == path || c.field == nil && path == c.group.id+"/+" {
			return c, true
		}
	}
	return cell{}, false
}

// Set answers a visible question and keeps the normal form. "" takes an answer back; of a required field that is
// fault.FieldRequired. All failures that a person can mend are *fault.Error of field F; fault.MaybeMyNumber asks
// whether the text holds a My Number: who says no has it set by SetNoMyNumber, a yes ends there (TRUST §9).
func (d *Draft) Set(path, raw string) error { return d.set(path, raw, false) }

// SetNoMyNumber is Set after the person has said that the digits in the text are no My Number. That is remembered
// with the answer, and stands in the document.
func (d *Draft) SetNoMyNumber(path, raw string) error { return d.set(path, raw, true) }

func (d *Draft) set(path, raw string, vouched bool) error {
	c, ok := d.find(path)
	if !ok {
		return fmt.Errorf("forms: %s is not asked now", d.form.Name)
	}
	value, err := c.normal(raw)
	if err != nil {
		return err
	}
	doubtful := c.kind() == Words && hasMyNumber(value)
	d.mu.Lock()
	defer d.mu.Unlock()
	if doubtful && !vouched && (!d.vouched[c.path] || d.values[c.path] != value) {
		return fault.New(fault.MaybeMyNumber, errors.New("twelve digits with the check digit of a My Number"))
	}
	if d.values[c.path] != value {
		delete(d.given, c.path)
		delete(d.vouched, c.path)
	}
	if value == "" {
		delete(d.values, c.path)
		if c.required() {
			return fault.New(fault.FieldRequired, nil)
		}
		return nil
	}
	d.values[c.path] = value
	delete(d.later, c.path)
	if doubtful {
		d.vouched[c.path] = true
	}
	return nil
}

// normal is the normal form of an answer to this cell.
func (c cell) normal(raw string) (string, error) {
	if c.field == nil {
		return (&field{kind: YesNo}).normal(raw)
	}
	return c.field.normal(raw)
}

// Open counts the required questions that are visible and unanswered.
func (d *Draft) Open() int {
	n := 0
	for _, c := range d.look().cells {
		if c.required() && c.value == "" {
			n++
		}
	}
	return n
}

// Check returns what is wrong, in the order of the questions; nothing when the draft may become a document.
func (d *Draft) Check(e Env) []Problem { return d.look().check(today(e.Now)) }

// check judges fields and rules on a day.
func (v *view) check(today string) []Problem {
	byPath := map[string][]Problem{}
	for _, c := range v.cells {
		normal, err := c.normal(c.value)
		switch {
		case c.value == "" && c.required():
			err = fault.New(fault.FieldRequired, nil)
		case err == nil && normal != c.value:
			err = fault.New(fault.BadCharacter, errors.New("not the normal form"))
		case err == nil && c.kind() == Words && hasMyNumber(c.value) && !v.vouched[c.path]:
			err = fault.New(fault.MaybeMyNumber, errors.New("twelve digits with the check digit of a My Number"))
		case err == nil && !v.among(c):
			err = fault.New(fault.NotAChoice, errors.New("not among what was chosen before"))
		}
		if err != nil {
			byPath[c.path] = append(byPath[c.path], Problem{Path: c.path, Err: fault.From(err)})
		}
	}
	for _, p := range v.problems(today) {
		byPath[p.Path] = append(byPath[p.Path], p)
	}
	var out []Problem
	for _, c := range v.cells {
		out = append(out, byPath[c.path]...)
	}
	return out
}

// among reports whether all choices of a cell were made at the field that they must come from.
func (v *view) among(c cell) bool {
	if c.field == nil || c.field.among == nil || c.value == "" {
		return true
	}
	from := strings.Split(v.value[c.field.among.path(c.row)], ",")
	return !slices.ContainsFunc(strings.Split(c.value, ","), func(code string) bool { return !slices.Contains(from, code) })
}

// Document makes the draft a document: draws its id and salts, and fixes its bytes. The first problem of Check is
// returned as a *fault.Error; a failing source of randomness is not.
func (d *Draft) Document(e Env) (Document, error) {
	v := d.look()
	if problems := v.check(today(e.Now)); len(problems) > 0 {
		return Document{}, problems[0].Err
	}
	if e.Now.IsZero() || !mailboxOK(e.Mailbox) {
		return Document{}, fmt.Errorf("forms: a document needs a time and a mailbox")
	}
	return v.document(e)
}

// mailboxOK bounds the audience's name: printable ASCII, as a host name.
func mailboxOK(s string) bool {
	return len(s) > 0 && len(s) <= 253 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == ""
}
