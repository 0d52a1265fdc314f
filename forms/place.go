package forms

import (
	"slices"
	"strconv"
	"strings"
)

// place finds the field and the row that a path of a document means, today or in earlier versions; nil: none.
func (f *Form) place(path string) (*field, int) {
	pieces := strings.Split(path, "/")
	row := 0
	if len(pieces) == 3 {
		n, ok := rowNumber(pieces[1])
		if !ok {
			return nil, 0
		}
		row, pieces[1] = n, "*"
	}
	definition := strings.Join(pieces, "/")
	found := f.fields[definition]
	if found == nil {
		found = f.called(definition)
	}
	if found == nil || row > 0 && !found.group.repeats || row >= found.group.max {
		return nil, 0
	}
	return found, row
}

// called finds a field by an earlier path.
func (f *Form) called(definition string) *field {
	for _, g := range f.groups {
		for _, candidate := range g.fields {
			if slices.Contains(candidate.was, definition) {
				return candidate
			}
		}
	}
	return nil
}

// morePlace reads the path of a question for one more row.
func (f *Form) morePlace(path string) (g *group, row int, ok bool) {
	pieces := strings.Split(path, "/")
	if len(pieces) != 3 || pieces[2] != "+" {
		return nil, 0, false
	}
	row, ok = rowNumber(pieces[1])
	for _, g := range f.groups {
		if ok && g.id == pieces[0] && g.repeats && g.as == nil && row >= g.min && row < g.max {
			return g, row, true
		}
	}
	return nil, 0, false
}

// rowNumber reads a row's number in its only form.
func rowNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n < maxRows && itoa(n) == s
}
