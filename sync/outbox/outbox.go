// Package outbox keeps what people have filed, sealed, until the mailbox's receipt has been verified: a bbolt file.
//
// Error model: Put, Settle, Quarantine, Told and Shown return when the change is committed and synced, or report
// fault.DiskFailed and have changed nothing. ErrConflict, ErrUnknown and ErrSettled are refusals. A damaged file is
// ErrDamaged from whatever met the damage, never a panic and never a fresh start over it; one damaged row spoils
// only itself. No error holds anything of a document.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"madoguchi/fault"
	"madoguchi/internal/fail"
	"madoguchi/wire"
)

// The refusals.
var (
	ErrConflict = errors.New("outbox: this id is kept with another manifest")
	ErrUnknown  = errors.New("outbox: no such submission")
	ErrSettled  = errors.New("outbox: settled before, with another outcome")
	ErrDamaged  = errors.New("outbox: damaged")
	ErrFormat   = errors.New("outbox: of another format version")
	ErrLocked   = errors.New("outbox: another process has it open")
	ErrClosed   = errors.New("outbox: closed")
	ErrGone     = errors.New("outbox: its sealed bytes are not kept any more")
)

// Limits bound what waits. Room tells; Put does not refuse, because a signature has been made by then.
type Limits struct {
	Count int   // submissions without a receipt
	Bytes int64 // their sealed bytes
	Kept  int64 // sealed bytes with an outcome that stay for 30 days, in case the mailbox asks for them again (Reopen)
}

// Item is what is kept.
type Item struct {
	ID       wire.ID
	Manifest wire.Hash
	Owner    wire.Hash // a tag by which a person finds their own submissions; means nothing elsewhere
	Seq      uint64    // as in the envelope's header, from NextSeq; 0: Put draws one
	KeptAt   time.Time // zero: now
	Sealed   []byte    // the envelope, sent as it is; nil in a Record unless said otherwise
}

// Record is what is known of a kept submission.
type Record struct {
	Item
	Order       uint64 // the order of the commits: rising, never used twice
	SealedSum   wire.Hash
	SealedSize  int // bytes
	Ticket      wire.Ticket
	Outcome     wire.Outcome
	Shown       bool   // the takeaway has been shown to the person
	Told        bool   // the outcome has been shown to the person
	Quarantined string // why it was set aside, or ""
}

// Outbox is an open outbox. It is safe for concurrent use by one process.
type Outbox struct {
	db     *bbolt.DB
	path   string
	limits Limits
	seq    atomic.Uint64
	ahead  ahead // the leader's
	spare  *spare

	mu      sync.Mutex
	queue   []*change
	leading bool
	closed  bool
	index   index
	changed chan struct{}
}

// Room reports fault.OutboxFull if an envelope of size bytes would exceed the limits or the disk. It is asked before
// a PIN is, so that nobody signs what cannot be kept.
func (o *Outbox) Room(size int) error {
	count, bytes := o.Waiting()
	if count+1 > o.limits.Count || bytes+int64(size) > o.limits.Bytes {
		return fault.New(fault.OutboxFull, fmt.Errorf("outbox: %d submissions of %d bytes wait", count, bytes))
	}
	if free, err := freeBytes(o.path); err == nil && free < int64(3*size)+reserve {
		return fault.New(fault.OutboxFull, fmt.Errorf("outbox: %d bytes free on the disk", free))
	}
	return nil
}

// reserve is kept free on the disk, in bytes: bbolt grows its file by 16 MiB at a time and copies what it changes.
const reserve = 48 << 20

// NextSeq returns a number for an envelope's header: rising over restarts, with gaps where nothing was put.
func (o *Outbox) NextSeq() uint64 { return o.seq.Add(1) }

