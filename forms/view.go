package forms

import (
	"slices"
	"strconv"
	"strings"

	"madoguchi/i18n"
)

// view is what of the answers is visible: the fields whose conditions hold, in order. Conditions look back only,
// so one pass over the form suffices, and a hidden answer influences nothing.
// What is never asked is filled in.
type view struct {
	form  *Form
	cells []cell
	value map[string]string // visible and filled, by path
	rows  map[*group]int

	vouched map[string]bool // paths of which the person said that there is no My Number
}

// cell is one visible field, or the question whether there is one more row.
type cell struct {
	path  string
	group *group
	field *field // nil: one more row?
	row   int
	value string
}

// look makes the view of raw answers.
func (f *Form) look(raw map[string]string) *view {
	v := &view{form: f, value: map[string]string{}, rows: map[*group]int{}}
	for _, g := range f.groups {
		if g.when != nil && g.when(scene{v: v}) != isTrue {
			continue
		}
		if g.as != nil {
			for row := range v.rows[g.as] {
				v.addRow(g, row, raw)
			}
			continue
		}
		for row := range g.max {
			if row >= g.min {
				more := cell{path: morePath(g, row), group: g, row: row, value: raw[morePath(g, row)]}
				v.cells = append(v.cells, more)
				if more.value != "yes" {
					break
				}
			}
			v.addRow(g, row, raw)
		}
	}
	v.compute()
	return v
}

func (v *view) addRow(g *group, row int, raw map[string]string) {
	v.rows[g] = row + 1
	for _, f := range g.fields {
		if f.compute != nil {
			v.computeField(f, row)
			continue
		}
		if !f.asked() || f.when != nil && f.when(scene{v: v, row: row}) != isTrue {
			if f.otherwise != "" {
				v.value[f.path(row)] = f.otherwise
			}
			continue
		}
		c := cell{path: f.path(row), group: g, field: f, row: row, value: raw[f.path(row)]}
		v.cells = append(v.cells, c)
		if c.value != "" {
			v.value[c.path] = c.value
		}
	}
}

// morePath names the question whether there is a row of that number.
func morePath(g *group, row int) string { return g.id + "/" + itoa(row) + "/+" }

func itoa(n int) string { return strconv.Itoa(n) }

// required reports whether the cell must be answered.
func (c cell) required() bool { return c.field == nil || c.field.required }

// question is the cell as it is asked.
func (v *view) question(c cell) Question {
	g := c.group
	q := Question{Path: c.path, Chapter: g.chapter.id, Group: g.rowTitle(c.row), Kind: c.kind(), Required: c.required(), Seconds: v.form.seconds[c.kind()]}
	if c.field == nil {
		q.No, q.Label, q.Ask, q.Options = g.number(g.no, c.row), numbered(g.label, c.row), numbered(g.ask, c.row), yesNoOptions()
		return q
	}
	f := c.field
	q.No, q.Label, q.Ask, q.Help, q.Example = g.number(f.no, c.row), f.label, numbered(f.ask, c.row), f.help, f.example
	q.Max, q.Min, q.Later = f.max, f.min, !f.leads
	switch {
	case f.among != nil:
		q.Options = v.chosen(f.among, c.row)
	case f.list != nil:
		q.Options, q.Facets = slices.Clip(f.list.options), slices.Clip(f.list.facets)
	case f.kind == YesNo:
		q.Options = yesNoOptions()
	}
	return q
}

// chosen are the choices that were made at another field, in the person's order.
func (v *view) chosen(from *field, row int) []Option {
	var out []Option
	for code := range strings.SplitSeq(v.value[from.path(row)], ",") {
		if i, ok := from.list.index[code]; ok {
			out = append(out, from.list.options[i])
		}
	}
	return out
}

func yesNoOptions() []Option {
	return []Option{{Value: "yes", Label: i18n.T("forms.yes")}, {Value: "no", Label: i18n.T("forms.no")}}
}

// number is the official number; in a repeating group with the row's number from 1.
func (g *group) number(no string, row int) string {
	if !g.repeats {
		return no
	}
	return no + "-" + itoa(row+1)
}

func (g *group) rowTitle(row int) i18n.Text {
	if !g.repeats {
		return g.title
	}
	return numbered(g.row, row)
}

// numbered puts the row's number, from 1, where the words say {n}.
func numbered(t i18n.Text, row int) i18n.Text {
	out := i18n.Text{In: map[i18n.Lang]string{}}
	for l, s := range t.In {
		out.In[l] = strings.ReplaceAll(s, "{n}", itoa(row+1))
	}
	return out
}

// shown is the text of an answer.
func (f *field) shown(value string) i18n.Text {
	switch f.kind {
	case Choice, Multi:
		return f.list.shown(strings.Split(value, ","))
	case YesNo:
		return i18n.T("forms." + value)
	case Date:
		return dateText(value)
	case Words, Kana, Number, Digits, Phone, Postal:
	}
	return i18n.Own(value)
}

func (l *list) shown(codes []string) i18n.Text {
	out := i18n.Text{In: map[i18n.Lang]string{}}
	separator := map[i18n.Lang]string{i18n.Ja: "、", i18n.JaEasy: "、"}
	for i, code := range codes {
		at, ok := l.index[code]
		if !ok {
			continue // cannot happen: what is shown has been checked
		}
		for lang, s := range l.options[at].Label.In {
			if i > 0 {
				sep, ok := separator[lang]
				if !ok {
					sep = ", "
				}
				out.In[lang] += sep
			}
			out.In[lang] += s
		}
	}
	return out
}
