package tview

import (
	"fmt"
	"slices"

	"github.com/rivo/uniseg"

	"madoguchi/i18n"
	"madoguchi/ui"
)

// beside is the width from which the wishes stand beside the list.
const besideFrom = 72

// draw draws the picker into the body.
func (p *picker) draw(c canvas, at plan) {
	y := at.top
	p.narrow = at.right-at.left < besideFrom
	if at.tall {
		y = p.ask(c, at, y)
	}
	p.search(c, at, y)
	p.facets(c, at, y+1)
	y += 2
	if at.tall {
		y++
	}
	right := at.right
	if !p.narrow {
		right = at.left + (at.right-at.left)*11/20
		p.wishes(c, right+3, at.right, y, at.bottom)
	}
	if p.narrow && p.open == len(p.q.Facets) {
		p.rows = 0
		p.wishes(c, at.left, at.right, y, at.bottom)
		return
	}
	p.list(c, at.left, right, y, at.bottom)
}

// ask says what is asked, above the list.
func (p *picker) ask(c canvas, at plan, y int) int {
	for _, piece := range p.v.pieces {
		switch piece.Role { //nolint:exhaustive // the rest is drawn as the list
		case ui.Label:
			c.put(at.left, y, at.right, piece.No+"  "+piece.Text, faint)
			y++
		case ui.Ask:
			for _, row := range wrap(piece.Text, at.right-at.left) {
				c.put(at.left, y, at.right, row, accent)
				y++
			}
		}
	}
	return y + 1
}

// search draws the line and how many rows it leaves.
func (p *picker) search(c canvas, at plan, y int) {
	count := p.v.say("ui.pick.count", "Count", len(p.found))
	end := at.right - uniseg.StringWidth(count) - 1
	c.fill(at.left, y, end, typed)
	label := "> "
	if at.tall {
		label = p.v.say("ui.pick.search") + " > "
	}
	x := c.put(at.left, y, end, label, typed)
	p.v.drawTyped(c, x, end, y, ui.TakesWords)
	p.v.hit(at.left, end, y, spot{kind: atLine})
	c.put(end+1, y, at.right, count, faint)
}

// facets draws by what the list is narrowed down, and on a narrow screen the way to the wishes.
func (p *picker) facets(c canvas, at plan, y int) {
	lang := p.v.front.lang()
	n := len(p.q.Facets)
	var labels []string
	for i, f := range p.q.Facets {
		value := p.v.say("ui.pick.all")
		for _, o := range f.Values {
			if o.Value == p.values[i] {
				value = o.Label.Say(lang)
			}
		}
		if at.tall {
			value = f.Label.Say(lang) + ": " + value
		} else if p.values[i] == "" {
			value = f.Label.Say(lang)
		}
		labels = append(labels, value)
	}
	if p.narrow {
		labels = append(labels, p.v.say("ui.pick.wishes.short", "Count", len(p.v.marks)))
		n++
	}
	for i, label := range labels {
		x, end := at.left+i*(at.right-at.left)/n, at.left+(i+1)*(at.right-at.left)/n-1
		t, mark, open := button, "[", "]"
		switch {
		case p.v.focus == spot{atFacet, i}:
			t, mark = chosen, "▶"
		case p.open == i:
			t = accent
		}
		c.fill(x, y, end, t)
		c.put(x, y, end-1, mark+p.v.shown(label), t)
		c.put(end-1, y, end, open, t)
		p.v.hit(x, end+1, y, spot{atFacet, i})
	}
}

// list draws the rows that were found, or the values of the open facet.
func (p *picker) list(c canvas, left, right, top, bottom int) {
	p.rows = max(1, bottom-top)
	p.top = max(0, min(p.top, p.length()-p.rows))
	if p.length() == 0 {
		c.put(left, top, right, p.v.say("ui.pick.none"), faint)
	}
	for i := p.top; i < p.length() && i < p.top+p.rows; i++ {
		y := top + i - p.top
		here := p.v.focus == spot{atFound, i}
		t, mark := plain, "  "
		if here {
			t, mark = chosen, "▶ "
			c.fill(left, y, right-1, t)
		}
		text, note, box := p.rowText(i)
		x := c.put(left, y, right-1, fmt.Sprintf("%s%3d %s ", mark, i+1, box), t)
		c.put(x, y, right-1, text, t)
		if room := right - 2 - x - uniseg.StringWidth(text) - uniseg.StringWidth(note); note != "" && room >= 2 {
			if !here {
				t = faint
			}
			c.put(right-2-uniseg.StringWidth(note), y, right-1, note, t)
		}
		p.v.hit(left, right-1, y, spot{atFound, i})
	}
	if p.top > 0 {
		c.put(right-1, top, right, "▲", accent)
		p.v.area(right-1, right+2, top, top+max(1, p.rows/2), spot{kind: atLess})
	}
	if p.top+p.rows < p.length() {
		c.put(right-1, bottom-1, right, "▼", accent)
		p.v.area(right-1, right+2, bottom-max(1, p.rows/2), bottom, spot{kind: atMore})
	}
}

// rowText is a row of the list: its words, what else is known of it, and its box.
func (p *picker) rowText(i int) (text, note, box string) {
	lang := p.v.front.lang()
	if p.open >= 0 {
		box = "( )"
		value, label := "", i18n.T("ui.pick.all")
		if i > 0 {
			o := p.q.Facets[p.open].Values[i-1]
			value, label = o.Value, o.Label
		}
		if p.values[p.open] == value {
			box = "(✓)"
		}
		return p.v.shown(label.Say(lang)), "", box
	}
	o := p.options[p.found[i]]
	box = "[ ]"
	if at := slices.Index(p.v.marks, p.found[i]); at >= 0 {
		box = fmt.Sprintf("[%d]", at+1)
	}
	return p.v.shown(o.Label.Say(lang)), p.v.shown(o.Hint.Say(lang)), box
}

// wishes draws what has been chosen, in its order, each with its keys.
func (p *picker) wishes(c canvas, left, right, y, bottom int) {
	c.put(left, y, right, p.v.say("ui.pick.wishes", "Max", p.q.Max), faint)
	for i := range max(p.q.Max, len(p.v.marks)) {
		y++
		if y >= bottom {
			return
		}
		if i >= len(p.v.marks) {
			c.put(left, y, right, fmt.Sprintf("%2d  ", i+1)+"……", faint)
			continue
		}
		x := right - 6*wishKinds
		label := p.options[p.v.marks[i]].Label.Say(p.v.front.lang())
		c.put(left, y, x-1, fmt.Sprintf("%2d  ", i+1)+p.v.shown(label), strong)
		for k, sign := range []string{"▲", "▼", "×"} {
			s := spot{atWish, wishKinds*i + k}
			t, open := button, "[ "
			if p.v.focus == s {
				t, open = chosen, "▶ "
			}
			c.put(x+6*k, y, right, open+sign+" ]", t)
			p.v.hit(x+6*k, x+6*k+6, y, s)
		}
	}
}
