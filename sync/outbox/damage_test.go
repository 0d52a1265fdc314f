package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"madoguchi/fault"
	"madoguchi/wire"
)

// bbolt panics on a damaged file (its issues 135, 446, 537, 701, 778), and SIGBUS follows a file that became short.
func TestDamageIsAnErrorNeverAPanicAndTheFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	for n := range 50 {
		put(t, o, item(n, 3000))
	}
	_ = o.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	wounds := map[string][]byte{"text": bytes.Repeat([]byte("no outbox "), 2000), "cut": whole[:len(whole)/3], "cut early": whole[:3*page]}
	for p := range min(60, len(whole)/page) {
		for name, fill := range map[string]byte{"zeros": 0, "ones": 0xff} {
			b := slices.Clone(whole)
			for i := range page {
				b[p*page+i] = fill
			}
			wounds[fmt.Sprint(name, " in page ", p)] = b
		}
	}
	met := 0
	for name, b := range wounds {
		path := filepath.Join(t.TempDir(), "outbox")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := Open(path, wide)
		if err == nil {
			err = use(t, o)
			_ = guard(o.Close)
		} else if now, _ := os.ReadFile(path); !bytes.Equal(now, b) {
			t.Errorf("%s: the file was changed", name)
		}
		if err != nil {
			met++
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if met < 20 {
		t.Errorf("only %d wounds of %d were noticed", met, len(wounds))
	}
}

// use reads everything and returns the first error.
func use(t *testing.T, o *Outbox) (first error) {
	for r, err := range o.Pending() {
		if err == nil && wire.Sum(r.Sealed) != r.SealedSum {
			t.Error("wrong bytes passed for right ones")
		}
		if err != nil && first == nil {
			first = err
		}
	}
	for n := range 50 {
		if _, err := o.Get(item(n, 0).ID); err != nil && first == nil && !errors.Is(err, ErrUnknown) {
			first = err
		}
	}
	return first
}

func TestOneDamagedRowSpoilsOnlyItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	for n := range 3 {
		put(t, o, item(n, 100))
	}
	err := o.db.Update(func(tx *bbolt.Tx) error {
		key := o.index.list[1].key()
		row := bytes.Clone(in(tx).row.Get(key))
		row[40] ^= 1
		return errors.Join(in(tx).row.Put(key, row), in(tx).row.Bucket(o.index.list[2].sealedKey()).Put(keySealed, []byte("other bytes")))
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = o.Close()
	o = open(t, path)
	good, bad := 0, 0
	for r, err := range o.Pending() {
		if err == nil {
			good++
		} else if bad++; !errors.Is(err, ErrDamaged) || r.Order == 0 {
			t.Error(r.Order, err)
		}
	}
	if good != 1 || bad != 2 {
		t.Errorf("%d good, %d bad", good, bad)
	}
	if _, err := o.Put(t.Context(), item(1, 100)); !errors.Is(err, ErrDamaged) {
		t.Errorf("repeat of the damaged row: %v", err)
	}
	put(t, o, item(9, 100))
	if err := o.Quarantine(item(2, 0).ID, ErrDamaged); err != nil {
		t.Error(err)
	}
}

// Each envelope has pages of its own: when they are damaged, every other row can be sent, and a receipt still settles.
func TestDamagedSealedPagesSpoilOnlyTheirOwnRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	for n := range 5 {
		put(t, o, item(n, 9000))
	}
	_ = o.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	at := bytes.LastIndex(whole, item(2, 9000).Sealed[:500]) / page * page
	if at <= 0 {
		t.Fatal("the envelope is not in the file")
	}
	copy(whole[at:], bytes.Repeat([]byte{0xff}, page))
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	o = open(t, path)
	good := 0
	for r, err := range o.Pending() {
		if err == nil {
			good++
		} else if r.ID != item(2, 0).ID || !errors.Is(err, ErrDamaged) {
			t.Error(r.ID, err)
		}
	}
	if good != 4 {
		t.Errorf("%d good", good)
	}
	if err := o.Quarantine(item(2, 0).ID, ErrDamaged); err != nil {
		t.Error(err)
	}
	if rows := pending(t, o); len(rows) != 4 {
		t.Errorf("%d pending", len(rows))
	}
	if err := o.Settle(item(2, 0).ID, wire.Outcome{State: wire.Received, Receipt: []byte("r")}); err != nil {
		t.Error(err)
	}
	if count, size := o.Waiting(); count != 4 || size != 4*9000 {
		t.Error(count, size)
	}
	_ = o.Close()
	o = open(t, path)
	if count, size := o.Waiting(); count != 4 || size != 4*9000 {
		t.Error("after reopening", count, size)
	}
	if r, err := o.Get(item(2, 0).ID); err != nil || r.Outcome.State != wire.Received || string(r.Outcome.Receipt) != "r" {
		t.Error(r, err)
	}
}

// The index is made anew by Open; what it says must be what it said before.
func TestTheIndexIsTheSameAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	for n := range 60 {
		put(t, o, item(n, 10+700*(n%5))) // some so small that bbolt keeps them in their row's leaf
		var err error
		switch n % 4 {
		case 1:
			err = o.Settle(item(n, 0).ID, wire.Outcome{State: wire.Refused, Reason: "x"})
		case 2:
			err = o.Quarantine(item(n-1+n%3, 0).ID, nil)
		}
		if err != nil && !errors.Is(err, ErrSettled) && !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
	}
	before := o.index
	_ = o.Close()
	o = open(t, path)
	if !slices.Equal(o.index.list, before.list) || o.index.count != before.count || o.index.bytes != before.bytes {
		t.Errorf("%+v\n%+v", before, o.index)
	}
}

