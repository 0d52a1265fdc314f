package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/wire"
)

var wide = Limits{Count: 1 << 30, Bytes: 1 << 50}

func open(t testing.TB, path string) *Outbox {
	t.Helper()
	o, err := Open(path, wide)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func item(n int, size int) Item {
	var id wire.ID
	copy(id[:], fmt.Sprintf("%016d", n))
	src := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)})
	sealed := make([]byte, size)
	_, _ = src.Read(sealed)
	return Item{ID: id, Manifest: wire.Sum([]byte(fmt.Sprint("manifest", n))), Owner: wire.Sum([]byte(fmt.Sprint(n % 3))), Sealed: sealed}
}

func put(t testing.TB, o *Outbox, it Item) wire.Ticket {
	t.Helper()
	ticket, err := o.Put(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

func pending(t testing.TB, o *Outbox) (all []Record) {
	t.Helper()
	for r, err := range o.Pending() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func TestWhatIsPutIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	var tickets []wire.Ticket
	for n := range 200 {
		tickets = append(tickets, put(t, o, item(n, 5000)))
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, path)
	rows := pending(t, o)
	if len(rows) != 200 {
		t.Fatalf("%d rows", len(rows))
	}
	for n, r := range rows {
		want := item(n, 5000)
		if r.ID != want.ID || r.Manifest != want.Manifest || r.Owner != want.Owner || !bytes.Equal(r.Sealed, want.Sealed) {
			t.Fatalf("row %d differs", n)
		}
		if r.Ticket != tickets[n] || r.Outcome.State != wire.Waiting || r.Seq == 0 {
			t.Fatalf("row %d: %+v", n, r.Ticket)
		}
		if n > 0 && (r.Order <= rows[n-1].Order || r.Seq <= rows[n-1].Seq) {
			t.Fatalf("row %d does not rise", n)
		}
	}
	if count, size := o.Waiting(); count != 200 || size != 200*5000 {
		t.Errorf("waiting %d, %d bytes", count, size)
	}
	if next := o.NextSeq(); next <= rows[199].Seq {
		t.Errorf("sequence fell to %d behind %d", next, rows[199].Seq)
	}
}

func TestRepeatGetsTheSameTicketAndOtherManifestIsRefused(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	it := item(1, 100)
	first := put(t, o, it)
	again := it
	again.Sealed, again.KeptAt = []byte("sealed once more"), time.Now().Add(time.Hour)
	if second := put(t, o, again); second != first {
		t.Errorf("%+v, then %+v", first, second)
	}
	if rows := pending(t, o); len(rows) != 1 || !bytes.Equal(rows[0].Sealed, it.Sealed) {
		t.Error("the first sealed bytes are not what is kept")
	}
	other := it
	other.Manifest[0] ^= 1
	if _, err := o.Put(t.Context(), other); !errors.Is(err, ErrConflict) {
		t.Errorf("conflict: %v", err)
	}
	if err := o.Settle(it.ID, wire.Outcome{State: wire.Received}); err != nil {
		t.Fatal(err)
	}
	if second := put(t, o, again); second != first {
		t.Errorf("after the receipt: %+v", second)
	}
	if n, size := o.Waiting(); n != 0 || size != 0 {
		t.Errorf("waiting %d, %d", n, size)
	}
}

func TestSettleKeepsTheSmallRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	it := item(1, 9000)
	put(t, o, it)
	put(t, o, item(2, 10))
	out := wire.Outcome{State: wire.Refused, Reason: "form-invalid", ReceivedAt: time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC), Receipt: []byte("receipt")}
	changed := o.Changed()
	for range 2 { // a receipt may come twice
		if err := o.Settle(it.ID, out); err != nil {
			t.Fatal(err)
		}
	}
	<-changed
	if err := o.Settle(it.ID, wire.Outcome{State: wire.Received}); !errors.Is(err, ErrSettled) {
		t.Errorf("another outcome: %v", err)
	}
	if err := o.Settle(wire.ID{}, out); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
	if err := o.Settle(it.ID, wire.Outcome{State: wire.Waiting}); err == nil {
		t.Error("settled as waiting")
	}
	if _, err := o.Sealed(it.ID); !errors.Is(err, ErrSettled) {
		t.Errorf("sealed bytes: %v", err)
	}
	if r, err := o.Get(it.ID); err != nil || r.Shown || r.Told {
		t.Errorf("%+v, %v", r, err)
	}
	for _, note := range []func(wire.ID) error{o.Shown, o.Told} {
		if err := note(it.ID); err != nil {
			t.Fatal(err)
		}
	}
	_ = o.Close()
	o = open(t, path)
	r, err := o.Get(it.ID)
	if err != nil || r.Outcome.State != out.State || r.Outcome.Reason != out.Reason || !r.Outcome.ReceivedAt.Equal(out.ReceivedAt) ||
		!bytes.Equal(r.Outcome.Receipt, out.Receipt) || !r.Told || !r.Shown || r.Sealed != nil || r.SealedSize != 9000 {
		t.Errorf("%+v, %v", r, err)
	}
	if rows := pending(t, o); len(rows) != 1 || rows[0].ID != item(2, 0).ID {
		t.Errorf("%d pending", len(rows))
	}
	if n, size := o.Waiting(); n != 1 || size != 10 {
		t.Errorf("waiting %d, %d", n, size)
	}
	for _, note := range []func(wire.ID) error{o.Shown, o.Told} {
		if err := note(wire.ID{}); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
	}
}