// Put keeps an item; when it returns, the item is on disk, and so is that of every writer that shared the commit.
// A repeat of the same id and manifest returns the first ticket and changes nothing; the same id with another
// manifest is ErrConflict. ctx counts until the commit has begun.
func (o *Outbox) Put(ctx context.Context, it Item) (wire.Ticket, error) {
	if err := ctx.Err(); err != nil {
		return wire.Ticket{}, fmt.Errorf("outbox: put: %w", err)
	}
	if len(it.Sealed) == 0 || len(it.Sealed) > wire.MaxSealed {
		return wire.Ticket{}, fault.New(fault.TooLarge, fmt.Errorf("outbox: envelope of %d bytes", len(it.Sealed)))
	}
	if it.KeptAt.IsZero() {
		it.KeptAt = time.Now()
	}
	if it.Seq == 0 {
		it.Seq = o.NextSeq()
	}
	o.raiseSeq(it.Seq)
	r := newRecord(it)
	known, reclaimed := false, 0
	err := o.commit(&change{
		do: func(b buckets) error {
			old, err := b.byID(it.ID)
			if err == nil {
				known = true
				r, err = old, same(old, it.Manifest)
				return err
			}
			if !errors.Is(err, ErrUnknown) {
				return err
			}
			if r, err = b.insert(r); err == nil {
				reclaimed, err = b.reclaim()
			}
			fail.Here(fail.PutWritten)
			return err
		},
		copied: func() (Record, bool) { return r, !known },
		then: func(x *index) {
			if !known {
				x.add(entryFor(r))
			}
			x.forget(reclaimed)
		},
	})
	if err != nil {
		return wire.Ticket{}, err
	}
	fail.Here(fail.PutCommitted)
	return r.Ticket, nil
}

func (o *Outbox) raiseSeq(to uint64) {
	for {
		now := o.seq.Load()
		if now >= to || o.seq.CompareAndSwap(now, to) {
			return
		}
	}
}

func same(old Record, manifest wire.Hash) error {
	if old.Manifest != manifest {
		return refuse(ErrConflict)
	}
	return nil
}

// Settle records a verified receipt or refusal and keeps the small record; of the sealed bytes what Limits.Kept says. The same outcome
// again changes nothing; another one is ErrSettled, an unknown id ErrUnknown.
func (o *Outbox) Settle(id wire.ID, out wire.Outcome) error {
	if out.State != wire.Received && out.State != wire.Refused {
		return fmt.Errorf("outbox: settle as %q", out.State)
	}
	out.Reason = out.Reason[:min(len(out.Reason), maxText)]
	var left []entry
	err := o.commit(&change{
		do: func(b buckets) error {
			r, err := b.byID(id)
			switch {
			case err != nil:
				return err
			case r.Outcome.State == out.State:
				return nil
			case r.Outcome.State != wire.Waiting:
				return refuse(ErrSettled)
			}
			r.Outcome = out
			stays, err := b.settle(r)
			if stays {
				left = []entry{entryFor(r)}
			}
			fail.Here(fail.SettleWritten)
			return err
		},
		then: func(x *index) {
			x.set(id, settled)
			x.keep(left...)
		},
	})
	if err == nil {
		fail.Here(fail.Settled)
	}
	return err
}

// Quarantine sets a waiting submission aside with its reason: Pending passes it by, its sealed bytes stay, and a
// receipt still settles it. The reason is kept, at most 200 bytes of it.
func (o *Outbox) Quarantine(id wire.ID, reason error) error {
	return o.commit(&change{
		do: func(b buckets) error {
			r, err := b.byID(id)
			switch {
			case err != nil:
				return err
			case r.Outcome.State != wire.Waiting:
				return refuse(ErrSettled)
			case r.Quarantined != "":
				return nil
			}
			r.Quarantined = short(reason)
			return b.update(r)
		},
		then: func(x *index) { x.set(id, aside) },
	})
}

func short(reason error) string {
	s := "unknown"
	if reason != nil && reason.Error() != "" {
		s = reason.Error()
	}
	return s[:min(len(s), maxText)]
}

// Told records that the outcome has been shown to the person.
func (o *Outbox) Told(id wire.ID) error {
	return o.commit(&change{do: func(b buckets) error {
		r, err := b.byID(id)
		if err != nil || r.Told {
			return err
		}
		r.Told = true
		return b.update(r)
	}})
}

// Shown records that the takeaway has been shown to the person.
func (o *Outbox) Shown(id wire.ID) error {
	return o.commit(&change{do: func(b buckets) error {
		r, err := b.byID(id)
		if err != nil || r.Shown {
			return err
		}
		r.Shown = true
		return b.update(r)
	}})
}

// Waiting returns how many submissions have no outcome, those set aside among them, and their sealed bytes.
func (o *Outbox) Waiting() (count int, bytes int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.index.count, o.index.bytes
}

// Damaged returns how many rows could not be read when the file was opened.
func (o *Outbox) Damaged() (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.index.list {
		if e.state == lost || e.state == damaged {
			n++
		}
	}
	return n
}

// Changed is closed at the next commit.
func (o *Outbox) Changed() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changed
}

// Close waits for running commits and closes the file.
func (o *Outbox) Close() error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.ahead.stop()
	o.spare.close()
	if err := o.db.Close(); err != nil {
		return fmt.Errorf("outbox: close: %w", err)
	}
	return nil
}
