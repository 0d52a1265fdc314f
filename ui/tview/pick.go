package tview

import (
	"slices"
	"strings"

	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// picker chooses from a long list: by what is typed, by facets, by number, by arrows or by finger. What has been
// chosen stands beside the list, in the order of the wishes, and can be moved. It shows the list, the values of a
// facet, or, where the screen is narrow, the wishes.
type picker struct {
	v       *view
	q       *forms.Question
	options []ui.Option
	values  []string // of each facet the value that is wanted, "": all
	open    int      // the facet whose values are shown; len(facets): the wishes; -1: the list
	found   []int    // options that the line and the facets leave
	top     int      // the first row shown
	rows    int      // rows shown, as last drawn
	narrow  bool     // the wishes do not fit beside the list, as last drawn
}

// picks reports whether a question needs the picker.
func picks(q *forms.Question) bool { return q.Kind == forms.Multi && len(q.Facets) > 0 }

func newPicker(v *view) *picker {
	q := v.frame.Screen.Question
	p := &picker{v: v, q: q, options: ui.Options(v.frame.Screen), values: make([]string, len(q.Facets)), open: -1}
	p.seek()
	return p
}

// seek looks for what the line and the facets say.
func (p *picker) seek() {
	p.found, p.top = p.found[:0], 0
	text := p.v.line.String()
	if _, isNumber := ui.Number(text, len(p.options)); isNumber {
		text = ""
	}
	search := forms.Search{Words: text}
	for _, value := range p.values {
		if value != "" {
			search.Tags = append(search.Tags, value)
		}
	}
	at := map[string]int{}
	for i, o := range p.options {
		at[o.ID] = i
	}
	for _, o := range forms.Find(p.q.Options, p.q.Facets, search) {
		p.found = append(p.found, at[o.Value])
	}
}

// length is how many rows the list has now.
func (p *picker) length() int {
	switch {
	case p.open == len(p.q.Facets):
		return 0
	case p.open >= 0:
		return len(p.q.Facets[p.open].Values) + 1
	}
	return len(p.found)
}

// wishKinds is how many things can be done with a wish: up, down, away.
const wishKinds = 3

// ring is the picker's part of the ring.
func (p *picker) ring() []spot {
	var out []spot
	add := func(k spotKind, n int) {
		for i := range n {
			out = append(out, spot{k, i})
		}
	}
	facets := len(p.q.Facets)
	if p.narrow {
		facets++ // the wishes
	}
	add(atFacet, facets)
	add(atLine, 1)
	add(atFound, p.length())
	if !p.narrow || p.open == len(p.q.Facets) {
		add(atWish, wishKinds*len(p.v.marks))
	}
	return out
}

func (p *picker) press(s spot) {
	switch s.kind { //nolint:exhaustive // the others are not the picker's
	case atFacet:
		if p.open == s.n {
			p.open = -1
		} else {
			p.open = s.n
		}
		p.top = 0
		p.v.focus = s
	case atFound:
		p.row(s.n)
	case atWish:
		p.wish(s.n/wishKinds, s.n%wishKinds)
	}
}

// row takes a row of the list: a value of the open facet, or a wish.
func (p *picker) row(n int) {
	if p.open < 0 {
		if n < len(p.found) {
			p.v.mark(p.found[n])
		}
		return
	}
	p.values[p.open] = ""
	if n > 0 {
		p.values[p.open] = p.q.Facets[p.open].Values[n-1].Value
	}
	p.v.focus = spot{atFacet, p.open}
	p.open = -1
	p.seek()
}

// wish moves a wish up or down, or takes it away; the focus goes with it.
func (p *picker) wish(i, do int) {
	marks := p.v.marks
	to := i + []int{-1, +1, 0}[do]
	switch {
	case do == 2:
		p.v.marks = slices.Delete(marks, i, i+1)
		p.v.focus = spot{atWish, wishKinds*max(0, min(i, len(p.v.marks)-1)) + do}
		if len(p.v.marks) == 0 {
			p.v.focus = spot{kind: atLine}
		}
		return
	case to < 0 || to >= len(marks):
		return
	}
	marks[i], marks[to] = marks[to], marks[i]
	p.v.focus = spot{atWish, wishKinds*to + do}
}

// take is Enter on the line: a number takes that row, words the first row found. False: there was nothing to take.
func (p *picker) take() bool {
	text := strings.TrimSpace(p.v.line.String())
	if text == "" {
		return false
	}
	n, isNumber := ui.Number(text, max(p.length(), 1))
	switch {
	case p.length() == 0 || !isNumber && p.open >= 0:
		p.v.notice = i18n.T("ui.pick.none")
		return true
	case !isNumber:
		n = 0
	}
	p.row(n)
	p.v.line.Wipe()
	p.seek()
	return true
}

// reveal scrolls the list so that a row of it is in sight.
func (p *picker) reveal(s spot) {
	if s.kind == atFound {
		p.top = min(p.top, s.n)
		p.top = max(p.top, s.n-max(1, p.rows)+1)
	}
}

func (p *picker) scrollBy(rows int) {
	p.top = max(0, min(p.top+rows, p.length()-p.rows))
}
