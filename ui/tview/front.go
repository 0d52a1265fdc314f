// Package tview is the front that fills the screen. The application, its event loop and its screen are tview's;
// what is on the screen is one primitive of our own, which keeps what is being typed in bytes that it can wipe
// and draws words without a tag parser in between.
//
// Error model: Run returns what ended the screen, nil when ctx or the person did. Show and the event loop never
// wait for anyone: frames are left in one place, of which the newest counts; what the dock does is done by a
// goroutine of its own; an event that nobody takes is dropped, as it would be stale.
package tview

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// ErrScreen reports that the terminal did not come back when the front ended; the process should.
var ErrScreen = errors.New("ui/tview: the screen does not end")

// finiWait is how long the terminal may take to be restored: tcell's Fini can hang.
const finiWait = 2 * time.Second

// Front shows frames on a full screen. It implements flows.Front.
type Front struct {
	app     *tview.Application
	view    *view
	gate    *gate
	dock    ui.Dock // nil: none
	acts    chan func() error
	leave   chan struct{} // closed when the person quits the demo
	once    sync.Once
	now     func() time.Time
	ending  atomic.Bool // the frame has an end: the countdown must move
	fonts   *ui.Repertoire
	large   func(on bool) error // nil: the letters stay
	seconds atomic.Int64        // counted while ending
	own     bool                // the screen is the terminal's

	mu     sync.Mutex
	events chan flows.Event
	closed bool
	frame  flows.Frame
	shown  bool
	bench  bench
}

// New makes a front on a screen, nil for the terminal, with the demo's dock or none.
func New(screen tcell.Screen, dock ui.Dock) (*Front, error) {
	f := &Front{
		app: tview.NewApplication(), dock: dock, acts: make(chan func() error, 8), leave: make(chan struct{}),
		now: time.Now, events: make(chan flows.Event, 32),
	}
	f.view = newView(f)
	f.gate = newGate(f.app, f.refresh)
	f.app.SetInputCapture(func(e *tcell.EventKey) *tcell.EventKey {
		f.view.key(e)
		return nil
	})
	f.app.EnableMouse(true)
	f.app.EnablePaste(true) // or a line end in it would be Enter
	f.app.SetRoot(f.view, true)
	f.own = screen == nil
	if screen != nil {
		f.app.SetScreen(screen)
	}
	return f, nil
}

// Fonts says what the screen's fonts can show, where that is known; without it, everything. Before Run.
func (f *Front) Fonts(r *ui.Repertoire) { f.fonts = r }

// Large says how the terminal's letters are made twice as large and as they were. Without it the large mode sets
// them further apart. Before Run.
func (f *Front) Large(do func(on bool) error) { f.large = do }

// Show leaves a frame to be drawn. It never waits.
func (f *Front) Show(frame flows.Frame) {
	f.mu.Lock()
	f.frame, f.shown = frame, true
	f.mu.Unlock()
	pad := frame.Screen.Secret != nil && !frame.Screen.Secret.PadEnds.IsZero()
	f.ending.Store(!frame.Ends.IsZero() || !frame.Closes.IsZero() || pad || frame.Screen.Alarm)
	f.gate.poke()
}

// Events returns what the person does; it is closed when Run returns.
func (f *Front) Events() <-chan flows.Event { return f.events }

// Run shows the screen until ctx ends, the person quits the demo, or the screen fails.
func (f *Front) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer f.shut()
	if f.own {
		f.fonts = probeTerminal(f.fonts)
	}
	ran := make(chan error, 1)
	go func() { ran <- f.app.Run() }()
	go f.count(ctx)
	go f.work(ctx)
	if f.dock != nil {
		go f.watch(ctx)
	}
	select {
	case err := <-ran: // the screen ended by itself
		f.gate.close(0)
		f.view.end()
		return err
	case <-ctx.Done():
	case <-f.leave:
	}
	f.gate.close(finiWait) // while the loop still runs: a queued update would wait for ever behind it
	go f.app.Stop()
	select {
	case err := <-ran:
		f.view.end() // the loop has ended: nobody else has it
		return err
	case <-time.After(finiWait):
		return ErrScreen
	}
}

// shut closes the events.
func (f *Front) shut() {
	f.mu.Lock()
	f.closed = true
	close(f.events)
	f.mu.Unlock()
}

// emit reports an event; it runs in the event loop and never waits.
func (f *Front) emit(e flows.Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	select {
	case f.events <- e:
		return true
	default:
		return false
	}
}

// refresh runs in the event loop and takes over the newest frame.
func (f *Front) refresh() {
	f.mu.Lock()
	frame, shown, b := f.frame, f.shown, f.bench
	f.mu.Unlock()
	f.view.bench = b
	if shown {
		f.view.set(frame)
	}
	f.view.callAgain(f.seconds.Load())
	switch a := &f.view.ahead; {
	case !a.ready || len(a.keys) == 0:
	case a.drawn != f.view.frame.Seq:
		f.gate.poke() // after the drawing
	default:
		f.view.replay()
	}
}

// count lets the countdown move once a second.
func (f *Front) count(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if f.ending.Load() {
				f.seconds.Add(1)
				f.gate.poke()
			}
		}
	}
}

// quit ends the demo's front.
func (f *Front) quit() { f.once.Do(func() { close(f.leave) }) }

func (f *Front) lang() i18n.Lang {
	if f.view.frame.Lang == "" {
		return i18n.Langs()[0]
	}
	return f.view.frame.Lang
}
