// Package linear is the front of lines, for a screen reader, a Braille display or a plain terminal: each screen is
// read out from top to bottom and ends in one prompt; a line is the answer. There are no frames, colours, or
// cursor movements, and what did not change is not read again.
//
// Error model: the front ends, and closes its events, when its input ends or fails; a failing output ends nothing,
// because the person may still press keys. Show never waits: of the frames that come while a line is being
// written only the newest is read out.
package linear

import (
	"io"
	"sync"

	"madoguchi/flows"
	"madoguchi/ui"
	"madoguchi/ui/entry"
)

// Front reads frames out and takes lines. It implements flows.Front.
type Front struct {
	out    io.Writer
	dock   ui.Dock // nil: none
	tty    *tty    // nil: the input is no terminal
	lines  chan []byte
	wake   chan struct{}
	events chan flows.Event

	mu     sync.Mutex
	newest flows.Frame
	shown  bool
	words  entry.Dictionary // nil: none

	// Only the goroutine of run uses what follows.
	frame    flows.Frame
	seen     bool
	answered uint64 // the frame that was answered
	woken    uint64 // the frame whose warning was answered
	asked    bool   // a prompt waits for its answer
	held     []byte // a line that waits for the screen that takes it; pipes only
	quiet    bool   // the terminal does not echo
	pen      *pen   // nil: no candidates are offered
}

// New starts a front that reads lines from in and writes to out. Where in is a terminal, secrets are read
// without echo.
func New(in io.Reader, out io.Writer, dock ui.Dock) *Front {
	f := &Front{
		out: out, dock: dock, tty: terminal(in), lines: make(chan []byte), wake: make(chan struct{}, 1), events: make(chan flows.Event, 64),
	}
	go f.read(in)
	go f.run()
	return f
}

// Show leaves a frame to be read out. It never waits.
func (f *Front) Show(frame flows.Frame) {
	f.mu.Lock()
	f.newest, f.shown = frame, true
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Events returns what the person does; it is closed when the input ends.
func (f *Front) Events() <-chan flows.Event { return f.events }

// run reads frames out and answers them, one at a time.
func (f *Front) run() {
	defer close(f.events)
	defer f.echo(true)
	for {
		lines := f.lines
		if f.held != nil {
			lines = nil // the line before it has not been taken yet
		}
		select {
		case <-f.wake:
			f.take()
			f.again()
		case line, ok := <-lines:
			if !ok {
				return
			}
			f.line(line)
		}
	}
}

// take reads the newest frame out.
func (f *Front) take() {
	f.mu.Lock()
	frame, shown := f.newest, f.shown
	f.mu.Unlock()
	if !shown || f.seen && frame.Seq == f.frame.Seq {
		return
	}
	old, first := f.frame, !f.seen
	f.frame, f.seen = frame, true
	f.echo(ui.TakesOf(frame) != ui.TakesSecret || frame.Help)
	if first {
		f.commands()
	}
	f.tell(old, first)
}

// echo lets the terminal show what is typed, or not. What was typed before a secret was asked for is dropped: it
// was meant for something else.
func (f *Front) echo(on bool) {
	if f.tty == nil || on == !f.quiet {
		return
	}
	if err := f.tty.echo(on); err != nil {
		return
	}
	f.quiet = !on
	if f.quiet {
		f.tty.discard()
	}
}

// again offers the held line to the new frame.
func (f *Front) again() {
	if line := f.held; line != nil {
		f.held = nil
		f.line(line)
	}
}

// emit reports an event. The runner takes each soon: it has nothing else to wait for; but an end of the input
// must not hang on it, so a full channel drops.
func (f *Front) emit(e flows.Event) bool {
	e.Seq = f.frame.Seq
	select {
	case f.events <- e:
		return true
	default:
		return false
	}
}
