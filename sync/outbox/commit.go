package outbox

import (
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"

	"madoguchi/fault"
)

// change is one writer's part of a commit.
type change struct {
	do   func(b buckets) error // a refusal must come before the first change
	then func(x *index)        // after the commit, under the outbox's lock; may be nil
	err  error
	done chan struct{}

	copied func() (Record, bool) // what the copy takes after the commit; may be nil
}

// refusal is an answer to one writer that does not spoil the commit of the others.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func refuse(err error) error { return refusal{err} }

// maxGroup bounds the writers that share a commit: the pages that they change are held in memory.
const maxGroup = 64

// commit runs a change in a transaction and returns when it is on disk. Writers that come while a commit is under
// way share the next one; nobody waits for company (bbolt's Batch would, 10 ms).
func (o *Outbox) commit(c *change) error {
	c.done = make(chan struct{})
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return ErrClosed
	}
	o.queue = append(o.queue, c)
	lead := !o.leading
	o.leading = true
	o.mu.Unlock()
	if lead {
		o.lead()
	}
	<-c.done
	return c.err
}

// lead commits one group and hands the lead on if more have come, or if the file is to be prepared for them. Nobody
// waits for that but who comes meanwhile.
func (o *Outbox) lead() {
	o.mu.Lock()
	n := min(len(o.queue), maxGroup)
	group := o.queue[:n:n]
	o.queue = o.queue[n:]
	o.mu.Unlock()

	if n > 0 {
		o.write(group)
	}
	at, zeros := o.ahead.due(o.db)

	o.mu.Lock()
	o.leading = len(o.queue) > 0 || zeros > 0
	if o.leading {
		go func() {
			o.ahead.fill(at, zeros)
			o.lead()
		}()
	}
	o.mu.Unlock()
}

// write commits a group. If the commit fails it has failed for all.
func (o *Outbox) write(group []*change) {
	err := guard(func() error {
		return o.db.Update(func(tx *bbolt.Tx) error {
			b := in(tx).writing(o)
			for _, c := range group {
				c.err = c.do(b)
				if c.err != nil && !errors.As(c.err, new(refusal)) {
					return c.err
				}
			}
			return nil
		})
	})
	if err != nil { // a commit whose last sync failed may be in the file all the same
		_ = guard(func() error { return o.db.View(o.load) })
	}
	o.copy(group, err)
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range group {
		switch {
		case err != nil:
			c.err = fault.New(fault.DiskFailed, fmt.Errorf("outbox: commit: %w", err))
		case c.err == nil && c.then != nil:
			c.then(&o.index)
		}
		close(c.done)
	}
	close(o.changed)
	o.changed = make(chan struct{})
	if o.index.count == 0 {
		o.spare.drained()
	}
}

// copy hands what a group has put to the copy beside the file.
func (o *Outbox) copy(group []*change, err error) {
	var put []Record
	for _, c := range group {
		if err != nil || c.err != nil || c.copied == nil {
			continue
		}
		if r, is := c.copied(); is {
			put = append(put, r)
		}
	}
	if len(put) > 0 {
		o.spare.add(put)
	}
}

// guard makes an error of what bbolt panics with on a damaged file, and of the fault of a page that the disk cannot
// read any more.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return f()
}
