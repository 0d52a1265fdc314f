package forms

import (
	"math"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// rule holds between fields. It speaks at one field, and is silent while that field is not asked or while a field
// that it compares is empty.
type rule struct {
	at     *field
	when   cond // nil: always
	broken cond // isTrue: the rule is broken
	text   i18n.Text
}

func (r *resolver) resolveRules(d *definition) error {
	for i := range d.Rule {
		out, err := r.rule(&d.Rule[i])
		if err != nil {
			return err
		}
		r.form.rules = append(r.form.rules, out)
	}
	return nil
}

func (r *resolver) rule(d *ruleDef) (*rule, error) {
	at := r.form.fields[d.At]
	if at == nil {
		return nil, r.fail("rule at %q: no such field", d.At)
	}
	out := &rule{at: at, text: r.text(d.Error, "rule at "+d.At)}
	in := scope{before: math.MaxInt, today: true, place: "rule at " + d.At}
	if at.group.repeats {
		in.row = at.group
	}
	var err error
	if out.when, err = r.maybeCond(d.When, in); err != nil {
		return nil, err
	}
	kinds := 0
	for _, used := range []bool{d.Require != nil, d.Forbid != nil, d.Check != ""} {
		if used {
			kinds++
		}
	}
	switch {
	case kinds != 1 || d.Check == "" && d.With != nil:
		return nil, r.fail("%s: a rule is one of require, forbid, check with parameters", in.place)
	case d.Require != nil:
		holds, err := r.cond(d.Require, in)
		out.broken = func(s scene) truth { return -holds(s) }
		return out, err
	case d.Forbid != nil:
		out.broken, err = r.cond(d.Forbid, in)
		return out, err
	}
	holds, err := r.check(d.Check, d.With, in, at)
	out.broken = func(s scene) truth { return -holds(s) }
	return out, err
}

// problems judges all rules over what is visible.
func (v *view) problems(today string) []Problem {
	var out []Problem
	for _, r := range v.form.rules {
		for _, c := range v.cells {
			s := scene{v: v, row: c.row, today: today}
			if c.field != r.at || r.when != nil && r.when(s) != isTrue || r.broken(s) != isTrue {
				continue
			}
			out = append(out, Problem{Path: c.path, Err: fault.New(fault.RuleBroken, nil, "Rule", r.text)})
		}
	}
	return out
}
