package tview

import (
	"time"

	"github.com/gdamore/tcell/v2"

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
	if v.composeKey(e) {
		return
	}
	if n := footKey(k); n >= 0 {
		v.step(n)
		return
	}
	if v.waits() {
		v.keep(e)
		return
	}
	v.screenKey(e)
}

// footKey is the place of a key in the footer, -1: it has none.
func footKey(k tcell.Key) int {
	switch k { //nolint:exhaustive // the others have none
	case tcell.KeyEscape:
		return 0
	case keyHelp:
		return 1
	case tcell.KeyF2:
		return 2
	case tcell.KeyF3:
		return 3
	case tcell.KeyF4:
		return 4
	case tcell.KeyF10, tcell.KeyCtrlC:
		return 5
	}
	return -1
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

// screenKey is a key for the body or the line.
func (v *view) screenKey(e *tcell.EventKey) {
	k := e.Key()
	switch {
	case k == tcell.KeyPgDn:
		v.press(spot{kind: atMore})
		return
	case k == tcell.KeyPgUp:
		v.press(spot{kind: atLess})
		return
	case v.five(k):
		return
	}
	if v.frame.Help {
		if k == tcell.KeyEnter {
			v.enterKey()
		}
		return
	}
	v.notice = i18n.Text{}
	switch takes := v.takes(); {
	case takes == ui.TakesNothing:
		v.question(e)
	case k == tcell.KeyEnter:
		v.enterKey()
	case takes == ui.TakesSecret:
		v.secretKey(e)
	case v.types():
		v.writeKey(e)
	case v.pick != nil:
		v.seekKey(e)
	default:
		v.numberKey(e, takes)
	}
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
	v.focus = spot{kind: atLine}
	switch e.Key() { //nolint:exhaustive // no other key means anything here
	case tcell.KeyRune:
		v.secret.Add(e.Rune())
	case tcell.KeyBackspace, tcell.KeyBackspace2, tcell.KeyDelete:
		v.secret.Erase()
	case tcell.KeyCtrlU:
		v.secret.Wipe()
	}
}

func (v *view) seekKey(e *tcell.EventKey) {
	v.focus = spot{kind: atLine}
	switch e.Key() { //nolint:exhaustive // no other key means anything here
	case tcell.KeyRune:
		v.line.Insert(e.Rune())
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		v.line.Erase()
	case tcell.KeyDelete:
		v.line.Delete()
	case tcell.KeyHome, tcell.KeyCtrlA:
		v.line.Home()
	case tcell.KeyEnd, tcell.KeyCtrlE:
		v.line.End()
	case tcell.KeyCtrlU:
		v.line.Wipe()
	}
	v.sought()
}

// sought looks again for what the line of the picker says.
func (v *view) sought() {
	if v.pick != nil {
		v.pick.seek()
	}
}

func (v *view) numberKey(e *tcell.EventKey, takes ui.Takes) {
	switch e.Key() { //nolint:exhaustive // no other key means anything here
	case tcell.KeyRune:
		v.numberRune(e, takes)
	case tcell.KeyBackspace, tcell.KeyBackspace2, tcell.KeyDelete:
		v.line.Erase()
		v.point()
	case tcell.KeyCtrlU:
		v.line.Wipe()
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

// point moves the focus to the number that is being typed.
func (v *view) point() {
	v.focus = spot{}
	if n, ok := ui.Number(v.line.String(), len(ui.Options(v.frame.Screen))); ok {
		v.focus = spot{atOption, n}
		v.reveal = v.focus
	}
}

func (v *view) space(takes ui.Takes) {
	switch takes {
	case ui.TakesMany:
		if v.focus.kind == atOption {
			v.mark(v.focus.n)
		}
	case ui.TakesTicks:
		if i := v.nextGroup(); i >= 0 {
			v.choose(i)
		}
	default:
	}
}
