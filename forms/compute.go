package forms

import (
	"math"
	"slices"
)

// computed is the value of a field that is never asked; "" while it is unknown.
type computed func(scene) string

// computes are the functions that a field may name.
var computes = map[string]func(*args) computed{"class_age": computeClassAge, "birth_order": computeBirthOrder}

// resolveCompute comes when all fields are known. A function may look ahead; conditions name only what looks back.
func (r *resolver) resolveCompute(f *field, d *fieldDef) error {
	if d.Compute == "" {
		if d.With != nil {
			return r.fail("%s: parameters without a function", f.definitionPath())
		}
		return nil
	}
	build, ok := computes[d.Compute]
	if !ok || f.kind != Number || d.When != nil || d.Otherwise != "" {
		return r.fail("%s: cannot be computed by %q", f.definitionPath(), d.Compute)
	}
	in := scope{before: math.MaxInt, place: f.definitionPath()}
	if f.group.repeats {
		in.row = f.group
	}
	a := &args{r: r, in: in, at: f, with: d.With, used: map[string]bool{}}
	f.compute = build(a)
	for name := range d.With {
		if !a.used[name] {
			a.bad(name)
		}
	}
	return a.err
}

// computeClassAge {birth, on}: the age of who has one of the dates "birth", on the 1 April that the school year of "on" began with; 0 for who is born
// within it.
func computeClassAge(a *args) computed {
	birth, on := a.columns("birth", Date), a.field("on", Date)
	a.looksBack(append(birth, on)...)
	return func(s scene) string {
		x, y := s.oneOf(birth), s.value(on)
		if x == "" || y == "" {
			return ""
		}
		return itoa(max(0, age(dateOf(x), schoolYear(dateOf(y)))))
	}
}

// computeBirthOrder {birth, among, relation, siblings}: which child this is, 1 the eldest, among all the dates; of
// twins the earlier row. In the group of "relation" only those rows count that have one of the codes "siblings".
func computeBirthOrder(a *args) computed {
	birth, among := a.columns("birth", Date), a.columns("among", Date)
	relation, siblings := a.columns("relation", Choice)[:1], a.codes("siblings")
	counts := func(s scene, c cell) bool {
		if c.field == nil || c.value == "" || !slices.Contains(among, c.field) {
			return false
		}
		kin := relation[0]
		return c.field.group != kin.group || slices.Contains(siblings, s.v.value[kin.path(c.row)])
	}
	a.at.late = true
	return func(s scene) string {
		mine := s.oneOf(birth)
		if mine == "" {
			return ""
		}
		order := 1
		for _, c := range s.v.cells {
			if !counts(s, c) {
				continue
			}
			if c.value < mine || c.value == mine && c.field.group == a.at.group && c.row < s.row {
				order++
			}
		}
		return itoa(order)
	}
}

// oneOf is the first answer there is: a child that is born has one date, one that is not another.
func (s scene) oneOf(fields []*field) string {
	for _, f := range fields {
		if v := s.value(f); v != "" {
			return v
		}
	}
	return ""
}

// codes takes a list of strings.
func (a *args) codes(name string) []string {
	list, ok := a.take(name).([]any)
	var out []string
	for _, item := range list {
		code, isCode := item.(string)
		ok = ok && isCode
		out = append(out, code)
	}
	if !ok {
		a.bad(name)
	}
	return out
}

// looksBack marks a computed field as late, unless all that it takes is asked before it.
func (a *args) looksBack(fields ...*field) {
	for _, f := range fields {
		a.at.late = a.at.late || f.index >= a.at.index
	}
}

// compute fills in what is computed, after the whole form has been seen.
func (v *view) compute() {
	for _, f := range v.form.computed {
		for row := range v.rows[f.group] {
			v.computeField(f, row)
		}
	}
}

func (v *view) computeField(f *field, row int) {
	path := f.path(row)
	delete(v.value, path)
	if value := f.compute(scene{v: v, row: row}); value != "" {
		v.value[path] = value
	}
}