func TestQuarantinedIsPassedByAndStillSettles(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	put(t, o, item(1, 50))
	put(t, o, item(2, 50))
	long := errors.New(strings.Repeat("x", 500))
	for range 2 {
		if err := o.Quarantine(item(1, 0).ID, long); err != nil {
			t.Fatal(err)
		}
	}
	if rows := pending(t, o); len(rows) != 1 || rows[0].ID != item(2, 0).ID {
		t.Fatal("not passed by")
	}
	r, err := o.Get(item(1, 0).ID)
	if err != nil || len(r.Quarantined) != maxText {
		t.Error(r.Quarantined, err)
	}
	if sealed, err := o.Sealed(r.ID); err != nil || !bytes.Equal(sealed, item(1, 50).Sealed) {
		t.Error("its bytes are gone", err)
	}
	if n, _ := o.Waiting(); n != 2 {
		t.Errorf("%d wait", n)
	}
	if err := o.Settle(r.ID, wire.Outcome{State: wire.Received}); err != nil {
		t.Error(err)
	}
	if err := o.Quarantine(r.ID, nil); !errors.Is(err, ErrSettled) {
		t.Error(err)
	}
}

func TestOwnedFindsOnlyTheOwnersOldestFirst(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	for n := range 9 {
		put(t, o, item(n, 10))
	}
	if err := o.Settle(item(4, 0).ID, wire.Outcome{State: wire.Received, Receipt: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	rows, err := o.Owned(item(1, 0).Owner)
	if err != nil || len(rows) != 3 {
		t.Fatal(len(rows), err)
	}
	for i, n := range []int{1, 4, 7} {
		if rows[i].ID != item(n, 0).ID {
			t.Errorf("row %d is %v", i, rows[i].ID)
		}
	}
	if string(rows[1].Outcome.Receipt) != "r" {
		t.Error("no receipt")
	}
	if rows, err := o.Owned(wire.Hash{}); err != nil || len(rows) != 0 {
		t.Error(len(rows), err)
	}
	recent, err := o.Recent(2)
	if err != nil || len(recent) != 2 || recent[0].ID != item(8, 0).ID {
		t.Error(recent, err)
	}
}

func TestRoomIsToldBeforeAndPutKeepsAllTheSame(t *testing.T) {
	o, err := Open(filepath.Join(t.TempDir(), "outbox"), Limits{Count: 2, Bytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	for _, step := range []struct {
		size int
		full bool
	}{{1000, false}, {1001, true}} {
		if err := o.Room(step.size); errors.Is(err, fault.OutboxFull) != step.full {
			t.Errorf("room for %d: %v", step.size, err)
		}
	}
	put(t, o, item(1, 600))
	if err := o.Room(500); !errors.Is(err, fault.OutboxFull) {
		t.Errorf("by bytes: %v", err)
	}
	put(t, o, item(2, 600)) // signed already: kept
	if err := o.Room(0); !errors.Is(err, fault.OutboxFull) {
		t.Errorf("by count: %v", err)
	}
	if _, err := o.Put(t.Context(), item(3, wire.MaxSealed+1)); !errors.Is(err, fault.TooLarge) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Put(ended, item(3, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWritersShareCommits(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := range 20 {
				if _, err := o.Put(t.Context(), item(w*1000+n, 200)); err != nil {
					t.Error(err)
				}
				if n%5 == 0 { // a refusal in the same group
					bad := item(w*1000+n, 200)
					bad.Manifest = wire.Hash{}
					if _, err := o.Put(t.Context(), bad); !errors.Is(err, ErrConflict) {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	rows := pending(t, o)
	if len(rows) != 320 {
		t.Errorf("%d rows", len(rows))
	}
	seqs := map[uint64]bool{}
	for _, r := range rows {
		seqs[r.Seq] = true
	}
	if len(seqs) != 320 {
		t.Errorf("%d sequence numbers", len(seqs))
	}
	if n, size := o.Waiting(); n != 320 || size != 320*200 {
		t.Errorf("%d, %d", n, size)
	}
}

func TestASecondProcessIsLockedOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	open(t, path)
	if _, err := Open(path, wide); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
}

func TestAfterCloseNothingIsKept(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	_ = o.Close()
	if _, err := o.Put(t.Context(), item(1, 1)); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := o.Get(wire.ID{}); err == nil {
		t.Error("read from a closed outbox")
	}
}

// bbolt's own creation is not safe against a power cut: the file must appear whole under its name.
func TestLeftoversOfAnInterruptedCreationAreRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "outbox")
	for _, name := range []string{path + ".new-1", path + ".new-2"} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, path)
	left, _ := os.ReadDir(dir)
	if len(left) != 2 || left[0].Name() != "outbox" || left[1].Name() != "outbox"+spareSuffix {
		t.Error(left)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}
