package tview

import (
	"slices"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// settle is how long a touch that did something makes the screen deaf, so that a trembling finger does nothing
// twice. The keys of a board are meant to be pressed fast.
const settle = 350 * time.Millisecond

// MouseHandler takes a finger or a mouse.
func (v *view) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return func(action tview.MouseAction, e *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		switch action {
		case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
			x, y := e.Position()
			v.touch(x/v.scale(), y/v.scale())
		case tview.MouseScrollUp:
			v.scrollBy(-3)
		case tview.MouseScrollDown:
			v.scrollBy(+3)
		default:
			return false, nil
		}
		return true, nil
	}
}

func (v *view) scrollBy(rows int) {
	if v.pick != nil {
		v.pick.scrollBy(rows)
		return
	}
	v.scroll = max(0, v.scroll+rows)
}

// touch does what lies under a finger. While the warning stands, any touch means "go on" and nothing else.
func (v *view) touch(x, y int) {
	now := v.front.now()
	quick := v.spotAt(x, y)
	switch {
	case quick.kind == atCard || quick.kind == atNetwork:
		v.press(quick)
		return
	case v.lives():
		v.pressed = now
		return
	case quick.kind == nowhere, quick.kind != atKey && quick.kind != atOffer && now.Sub(v.pressed) < settle, v.waits() && quick.kind != atFoot:
		return
	}
	if quick.kind != atKey {
		v.pressed = now
	}
	v.press(quick)
}

// spotAt is the spot below a finger; what was drawn last lies on top.
func (v *view) spotAt(x, y int) spot {
	for _, h := range slices.Backward(v.hits) {
		if x >= h.from && x < h.to && y >= h.top && y < h.bottom {
			return h.spot
		}
	}
	return spot{}
}
