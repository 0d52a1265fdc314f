package tview

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

const (
	tallFrom = 20  // rows from which a screen has air
	widest   = 100 // columns of the body at most: longer rows are hard to read
)

// Draw draws the whole screen. From the bottom, always in the same places: dock, footer, hint, line; then what is
// wrong; the body has what is left below the header.
func (v *view) Draw(screen tcell.Screen) {
	v.front.gate.open()
	width, height := screen.Size()
	c := canvas{screen, width, height}
	v.hits = v.hits[:0]
	for y := range height {
		c.row(y, normal)
	}
	screen.HideCursor()
	if width < 20 || height < 6 {
		return // nothing can be said here
	}
	tall := height >= tallFrom
	left := max(1, (width-widest)/2)
	if tall {
		left = max(3, (width-widest)/2)
	}
	right := width - left
	footLeft := left
	if !tall {
		footLeft = 0 // forty columns are needed
	}
	foot := height - v.dockRows(width, height) - 1
	if v.front.dock != nil {
		v.drawDock(c, foot+1)
	}
	v.drawFooter(c, footLeft, c.width-footLeft, foot)
	top := v.drawHeader(c, left, right, tall)
	input, bottom := foot-1, foot-1
	if tall {
		input, bottom = foot-4, foot-5
	}
	if takes := v.takes(); tall && (takes == ui.TakesNothing || takes == ui.TakesEnter) {
		bottom = foot - 3 // there is no line
	}
	trouble := v.troubles(right - left - 3)
	trouble = trouble[:min(len(trouble), max(0, bottom-top-1))]
	body := bottom - len(trouble)
	if tall && len(trouble) > 0 {
		body--
	}
	v.fit(right-left, body-top, tall)
	lift := 0
	if tall { // the answer is typed near the question: who sees little sees both at once
		lift = max(0, body-top-len(v.page.lines)-1)
	}
	v.drawTrouble(c, left, right, bottom-lift, trouble)
	v.drawBody(c, left, right, top, body-lift, tall) // before the hint, which speaks of what is in sight
	v.drawInput(c, left, right, input-lift, tall)
	if tall {
		c.keys(left, foot-2-lift, right, v.hint(), strong)
		v.hit(left, right, foot-2-lift, v.enterKey)
	}
	v.ahead.drawn = v.frame.Seq
	if v.bell {
		v.bell = false
		_ = screen.Beep() // a terminal without a bell says nothing
	}
}

func (v *view) drawHeader(c canvas, left, right int, tall bool) (top int) {
	f := v.frame
	c.row(0, header)
	status := v.lineWord()
	if f.Saved {
		status += " · " + v.say("ui.saved")
	}
	title := v.title()
	step := ""
	if f.Of > 0 {
		step = v.say("ui.step", "At", f.At, "Of", f.Of) + "  "
	}
	if tall {
		where := v.say("ui.brand")
		if f.Of > 0 {
			where = v.say("ui.at", "Title", i18n.T(f.Flow+".title"), "At", f.At, "Of", f.Of)
		}
		if calm := v.say("ui.offline.calm"); !f.Online && !f.Saved && uniseg.StringWidth(where+calm)+2 <= right-left {
			status = calm
		}
		from := right - uniseg.StringWidth(status)
		c.put(from, 0, right, status, header)
		c.put(left, 0, from-1, where, header)
		c.put(left, 2, right, title, accent)
		for x := left; x < right; x++ {
			c.put(x, 3, right, "─", faint)
		}
		return 5
	}
	// The title matters more than what is as it should be.
	if room := right - left - uniseg.StringWidth(step+title) - 1; uniseg.StringWidth(status) > room {
		status = v.shortStatus(room)
	}
	from := right - uniseg.StringWidth(status)
	c.put(from, 0, right, status, header)
	c.put(left, 0, from-1, step+title, header.Bold(true))
	return 1
}

func (v *view) lineWord() string {
	if v.frame.Online {
		return v.say("ui.online")
	}
	return v.say("ui.offline")
}

// shortStatus says how the line is in so many columns; that it is up may be left out.
func (v *view) shortStatus(room int) string {
	if word := v.lineWord(); !v.frame.Online || uniseg.StringWidth(word) <= room {
		return word
	}
	return ""
}

func (v *view) title() string {
	if v.frame.Help {
		return v.say("ui.help.title")
	}
	return ui.Clean(v.frame.Screen.Title.Say(v.front.lang()))
}

