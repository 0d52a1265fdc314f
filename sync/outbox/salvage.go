package outbox

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"madoguchi/internal/durable"
	"madoguchi/wire"
)

// Salvaged says what was read out of a damaged outbox.
type Salvaged struct {
	Rows   int    // submissions found
	Whole  int    // of them, those that still wait and have their sealed bytes
	Spoilt int    // that still wait and whose sealed bytes are nowhere: held, with their numbers, for the operator
	Aside  string // where the damaged file is kept, as it was
}

// spoilt is why a row without its sealed bytes is set aside.
const spoilt = "sealed-bytes-lost"

// Salvage makes a new outbox of everything in a damaged one, and in its copy, that carries its own right hash, and
// keeps the damaged file beside it. Where versions of a row differ, the one that has come furthest counts: sending
// once more does no harm, forgetting does. No power cut leaves the path without a file.
func Salvage(path string, l Limits) (*Outbox, Salvaged, error) {
	w := &wreck{rows: map[wire.ID]Record{}, sealed: map[wire.Hash]place{}, receipts: map[wire.ID]place{}}
	defer w.close()
	if err := w.read(path); err != nil {
		return nil, Salvaged{}, err
	}
	temp := path + ".new-salvaged"
	_ = os.Remove(temp)
	if err := initialise(temp); err != nil {
		return nil, Salvaged{}, err
	}
	defer func() { _ = os.Remove(temp) }()
	s, err := w.fill(temp)
	if err != nil {
		return nil, s, err
	}
	s.Aside = fmt.Sprintf("%s.damaged-%s", path, time.Now().UTC().Format("20060102T150405.000000000"))
	err = errors.Join(os.Link(path, s.Aside), durable.SyncDir(filepath.Dir(path)))
	if err == nil {
		err = errors.Join(os.Rename(temp, path), durable.SyncDir(filepath.Dir(path)))
	}
	if err != nil {
		return nil, s, wrap("outbox: salvage", err)
	}
	o, err := Open(path, l)
	return o, s, err
}

// place is where bytes lie in a file.
type place struct {
	file *os.File
	at   int64
	n    int
}

func (p place) bytes() ([]byte, error) {
	b := make([]byte, p.n)
	_, err := p.file.ReadAt(b, p.at)
	return b, err
}

// wreck is what has been found. Rows are held in memory, sealed bytes and receipts by their places.
type wreck struct {
	files    []*os.File
	rows     map[wire.ID]Record
	sealed   map[wire.Hash]place
	receipts map[wire.ID]place
}

func (w *wreck) close() {
	for _, f := range w.files {
		_ = f.Close()
	}
}

func (w *wreck) read(path string) error {
	f, size, err := w.open(path)
	if err != nil {
		return err
	}
	w.pages(f, size)
	f, size, err = w.open(path + spareSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	return scanSpare(f, size, func(r Record, at int64) {
		w.row(r)
		w.sealed[r.SealedSum] = place{f, at, r.SealedSize}
	})
}

func (w *wreck) open(path string) (*os.File, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, wrap("outbox: salvage", err)
	}
	w.files = append(w.files, f)
	info, err := f.Stat()
	if err != nil {
		return nil, 0, wrap("outbox: salvage", err)
	}
	return f, info.Size(), nil
}

// row takes a version of a row; the one that has come furthest stays.
func (w *wreck) row(r Record) {
	old, known := w.rows[r.ID]
	if !known || progress(r) > progress(old) {
		w.rows[r.ID] = r
	}
}

func progress(r Record) int {
	n := 0
	for _, done := range []bool{r.Told, r.Shown, r.Quarantined != ""} {
		if done {
			n++
		}
	}
	if r.Outcome.State != wire.Waiting {
		n += 10
	}
	return n
}

// fill writes everything into a new file, in the order in which it was put.
func (w *wreck) fill(path string) (s Salvaged, err error) {
	db, err := bbolt.Open(path, 0o600, options())
	if err != nil {
		return s, wrap("outbox: salvage", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	all := slices.SortedFunc(maps.Values(w.rows), func(a, b Record) int { return cmp.Compare(a.Order, b.Order) })
	for chunk := range slices.Chunk(all, chunkRows) {
		if err := db.Update(func(tx *bbolt.Tx) error { return w.insert(in(tx), chunk, &s) }); err != nil {
			return s, wrap("outbox: salvage", err)
		}
	}
	return s, nil
}

// gap is left in the numbers behind a damaged outbox: those of lost rows are not used again.
const gap = 1 << 16

func (w *wreck) insert(b buckets, rows []Record, s *Salvaged) error {
	for _, r := range rows {
		s.Rows++
		e := entryFor(r)
		if r.Outcome.State == wire.Waiting {
			if sealed, ok := w.sealedOf(r); ok {
				s.Whole++
				bucket, err := b.row.CreateBucket(e.sealedKey())
				if err == nil {
					err = bucket.Put(keySealed, sealed)
				}
				if err != nil {
					return err
				}
			} else {
				s.Spoilt++
				r.Quarantined = spoilt
			}
		}
		if err := errors.Join(b.update(r), w.receipt(b, e), raise(b.row, max(r.Order, r.Seq)+gap)); err != nil {
			return err
		}
	}
	return nil
}

func raise(b *bbolt.Bucket, to uint64) error {
	if b.Sequence() >= to {
		return nil
	}
	return b.SetSequence(to)
}

func (w *wreck) sealedOf(r Record) ([]byte, bool) {
	p, ok := w.sealed[r.SealedSum]
	if !ok || p.n != r.SealedSize {
		return nil, false
	}
	sealed, err := p.bytes()
	return sealed, err == nil && wire.Sum(sealed) == r.SealedSum
}

func (w *wreck) receipt(b buckets, e entry) error {
	p, ok := w.receipts[e.id]
	if !ok {
		return nil
	}
	raw, err := p.bytes()
	if err != nil || !receiptOK(raw) {
		return nil //nolint:nilerr // it is lost; the row says that there was one
	}
	return b.receipt.Put(e.key(), raw)
}

// receiptOK judges a receipt as it is stored: its SHA-256, then its bytes.
func receiptOK(v []byte) bool {
	n := len(wire.Hash{})
	return len(v) > n && wire.Sum(v[n:]) == wire.Hash(v[:n])
}
