package tview

import (
	"strings"

	"github.com/rivo/uniseg"

	"madoguchi/i18n"
	"madoguchi/ui"
)

// callEvery is how many seconds lie between two sounds of the bell.
const callEvery = 3

// callAgain rings again while a card lies there that was left behind.
func (v *view) callAgain(second int64) {
	if v.frame.Screen.Alarm && second >= v.called+callEvery {
		v.bell, v.called = true, second
	}
}

// drawAlarm fills the screen: a card was left behind, and whoever it belongs to may be at the door already.
func (v *view) drawAlarm(c canvas, p plan) {
	for y := 1; y < p.foot; y++ {
		c.row(y, calling)
	}
	var rows []string
	if p.tall {
		rows = append(rows, takePicture...)
		rows = append(rows, "", "")
	}
	width := p.right - p.left
	rows = append(rows, framed(wrap(v.title(), width-6))...)
	for _, l := range v.frame.Screen.Lines {
		if p.tall {
			rows = append(rows, "")
		}
		rows = append(rows, wrap(v.shown(l.Say(v.front.lang())), width)...)
	}
	if next := v.nextLabel(); next != "" {
		rows = append(rows, "", "[ Enter "+next+" ]")
	}
	y := 1 + max(0, (p.foot-1-len(rows))/2)
	for i, row := range rows {
		if y+i >= p.foot {
			break
		}
		c.centre(p.left, p.right, y+i, row, calling)
	}
	if v.nextLabel() != "" {
		v.area(p.left, p.right, 1, p.foot, spot{kind: atNext})
	}
	v.drawChoices(c, p, y+len(rows)+1)
}

// framed puts a frame around rows.
func framed(rows []string) []string {
	most := 0
	for _, row := range rows {
		most = max(most, uniseg.StringWidth(row))
	}
	rule := strings.Repeat("━", most+4)
	out := []string{"┏" + rule + "┓"}
	for _, row := range rows {
		out = append(out, "┃  "+pad(row, most)+"  ┃")
	}
	return append(out, "┗"+rule+"┛")
}

// drawChoices draws the choices of an alarm below it.
func (v *view) drawChoices(c canvas, p plan, y int) {
	if v.takes() != ui.TakesNumber {
		return
	}
	for i, o := range ui.Options(v.frame.Screen) {
		mark := "  "
		if v.focus == (spot{atOption, i}) {
			mark = "▶ "
		}
		c.centre(p.left, p.right, min(y+i, p.foot-1), mark+i18n.T("ui.numbered", "No", i+1, "Label", o.Label).Say(v.front.lang()), calling)
		v.hit(p.left, p.right, min(y+i, p.foot-1), spot{atOption, i})
	}
}
