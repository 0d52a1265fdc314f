// Package json is the front for programs: every frame is a line of JSON on the way out, every event or dock action
// a line on the way in. docs/automation.md tells a stranger how to drive a flow with it. Texts come in the frame's
// language with their keys beside them, so that a program need not read Japanese.
//
// Error model: a line that cannot be understood is answered with an error line that quotes none of its values, and
// changes nothing; the front goes on. It ends, and its Events are closed, when the input ends or can no longer be read.
package json

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"madoguchi/flows"
	"madoguchi/internal/jsonx"
	"madoguchi/ui"
)

// The bounds of the front.
const (
	maxLine  = 64 << 10 // bytes of one line in
	maxQueue = 4096     // lines out that nobody has read; the oldest go
	flush    = time.Second
)

// Front shows frames as lines of JSON. It implements flows.Front.
type Front struct {
	dock   ui.Dock // nil: none
	events chan flows.Event
	done   chan struct{} // closed when the input has ended

	mu    sync.Mutex
	lines [][]byte
	more  chan struct{} // holds one token while lines may be waiting
	idle  chan struct{} // closed when the writer has ended
}

// New starts a front that reads in and writes out until in ends; dock may be nil.
func New(in io.Reader, out io.Writer, dock ui.Dock) *Front {
	f := &Front{
		dock: dock, events: make(chan flows.Event), done: make(chan struct{}),
		more: make(chan struct{}, 1), idle: make(chan struct{}),
	}
	go f.write(out)
	if dock != nil {
		changed := dock.Changed() // before it is read, so that no change falls between
		f.put(docked(dock))
		go f.watch(changed)
	}
	go f.read(in)
	return f
}

// Show writes a frame; it never blocks.
func (f *Front) Show(frame flows.Frame) { f.put(line{Frame: encode(frame)}) }

// Events returns what the program did; closed when its input ends.
func (f *Front) Events() <-chan flows.Event { return f.events }

// Run returns nil when the input has ended and everything has been written, or when ctx ends. Once the input has
// ended it gives a slow reader a second for the last lines.
func (f *Front) Run(ctx context.Context) error {
	select {
	case <-f.done:
	case <-ctx.Done():
		select {
		case <-f.done:
		default:
			return nil
		}
	}
	select {
	case <-f.idle:
	case <-time.After(flush):
	}
	return nil
}

// put queues a line.
func (f *Front) put(l line) {
	raw, err := jsonx.Marshal(l)
	if err != nil { // a text that is no UTF-8
		raw = []byte(`{"error":{"what":"a frame could not be written"}}`)
	}
	f.mu.Lock()
	if len(f.lines) == maxQueue {
		f.lines = f.lines[1:]
	}
	f.lines = append(f.lines, append(raw, '\n'))
	f.mu.Unlock()
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// write is the only writer of out. An output that fails is read no more; the input still ends the front.
func (f *Front) write(out io.Writer) {
	defer close(f.idle)
	for last := false; !last; {
		select {
		case <-f.more:
		case <-f.done:
			last = true
		}
		for _, l := range f.take() {
			if _, err := out.Write(l); err != nil {
				out = io.Discard
			}
		}
	}
}

func (f *Front) take() [][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines := f.lines
	f.lines = nil
	return lines
}

// watch writes the dock whenever it changes.
func (f *Front) watch(changed <-chan struct{}) {
	for {
		select {
		case <-changed:
			changed = f.dock.Changed()
			f.put(docked(f.dock))
		case <-f.done:
			return
		}
	}
}

// read turns lines into events and dock actions.
func (f *Front) read(in io.Reader) {
	defer close(f.events)
	defer close(f.done) // before the events: who ends because of them finds it closed
	r := bufio.NewReaderSize(in, maxLine)
	for n := 1; ; n++ {
		raw, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = skip(r)
			f.complain(n, "line longer than 64 KiB")
			raw = nil
		}
		f.obey(n, raw)
		clear(raw) // it may have held a secret
		if err != nil {
			return
		}
	}
}

// skip reads to the end of a line.
func skip(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func (f *Front) obey(n int, raw []byte) {
	order, err := parse(raw)
	switch {
	case err == nil && order.Do == "":
		// an empty line
	case err == nil && order.docks():
		err = order.dock(f.dock)
	case err == nil:
		f.events <- order.event()
	}
	if err != nil {
		f.complain(n, err.Error())
	}
}

func (f *Front) complain(n int, what string) {
	f.put(line{Error: &failure{Line: n, What: what}})
}
