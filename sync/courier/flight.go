package courier

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"madoguchi/internal/event"
	"madoguchi/internal/fail"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

// flight is a row on its way: taken from the outbox and not settled.
type flight struct {
	id       wire.ID
	order    uint64
	size     int
	first    []byte // the sealed bytes before the first sending
	sending  bool
	alone    bool      // nothing else has been sent beside it
	since    time.Time // of this sending
	due      time.Time // when it is to be sent, again
	attempts int       // acknowledged sendings, for the back-off
	suspect  bool      // a connection ended under it: it is sent alone
	strikes  int       // connections that ended under it, alone and promptly
}

// round is the state of Run.
type round struct {
	*Courier
	ahead     []outbox.Record // read and not taken yet
	last      uint64          // order of the last row read
	wasOnline bool
	wg        sync.WaitGroup
}

// idle is how long Run sleeps when nothing is due; every change wakes it.
const idle = time.Minute

// offlinePause keeps a line that says online and sends nothing from being asked without end.
const offlinePause = 10 * time.Millisecond

// start sends what is due and returns how long until something is.
func (r *round) start(ctx context.Context) time.Duration {
	online := r.line.Online()
	r.mu.Lock()
	defer r.mu.Unlock()
	if online && !r.wasOnline {
		r.soonLocked()
	}
	r.wasOnline = online
	if !online {
		return idle
	}
	now := time.Now()
	if f := r.suspectLocked(); f != nil {
		return r.sendAlone(ctx, f, now)
	}
	for r.roomLocked() {
		f := r.dueLocked(now)
		if f == nil {
			if f = r.take(); f == nil {
				break
			}
		}
		r.send(ctx, f, publishWait)
	}
	return r.untilLocked(now)
}

// soonLocked lets what was sent over an earlier connection go again before long: the receipt may have been on its way, or
// the broker may have lost everything.
func (c *Courier) soonLocked() {
	by := time.Now().Add(c.FirstResend)
	for _, f := range c.flights {
		f.attempts = 0
		if f.due.After(by) {
			f.due = by
		}
	}
}

// sendAlone sends a suspect when nothing else is under way.
func (r *round) sendAlone(ctx context.Context, f *flight, now time.Time) time.Duration {
	for _, other := range r.flights {
		if other.sending {
			return idle // its end wakes us
		}
	}
	if wait := f.due.Sub(now); wait > 0 {
		return wait
	}
	r.send(ctx, f, r.Prompt)
	return idle
}

// suspectLocked returns the oldest suspect.
func (r *round) suspectLocked() *flight {
	return r.oldest(func(f *flight) bool { return f.suspect })
}

func (r *round) dueLocked(now time.Time) *flight {
	return r.oldest(func(f *flight) bool { return !f.sending && !f.due.After(now) })
}

func (r *round) oldest(fits func(*flight) bool) (found *flight) {
	for _, f := range r.flights {
		if fits(f) && (found == nil || f.order < found.order) {
			found = f
		}
	}
	return found
}

func (r *round) roomLocked() bool {
	bytes := 0
	for _, f := range r.flights {
		if f.sending {
			bytes += f.size
		}
	}
	return bytes < sendingBytes
}

func (r *round) untilLocked(now time.Time) time.Duration {
	next := idle
	for _, f := range r.flights {
		if !f.sending {
			next = min(next, max(f.due.Sub(now), time.Millisecond))
		}
	}
	return next
}

// take makes a flight of the oldest row that is not on its way; nil if the window is full or nothing waits.
func (r *round) take() *flight {
	if len(r.flights) >= r.Window {
		return nil
	}
	if r.rewind {
		r.rewind, r.last, r.ahead = false, 0, nil
	}
	if len(r.ahead) == 0 {
		r.read()
	}
	if len(r.ahead) == 0 {
		return nil
	}
	rec := r.ahead[0]
	r.ahead = r.ahead[1:]
	f := &flight{id: rec.ID, order: rec.Order, size: rec.SealedSize, first: rec.Sealed}
	r.flights[f.id] = f
	return f
}

