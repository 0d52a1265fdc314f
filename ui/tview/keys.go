package tview

import (
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// key does what a key means here. It runs in the event loop.
func (v *view) key(e *tcell.EventKey) {
	k := e.Key()
	switch {
	case v.dockKey(k):
		return
	case k == tcell.KeyCtrlC && v.front.dock != nil:
		v.front.quit()
		return
	case k == tcell.KeyCtrlL:
		return // tview draws after each key
	}
	if v.lives() {
		return
	}
	switch k {
	case tcell.KeyF1:
		v.forget()
		v.do(flows.DoHelp)
	case tcell.KeyF2:
		v.forget()
		v.do(flows.DoLanguage)
	case tcell.KeyF10, tcell.KeyCtrlC:
		v.forget()
		v.stop()
	case tcell.KeyEscape:
		v.forget()
		v.back()
	default:
		if v.waits() {
			v.keep(e)
			return
		}
		v.screenKey(e)
	}
}

// lives sends a sign of life, at most once a second, and reports whether the key was used up by it: while the
// warning stands, a key means "go on" and nothing else.
func (v *view) lives() bool {
	warned := !v.frame.Ends.IsZero()
	now := v.front.now()
	if warned || now.Sub(v.alive) >= time.Second {
		v.alive = now
		v.do(flows.DoStillHere)
	}
	return warned
}

func (v *view) do(what string) { v.front.emit(flows.Event{Seq: v.frame.Seq, Do: what}) }

func (v *view) back() {
	switch {
	case v.frame.Help:
		v.do(flows.DoHelp)
	case v.frame.CanBack:
		v.do(flows.DoBack)
	}
}

func (v *view) stop() {
	if v.frame.CanStop {
		v.do(flows.DoCancel)
	}
}

// screenKey is a key for the body or the line.
func (v *view) screenKey(e *tcell.EventKey) {
	k := e.Key()
	switch k { //nolint:exhaustive // all other keys are below
	case tcell.KeyPgDn:
		v.scroll += max(1, v.visible-1)
		return
	case tcell.KeyPgUp:
		v.scroll = max(0, v.scroll-max(1, v.visible-1))
		return
	case tcell.KeyUp:
		v.move(-1)
		return
	case tcell.KeyDown:
		v.move(+1)
		return
	}
	if v.frame.Help {
		if k == tcell.KeyEnter {
			v.do(flows.DoHelp)
		}
		return
	}
	switch takes := v.takes(); takes {
	case ui.TakesNothing:
		v.question(e)
	case ui.TakesSecret:
		v.secretKey(e)
	case ui.TakesWords:
		v.wordsKey(e)
	default:
		v.numberKey(e, takes)
	}
}

// move goes through the options, or scrolls where there are none to go through.
func (v *view) move(by int) {
	takes := v.takes()
	if takes != ui.TakesNumber && takes != ui.TakesMany {
		v.scroll = max(0, v.scroll+by)
		return
	}
	n := len(ui.Options(v.frame.Screen))
	v.line.Wipe()
	v.notice = i18n.Text{}
	switch {
	case n == 0:
		return
	case v.chosen < 0 && by < 0:
		v.chosen = n - 1
	default:
		v.chosen = min(max(v.chosen+by, 0), n-1)
	}
	v.reveal = v.chosen
}

// question lets "?" ask for help where no text is typed.
func (v *view) question(e *tcell.EventKey) bool {
	if e.Key() == tcell.KeyRune && (e.Rune() == '?' || e.Rune() == '？') {
		v.do(flows.DoHelp)
		return true
	}
	return false
}

func (v *view) secretKey(e *tcell.EventKey) {
	v.notice = i18n.Text{}
	switch e.Key() { //nolint:exhaustive // no other key means anything here
	case tcell.KeyRune:
		v.secret.Add(e.Rune())
	case tcell.KeyBackspace, tcell.KeyBackspace2, tcell.KeyDelete:
		v.secret.Erase()
	case tcell.KeyCtrlU:
		v.secret.Wipe()
	case tcell.KeyEnter:
		v.enterKey()
	}
}

func (v *view) wordsKey(e *tcell.EventKey) {
	v.notice = i18n.Text{}
	switch e.Key() { //nolint:exhaustive // no other key means anything here
	case tcell.KeyRune:
		v.line.Insert(e.Rune())
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		v.line.Erase()
	case tcell.KeyDelete:
		v.line.Delete()
	case tcell.KeyLeft:
		v.line.Left()
	case tcell.KeyRight:
		v.line.Right()
	case tcell.KeyHome, tcell.KeyCtrlA:
		v.line.Home()
	case tcell.KeyEnd, tcell.KeyCtrlE:
		v.line.End()
	case tcell.KeyCtrlU:
		v.line.Wipe()
	case tcell.KeyEnter:
		v.enterKey()
	}
}

func (v *view) numberKey(e *tcell.EventKey, takes ui.Takes) {
	v.notice = i18n.Text{}
	switch e.Key() { //nolint:exhaustive // no other key means anything here
	case tcell.KeyRune:
		v.numberRune(e, takes)
	case tcell.KeyBackspace, tcell.KeyBackspace2, tcell.KeyDelete:
		v.line.Erase()
		v.point()
	case tcell.KeyCtrlU:
		v.line.Wipe()
	case tcell.KeyEnter:
		v.enterKey()
	}
}

func (v *view) numberRune(e *tcell.EventKey, takes ui.Takes) {
	r := e.Rune()
	switch {
	case v.question(e):
	case r == ' ' || r == '　':
		v.space(takes)
	case takes == ui.TakesEnter:
	case r >= '0' && r <= '9', r >= '０' && r <= '９', takes == ui.TakesMany && (r == ',' || r == '、' || r == '，'):
		if len(v.line.String()) < 24 {
			v.line.Insert(r)
			v.point()
		}
	}
}

// point moves the mark to the number that is being typed.
func (v *view) point() {
	if n, ok := ui.Number(v.line.String(), len(ui.Options(v.frame.Screen))); ok {
		v.chosen, v.reveal = n, n
	}
}

func (v *view) space(takes ui.Takes) {
	switch takes {
	case ui.TakesMany:
		if v.chosen >= 0 {
			v.mark(v.chosen)
		}
	case ui.TakesTicks:
		v.readOn()
	default:
	}
}

// MouseHandler takes a finger or a mouse.
func (v *view) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return func(action tview.MouseAction, e *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		switch action {
		case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
			v.touch(e.Position())
		case tview.MouseScrollUp:
			v.scroll = max(0, v.scroll-3)
		case tview.MouseScrollDown:
			v.scroll += 3
		default:
			return false, nil
		}
		return true, nil
	}
}

// touch does what lies under a finger.
func (v *view) touch(x, y int) {
	for _, h := range v.hits {
		if y != h.y || x < h.from || x >= h.to {
			continue
		}
		h.do()
		return
	}
	if !v.frame.Ends.IsZero() {
		v.lives()
	}
}

// touchOption chooses an option by touch: on a menu that is the answer.
func (v *view) touchOption(i int) {
	if v.lives() {
		return
	}
	v.line.Wipe()
	v.chosen = i
	switch v.takes() {
	case ui.TakesMany:
		v.mark(i)
	case ui.TakesNumber:
		v.enterKey()
	case ui.TakesTicks:
		v.answer(flows.Answer{Choice: ui.Options(v.frame.Screen)[i].ID})
	default:
	}
}