// drawFooter draws what every screen has, each in a place of its own.
func (v *view) drawFooter(c canvas, left, right, y int) {
	f := v.frame
	items := []struct {
		key, label string
		on         bool
		do         func()
	}{
		{"Esc", "ui.key.back", f.CanBack || f.Help, v.back},
		{"F1", "ui.key.help", f.Seq > 0, func() { v.do(flows.DoHelp) }},
		{"F2", "ui.key.language", f.Seq > 0, func() { v.do(flows.DoLanguage) }},
		{"F10", "ui.key.stop", f.CanStop, v.stop},
	}
	places := [4]int{0, 10, 19, 30} // on 40 columns
	for i, item := range items {
		if !item.on {
			continue
		}
		x := left + places[i]*(right-left)/40
		label := v.say(item.label)
		if c.width >= 80 {
			label = " " + label
		}
		end := c.put(x, y, c.width, item.key, badge)
		end = c.put(end, y, c.width, label, normal)
		v.hit(x, end, y, item.do)
	}
}

// drawInput draws the line where the answer is typed; on a small screen the hint stands behind it.
func (v *view) drawInput(c canvas, left, right, y int, tall bool) {
	takes := v.takes()
	x := left
	switch takes {
	case ui.TakesNothing, ui.TakesEnter:
	default:
		end := right
		if takes != ui.TakesWords && takes != ui.TakesSecret {
			end = left + 8
		}
		if takes == ui.TakesSecret {
			end = min(left+40, right)
			if n := v.slots(); n > 0 {
				end = left + 4 + 2*n
			}
		}
		c.fill(left, y, end, typed)
		x = c.put(left, y, end, "> ", typed)
		v.drawTyped(c, x, end, y, takes)
		x = end + 2
	}
	if tall {
		return
	}
	hint := v.hint()
	if right-x < 4 && v.line.String() == "" && v.secret.Len() == 0 { // inside the line until something is typed
		x = max(left+4, right-uniseg.StringWidth(hint))
	}
	c.keys(x, y, right, hint, strong)
	v.hit(x, right, y, v.enterKey)
}

// slots is how many characters the secret must have, 0 when more than one length fits.
func (v *view) slots() int {
	if s := v.frame.Screen.Secret; s != nil && s.Min == s.Max && s.Max <= 8 {
		return s.Max
	}
	return 0
}

func (v *view) drawTyped(c canvas, x, end, y int, takes ui.Takes) {
	if takes == ui.TakesSecret {
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
		at := min(x+2*n, last)
		if n > 0 && slots == 0 {
			c.put(end-4, y, end, fmt.Sprintf("%3d", n), typed.Foreground(dim).Bold(false))
		}
		c.screen.ShowCursor(at, y)
		return
	}
	text, before := ui.Clean(v.line.String()), uniseg.StringWidth(ui.Clean(v.line.Before()))
	if room := end - x - 1; before > room { // the end of a long line, where the cursor is
		text = tail(ui.Clean(v.line.Before()), room)
		before = uniseg.StringWidth(text)
	}
	c.put(x, y, end, text, typed)
	c.screen.ShowCursor(x+before, y)
}

// tail returns the last columns of text, at most width, beginning with an ellipsis.
func tail(text string, width int) string {
	for uniseg.StringWidth(text)+1 > width && text != "" {
		_, text, _, _ = uniseg.FirstGraphemeClusterInString(text, -1)
	}
	return "…" + text
}

// drawTrouble draws what is wrong just above the line.
func (v *view) drawTrouble(c canvas, left, right, bottom int, rows []span) {
	y := bottom - len(rows)
	for i, row := range rows {
		c.put(left, y+i, right, "┃ ", trouble)
		c.put(left+2, y+i, right, row.text, row.style)
	}
}

func (v *view) troubles(width int) []span {
	var rows []span
	add := func(text string, style tcell.Style) {
		for _, row := range wrap(ui.Clean(text), width) {
			rows = append(rows, span{row, style})
		}
	}
	lang := v.front.lang()
	if !v.frame.Ends.IsZero() {
		left := max(0, int(math.Ceil(v.frame.Ends.Sub(v.front.now()).Round(10*time.Millisecond).Seconds())))
		add(v.say("ui.idle", "Seconds", left), trouble.Bold(true))
		add(v.say("ui.idle.how"), strong)
		return rows
	}
	if p := v.frame.Problem; p != nil && !v.frame.Busy {
		add(p.Cause().Say(lang), trouble.Bold(true))
		add(p.Remedy().Say(lang)+" ("+string(p.Code)+")", strong) // the code is for the telephone
	}
	if !v.notice.IsZero() {
		add(v.notice.Say(lang), trouble.Bold(true))
	}
	return rows
}