// read reads ahead. Orders rise with the commits, so nothing can turn up behind the last one read, but by Reopen or
// Release, which Hurry tells of. It is called with the lock held.
func (r *round) read() {
	for rec, err := range r.box.PendingAfter(r.last) {
		if rec.Order == 0 {
			event.OutboxUnreadable.Log(r.Log, "err", err)
			return
		}
		r.last = rec.Order
		if err != nil {
			event.RowDamaged.Log(r.Log, "id", rec.ID.String(), "err", err)
			r.setAside(rec.ID, err)
			continue
		}
		if r.flights[rec.ID] != nil { // under way already
			continue
		}
		if r.ahead = append(r.ahead, rec); len(r.ahead) == aheadRows {
			return
		}
	}
}

// send publishes on a goroutine of its own.
func (r *round) send(ctx context.Context, f *flight, patience time.Duration) {
	f.sending, f.alone, f.since = true, true, time.Now()
	for _, other := range r.flights {
		if other != f && other.sending {
			f.alone, other.alone = false, false
		}
	}
	sealed := f.first
	f.first = nil
	r.wg.Go(func() {
		defer r.wake()
		err := r.publish(ctx, f.id, sealed, patience)
		r.mu.Lock()
		defer r.mu.Unlock()
		f.sending = false
		r.back(f, err)
	})
}

func (r *round) publish(ctx context.Context, id wire.ID, sealed []byte, patience time.Duration) (err error) {
	if sealed == nil {
		if sealed, err = r.box.Sealed(id); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	fail.Here(fail.Publishing)
	if err = r.line.Publish(ctx, r.topic, sealed); err == nil {
		fail.Here(fail.Published)
	}
	return err
}

// back decides what follows a sending.
func (r *round) back(f *flight, err error) {
	switch now := time.Now(); {
	case err == nil:
		r.sent.Add(1)
		f.suspect, f.strikes = false, 0
		f.due = now.Add(r.pause(f.attempts))
		f.attempts++
	case errors.Is(err, outbox.ErrSettled), errors.Is(err, outbox.ErrUnknown):
		delete(r.flights, f.id)
	case errors.Is(err, outbox.ErrDamaged):
		r.setAside(f.id, err)
	case errors.Is(err, link.ErrOffline):
		f.due = now.Add(offlinePause)
	case sentIsLost(err):
		r.lost(f, now)
	default: // no acknowledgement in time: the row is not what ends connections
		f.suspect = false
		f.due = now.Add(r.pause(f.attempts))
		f.attempts++
	}
}

// lost counts a connection that ended under a row. Only a row that was alone, and under which it ended promptly, can
// be the cause: a network that comes and goes must not set anything aside.
func (r *round) lost(f *flight, now time.Time) {
	f.suspect, f.due = true, now
	if f.alone && now.Sub(f.since) < r.Prompt {
		f.strikes++
	}
	if f.strikes >= strikes {
		event.RowSetAside.Log(r.Log, "id", f.id.String(), "bytes", f.size)
		r.setAside(f.id, link.ErrLost)
	}
}

// setAside takes a row out of the queue; if that cannot be written, the row will end up here again.
func (r *round) setAside(id wire.ID, reason error) {
	delete(r.flights, id)
	if err := r.box.Quarantine(id, reason); err != nil {
		event.RowNotSetAside.Log(r.Log, "id", id.String(), "err", err)
		return
	}
	r.aside.Add(1)
}

// pause returns a time between half and the whole of the back-off.
func (r *round) pause(attempts int) time.Duration {
	d := r.FirstResend
	for range attempts {
		if d *= 2; d >= r.MaxResend {
			d = r.MaxResend
			break
		}
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // spread, not secrecy
}
