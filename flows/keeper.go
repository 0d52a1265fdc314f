package flows

import (
	"context"
	"sync"
	"time"

	"madoguchi/fault"
	"madoguchi/wire"
)

// keepFor bounds one write of a draft; after that it counts as not kept.
const keepFor = 30 * time.Second

// keeper writes one person's drafts beside the screens: one write at a time, in order, the newest state only.
type keeper struct {
	drafts Drafts
	who    Identity

	mu      sync.Mutex
	waiting []errand
	busy    bool
	last    *errand // failed, and to be tried again
	state   kept
	changed chan struct{} // closed at the next change of state
}

// errand is one thing to do: keep a draft, or drop one.
type errand struct {
	keep *Kept
	drop wire.ID
}

// kept is what a keeper has reached.
type kept struct {
	Any  bool  // a draft of this visit is kept
	All  bool  // and everything in it
	Here bool  // on this terminal only
	Busy bool  // it is being written
	Err  error // why the newest is not kept
}

func newKeeper(d Drafts, who Identity) *keeper {
	return &keeper{drafts: d, who: who, changed: make(chan struct{})}
}

// keep writes a draft soon. One that still waits is replaced.
func (k *keeper) keep(d Kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.waiting); n > 0 && k.waiting[n-1].keep != nil && k.waiting[n-1].keep.ID == d.ID {
		k.waiting = k.waiting[:n-1]
	}
	k.do(errand{keep: &d})
}

// drop deletes a draft soon.
func (k *keeper) drop(id wire.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.do(errand{drop: id})
}

// do queues an errand; the lock is held.
func (k *keeper) do(e errand) {
	k.waiting, k.last = append(k.waiting, e), nil
	k.state.All, k.state.Busy = false, true
	k.tell()
	if !k.busy {
		k.busy = true
		go k.run()
	}
}

func (k *keeper) run() {
	for {
		k.mu.Lock()
		if len(k.waiting) == 0 {
			k.busy, k.state.Busy = false, false
			k.tell()
			k.mu.Unlock()
			return
		}
		e := k.waiting[0]
		k.waiting = k.waiting[1:]
		k.mu.Unlock()
		here, err := k.errand(e)
		k.mu.Lock()
		k.done(e, here, err)
		k.mu.Unlock()
	}
}

func (k *keeper) errand(e errand) (here bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), keepFor)
	defer cancel()
	err = guard(func() (err error) {
		if e.keep == nil {
			return k.drafts.Drop(ctx, k.who, e.drop)
		}
		here, err = k.drafts.Keep(ctx, k.who, *e.keep)
		return err
	})
	return here, err
}

// done notes how an errand went; the lock is held.
func (k *keeper) done(e errand, here bool, err error) {
	switch {
	case err != nil:
		k.state.Err = unkept(err)
		if len(k.waiting) == 0 {
			k.last = &e
		}
	case e.keep != nil:
		k.state = kept{Any: true, All: len(k.waiting) == 0, Here: here, Busy: true}
	default:
		k.state = kept{Busy: true}
	}
	k.tell()
}

// unkept gives a failure a code that says what it means here, unless it has one.
func unkept(err error) error {
	if f := fault.From(err); f.Code != fault.Unexpected {
		return f
	}
	return fault.New(fault.NotKept, err)
}

func (k *keeper) tell() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// now returns what is kept and what is closed when that changes.
func (k *keeper) now() (kept, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state, k.changed
}

// flush waits until nothing is left to do, after one more try of what failed last.
func (k *keeper) flush(ctx context.Context) error {
	k.mu.Lock()
	if k.last != nil {
		k.do(*k.last)
	}
	k.mu.Unlock()
	k.idle(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state.Err
}

// idle waits until nothing is left to do, or ctx ends.
func (k *keeper) idle(ctx context.Context) {
	k.mu.Lock()
	for k.busy {
		changed := k.changed
		k.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
		k.mu.Lock()
	}
	k.mu.Unlock()
}
