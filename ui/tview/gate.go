package tview

import (
	"sync"
	"time"

	"github.com/rivo/tview"
)

// gate is the only way from other goroutines into tview's event loop. tview's QueueUpdateDraw waits without a
// limit: called from the loop itself it never returns, and neither does it once the loop has ended. So one
// goroutine alone calls it, it starts when the loop runs, and it is gone before the loop is told to stop.
type gate struct {
	app    *tview.Application
	update func()
	wake   chan struct{}
	quit   chan struct{}
	gone   chan struct{}
	start  sync.Once
}

func newGate(app *tview.Application, update func()) *gate {
	return &gate{app: app, update: update, wake: make(chan struct{}, 1), quit: make(chan struct{}), gone: make(chan struct{})}
}

// poke asks for an update and a drawing soon; many pokes may become one.
func (g *gate) poke() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// open starts the goroutine; called at the first drawing.
func (g *gate) open() { g.start.Do(func() { go g.pump() }) }

func (g *gate) pump() {
	defer close(g.gone)
	for {
		select {
		case <-g.quit:
			return
		case <-g.wake:
			g.app.QueueUpdateDraw(g.update)
		}
	}
}

// close ends the goroutine and waits for it at most so long.
func (g *gate) close(wait time.Duration) {
	g.start.Do(func() { close(g.gone) }) // never opened
	close(g.quit)
	select {
	case <-g.gone:
	case <-time.After(wait):
	}
}
