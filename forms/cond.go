package forms

import (
	"slices"
	"strconv"
	"strings"
)

// truth is of Kleene's logic: a comparison with an empty field is neither true nor false, so that a rule speaks
// only when it is sure and a field appears only when it is due.
type truth int8

const (
	isFalse truth = iota - 1
	unknown
	isTrue
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// scene is what a condition looks at: the visible answers, the row that * stands for, the day.
type scene struct {
	v     *view
	row   int
	today string // YYYY-MM-DD; rules only
}

type cond func(scene) truth

// scope is where a condition stands.
type scope struct {
	row    *group // that * may stand for; nil: none
	before int    // only fields with a lower index may be named
	today  bool   // "today" may be named: in rules
	leads  bool   // what is named here decides what is asked
	place  string
	depth  int
}

const maxDepth = 8

func (r *resolver) maybeCond(d *condDef, in scope) (cond, error) {
	if d == nil {
		return nil, nil
	}
	return r.cond(d, in)
}

// cond resolves one condition of the closed grammar.
func (r *resolver) cond(d *condDef, in scope) (cond, error) {
	if in.depth++; in.depth > maxDepth {
		return nil, r.fail("%s: condition too deep", in.place)
	}
	forms := 0
	for _, used := range []bool{d.All != nil, d.Any != nil, d.Not != nil, d.Field != ""} {
		if used {
			forms++
		}
	}
	compares := d.Is != nil || d.In != nil || d.Filled != nil || d.Before != nil || d.AtMost != nil
	switch {
	case forms != 1 || compares != (d.Field != ""):
		return nil, r.fail("%s: a condition is one of all, any, not, or a field with a comparison", in.place)
	case d.All != nil:
		return r.fold(d.All, in, isFalse)
	case d.Any != nil:
		return r.fold(d.Any, in, isTrue)
	case d.Not != nil:
		inner, err := r.cond(d.Not, in)
		if err != nil {
			return nil, err
		}
		return func(s scene) truth { return -inner(s) }, nil
	}
	return r.compare(d, in)
}

// fold makes all (decided by the first false) or any (decided by the first true).
func (r *resolver) fold(defs []condDef, in scope, decides truth) (cond, error) {
	var inner []cond
	for i := range defs {
		c, err := r.cond(&defs[i], in)
		if err != nil {
			return nil, err
		}
		inner = append(inner, c)
	}
	if len(inner) == 0 {
		return nil, r.fail("%s: empty all or any", in.place)
	}
	return func(s scene) truth {
		out := -decides
		for _, c := range inner {
			if got := c(s); got == decides {
				return decides
			} else if got == unknown {
				out = unknown
			}
		}
		return out
	}, nil
}

func (r *resolver) compare(d *condDef, in scope) (cond, error) {
	f, err := r.ref(d.Field, in)
	if err != nil {
		return nil, err
	}
	ops := 0
	for _, used := range []bool{d.Is != nil, d.In != nil, d.Filled != nil, d.Before != nil, d.AtMost != nil} {
		if used {
			ops++
		}
	}
	switch {
	case ops != 1:
		return nil, r.fail("%s: one comparison for %s", in.place, d.Field)
	case d.Filled != nil:
		want := *d.Filled
		return func(s scene) truth { return truthOf((s.value(f) != "") == want) }, nil
	case d.Is != nil:
		return r.oneOf(f, []any{d.Is}, in)
	case d.In != nil:
		return r.oneOf(f, d.In, in)
	case d.Before != nil:
		return r.ordered(f, d.Before, in, -1)
	}
	return r.ordered(f, d.AtMost, in, 0)
}

// oneOf is "is" and "in". Of a field with several choices it asks whether one of them is chosen.
func (r *resolver) oneOf(f *field, values []any, in scope) (cond, error) {
	var operands []operand
	for _, v := range values {
		o, err := r.operand(f, v, in)
		if err != nil {
			return nil, err
		}
		operands = append(operands, o)
	}
	if len(operands) == 0 {
		return nil, r.fail("%s: empty list of values", in.place)
	}
	return func(s scene) truth {
		have := s.value(f)
		if have == "" {
			return unknown
		}
		out := isFalse
		for _, o := range operands {
			switch want := o.value(s); {
			case want == "":
				out = unknown
			case have == want, f.kind == Multi && slices.Contains(strings.Split(have, ","), want):
				return isTrue
			}
		}
		return out
	}, nil
}

// ordered is "before" (limit -1) and "at_most" (limit 0), for dates, numbers, and choices by the order of their list.
func (r *resolver) ordered(f *field, value any, in scope, limit int) (cond, error) {
	if f.kind != Date && f.kind != Number && f.kind != Choice {
		return nil, r.fail("%s: %s has no order", in.place, f.definitionPath())
	}
	o, err := r.operand(f, value, in)
	if err != nil {
		return nil, err
	}
	return func(s scene) truth {
		have, want := s.value(f), o.value(s)
		if have == "" || want == "" {
			return unknown
		}
		return truthOf(f.order(have, want) <= limit)
	}, nil
}

// order compares two normal forms.
func (f *field) order(a, b string) int {
	switch f.kind {
	case Number:
		return number(a) - number(b)
	case Choice:
		return f.list.index[a] - f.list.index[b]
	default:
		return strings.Compare(a, b)
	}
}

// number reads a normal form; 0 for what is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// operand is a value, another field, or today.
type operand struct {
	literal string
	field   *field
	today   bool
}

func (o operand) value(s scene) string {
	switch {
	case o.field != nil:
		return s.value(o.field)
	case o.today:
		return s.today
	}
	return o.literal
}

// value is the visible answer of a field; in a repeating group that of the scene's row.
func (s scene) value(f *field) string { return s.v.value[f.path(s.row)] }

// operand resolves what a field of f's kind is compared with.
func (r *resolver) operand(f *field, v any, in scope) (operand, error) {
	switch v := v.(type) {
	case map[string]any:
		name, ok := v["field"].(string)
		if !ok || len(v) != 1 {
			return operand{}, r.fail("%s: not {field = …}", in.place)
		}
		other, err := r.ref(name, in)
		if err == nil && (other.kind != f.kind || f.kind == Multi || other.list != f.list) {
			err = r.fail("%s: %s cannot be compared with %s", in.place, f.definitionPath(), name)
		}
		return operand{field: other}, err
	case string:
		if v == "today" && f.kind == Date {
			if !in.today {
				return operand{}, r.fail("%s: only rules know the day", in.place)
			}
			return operand{today: true}, nil
		}
		if f.kind == YesNo || f.kind == Number {
			break
		}
		return r.literal(f, v, in)
	case bool:
		if f.kind == YesNo {
			return operand{literal: yesNo(v)}, nil
		}
	case int64:
		if f.kind == Number {
			return r.literal(f, strconv.FormatInt(v, 10), in)
		}
	}
	return operand{}, r.fail("%s: value of the wrong kind for %s", in.place, f.definitionPath())
}

// literal requires a value in its normal form that the field could hold: every code is resolved.
func (r *resolver) literal(f *field, v string, in scope) (operand, error) {
	if normal, err := f.normal(v); err != nil || normal != v || v == "" || f.kind == Multi && strings.Contains(v, ",") {
		return operand{}, r.fail("%s: %s cannot be %q", in.place, f.definitionPath(), v)
	}
	return operand{literal: v}, nil
}

// ref resolves a field's path where it may be named.
func (r *resolver) ref(path string, in scope) (*field, error) {
	f := r.form.fields[path]
	switch {
	case f == nil:
		return nil, r.fail("%s: no field %q", in.place, path)
	case f.index >= in.before:
		return nil, r.fail("%s: %s is asked later", in.place, path)
	case f.group.repeats && (in.row == nil || f.group.head() != in.row.head()):
		return nil, r.fail("%s: no row for %s here", in.place, path)
	case in.leads && f.late:
		return nil, r.fail("%s: %s is known later", in.place, path)
	}
	f.leads = f.leads || in.leads
	return f, nil
}

// definitionPath is the path in a definition, with * for the row.
func (f *field) definitionPath() string {
	if f.group.repeats {
		return f.group.id + "/*/" + f.id
	}
	return f.group.id + "/" + f.id
}

// path is the path in a document; of a field outside rows, whatever the row.
func (f *field) path(row int) string {
	if !f.group.repeats {
		row = 0
	}
	switch {
	case row < len(f.paths):
		return f.paths[row]
	case f.group.repeats:
		return f.group.id + "/" + itoa(row) + "/" + f.id
	}
	return f.group.id + "/" + f.id
}

// keepPaths makes the paths once: screens are drawn from them.
func (f *field) keepPaths() {
	if !f.group.repeats {
		f.paths = []string{f.definitionPath()}
		return
	}
	for row := range f.group.max {
		f.paths = append(f.paths, f.path(row))
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
