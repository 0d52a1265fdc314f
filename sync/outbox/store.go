package outbox

import (
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"madoguchi/wire"
)

// The buckets. An order is eight bytes, big endian, so that a walk is oldest first.
var (
	bucketMeta    = []byte("meta")    // "version": one byte
	bucketRow     = []byte("row")     // order: a row; its sequence is the last order
	bucketSealed  = []byte("sealed")  // order: sealed bytes of what is to be sent; its sequence is the largest Seq
	bucketAside   = []byte("aside")   // order: sealed bytes of what was set aside
	bucketReceipt = []byte("receipt") // order: SHA-256, then the receipt
	bucketID      = []byte("id")      // id: order
	bucketOwner   = []byte("owner")   // owner, order: one byte

	keyVersion = []byte("version")
)

const version = 1

// buckets are the buckets in one transaction.
type buckets struct{ row, sealed, aside, receipt, id, owner *bbolt.Bucket }

func in(tx *bbolt.Tx) buckets {
	b := buckets{
		row: tx.Bucket(bucketRow), sealed: tx.Bucket(bucketSealed), aside: tx.Bucket(bucketAside),
		receipt: tx.Bucket(bucketReceipt), id: tx.Bucket(bucketID), owner: tx.Bucket(bucketOwner),
	}
	for _, rising := range []*bbolt.Bucket{b.row, b.sealed, b.receipt} {
		rising.FillPercent = 0.95 // keys only rise: leave no room in the middle
	}
	return b
}

func create(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketRow, bucketSealed, bucketAside, bucketReceipt, bucketID, bucketOwner} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return tx.Bucket(bucketMeta).Put(keyVersion, []byte{version})
}

func checkFormat(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketRow, bucketSealed, bucketAside, bucketReceipt, bucketID, bucketOwner} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %s", ErrDamaged, name)
		}
	}
	if v := tx.Bucket(bucketMeta).Get(keyVersion); len(v) != 1 || v[0] != version {
		return fmt.Errorf("%w: format version", ErrDamaged)
	}
	return nil
}

func keyOf(order uint64) []byte { return binary.BigEndian.AppendUint64(nil, order) }

func orderOf(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}

// byID returns the record of an id without sealed bytes and receipt.
func (b buckets) byID(id wire.ID) (Record, error) {
	key := b.id.Get(id[:])
	if key == nil {
		return Record{}, refuse(ErrUnknown)
	}
	r, err := b.byKey(key)
	if err == nil && r.ID != id {
		err = fmt.Errorf("%w: index", ErrDamaged)
	}
	if err != nil {
		return Record{}, refuse(err)
	}
	return r, nil
}

func (b buckets) byKey(key []byte) (Record, error) {
	r, err := decode(b.row.Get(key))
	r.Order = orderOf(key)
	return r, err
}

func (b buckets) insert(r Record) (Record, error) {
	order, err := b.row.NextSequence()
	if err != nil {
		return r, err
	}
	if r.Seq > b.sealed.Sequence() {
		if err := b.sealed.SetSequence(r.Seq); err != nil {
			return r, err
		}
	}
	r.Order = order
	key := keyOf(order)
	err = errors.Join(
		b.update(r),
		b.sealed.Put(key, r.Sealed),
		b.id.Put(r.ID[:], key),
		b.owner.Put(append(r.Owner[:len(r.Owner):len(r.Owner)], key...), []byte{1}),
	)
	return r, err
}

func (b buckets) update(r Record) error {
	row, err := r.encode()
	if err != nil {
		return err
	}
	return b.row.Put(keyOf(r.Order), row)
}

func (b buckets) settle(r Record) error {
	key := keyOf(r.Order)
	err := errors.Join(b.update(r), b.sealed.Delete(key), b.aside.Delete(key))
	if err == nil && len(r.Outcome.Receipt) > 0 {
		sum := wire.Sum(r.Outcome.Receipt)
		err = b.receipt.Put(key, append(sum[:], r.Outcome.Receipt...))
	}
	return err
}

func (b buckets) setAside(r Record) error {
	key := keyOf(r.Order)
	sealed := b.sealed.Get(key)
	if sealed == nil {
		return refuse(fmt.Errorf("%w: sealed bytes are missing", ErrDamaged))
	}
	sealed = append([]byte(nil), sealed...)
	return errors.Join(b.update(r), b.sealed.Delete(key), b.aside.Put(key, sealed))
}

// receiptOf adds the receipt of a settled record.
func (b buckets) receiptOf(r Record) (Record, error) {
	v := b.receipt.Get(keyOf(r.Order))
	if v == nil {
		return r, nil
	}
	if len(v) < len(wire.Hash{}) || wire.Sum(v[len(wire.Hash{}):]) != wire.Hash(v[:len(wire.Hash{})]) {
		return r, fmt.Errorf("%w: receipt", ErrDamaged)
	}
	r.Outcome.Receipt = append([]byte(nil), v[len(wire.Hash{}):]...)
	return r, nil
}

// sealedOf adds the sealed bytes of a record that has no outcome.
func (b buckets) sealedOf(r Record) (Record, error) {
	key := keyOf(r.Order)
	v := b.sealed.Get(key)
	if v == nil {
		v = b.aside.Get(key)
	}
	if wire.Sum(v) != r.SealedSum {
		return r, fmt.Errorf("%w: sealed bytes", ErrDamaged)
	}
	r.Sealed = append([]byte(nil), v...)
	return r, nil
}