// fit lays the body out for so much room unless it is.
func (v *view) fit(width, height int, tall bool) {
	if v.laid != [2]int{width, height} {
		v.page = v.lay(width, height, tall)
		v.laid = [2]int{width, height}
	}
}

func (v *view) drawBody(c canvas, left, right, top, bottom int, tall bool) {
	v.visible = max(0, bottom-top)
	total := len(v.page.lines)
	v.scroll = max(0, min(v.scroll, total-v.visible))
	v.show(total)
	for y := top; y < bottom && v.scroll+y-top < total; y++ {
		v.drawLine(c, left, right, y, v.page.lines[v.scroll+y-top])
	}
	if more := v.say("ui.more"); v.scroll+v.visible < total {
		if !tall {
			more = "▼"
		}
		if !tall {
			c.put(right, bottom-1, c.width, more, accent) // in the margin
			return
		}
		c.put(right-uniseg.StringWidth(more), bottom, right, more, accent)
	}
}

// lay gives the body air where there is room for it.
func (v *view) lay(width, height int, tall bool) page {
	if !tall {
		return lay(v.pieces, width, packed, false, v.many())
	}
	p := lay(v.pieces, width, roomy, true, v.many())
	if len(p.lines) > height && v.frame.Screen.Kind != flows.Review {
		for _, a := range []air{snug, packed} {
			if p = lay(v.pieces, width, a, true, v.many()); len(p.lines) <= height {
				return p
			}
		}
		if p = lay(v.pieces, width, snug, false, v.many()); len(p.lines) <= height {
			return p
		}
		return lay(v.pieces, width, packed, false, v.many())
	}
	if picture := v.picture(); len(p.lines)+len(picture)+2 <= height {
		if len(picture) > 0 {
			p.lines = append(p.lines, line{option: -1}, line{option: -1})
		}
		for _, row := range picture {
			p.lines = append(p.lines, line{indent: 4, spans: []span{{row, accent}}, option: -1})
		}
	}
	return p
}

// picture shows what is to be done with the card.
func (v *view) picture() []string {
	switch {
	case v.frame.Help:
	case v.frame.Screen.Kind == flows.InsertCard:
		return cardPicture
	case v.frame.Step == flows.StepTakeCard:
		return takePicture
	}
	return nil
}

// show scrolls so that the option which was just reached is in sight.
func (v *view) show(total int) {
	if v.reveal < 0 {
		return
	}
	start, end := v.page.start[v.reveal], v.page.end[v.reveal]
	switch {
	case v.takes() == ui.TakesTicks && (start < v.scroll || end >= v.scroll+v.visible):
		v.scroll = start
	case start < v.scroll:
		v.scroll = start
	case end >= v.scroll+v.visible:
		v.scroll = end - v.visible + 1
	}
	v.scroll = max(0, min(v.scroll, total-v.visible))
	v.reveal = -1
}

func (v *view) drawLine(c canvas, left, right, y int, l line) {
	x := left + l.indent
	if l.option < 0 {
		for _, s := range l.spans {
			x = c.put(x, y, right, s.text, s.style)
		}
		return
	}
	style := strong
	here := l.option == v.chosen && v.takes() != ui.TakesNothing
	if here && !l.head {
		style = chosen
		c.fill(left, y, right, chosen)
	} else if here {
		style = accent
	}
	if l.head {
		_, bg, _ := typed.Decompose()
		style = style.Background(bg)
		c.fill(left, y, right, style)
	}
	if l.first {
		v.drawMark(c, left, right, y, l, here, style)
	}
	for _, s := range l.spans {
		if !here && !l.first {
			c.put(x, y, right, s.text, s.style)
			continue
		}
		c.put(x, y, right, s.text, style)
	}
	option := l.option
	v.hit(left, right, y, func() { v.touchOption(option) })
}

// drawMark draws what stands in front of an option: the mark of the chosen one, its number, and its tick.
func (v *view) drawMark(c canvas, left, right, y int, l line, here bool, style tcell.Style) {
	mark := "  "
	if here {
		mark = "▶ "
	}
	c.put(left, y, right, mark+fmt.Sprintf("%2d", l.option+1), style)
	switch {
	case l.head:
		tick, text := "[ ] ", v.say("ui.unticked")
		if v.frame.Screen.Groups[l.option].Ticked {
			tick, text = "[✓] ", v.say("ui.ticked")
		}
		text = tick + text
		c.put(right-uniseg.StringWidth(text), y, right, text, style)
	case v.many():
		tick := "[ ]"
		if at := slices.Index(v.marks, l.option); at >= 0 {
			tick = fmt.Sprintf("[%d]", at+1) // the order may matter to the form
		}
		c.put(left+margin, y, right, tick, style)
	}
}
