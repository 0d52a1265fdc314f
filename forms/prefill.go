package forms

import (
	"fmt"
	"strings"
)

// Prefill answers from a card what the form asks of the applicant, where nothing is answered yet, and returns the
// paths that it filled. Such answers are marked (Question.Given) until the person changes them. What a question
// would not take stays open.
func (d *Draft) Prefill(p Person) []string {
	for _, f := range d.form.person {
		if !f.group.repeats {
			return d.PrefillAt(f.group.id, p)
		}
	}
	return nil
}

// PrefillAt is Prefill of somebody else's card: of a group ("partner") or of a row ("children/0"). Only questions
// that are asked now are filled.
func (d *Draft) PrefillAt(place string, p Person) []string {
	var out []string
	for _, c := range d.look().cells {
		if c.field == nil || c.value != "" || !strings.HasPrefix(c.path, place+"/") {
			continue
		}
		raw := c.field.onCard(p)
		if raw == "" || d.Set(c.path, raw) != nil {
			continue
		}
		d.mu.Lock()
		d.given[c.path] = true
		d.mu.Unlock()
		out = append(out, c.path)
	}
	return out
}

// onCard is what a card says of a field; "" nothing.
func (f *field) onCard(p Person) string {
	role := f.card
	for name, marked := range f.group.form.person {
		if marked == f {
			role = name
		}
	}
	return map[string]string{"name": p.Name, "birth": p.Birth, "address": p.Address, "sex": p.Sex}[role]
}

// PutOff marks a question as put off (あとで); an answer takes the mark away. A question that others depend on cannot
// be put off.
func (d *Draft) PutOff(path string) error {
	c, ok := d.find(path)
	if !ok || c.field == nil || c.field.leads {
		return fmt.Errorf("forms: %s: cannot be put off now", d.form.Name)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.values[c.path] == "" {
		d.later[c.path] = true
	}
	return nil
}

// IsPutOff reports whether a question has been put off and not been answered since.
func (d *Draft) IsPutOff(path string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.later[path]
}
