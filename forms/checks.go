package forms

import (
	"slices"
	"strings"
	"time"
)

// args are the parameters of a check while it is resolved; each may be taken once and none may be left.
type args struct {
	r    *resolver
	in   scope
	at   *field
	with map[string]any
	used map[string]bool
	err  error
}

// checks are the functions that a rule may name. Each takes its parameters and returns a condition that holds,
// does not, or (while a field is empty) is unknown.
var checks = map[string]func(*args) cond{
	"period": checkPeriod, "days_after": checkDaysAfter, "within_months": checkWithinMonths, "age_on": checkAgeOn,
	"first_of_month": checkFirstOfMonth, "distinct": checkDistinct, "sum": checkSum, "count": checkCount,
	"check_digit": checkDigit,
}

func (r *resolver) check(name string, with map[string]any, in scope, at *field) (cond, error) {
	build, ok := checks[name]
	if !ok {
		return nil, r.fail("%s: no check %q", in.place, name)
	}
	a := &args{r: r, in: in, at: at, with: with, used: map[string]bool{}}
	c := build(a)
	if a.err != nil {
		return nil, a.err
	}
	for name := range with {
		if !a.used[name] {
			return nil, r.fail("%s: no parameter %q", in.place, name)
		}
	}
	return c, nil
}

func (a *args) bad(name string) {
	if a.err == nil {
		a.err = a.r.fail("%s: parameter %q is missing or of the wrong kind", a.in.place, name)
	}
}

func (a *args) has(name string) bool { _, ok := a.with[name]; return ok }

// field takes a field of one of the kinds. The returned field is never nil, so that builders need no checks.
func (a *args) field(name string, kinds ...Kind) *field {
	path, _ := a.take(name).(string)
	f, err := a.r.ref(path, a.in)
	if err != nil || !slices.Contains(kinds, f.kind) {
		a.bad(name)
		return &field{group: &group{}}
	}
	return f
}

func (a *args) take(name string) any {
	a.used[name] = true
	return a.with[name]
}

// date takes a field, "today" or a date.
func (a *args) date(name string) operand {
	s, ok := a.take(name).(string)
	if !ok {
		a.bad(name)
	}
	if s == "today" {
		return operand{today: true}
	}
	if normal, err := parseDate(s); err == nil && normal == s {
		return operand{literal: s}
	}
	return operand{field: a.field(name, Date)}
}

// int takes an integer, or the default when the parameter may be left out.
func (a *args) int(name string, otherwise ...int) int {
	if !a.has(name) && len(otherwise) == 1 {
		return otherwise[0]
	}
	n, ok := a.take(name).(int64)
	if !ok || n > maxNumber || n < -maxNumber {
		a.bad(name)
	}
	return int(n)
}

func (a *args) bool(name string) bool {
	if !a.has(name) {
		return false
	}
	b, ok := a.take(name).(bool)
	if !ok {
		a.bad(name)
	}
	return b
}

// columns takes fields by path; one of a repeating group stands for all its rows. It never returns none, so that
// builders need no checks.
func (a *args) columns(name string, kinds ...Kind) []*field {
	list, ok := a.take(name).([]any)
	var out []*field
	for _, item := range list {
		path, _ := item.(string)
		f := a.r.form.fields[path]
		if ok = ok && f != nil && (len(kinds) == 0 || slices.Contains(kinds, f.kind)); !ok {
			break
		}
		out = append(out, f)
	}
	if !ok || len(out) == 0 {
		a.bad(name)
		return []*field{{group: &group{}}}
	}
	return out
}

// values are the filled visible answers of columns, with their paths, in order.
func (s scene) values(columns []*field) (paths, values []string) {
	for _, c := range s.v.cells {
		if c.field != nil && c.value != "" && slices.Contains(columns, c.field) {
			paths, values = append(paths, c.path), append(values, c.value)
		}
	}
	return paths, values
}

// dates makes a condition over two dates that is unknown while one is empty.
func dates(one, other operand, holds func(one, other time.Time) bool) cond {
	return func(s scene) truth {
		x, y := one.value(s), other.value(s)
		if x == "" || y == "" {
			return unknown
		}
		return truthOf(holds(dateOf(x), dateOf(y)))
	}
}

