// Package courier carries what the outbox holds to the mailbox and settles it with what comes back.
//
// Error model: Run returns only when its context ends. Whatever goes wrong on the way is answered by sending the
// same bytes again, with a back-off, until a verified receipt or refusal settles them; an acknowledgement of the
// broker settles nothing. A row that ends the connection three times is set aside and reported, and the queue goes
// on. Receive returns an error only where the same message should be delivered again.
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"madoguchi/internal/event"
	"madoguchi/internal/fail"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

// Line is the way to the broker; *link.Link is one.
type Line interface {
	// Publish waits for the broker's acknowledgement; link.ErrOffline and link.ErrLost as documented there.
	Publish(ctx context.Context, topic string, payload []byte) error
	Online() bool
	Changed() <-chan struct{} // closed when Online changes next
}

// Verify checks a receipt or refusal against the record that it is for, which rec returns, and says what it means.
// Any error means that the payload proves nothing; an outcome that is still wire.Waiting changes nothing.
type Verify func(payload []byte, rec func(wire.ID) (outbox.Record, error)) (wire.ID, wire.Outcome, error)

// Courier is one kiosk's courier. The exported fields may be changed before Run.
type Courier struct {
	Window      int           // rows on their way at once, sent and not settled
	FirstResend time.Duration // pause before a row is sent again; doubles each time
	MaxResend   time.Duration // the longest pause
	Prompt      time.Duration // a connection that ends this soon after a lone row was sent may have ended because of it
	Log         *slog.Logger

	box    *outbox.Outbox
	line   Line
	topic  string
	settle Verify

	mu      sync.Mutex
	flights map[wire.ID]*flight
	rewind  bool          // read the outbox again from its beginning
	kick    chan struct{} // capacity 1: something happened

	sent, settled, rejected, aside atomic.Int64
}

const (
	strikes      = 3       // of a row, before it is set aside
	sendingBytes = 4 << 20 // held in memory for sending at once
	publishWait  = 30 * time.Second
	aheadRows    = 32 // read from the outbox at once
)

// New makes a courier that publishes on topic.
func New(o *outbox.Outbox, l Line, topic string, settle Verify) *Courier {
	return &Courier{
		Window: 64, FirstResend: 10 * time.Second, MaxResend: 10 * time.Minute, Prompt: 5 * time.Second,
		Log: slog.New(slog.DiscardHandler),
		box: o, line: l, topic: topic, settle: settle,
		flights: map[wire.ID]*flight{}, kick: make(chan struct{}, 1),
	}
}

// Stats counts since the courier was made.
type Stats struct {
	Sent     int64 // publications that the broker acknowledged, repeats among them
	Settled  int64
	Rejected int64 // messages that proved nothing and were dropped
	SetAside int64
}

// Stats returns the counts so far.
func (c *Courier) Stats() Stats {
	return Stats{Sent: c.sent.Load(), Settled: c.settled.Load(), Rejected: c.rejected.Load(), SetAside: c.aside.Load()}
}

// Receive takes what came down to this kiosk. A message that does not verify, or is for nothing that is kept here,
// is dropped and counted, and settles nothing. An error means that the outcome could not be written: the message
// must come again.
func (c *Courier) Receive(_ string, payload []byte) error {
	fail.Here(fail.ReceiptArrived)
	id, out, err := c.settle(payload, c.box.Get)
	if err != nil {
		return c.reject(err)
	}
	if out.State == wire.Waiting {
		return nil
	}
	switch err := c.box.Settle(id, out); {
	case errors.Is(err, outbox.ErrUnknown), errors.Is(err, outbox.ErrSettled), errors.Is(err, outbox.ErrDamaged):
		c.landed(id)
		return c.reject(err)
	case err != nil:
		return fmt.Errorf("courier: settle: %w", err)
	}
	c.settled.Add(1)
	c.landed(id)
	return nil
}

// Hurry has what was sent and is not settled sent again soon, whatever its back-off, and looks for what waits again
// from the beginning (outbox.Reopen, outbox.Release).
func (c *Courier) Hurry() {
	c.mu.Lock()
	c.soonLocked()
	c.rewind = true
	c.mu.Unlock()
	c.wake()
}

func (c *Courier) reject(err error) error {
	c.rejected.Add(1)
	event.AnswerDropped.Log(c.Log, "err", err)
	return nil
}

func (c *Courier) landed(id wire.ID) {
	c.mu.Lock()
	delete(c.flights, id)
	c.mu.Unlock()
	c.wake()
}

func (c *Courier) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, whose error it returns. It must be called once.
func (c *Courier) Run(ctx context.Context) error {
	r := &round{Courier: c, wasOnline: c.line.Online()}
	defer r.wg.Wait()
	for ctx.Err() == nil {
		boxChanged, lineChanged := c.box.Changed(), c.line.Changed()
		next := r.start(ctx)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-boxChanged:
		case <-lineChanged:
		case <-c.kick:
		case <-timer.C:
		}
		timer.Stop()
	}
	return ctx.Err()
}

// sentIsLost reports whether the connection ended under a message.
func sentIsLost(err error) bool { return errors.Is(err, link.ErrLost) }
