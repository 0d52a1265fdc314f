package outbox

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"madoguchi/wire"
)

// The buckets. A row and its sealed bytes have neighbouring keys that rise with each Put, so that a Put changes one
// leaf; the sealed bytes are a bucket of their own in there, because bbolt keeps up to four large values in a leaf
// and would write them all again for each that follows.
var (
	bucketMeta    = []byte("meta")    // "version": one byte
	bucketRow     = []byte("row")     // key: a row. Its sequence is the largest order or Seq
	bucketReceipt = []byte("receipt") // key: SHA-256, then the receipt

	keyVersion = []byte("version")
	keySealed  = []byte("s") // in the bucket key + sealedMark of bucketRow
)

const (
	version    = 2
	sealedMark = 's'
)

// buckets are the buckets in one transaction.
type buckets struct {
	row, receipt *bbolt.Bucket
	change       *changes // nil in a reading transaction
}

// changes are what a writing transaction knows beside the file.
type changes struct {
	box       *Outbox
	inserted  map[wire.ID]entry
	free      int   // pages in bbolt's free list at its beginning
	reclaimed int   // of the index's spent entries
	given     int64 // their sealed bytes
}

// maxFree bounds bbolt's free list, in pages, which each commit writes whole: when a large backlog has been sent, it
// would be most of what is written. Over the bound the sealed bytes of what is settled stay where they are, and Puts
// remove them as the list gets short.
const maxFree = 2048

func in(tx *bbolt.Tx) buckets {
	b := buckets{row: tx.Bucket(bucketRow), receipt: tx.Bucket(bucketReceipt)}
	for _, rising := range []*bbolt.Bucket{b.row, b.receipt} {
		rising.FillPercent = 0.95 // keys only rise: leave no room in the middle
	}
	return b
}

// writing adds what changes need.
func (b buckets) writing(o *Outbox) buckets {
	stats := o.db.Stats()
	b.change = &changes{box: o, inserted: map[wire.ID]entry{}, free: stats.FreePageN + stats.PendingPageN}
	return b
}

// find finds a row by its id, those of this very transaction among them.
func (c *changes) find(id wire.ID) (entry, bool) {
	if e, ok := c.inserted[id]; ok {
		return e, true
	}
	return c.box.find(id)
}

func create(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketRow, bucketReceipt} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return tx.Bucket(bucketMeta).Put(keyVersion, []byte{version})
}

func checkFormat(tx *bbolt.Tx) error {
	if tx.Bucket(bucketMeta) == nil {
		return fmt.Errorf("%w: no bucket %s", ErrDamaged, bucketMeta)
	}
	switch v := tx.Bucket(bucketMeta).Get(keyVersion); {
	case len(v) != 1:
		return fmt.Errorf("%w: no format version", ErrDamaged)
	case v[0] != version:
		return fmt.Errorf("%w: %d, not %d", ErrFormat, v[0], version)
	}
	for _, name := range [][]byte{bucketRow, bucketReceipt} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %s", ErrDamaged, name)
		}
	}
	return nil
}

// byID returns the record of an id without sealed bytes and receipt, as a change sees it.
func (b buckets) byID(id wire.ID) (Record, error) {
	e, ok := b.change.find(id)
	if !ok {
		return Record{}, refuse(ErrUnknown)
	}
	r, err := b.record(e)
	if err != nil {
		return Record{}, refuse(err)
	}
	return r, nil
}

// record returns the record at a place; with ErrDamaged its id and order.
func (b buckets) record(e entry) (Record, error) {
	r, err := decode(b.row.Get(e.key()))
	if err == nil && !e.is(r) {
		err = fmt.Errorf("%w: key", ErrDamaged)
	}
	if err != nil {
		r = Record{Item: Item{ID: e.id}}
	}
	r.Order = e.order
	return r, err
}

func (b buckets) insert(r Record) (Record, error) {
	order, err := b.row.NextSequence()
	if err != nil {
		return r, err
	}
	if r.Seq > order {
		if err := b.row.SetSequence(r.Seq); err != nil {
			return r, err
		}
	}
	r.Order = order
	e := entryFor(r)
	b.change.inserted[r.ID] = e
	sealed, err := b.row.CreateBucket(e.sealedKey())
	if err != nil {
		return r, err
	}
	return r, errors.Join(b.update(r), sealed.Put(keySealed, r.Sealed))
}

func (b buckets) update(r Record) error {
	row, err := r.encode()
	if err != nil {
		return err
	}
	return b.row.Put(entryFor(r).key(), row)
}

// settle writes the outcome and removes the sealed bytes, or tells that it has left them.
func (b buckets) settle(r Record) (left bool, err error) {
	e := entryFor(r)
	if err := b.update(r); err != nil {
		return false, err
	}
	if left = b.change.free > maxFree || b.change.box.limits.Kept > 0; !left {
		err = b.remove(e)
	}
	if err != nil || len(r.Outcome.Receipt) == 0 {
		return left, err
	}
	sum := wire.Sum(r.Outcome.Receipt)
	return left, b.receipt.Put(e.key(), append(sum[:], r.Outcome.Receipt...))
}

// remove removes sealed bytes. Damaged pages stay where they are: what cannot be read must not keep an outcome from
// being written.
func (b buckets) remove(e entry) error {
	err := guard(func() error { return b.row.DeleteBucket(e.sealedKey()) })
	if errors.Is(err, ErrDamaged) || errors.Is(err, bolterrors.ErrBucketNotFound) {
		return nil
	}
	return err
}

// reclaim removes the sealed bytes of some that were settled, more than one Put needs, and returns of how many.
func (b buckets) reclaim() (n int, err error) {
	const some = 2
	for n < some && b.change.free < maxFree/2 && err == nil {
		e, held, ok := b.change.box.spent(b.change.reclaimed)
		if !ok || !b.due(e, held-b.change.given) {
			break
		}
		err = b.remove(e)
		b.change.given += int64(e.size)
		b.change.reclaimed++
		n++
	}
	return n, err
}

// retention is how long sealed bytes are kept behind their receipt (TRUST §4).
const retention = 30 * 24 * time.Hour

// due reports whether sealed bytes are to go: they are over the bound, or old. A clock that errs makes it sooner or
// later; nothing depends on them but a mailbox that has lost what it acknowledged.
func (b buckets) due(e entry, held int64) bool {
	if held > b.change.box.limits.Kept {
		return true
	}
	r, err := b.record(e)
	return err != nil || time.Since(r.Outcome.ReceivedAt) > retention
}

// receiptOf adds the receipt of a settled record.
func (b buckets) receiptOf(r Record) (Record, error) {
	v := b.receipt.Get(entryFor(r).key())
	if v == nil {
		return r, nil
	}
	if !receiptOK(v) {
		return r, fmt.Errorf("%w: receipt", ErrDamaged)
	}
	r.Outcome.Receipt = append([]byte(nil), v[len(wire.Hash{}):]...)
	return r, nil
}

// sealedOf adds the sealed bytes of a record that has no outcome. Their pages are their own, and so is their damage.
func (b buckets) sealedOf(r Record) (Record, error) {
	err := guard(func() error {
		sealed := b.row.Bucket(entryFor(r).sealedKey())
		if sealed == nil {
			return fmt.Errorf("%w: sealed bytes are missing", ErrDamaged)
		}
		v := sealed.Get(keySealed)
		if len(v) != r.SealedSize || wire.Sum(v) != r.SealedSum {
			return fmt.Errorf("%w: sealed bytes", ErrDamaged)
		}
		r.Sealed = append([]byte(nil), v...)
		return nil
	})
	return r, err
}