// When only the last sync of a commit fails, Put says that the disk failed, and the row is in the file all the same.
func TestARepeatAfterAFailedCommitIsNotKeptTwice(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	it := item(1, 100)
	err := o.db.Update(func(tx *bbolt.Tx) error {
		_, err := in(tx).writing(o).insert(newRecord(it))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.commit(&change{do: func(buckets) error { return errors.New("no sync") }}); !errors.Is(err, fault.DiskFailed) {
		t.Fatal(err)
	}
	put(t, o, it)
	if rows := pending(t, o); len(rows) != 1 {
		t.Errorf("kept %d times", len(rows))
	}
	if n, size := o.Waiting(); n != 1 || size != 100 {
		t.Error(n, size)
	}
}

// Zeros are written ahead of the pages in use, never over one, also when a group of commits jumps over them.
func TestZerosAheadHitNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := range 24 {
				it := item(w*100+n, []int{100, 20 << 10, 400 << 10}[n%3])
				if _, err := o.Put(t.Context(), it); err != nil {
					t.Error(err)
				}
				if n%4 == 3 {
					if err := o.Settle(it.ID, wire.Outcome{State: wire.Received}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	_ = o.Close()
	if o.ahead.done == 0 {
		t.Error("nothing was written ahead")
	}
	o = open(t, path)
	if rows := pending(t, o); len(rows) != 8*24*3/4 {
		t.Errorf("%d rows", len(rows))
	}
	err := o.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func FuzzRow(f *testing.F) {
	r := newRecord(item(1, 10))
	b, _ := r.encode()
	f.Add(b)
	r.Outcome = wire.Outcome{State: wire.Refused, Reason: "id-conflict", ReceivedAt: time.Now()}
	r.Told, r.Quarantined = true, "why"
	b, _ = r.encode()
	f.Add(b)
	r.Shown = true
	b, _ = r.encode()
	f.Add(b)
	f.Fuzz(func(t *testing.T, in []byte) {
		sum := wire.Sum(in)
		for _, b := range [][]byte{in, append(slices.Clone(in), sum[:sumSize]...)} { // the second passes the sum
			r, err := decode(b)
			if err != nil {
				continue
			}
			if again, err := r.encode(); err != nil || !bytes.Equal(again, b) {
				t.Fatal("another encoding of the same row", err)
			}
		}
	})
}

// When much has been sent, the sealed bytes stay until Puts need the room: bbolt's free list must not become long.
func TestALargeBacklogLeavesAShortFreeList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	const size, rows = 400 << 10, 40 // a hundred pages each
	each := func(from, to int, f func(n int) error) {
		t.Helper()
		for n := from; n < to; n++ {
			if err := f(n); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep := func(n int) error { _, err := o.Put(t.Context(), item(n, size)); return err }
	settle := func(n int) error { return o.Settle(item(n, 0).ID, wire.Outcome{State: wire.Received}) }
	each(0, rows, keep)
	each(0, rows, settle)
	left := len(o.index.spent)
	if s := o.db.Stats(); left == 0 || s.FreePageN+s.PendingPageN > maxFree+200 {
		t.Fatalf("%d left, %d and %d pages are free", left, s.FreePageN, s.PendingPageN)
	}
	_ = o.Close()
	before, _ := os.Stat(path)
	o = open(t, path)
	if len(o.index.spent) != left || len(pending(t, o)) != 0 {
		t.Errorf("%d left after reopening, %d before; %d pending", len(o.index.spent), left, len(pending(t, o)))
	}
	each(rows, 2*rows-5, keep)
	if after, _ := os.Stat(path); after.Size() > before.Size() || len(o.index.spent) != 0 {
		t.Errorf("%d bytes, then %d; %d left", before.Size(), after.Size(), len(o.index.spent))
	}
	err := o.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
