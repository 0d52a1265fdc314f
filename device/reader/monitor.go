//go:build pcsc

package reader

import (
	"cmp"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"

	"madoguchi/internal/event"
)

// pnp is the name under which PC/SC tells of readers that come and go. It also keeps the list that is waited on from
// ever being empty, at which github.com/ebfe/scard panics.
const pnp = `\\?PnP?\Notification`

// eventMask leaves the state's bits; above them PC/SC counts insertions and removals.
const eventMask = 0xFFFF

const (
	// patience bounds how long news from PC/SC can be missed: readers are listed anew at least this often.
	patience = 300 * time.Millisecond
	// retryMin and retryMax bound the pause before pcscd is looked for again.
	retryMin = 20 * time.Millisecond
	retryMax = 400 * time.Millisecond
)

// monitors is how many run in this process. One at most: two calls of GetStatusChange that name the same reader free
// each other's memory (github.com/ebfe/scard keeps it in a map by the reader's name).
var monitors atomic.Int32

// slot is what the monitor knows of one reader.
type slot struct {
	Slot
	current scard.StateFlag // as PC/SC wants it back
	count   uint16          // insertions and removals
	ours    bool            // held by a session of ours, or was and PC/SC has not said otherwise yet
}

// device is a Device. One goroutine, run, asks PC/SC for news; it alone writes slots.
type device struct {
	name string
	log  *slog.Logger
	stop chan struct{}
	done chan struct{}

	mu       sync.Mutex
	context  *scard.Context // of the monitor, to cancel its wait
	service  bool
	slots    []*slot // by name
	card     *slot   // that Present speaks of; nil: no card
	changed  chan struct{}
	state    chan struct{}
	session  *session
	extended bool // the last session's reader passes extended length
	closed   bool
}

// Open starts the monitor and waits for its first look, so that State is true from the beginning: ErrOpen while
// another one runs. That pcscd does not run is a State, no error.
func Open(o Options) (Device, error) {
	if !monitors.CompareAndSwap(0, 1) {
		return nil, ErrOpen
	}
	d := &device{
		name: o.Name, log: cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
		stop: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{}), state: make(chan struct{}),
	}
	first := make(chan struct{})
	go d.run(sync.OnceFunc(func() { close(first) }))
	<-first
	return d, nil
}

// Close ends the monitor and waits for it. A Cancel that comes before the wait has begun is lost, so it is repeated.
func (d *device) Close() error {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		close(d.stop)
	}
	d.mu.Unlock()
	for pause := 10 * time.Millisecond; ; pause *= 2 {
		d.mu.Lock()
		if d.context != nil {
			_ = d.context.Cancel()
		}
		d.mu.Unlock()
		select {
		case <-d.done:
			return nil
		case <-time.After(pause):
		}
	}
}

// run watches for as long as the device is open. Every failure of PC/SC leads back here: a context whose daemon has
// died stays useless for ever, though IsValid says otherwise.
func (d *device) run(looked func()) {
	defer close(d.done)
	defer monitors.Store(0)
	pause := retryMin
	for {
		if c, err := scard.EstablishContext(); err == nil {
			if d.watch(c, looked) {
				pause = retryMin
			}
		} else {
			event.PcscdAway.Log(d.log, "error", err.Error())
		}
		d.lost()
		looked()
		select {
		case <-d.stop:
			return
		case <-time.After(pause):
			pause = min(2*pause, retryMax)
		}
	}
}

// watch asks one context for news until it fails; it reports whether there have been any.
func (d *device) watch(c *scard.Context, looked func()) (heard bool) {
	d.hold(c)
	defer func() {
		d.hold(nil) // before the release: nobody may cancel what is no more
		_ = c.Release()
	}()
	for {
		select {
		case <-d.stop:
			return heard
		default:
		}
		names, err := list(c)
		if err != nil {
			event.ReadersUnknown.Log(d.log, "error", err.Error())
			return heard
		}
		heard = true
		event.ReadersLooked.Log(d.log)
		states := d.wanted(names)
		switch err := news(c, states); {
		case err == nil:
			d.apply(states)
		case errors.Is(err, scard.ErrUnknownReader): // it left after it was listed
			time.Sleep(retryMin)
		default:
			event.ReadersSilent.Log(d.log, "error", err.Error())
			return heard
		}
		looked()
	}
}

// news waits for a change, no longer than patience, and brings what every reader looks like then. A change of who
// holds a card wakes nobody, and a wait that times out brings nothing, so then they are looked at afresh.
func news(c *scard.Context, states []scard.ReaderState) error {
	err := c.GetStatusChange(states, wait(states))
	if !errors.Is(err, scard.ErrTimeout) {
		return err
	}
	for i := range states[1:] {
		states[1+i].CurrentState = scard.StateUnaware
	}
	if err = c.GetStatusChange(states, 0); errors.Is(err, scard.ErrTimeout) {
		return nil // there is no reader at all
	}
	return err
}

func (d *device) hold(c *scard.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.context = c
}

// wait is how long to wait for news: not at all while a reader has not been looked at.
func wait(states []scard.ReaderState) time.Duration {
	for _, s := range states[1:] {
		if s.CurrentState == scard.StateUnaware {
			return 0
		}
	}
	return patience
}

// lister is a *scard.Context, as far as list needs it.
type lister interface{ ListReaders() ([]string, error) }

// list lists the readers. No reader is an empty list; a list that grew between the two calls it takes is asked again.
func list(c lister) ([]string, error) {
	for tries := 0; ; tries++ {
		names, err := c.ListReaders()
		switch {
		case errors.Is(err, scard.ErrNoReadersAvailable):
			return nil, nil
		case errors.Is(err, scard.ErrInsufficientBuffer) && tries < 10:
			continue
		}
		return names, err
	}
}

// wanted is what to wait for: the news of readers, then each reader from where it was last seen.
func (d *device) wanted(names []string) []scard.ReaderState {
	states := []scard.ReaderState{{Reader: pnp}}
	for _, name := range names {
		if name == "" || !strings.Contains(name, d.name) {
			continue
		}
		s := scard.ReaderState{Reader: name}
		if known := d.find(name); known != nil {
			s.CurrentState = known.current
		}
		states = append(states, s)
	}
	return states
}

func (d *device) find(name string) *slot {
	for _, s := range d.slots {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// apply takes the news in: states begins with the one that is no reader.
func (d *device) apply(states []scard.ReaderState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.summary()
	now := make([]*slot, 0, len(states)-1)
	for _, s := range states[1:] {
		known := d.find(s.Reader)
		if known == nil {
			known = &slot{Slot: Slot{Name: s.Reader, State: Empty}}
		}
		d.see(known, s.EventState)
		now = append(now, known)
	}
	for _, old := range d.slots {
		if !slices.Contains(now, old) {
			d.leave(old, ErrReaderLost)
		}
	}
	slices.SortFunc(now, func(a, b *slot) int { return strings.Compare(a.Name, b.Name) })
	d.slots, d.service = now, true
	d.choose()
	d.tell(before)
}

// lost takes in that there is no pcscd.
func (d *device) lost() {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.summary()
	for _, old := range d.slots {
		d.leave(old, ErrNoService)
	}
	d.slots, d.service = nil, false
	d.choose()
	d.tell(before)
}
