package forms

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"madoguchi/internal/jsonx"
)

const saltSize = 16 // bytes

// partJSON is one recipient's share of a document. Fields holds an object for each group, an array of objects for
// a repeating one; empty and hidden fields are left out.
type partJSON struct {
	Type      string         `json:"type"` // "part"
	V         int            `json:"v"`
	Part      string         `json:"part"`
	Recipient string         `json:"recipient"`
	Purpose   string         `json:"purpose"`
	Salt      string         `json:"salt"` // 32 hexadecimal digits: without it a hash could be guessed
	Fields    map[string]any `json:"fields"`
	// NotMyNumber are the paths of texts that look as if they held a My Number, of which the person said that they
	// do not; sorted.
	NotMyNumber []string `json:"notMyNumber,omitempty"`
}

// render makes the canonical bytes of a part, or nil when no field of it is filled.
func (v *view) render(p *part, salt string) ([]byte, error) {
	fields := map[string]any{}
	filled := false
	var vouched []string
	for g, rows := range v.rows {
		if !slices.ContainsFunc(g.fields, func(f *field) bool { return slices.Contains(f.parts, p) }) {
			continue
		}
		var list []any
		for row := range rows {
			object := v.object(p, g, row)
			vouched = append(vouched, v.vouchedFor(p, g, row)...)
			filled = filled || len(object) > 0
			list = append(list, object)
		}
		if g.repeats {
			fields[g.id] = list
		} else {
			fields[g.id] = list[0]
		}
	}
	if !filled {
		return nil, nil
	}
	slices.Sort(vouched)
	return jsonx.Marshal(partJSON{
		Type: "part", V: 1, Part: p.id, Recipient: p.recipient, Purpose: p.purpose, Salt: salt, Fields: fields, NotMyNumber: vouched,
	})
}

// vouchedFor are the paths in this object of which the person had to say that they hold no My Number.
func (v *view) vouchedFor(p *part, g *group, row int) []string {
	var out []string
	for _, f := range g.fields {
		if value := v.value[f.path(row)]; f.kind == Words && slices.Contains(f.parts, p) && hasMyNumber(value) {
			out = append(out, f.path(row))
		}
	}
	return out
}

func (v *view) object(p *part, g *group, row int) map[string]any {
	out := map[string]any{}
	for _, f := range g.fields {
		if value := v.value[f.path(row)]; value != "" && slices.Contains(f.parts, p) {
			out[f.id] = f.encode(value)
		}
	}
	return out
}

// encode turns a normal form into its JSON value.
func (f *field) encode(value string) any {
	switch f.kind {
	case Number:
		return number(value)
	case YesNo:
		return value == "yes"
	case Multi:
		return strings.Split(value, ",")
	case Words, Kana, Digits, Date, Choice, Phone, Postal:
	}
	return value
}

// decode is the inverse of encode. What it lets through wrongly does not render to the same bytes again.
func (f *field) decode(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		return yesNo(v), nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= maxNumber {
			return strconv.Itoa(int(v)), nil
		}
	case []any:
		var codes []string
		for _, item := range v {
			code, ok := item.(string)
			if !ok {
				return "", errors.New("not a list of codes")
			}
			codes = append(codes, code)
		}
		return strings.Join(codes, ","), nil
	}
	return "", errors.New("value of the wrong kind")
}

// answers collects raw answers from the bytes of parts.
type answers struct {
	form    *Form
	values  map[string]string
	salts   map[*part]string
	vouched map[string]bool // no My Number there
}

func (f *Form) answers() *answers {
	return &answers{form: f, values: map[string]string{}, salts: map[*part]string{}, vouched: map[string]bool{}}
}

// read adds one part. Errors name places, never values.
func (a *answers) read(raw []byte) error {
	var pj partJSON
	if err := jsonx.Unmarshal(raw, &pj); err != nil {
		return err
	}
	i := slices.IndexFunc(a.form.parts, func(p *part) bool { return p.id == pj.Part })
	if i < 0 {
		return errors.New("unknown part")
	}
	p := a.form.parts[i]
	if _, double := a.salts[p]; double || !hexOK(pj.Salt, saltSize) {
		return fmt.Errorf("part %s: double, or bad salt", p.id)
	}
	a.salts[p] = pj.Salt
	for _, path := range pj.NotMyNumber {
		a.vouched[path] = true
	}
	for _, g := range a.form.groups {
		if content, ok := pj.Fields[g.id]; ok {
			if err := a.readGroup(g, content); err != nil {
				return fmt.Errorf("part %s: %w", p.id, err)
			}
		}
	}
	return nil
}

func (a *answers) readGroup(g *group, content any) error {
	rows := []any{content}
	if g.repeats {
		list, ok := content.([]any)
		if !ok || len(list) > g.max {
			return fmt.Errorf("group %s: not a list of at most %d", g.id, g.max)
		}
		rows = list
		if g.as == nil {
			a.countRows(g, len(rows))
		}
	}
	for row, item := range rows {
		object, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("group %s: not an object", g.id)
		}
		for _, f := range g.fields {
			if err := a.readField(f, row, object); err != nil {
				return err
			}
		}
	}
	return nil
}

// countRows answers "one more?" as the number of rows says.
func (a *answers) countRows(g *group, rows int) {
	for row := g.min; row < rows; row++ {
		a.values[morePath(g, row)] = "yes"
	}
	if path := morePath(g, rows); rows < g.max && a.values[path] == "" {
		a.values[path] = "no"
	}
}

func (a *answers) readField(f *field, row int, object map[string]any) error {
	content, ok := object[f.id]
	if !ok {
		return nil
	}
	path := f.path(row)
	value, err := f.decode(content)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if before, said := a.values[path]; said && before != value {
		return fmt.Errorf("%s: two parts differ", path)
	}
	a.values[path] = value
	return nil
}
