package tview

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"madoguchi/i18n"
	"madoguchi/ui"
)

// The five keys, which reach everything on every screen. Up and down walk the ring; right presses; left goes back,
// first out of a row of the board; while the line has the cursor, left and right move in it.
const (
	keyUp    = tcell.KeyUp
	keyDown  = tcell.KeyDown
	keyLeft  = tcell.KeyLeft
	keyRight = tcell.KeyRight
	keyHelp  = tcell.KeyF1
)

// five does what one of the five keys means; false when the key is another.
func (v *view) five(k tcell.Key) bool {
	switch k {
	case keyUp:
		v.move(-1)
	case keyDown:
		v.move(+1)
	case keyLeft:
		v.left()
	case keyRight:
		v.right()
	default:
		return false
	}
	return true
}

// move walks the ring. What lies outside the body's window is scrolled to first, so that nothing is passed unread.
func (v *view) move(by int) {
	ring := v.ring()
	if len(ring) == 0 {
		v.scroll = max(0, v.scroll+by)
		return
	}
	v.notice = i18n.Text{}
	if takes := v.takes(); takes == ui.TakesNumber || takes == ui.TakesMany && v.pick == nil {
		v.line.Wipe()
	}
	at := slices.Index(ring, v.focus)
	var to spot
	switch {
	case at < 0 && by < 0:
		to = ring[len(ring)-1]
	case at < 0:
		to = ring[0]
	default:
		to = ring[(at+by+len(ring))%len(ring)]
	}
	if v.scrollTo(to, by) {
		v.focus = to
		if v.pick != nil {
			v.pick.reveal(to)
		}
	}
}

// scrollTo brings a spot nearer by at most a page; it reports whether it is in sight.
func (v *view) scrollTo(to spot, by int) bool {
	start, inBody := v.page.start[to]
	page := max(1, v.visible-1)
	switch {
	case !inBody && by > 0 && v.unread() && v.inBody(v.focus):
		v.scroll += page
		return false
	case !inBody && by < 0 && v.scroll > 0 && v.inBody(v.focus):
		v.scroll = max(0, v.scroll-page)
		return false
	case !inBody:
		return true
	case start >= v.scroll+v.visible && by > 0 && v.inBody(v.focus):
		v.scroll += min(page, start-v.scroll)
	case start < v.scroll && by < 0 && v.inBody(v.focus):
		v.scroll -= min(page, v.scroll-start)
	}
	if !v.inBody(v.focus) || start >= v.scroll && start < v.scroll+v.visible {
		v.reveal = to
		return true
	}
	return false
}

// inBody reports whether a spot scrolls with the body; where the person has not gone anywhere yet, they read it.
func (v *view) inBody(s spot) bool {
	_, ok := v.page.start[s]
	return ok || s.kind == nowhere
}

func (v *view) left() {
	switch {
	case v.inRow >= 0:
		v.leaveRow()
	case v.onLine():
		v.line.Left()
	default:
		v.back()
	}
}

func (v *view) right() {
	switch v.focus.kind {
	case atLine:
		if v.takes() == ui.TakesWords || v.pick != nil {
			v.line.Right()
			return
		}
		v.main()
	case nowhere:
		v.enterKey()
	default:
		v.press(v.focus)
	}
}

// onLine reports whether left and right move the cursor.
func (v *view) onLine() bool {
	return v.focus.kind == atLine && (v.takes() == ui.TakesWords || v.pick != nil) && v.line.String() != "" && v.line.Before() != ""
}
