package forms

import (
	"slices"

	"madoguchi/i18n"
)

// Review shows every part and who will see it, a section for each chapter in it. It reads the very bytes that are
// listed in the signed manifest, each part by itself.
func (d Document) Review() []Section {
	var out []Section
	for _, raw := range d.parts {
		a := d.form.answers()
		if err := a.read(raw); err != nil {
			return nil // cannot happen: the same bytes were read when the document was made
		}
		for p := range a.salts {
			out = append(out, a.sections(p)...)
		}
	}
	return out
}

// sections are the chapters of one part.
func (a *answers) sections(p *part) []Section {
	var out []Section
	for _, c := range a.form.chapters {
		s := Section{ID: p.id + "." + c.id, Title: c.title, Recipient: p.to, Purpose: p.why}
		for _, g := range a.form.groups {
			for row := 0; g.chapter == c && row < g.max; row++ {
				s.Rows = append(s.Rows, a.rows(p, g, row)...)
			}
		}
		if len(s.Rows) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func (a *answers) rows(p *part, g *group, row int) []Row {
	var out []Row
	for _, f := range g.fields {
		value, ok := a.values[f.path(row)]
		if !ok || !slices.Contains(f.parts, p) {
			continue
		}
		out = append(out, Row{No: g.number(f.no, row), Label: f.rowLabel(row), Value: f.shown(value)})
	}
	return out
}

// rowLabel is the official label; in a repeating group with the row's name.
func (f *field) rowLabel(row int) i18n.Text {
	if !f.group.repeats {
		return f.label
	}
	title := f.group.rowTitle(row)
	out := i18n.Text{In: map[i18n.Lang]string{}}
	for l, s := range f.label.In {
		out.In[l] = title.In[l] + " " + s
	}
	return out
}
