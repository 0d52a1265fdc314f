package outbox

import (
	"iter"

	"go.etcd.io/bbolt"

	"madoguchi/wire"
)

// A chunk of Pending is read in one transaction, because a long one keeps bbolt from reusing pages.
const (
	chunkRows  = 64
	chunkBytes = 256 << 10
)

// Pending walks what is to be sent, with the sealed bytes, oldest first, in short transactions: what is put or
// settled meanwhile may or may not be seen. A damaged row comes with ErrDamaged (and its id, if that could be read)
// and the walk goes on; any other error ends it.
func (o *Outbox) Pending() iter.Seq2[Record, error] { return o.PendingAfter(0) }

// PendingAfter is Pending from behind the given order.
func (o *Outbox) PendingAfter(order uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for {
			chunk, err := o.chunk(order)
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range chunk {
				if !yield(r.Record, r.err) {
					return
				}
				order = r.Order
			}
			if len(chunk) == 0 {
				return
			}
		}
	}
}

type read struct {
	Record
	err error
}

func (o *Outbox) chunk(order uint64) (chunk []read, err error) {
	o.mu.Lock()
	some := o.index.pending(order, chunkRows, chunkBytes)
	o.mu.Unlock()
	if len(some) == 0 {
		return nil, nil
	}
	err = o.view(func(b buckets) error {
		for _, e := range some {
			r, err := b.record(e)
			if err == nil {
				r, err = b.sealedOf(r)
			}
			chunk = append(chunk, read{r, err})
		}
		return nil
	})
	return chunk, err
}

// find returns the place of an id. It is asked before a reading transaction begins, which then sees the row.
func (o *Outbox) find(id wire.ID) (entry, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.index.find(id)
}

// spent returns the n-th of those whose sealed bytes are to be removed, and how many bytes all of them hold.
func (o *Outbox) spent(n int) (e entry, held int64, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n >= len(o.index.spent) {
		return entry{}, 0, false
	}
	return o.index.spent[n], o.index.held, true
}

// Get returns the record of an id with its receipt, if it has one, and without the sealed bytes.
func (o *Outbox) Get(id wire.ID) (r Record, err error) {
	e, ok := o.find(id)
	err = o.view(func(b buckets) error {
		if !ok {
			return ErrUnknown
		}
		if r, err = b.record(e); err == nil {
			r, err = b.receiptOf(r)
		}
		return err
	})
	return r, err
}

// Sealed returns the envelope of a submission that has no outcome; ErrSettled once it has.
func (o *Outbox) Sealed(id wire.ID) (sealed []byte, err error) {
	e, ok := o.find(id)
	err = o.view(func(b buckets) error {
		if !ok {
			return ErrUnknown
		}
		r, err := b.record(e)
		if err != nil {
			return err
		}
		if r.Outcome.State != wire.Waiting {
			return ErrSettled
		}
		r, err = b.sealedOf(r)
		sealed = r.Sealed
		return err
	})
	return sealed, err
}

// Owned returns all of an owner's submissions, oldest first, with their receipts and without sealed bytes.
func (o *Outbox) Owned(owner wire.Hash) (all []Record, err error) {
	o.mu.Lock()
	some := o.index.owned(owner)
	o.mu.Unlock()
	err = o.view(func(b buckets) error {
		for _, e := range some {
			r, err := b.record(e)
			if err == nil {
				r, err = b.receiptOf(r)
			}
			if err != nil {
				return err
			}
			if r.Owner == owner {
				all = append(all, r)
			}
		}
		return nil
	})
	return all, err
}

// Recent returns the newest n records, newest first, without sealed bytes and receipts: for the operator's view.
// Damaged rows are left out.
func (o *Outbox) Recent(n int) (some []Record, err error) {
	o.mu.Lock()
	newest := o.index.recent(n)
	o.mu.Unlock()
	err = o.view(func(b buckets) error {
		for _, e := range newest {
			if r, err := b.record(e); err == nil {
				some = append(some, r)
			}
		}
		return nil
	})
	return some, err
}

// Oldest returns the oldest n records that have no outcome, those set aside among them, without sealed bytes. Damaged
// rows are left out.
func (o *Outbox) Oldest(n int) (some []Record, err error) {
	o.mu.Lock()
	oldest := o.index.oldest(n)
	o.mu.Unlock()
	err = o.view(func(b buckets) error {
		for _, e := range oldest {
			if r, err := b.record(e); err == nil {
				some = append(some, r)
			}
		}
		return nil
	})
	return some, err
}

// Free returns how many bytes may still be written beside the file.
func (o *Outbox) Free() (int64, error) { return freeBytes(o.path) }

func (o *Outbox) view(f func(buckets) error) error {
	return guard(func() error { return o.db.View(func(tx *bbolt.Tx) error { return f(in(tx)) }) })
}
