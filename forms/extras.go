package forms

import "slices"

// extras resolves what only some fields have: what a card fills in, what they are called before, what they are
// where nobody is asked.
func (r *resolver) extras(f *field, d *fieldDef) error {
	path := f.definitionPath()
	want := map[string]Kind{"name": Words, "birth": Date, "sex": Choice, "address": Words}
	if f.card = d.Card; f.card != "" && want[f.card] != f.kind {
		return r.fail("%s: a card's %q does not fit", path, f.card)
	}
	f.was = d.Was
	if d.Otherwise == "" {
		return nil
	}
	normal, err := f.normal(d.Otherwise)
	if err != nil || normal != d.Otherwise {
		return r.fail("%s: cannot be %q", path, d.Otherwise)
	}
	f.otherwise = normal
	return nil
}

// resolveAmong comes when all fields are known.
func (r *resolver) resolveAmong(f *field, d *fieldDef) error {
	if d.Among == "" {
		return nil
	}
	row := f.group
	if !f.group.repeats {
		row = nil
	}
	from, err := r.ref(d.Among, scope{row: row, before: f.index, leads: true, place: f.definitionPath()})
	if err == nil && (f.kind != Multi || from.kind != Multi || from.list != f.list) {
		err = r.fail("%s: %s offers other choices", f.definitionPath(), d.Among)
	}
	f.among = from
	return err
}

// list resolves a list and the table that it may lie in.
func (r *resolver) list(l *listDef) (*list, error) {
	values := l.Value
	if l.Table != nil {
		var err error
		if values, err = r.table(l.Table); err != nil {
			return nil, err
		}
	}
	out := &list{index: map[string]int{}, was: map[string]string{}}
	if len(values) == 0 || l.Table != nil && len(l.Value) > 0 {
		return nil, r.fail("list %q: empty, or both values and a table", l.ID)
	}
	known := r.facets(out, l)
	for i, v := range values {
		place := "list " + l.ID + "/" + v.Code
		if _, double := out.index[v.Code]; double || !idOK(v.Code) {
			return nil, r.fail("list %q: bad or double code %q", l.ID, v.Code)
		}
		if slices.ContainsFunc(v.Tags, func(tag string) bool { return !known[tag] }) {
			return nil, r.fail("%s: a tag of no facet", place)
		}
		out.index[v.Code] = i
		out.options = append(out.options, Option{
			Value: v.Code, Label: r.text(v.Label, place), Kana: v.Kana, Tags: v.Tags, Note: r.maybe(v.Note, place), Alone: v.Alone,
		})
	}
	return out, r.earlierCodes(out, l.ID, values)
}

// facets resolves what a list is narrowed down by and returns the codes of all.
func (r *resolver) facets(out *list, l *listDef) map[string]bool {
	known := map[string]bool{}
	for _, d := range l.Facet {
		place := "facet " + l.ID + "/" + d.ID
		facet := Facet{ID: d.ID, Label: r.text(d.Label, place)}
		for _, v := range d.Value {
			if (known[v.Code] || !idOK(v.Code) || !idOK(d.ID)) && r.err == nil {
				r.err = r.fail("%s: bad or double code %q", place, v.Code)
			}
			known[v.Code] = true
			facet.Values = append(facet.Values, Option{Value: v.Code, Label: r.text(v.Label, place+"/"+v.Code)})
		}
		out.facets = append(out.facets, facet)
	}
	return known
}

// earlierCodes notes what a code was called in earlier versions and editions.
func (r *resolver) earlierCodes(out *list, id string, values []valueDef) error {
	for _, v := range values {
		for _, code := range v.Was {
			_, still := out.index[code]
			if _, double := out.was[code]; double || still {
				return r.fail("list %q: %q was two things, or still is", id, code)
			}
			out.was[code] = v.Code
		}
	}
	return nil
}

// head is the group whose rows this one has: itself, mostly.
func (g *group) head() *group {
	if g.as != nil {
		return g.as
	}
	return g
}
