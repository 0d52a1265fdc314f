package tview

import (
	"fmt"
	"math"
	"time"

	"github.com/rivo/uniseg"

	"madoguchi/ui"
)

// drawLine draws the line where the answer is typed.
func (v *view) drawLine(c canvas, p plan) {
	if p.lineRows == 0 {
		return
	}
	takes := v.takes()
	end := p.right
	switch {
	case takes == ui.TakesSecret:
		end = min(p.left+40, p.right)
		if n := v.slots(); n > 0 {
			end = p.left + 4 + 2*n
		}
	case takes != ui.TakesWords:
		end = p.left + 8
	}
	for y := p.line; y < p.line+p.lineRows; y++ {
		c.fill(p.left, y, end, typed)
	}
	y := p.line + p.lineRows/2
	x := c.put(p.left, y, end, "> ", typed)
	v.drawTyped(c, x, end, y, takes)
	v.area(p.left, end, p.line, p.line+p.lineRows, spot{kind: atLine})
	if hint := v.hint(); p.tall {
		c.keys(end+2, y, p.right, hint, faint)
	}
}

// slots is how many characters the secret must have, 0 when more than one length fits.
func (v *view) slots() int {
	if s := v.frame.Screen.Secret; s != nil && s.Min == s.Max && s.Max <= 14 {
		return s.Max
	}
	return 0
}

func (v *view) drawTyped(c canvas, x, end, y int, takes ui.Takes) {
	if takes == ui.TakesSecret {
		v.drawSecret(c, x, end, y)
		return
	}
	if v.types() {
		v.drawWords(c, x, end, y)
		return
	}
	text, before := v.shown(v.line.String()), uniseg.StringWidth(v.shown(v.line.Before()))
	if room := end - x - 1; before > room { // the end of a long line, where the cursor is
		text = tail(v.shown(v.line.Before()), room)
		before = uniseg.StringWidth(text)
	}
	c.put(x, y, end, text, typed)
	if v.focus.kind == nowhere || v.focus.kind == atLine || v.focus.kind == atOption {
		c.cursor(x+before, y)
	}
}

// drawSecret draws a dot for each character; where the length is known, the places that are still free.
func (v *view) drawSecret(c canvas, x, end, y int) {
	n, slots, last := v.secret.Len(), v.slots(), end-5
	if slots > 0 {
		last = end - 2
	}
	for i := range max(n, slots) {
		mark := "●"
		if i >= n {
			mark = "_"
		}
		if x+2*i >= last {
			break
		}
		c.put(x+2*i, y, end, mark, typed)
	}
	if n > 0 && slots == 0 {
		c.put(end-4, y, end, fmt.Sprintf("%3d", n), typed)
	}
	if v.focus.kind == atLine {
		c.cursor(min(x+2*n, last), y)
	}
}

// tail returns the last columns of text, at most width, beginning with an ellipsis.
func tail(text string, width int) string {
	for uniseg.StringWidth(text)+1 > width && text != "" {
		_, text, _, _ = uniseg.FirstGraphemeClusterInString(text, -1)
	}
	return "…" + text
}

// buttonSpot is a button that stands on the screen now.
type buttonSpot struct {
	spot  spot
	label string
	tone  tone
}

func (v *view) buttons() []buttonSpot {
	var out []buttonSpot
	if label := v.nextLabel(); label != "" {
		out = append(out, buttonSpot{spot{kind: atNext}, "Enter  " + label, action})
	}
	if v.later() {
		out = append(out, buttonSpot{spot{kind: atLater}, v.say("ui.later"), button})
	}
	if v.boardKeys() != nil {
		label := v.say("ui.board.open")
		if v.board {
			label = v.say("ui.board.close")
		}
		out = append(out, buttonSpot{spot{kind: atKeys}, label, button})
	}
	return out
}

// drawButtons draws the main action and what else may be done. On a small screen the hint stands there too.
func (v *view) drawButtons(c canvas, p plan) {
	x := p.left
	if !p.tall && p.lineRows > 0 && p.line == p.next {
		x += 10
	}
	buttons := v.buttons()
	if v.frame.Busy || len(buttons) == 0 && !p.tall {
		y := p.next
		if p.nextRows == 0 {
			y = p.foot - 2
		}
		c.keys(x, y+p.nextRows/2, p.right, v.hint(), strong)
		return
	}
	if p.nextRows == 0 {
		return
	}
	gap := 1
	if p.tall {
		gap = 2
	}
	for _, b := range buttons {
		x = v.drawButton(c, p, x, b) + gap
	}
}

func (v *view) drawButton(c canvas, p plan, x int, b buttonSpot) int {
	t, open, shut := b.tone, "[ ", " ]"
	if v.focus == b.spot {
		t, open = chosen, "▶ "
	}
	if !p.tall {
		open, shut = open[:len(open)-1], "]"
	}
	label := b.label
	end := min(p.right, x+uniseg.StringWidth(open+label+shut))
	for y := p.next; y < p.next+p.nextRows; y++ {
		c.fill(x, y, end, t)
	}
	y := p.next + p.nextRows/2
	at := c.put(x, y, end, open, t)
	c.put(at, y, end-uniseg.StringWidth(shut), label, t)
	c.put(end-uniseg.StringWidth(shut), y, end, shut, t)
	bottom := p.next + p.nextRows
	if p.tall && bottom < p.foot {
		bottom++ // the row below is free: two rows for a finger
	}
	v.area(x, end, p.next, bottom, b.spot)
	return end
}

// drawTrouble draws what is wrong just above the line.
func (v *view) drawTrouble(c canvas, p plan, rows []span) {
	y := p.bottom - len(rows)
	if p.tall && len(rows) > 0 {
		y = p.bottom - len(rows)
	}
	for i, row := range rows {
		c.fill(p.left, y+i, p.right, row.tone)
		c.put(p.left, y+i, p.right, "┃ ", trouble)
		c.put(p.left+2, y+i, p.right, row.text, row.tone)
	}
}

// troubles is what is wrong, and what must be known now.
func (v *view) troubles(width int) []span {
	var rows []span
	add := func(text string, t tone) {
		for _, row := range wrap(v.shown(text), width) {
			rows = append(rows, span{row, t})
		}
	}
	lang := v.front.lang()
	if !v.frame.Ends.IsZero() {
		add(v.say("ui.idle", "Seconds", v.seconds(v.frame.Ends)), trouble)
		add(v.say("ui.idle.how"), strong)
		return rows
	}
	if s := v.frame.Screen.Secret; s != nil && !s.PadEnds.IsZero() {
		add(v.say("ui.pad.wait", "Seconds", v.seconds(s.PadEnds)), trouble)
	}
	if p := v.frame.Problem; p != nil && !v.frame.Busy {
		add(p.Cause().Say(lang), trouble)
		add(p.Remedy().Say(lang)+" ("+string(p.Code)+")", strong) // the code is for the telephone
	}
	if !v.notice.IsZero() {
		add(v.notice.Say(lang), trouble)
	}
	return rows
}

// seconds is how many seconds there are until a time, rounded up.
func (v *view) seconds(end time.Time) int {
	return max(0, int(math.Ceil(end.Sub(v.front.now()).Round(10*time.Millisecond).Seconds())))
}