// period {from, to, max_months}: to is not before from, and not more than max_months after it.
func checkPeriod(a *args) cond {
	from, to, months := a.date("from"), a.date("to"), a.int("max_months", 0)
	return dates(from, to, func(x, y time.Time) bool {
		return !y.Before(x) && (months == 0 || !y.After(addMonths(x, months)))
	})
}

// days_after {date, after, days}: date is at least so many days after the other.
func checkDaysAfter(a *args) cond {
	date, after, days := a.date("date"), a.date("after"), a.int("days")
	return dates(date, after, func(x, y time.Time) bool { return !x.Before(y.AddDate(0, 0, days)) })
}

// within_months {date, of, months}: date is not before the other and at most so many months after it.
func checkWithinMonths(a *args) cond {
	date, of, months := a.date("date"), a.date("of"), a.int("months")
	return dates(date, of, func(x, y time.Time) bool { return !x.Before(y) && !x.After(addMonths(y, months)) })
}

// age_on {birth, on, school_year, min, max}: the age in whole years; with school_year on the 1 April that the year
// of "on" began with (class age).
func checkAgeOn(a *args) cond {
	birth, on, april := a.date("birth"), a.date("on"), a.bool("school_year")
	low, high := a.int("min", 0), a.int("max", 200)
	return dates(birth, on, func(x, y time.Time) bool {
		if april {
			y = schoolYear(y)
		}
		n := age(x, y)
		return (n >= low || april && low == 0) && n <= high // born within the school year: class age 0
	})
}

// first_of_month {date}.
func checkFirstOfMonth(a *args) cond {
	date := a.date("date")
	return dates(date, date, func(x, _ time.Time) bool { return x.Day() == 1 })
}

// distinct {fields}: no two filled ones are equal. Where the rule speaks in a row, it speaks of the later of two.
func checkDistinct(a *args) cond {
	columns := a.columns("fields")
	inRow := a.in.row != nil && slices.Contains(columns, a.at)
	return func(s scene) truth {
		paths, values := s.values(columns)
		for i, v := range values {
			if earlier := slices.Contains(values[:i], v); earlier && (!inRow || paths[i] == a.at.path(s.row)) {
				return isFalse
			}
		}
		return isTrue
	}
}

// sum {fields, at_most | equals}: of the filled numbers; the limit is an integer or a number field.
func checkSum(a *args) cond {
	columns := a.columns("fields", Number)
	name, exact := "at_most", false
	if a.has("equals") {
		name, exact = "equals", true
	}
	limit := func(scene) string { return "" }
	if _, isField := a.with[name].(string); isField {
		f := a.field(name, Number)
		limit = func(s scene) string { return s.value(f) }
	} else {
		n := itoa(a.int(name))
		limit = func(scene) string { return n }
	}
	return func(s scene) truth {
		_, values := s.values(columns)
		want, total := limit(s), 0
		if want == "" || len(values) == 0 {
			return unknown
		}
		for _, v := range values {
			total += number(v)
		}
		return truthOf(total == number(want) || !exact && total < number(want))
	}
}

// count {fields, min, max}: how many are filled.
func checkCount(a *args) cond {
	columns, low, high := a.columns("fields"), a.int("min", 0), a.int("max", maxNumber)
	return func(s scene) truth {
		_, values := s.values(columns)
		return truthOf(len(values) >= low && len(values) <= high)
	}
}

// check_digit {field, scheme}: corporate-number (法人番号), luhn.
func checkDigit(a *args) cond {
	f := a.field("field", Words)
	scheme, _ := a.take("scheme").(string)
	holds, ok := map[string]func(string) bool{"corporate-number": checkCorporate, "luhn": checkLuhn}[scheme]
	if !ok {
		a.bad("scheme")
	}
	return func(s scene) truth {
		v := s.value(f)
		if v == "" {
			return unknown
		}
		return truthOf(strings.Trim(v, "0123456789") == "" && holds(v))
	}
}

// addMonths keeps within the month: 31 January and one month is the last of February.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// age is the age in whole years by the calendar; negative before birth.
func age(birth, on time.Time) int {
	n := on.Year() - birth.Year()
	if on.Month() < birth.Month() || on.Month() == birth.Month() && on.Day() < birth.Day() {
		n--
	}
	return n
}

// schoolYear is the 1 April on or before t.
func schoolYear(t time.Time) time.Time {
	year := t.Year()
	if t.Month() < time.April {
		year--
	}
	return time.Date(year, time.April, 1, 0, 0, 0, 0, time.UTC)
}
