package tview

import (
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"madoguchi/i18n"
)

// drawHeader says where the person is, how far, whether it is saved and whether the line stands.
func (v *view) drawHeader(c canvas, p plan) {
	c.row(0, header)
	if !p.tall {
		v.smallHeader(c, p)
		return
	}
	f := v.frame
	where := v.say("ui.brand")
	if f.Of > 0 {
		where = i18n.T(f.Flow + ".title").Say(v.front.lang())
	}
	status := v.status()
	steps := v.steps(p.edge - p.left - uniseg.StringWidth(where+status) - 4)
	if calm := v.say("ui.offline.calm"); !f.Online && !f.Saved && f.Closes.IsZero() && uniseg.StringWidth(where+calm)+4+uniseg.StringWidth(steps) <= p.edge-p.left {
		status = calm
	}
	from := p.edge - uniseg.StringWidth(status)
	c.put(from, 0, p.edge, status, header)
	x := c.put(p.left, 0, from-1, where, header)
	c.put(x+2, 0, from-1, steps, header)
	c.put(p.left, 2, p.right, v.title(), accent)
	for x := p.left; x < p.right; x++ {
		c.put(x, 3, p.right, "─", faint)
	}
}

// smallHeader has the title in the top line: it matters more than what is as it should be.
func (v *view) smallHeader(c canvas, p plan) {
	f, step := v.frame, ""
	if f.Of > 0 {
		step = v.say("ui.step", "At", f.At, "Of", f.Of) + " "
	}
	title := v.title()
	if uniseg.StringWidth(step+title) > p.right-p.left {
		step = ""
	}
	status := v.status()
	if room := p.right - p.left - uniseg.StringWidth(step+title) - 1; uniseg.StringWidth(status) > room {
		status = v.shortStatus(room)
	}
	from := p.right - uniseg.StringWidth(status)
	c.put(from, 0, p.right, status, header)
	c.put(p.left, 0, from-1, step+title, header)
}

// steps draws how far the procedure has come, as dots where there is room, and always as numbers.
func (v *view) steps(room int) string {
	f := v.frame
	if f.Of == 0 {
		return ""
	}
	numbers := v.say("ui.step", "At", f.At, "Of", f.Of)
	if 2*f.Of+uniseg.StringWidth(numbers)+1 > room || f.At > f.Of {
		return numbers
	}
	return strings.Repeat("━", 2*f.At) + strings.Repeat("─", 2*(f.Of-f.At)) + " " + numbers
}

// status says how long there is, that everything is saved, and how the line is.
func (v *view) status() string {
	parts := []string{}
	if text := v.closes(); text != "" {
		parts = append(parts, text)
	}
	if v.frame.Saved {
		parts = append(parts, v.say("ui.saved"))
	}
	return strings.Join(append(parts, v.lineWord()), " · ")
}

// closes says how many minutes there are before the round or the office closes.
func (v *view) closes() string {
	if v.frame.Closes.IsZero() {
		return ""
	}
	left := max(0, v.frame.Closes.Sub(v.front.now()))
	return v.say("ui.closes", "Minutes", int((left+time.Minute-1)/time.Minute))
}

func (v *view) lineWord() string {
	if v.frame.Online {
		return v.say("ui.online")
	}
	return v.say("ui.offline")
}

// shortStatus says in so many columns what is not as it should be; that the line is up may be left out.
func (v *view) shortStatus(room int) string {
	for _, word := range []string{v.closes(), v.lineWord()} {
		if word != "" && uniseg.StringWidth(word) <= room {
			return word
		}
	}
	if !v.frame.Online {
		return v.lineWord()
	}
	return ""
}

func (v *view) title() string {
	if v.frame.Help {
		return v.say("ui.help.title")
	}
	return v.shown(v.frame.Screen.Title.Say(v.front.lang()))
}

// footStarts are the columns where the parts of the footer begin, of eighty and of forty.
var footStarts = map[bool][7]int{true: {0, 11, 21, 40, 52, 62, 80}, false: {0, 7, 14, 19, 26, 33, 40}}

// touchStarts are where the parts of the narrow footer begin for a finger: none is narrower than six.
var touchStarts = [7]int{0, 7, 14, 20, 26, 33, 40}

// drawFooter draws what every screen has, each in a place of its own.
func (v *view) drawFooter(c canvas, p plan) {
	wide := c.width >= 80
	for y := p.foot; y < p.foot+p.footRows; y++ {
		c.row(y, rest)
	}
	starts, of := footStarts[wide], 40
	if wide {
		of = 80
	}
	y := p.foot + p.footRows/2
	for i, item := range v.feet() {
		if !item.on {
			continue
		}
		x, end := starts[i]*c.width/of, starts[i+1]*c.width/of
		t, mark := rest, " "
		if v.focus == (spot{atFoot, i}) {
			t, mark = chosen, "▶"
			for row := p.foot; row < p.foot+p.footRows; row++ {
				c.fill(x, row, end, t)
			}
		}
		at := c.put(x, y, end, mark, t)
		label := v.say(item.short)
		if wide {
			at = c.put(at, y, end, item.key, badge)
			label = " " + v.say(item.label)
		}
		c.put(at, y, end, label, t)
		if !wide {
			x, end = touchStarts[i]*c.width/of, touchStarts[i+1]*c.width/of
		}
		v.area(x, end, p.foot, p.foot+p.footRows, spot{atFoot, i})
	}
}
