package outbox

import (
	"bytes"
	"fmt"
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
	err = o.view(func(b buckets) error {
		c, size, last := b.sealed.Cursor(), 0, order
		for k, v := c.Seek(keyOf(order + 1)); k != nil && len(chunk) < chunkRows && size < chunkBytes; k, v = c.Next() {
			if orderOf(k) <= last { // a damaged page could send the walk round for ever
				return fmt.Errorf("%w: keys do not rise", ErrDamaged)
			}
			last = orderOf(k)
			r, err := b.byKey(k)
			if err == nil {
				r, err = b.sealedOf(r)
			}
			chunk = append(chunk, read{r, err})
			size += len(v)
		}
		return nil
	})
	return chunk, err
}

// Get returns the record of an id with its receipt, if it has one, and without the sealed bytes.
func (o *Outbox) Get(id wire.ID) (r Record, err error) {
	err = o.view(func(b buckets) error {
		if r, err = b.byID(id); err == nil {
			r, err = b.receiptOf(r)
		}
		return err
	})
	return r, err
}

// Sealed returns the envelope of a submission that has no outcome; ErrSettled once it has.
func (o *Outbox) Sealed(id wire.ID) (sealed []byte, err error) {
	err = o.view(func(b buckets) error {
		r, err := b.byID(id)
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
	err = o.view(func(b buckets) error {
		c := b.owner.Cursor()
		for k, _ := c.Seek(owner[:]); bytes.HasPrefix(k, owner[:]); k, _ = c.Next() {
			r, err := b.byKey(k[len(owner):])
			if err == nil {
				r, err = b.receiptOf(r)
			}
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		return nil
	})
	return all, err
}

// Recent returns the newest n records, newest first, without sealed bytes and receipts: for the operator's view.
// Damaged rows are left out.
func (o *Outbox) Recent(n int) (some []Record, err error) {
	err = o.view(func(b buckets) error {
		c := b.row.Cursor()
		for k, _ := c.Last(); k != nil && len(some) < n; k, _ = c.Prev() {
			if r, err := b.byKey(k); err == nil {
				some = append(some, r)
			}
		}
		return nil
	})
	return some, err
}

func (o *Outbox) view(f func(buckets) error) error {
	err := guard(func() error { return o.db.View(func(tx *bbolt.Tx) error { return f(in(tx)) }) })
	if r, ok := err.(refusal); ok { //nolint:errorlint // made here, never wrapped further
		return r.error
	}
	return err
}
