package tview

import (
	"fmt"
	"slices"

	"github.com/rivo/uniseg"

	"madoguchi/ui"
)

// drawRow draws one row of the body.
func (v *view) drawRow(c canvas, p plan, y int, l line) {
	x := p.left + l.indent
	if l.spot.kind == nowhere {
		v.spans(c, x, p.right, y, l.spans)
		return
	}
	v.hit(p.left, p.right, y, l.spot)
	here := l.spot == v.focus && v.takes() != ui.TakesNothing
	if v.frame.Screen.Groups != nil && !l.head { // a row of a review
		v.spans(c, x, p.right, y, v.cover(l, here))
		return
	}
	t := strong
	switch {
	case l.head && here:
		t = chosen
	case l.head:
		t = button
	case here:
		t = chosen
	}
	if l.band {
		return
	}
	if here || l.head {
		c.fill(p.left, y, p.right, t)
	}
	if l.first {
		v.drawMark(c, p, y, l, here, t)
	}
	for _, s := range l.spans {
		if !here && !l.head {
			t = s.tone
		}
		x = c.put(x, y, p.right, s.text, t)
	}
}

func (v *view) spans(c canvas, x, right, y int, spans []span) {
	for _, s := range spans {
		x = c.put(x, y, right, s.text, s.tone)
	}
}

// cover hides the value of a review's row unless its group is the present one.
func (v *view) cover(l line, here bool) []span {
	if !v.hidden || here {
		return l.spans
	}
	out := slices.Clone(l.spans)
	for i := range out {
		if out[i].tone == strong && out[i].text != "" {
			out[i].text = covered
		}
	}
	return out
}

// drawMark draws what stands around an option: the mark of the focus, its number, its box, and how far it is.
func (v *view) drawMark(c canvas, p plan, y int, l line, here bool, t tone) {
	mark, number := "  ", "  "
	if here {
		mark = "▶ "
	}
	if l.spot.kind == atOption {
		number = fmt.Sprintf("%2d", l.spot.n+1)
	}
	c.put(p.left, y, p.right, mark+number+"  "+l.mark, t)
	end := ""
	switch {
	case l.head:
		end = "[ ] " + v.say("ui.unticked")
		if v.frame.Screen.Groups[l.spot.n].Ticked {
			end = "[✓] " + v.say("ui.ticked")
		}
	case v.many():
		tick := "[ ]"
		if at := slices.Index(v.marks, l.spot.n); at >= 0 {
			tick = fmt.Sprintf("[%d]", at+1) // the order may matter to the form
		}
		c.put(p.left+margin, y, p.right, tick, t)
	}
	if end != "" {
		c.put(p.right-uniseg.StringWidth(end)-1, y, p.right, end, t)
	}
}
