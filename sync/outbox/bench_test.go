package outbox

import (
	"encoding/binary"
	"math/rand/v2"
	"path/filepath"
	"sync"
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
		if err := db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("b")).Put(binary.BigEndian.AppendUint64(nil, uint64(n)), value)
		}); err != nil {
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

// pair runs two things in turn, each as often first as the other because the second may find work done by the first,
// and reports their mean times and the ratio of their rates. Only a ratio of one run means anything: disks drift.
func pair(b *testing.B, ours, rival func(n int), names [2]string) {
	var spent [2]time.Duration
	timed := func(i int, f func(int), n int) {
		began := time.Now()
		f(n)
		spent[i] += time.Since(began)
	}
	n := 0
	for b.Loop() {
		if rand.IntN(2) == 0 {
			timed(0, ours, n)
			timed(1, rival, n)
		} else {
			timed(1, rival, n)
			timed(0, ours, n)
		}
		n++
	}
	for i, name := range names {
		b.ReportMetric(float64(spent[i].Nanoseconds())/float64(n), "ns/"+name)
	}
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "x-bare")
}

// BenchmarkPut measures a Put of 16 kB beside a bare bbolt Update; "x-bare" is the rate of Puts over that of Updates
// (the bar is 0.9).
func BenchmarkPut(b *testing.B) { pair(b, ours(b), bare(b), [2]string{"put", "update"}) }

// BenchmarkPut16Writers measures Puts of 16 writers at once, who share commits, beside single Updates in turn; the
// bar is 3.
func BenchmarkPut16Writers(b *testing.B) {
	const writers, each, updates = 16, 16, 64
	put, update := ours(b), bare(b)
	var spentOurs, spentBare time.Duration
	rounds := 0
	for b.Loop() {
		began := time.Now()
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					put((rounds*writers+w)*each + i)
				}
			})
		}
		wg.Wait()
		middle := time.Now()
		for i := range updates {
			update(rounds*updates + i)
		}
		spentOurs += middle.Sub(began)
		spentBare += time.Since(middle)
		rounds++
	}
	perPut := float64(spentOurs.Nanoseconds()) / float64(rounds*writers*each)
	perUpdate := float64(spentBare.Nanoseconds()) / float64(rounds*updates)
	b.ReportMetric(perPut, "ns/put")
	b.ReportMetric(perUpdate, "ns/update")
	b.ReportMetric(perUpdate/perPut, "x-bare")
}

// BenchmarkOpen measures opening with 20 000 rows that wait.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "outbox")
	o := open(b, path)
	err := o.db.Update(func(tx *bbolt.Tx) error {
		for n := range 20000 {
			if _, err := in(tx).writing(o).insert(newRecord(item(n, 4096))); err != nil {
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
