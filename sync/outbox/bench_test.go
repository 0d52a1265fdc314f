package outbox

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

const benchSize = 16 << 10

// bare is the rival: one bbolt Update of the same bytes with bbolt's defaults, from a new file.
func bare(b testing.TB) func(n int) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("b")); return err }); err != nil {
		b.Fatal(err)
	}
	value := item(1, benchSize).Sealed
	return func(n int) {
		if err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("b")).Put(keyOf(uint64(n)), value) }); err != nil { //nolint:gosec // small
			b.Fatal(err)
		}
	}
}

func ours(b testing.TB) func(n int) {
	o := open(b, filepath.Join(b.TempDir(), "outbox"))
	it := item(1, benchSize)
	return func(n int) {
		it := it
		it.ID = item(n, 0).ID
		if _, err := o.Put(b.Context(), it); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPut measures a Put of 16 kB beside a bare bbolt Update, interleaved in one run because disks drift; the
// metric "x-bare" is the rate of Puts over that of Updates (the bar is 0.9).
func BenchmarkPut(b *testing.B) {
	put, update := ours(b), bare(b)
	var spentOurs, spentBare time.Duration
	n := 0
	for b.Loop() {
		began := time.Now()
		put(n)
		middle := time.Now()
		update(n)
		spentOurs += middle.Sub(began)
		spentBare += time.Since(middle)
		n++
	}
	b.ReportMetric(float64(spentOurs.Nanoseconds())/float64(n), "ns/put")
	b.ReportMetric(float64(spentBare.Nanoseconds())/float64(n), "ns/update")
	b.ReportMetric(float64(spentBare)/float64(spentOurs), "x-bare")
}

// BenchmarkPut16Writers measures Puts of 16 writers at once, who share commits, beside single Updates; the bar is 3.
func BenchmarkPut16Writers(b *testing.B) {
	put, update := ours(b), bare(b)
	var n atomic.Int64
	b.SetParallelism(16)
	began := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			put(int(n.Add(1)))
		}
	})
	each := float64(time.Since(began).Nanoseconds()) / float64(n.Load())
	const rounds = 300
	began = time.Now()
	for i := range rounds {
		update(i)
	}
	b.ReportMetric(float64(time.Since(began).Nanoseconds())/rounds/each, "x-bare")
}

// BenchmarkOpen measures opening with 20 000 rows that wait.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "outbox")
	o := open(b, path)
	err := o.db.Update(func(tx *bbolt.Tx) error {
		for n := range 20000 {
			if _, err := in(tx).insert(newRecord(item(n, 4096))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	_ = o.Close()
	for b.Loop() {
		o, err := Open(path, wide)
		if err != nil {
			b.Fatal(err)
		}
		_ = o.Close()
	}
}
