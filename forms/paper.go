package forms

import (
	"math"
	"slices"

	"madoguchi/i18n"
)

// paper is something that must come with the document.
type paper struct {
	id          string
	label, help i18n.Text
	rows        *group // nil: the condition is of no row
	when        cond
}

// Paper is something that must come with the document, but does not keep it from being filed: until it is there,
// it is missing, and that has a date (PEOPLE §4).
type Paper struct {
	ID    string
	Label i18n.Text
	Help  i18n.Text // where to get it, what it must show
}

// resolvePapers comes last: a condition may name any field outside rows.
func (r *resolver) resolvePapers(d *definition) error {
	seen := map[string]bool{}
	for _, p := range d.Paper {
		if !idOK(p.ID) || seen[p.ID] {
			return r.fail("paper %q: bad or double name", p.ID)
		}
		seen[p.ID] = true
		out := &paper{id: p.ID, label: r.text(p.Label, "paper "+p.ID), help: r.text(p.Help, "paper "+p.ID)}
		if p.Rows != "" {
			i := slices.IndexFunc(r.form.groups, func(g *group) bool { return g.id == p.Rows && g.repeats })
			if i < 0 {
				return r.fail("paper %q: no rows %q", p.ID, p.Rows)
			}
			out.rows = r.form.groups[i]
		}
		var err error
		if out.when, err = r.maybeCond(p.When, scope{row: out.rows, before: math.MaxInt, place: "paper " + p.ID}); err != nil {
			return err
		}
		r.form.papers = append(r.form.papers, out)
	}
	return r.err
}

// papers are those that the answers ask for.
func (v *view) papers() []Paper {
	var out []Paper
	for _, p := range v.form.papers {
		if p.due(v) {
			out = append(out, Paper{ID: p.id, Label: p.label, Help: p.help})
		}
	}
	return out
}

func (p *paper) due(v *view) bool {
	rows := 1
	if p.rows != nil {
		rows = v.rows[p.rows]
	}
	for row := range rows {
		if p.when == nil || p.when(scene{v: v, row: row}) == isTrue {
			return true
		}
	}
	return false
}

// Papers returns what must come with the document, as far as the answers say.
func (d *Draft) Papers() []Paper { return d.look().papers() }

// Papers returns what must come with the document. It reads the parts that this Document has.
func (d Document) Papers() []Paper {
	if d.form == nil {
		return nil
	}
	a := d.form.answers()
	for _, raw := range d.parts {
		if err := a.read(raw); err != nil {
			return nil // cannot happen: the same bytes were read when the document was made
		}
	}
	return d.form.look(a.values).papers()
}
