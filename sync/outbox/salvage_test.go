package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/wire"
)

// stocked is an outbox with rows in every state, closed: 0 to 9 were received, 10 set aside, 11 to 29 wait.
func stocked(t *testing.T) (path string, receipts map[int][]byte) {
	t.Helper()
	path, receipts = filepath.Join(t.TempDir(), "outbox"), map[int][]byte{}
	o := open(t, path)
	for n := range 30 {
		put(t, o, item(n, 300+700*(n%20)))
	}
	for n := range 10 {
		receipts[n] = fmt.Appendf(nil, "receipt %d", n)
		if err := o.Settle(item(n, 0).ID, wire.Outcome{State: wire.Received, Receipt: receipts[n]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Quarantine(item(10, 0).ID, errors.New("ended the connection")); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return path, receipts
}

// wound writes over parts of a file.
func wound(t *testing.T, path string, at ...int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, at := range at {
		if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, os.Getpagesize()), at); err != nil {
			t.Fatal(err)
		}
	}
}

func salvage(t *testing.T, path string) (*Outbox, Salvaged) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o, s, err := Salvage(path, wide)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	if after, err := os.ReadFile(s.Aside); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the damaged file is not kept as it was: %v", err)
	}
	return o, s
}

// holds requires everything to be as stocked left it.
func holds(t *testing.T, o *Outbox, receipts map[int][]byte) {
	t.Helper()
	waiting := map[wire.ID]Record{}
	for _, r := range pending(t, o) {
		waiting[r.ID] = r
	}
	for n := range 30 {
		it := item(n, 300+700*(n%20))
		r, err := o.Get(it.ID)
		switch {
		case err != nil:
			t.Errorf("%d: %v", n, err)
		case n < 10 && (r.Outcome.State != wire.Received || !bytes.Equal(r.Outcome.Receipt, receipts[n])):
			t.Errorf("%d is %s, receipt %q", n, r.Outcome.State, r.Outcome.Receipt)
		case n == 10 && r.Quarantined == "":
			t.Error("what was set aside is sent again")
		case n > 10 && !bytes.Equal(waiting[it.ID].Sealed, it.Sealed):
			t.Errorf("%d has lost its bytes", n)
		}
	}
	if len(waiting) != 19 {
		t.Errorf("%d wait", len(waiting))
	}
}

func TestSalvageWithoutTheTree(t *testing.T) {
	path, receipts := stocked(t)
	wound(t, path, 0, int64(os.Getpagesize())) // both meta pages: bbolt opens nothing
	if err := os.Remove(path + spareSuffix); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, wide); !errors.Is(err, ErrDamaged) {
		t.Fatalf("opened: %v", err)
	}
	o, s := salvage(t, path)
	holds(t, o, receipts)
	if s.Rows != 30 || s.Whole != 20 || s.Spoilt != 0 {
		t.Error(s)
	}
	put(t, o, item(99, 1000))
	if r, _ := o.Recent(1); r[0].Order <= 30 || r[0].Seq <= 30 {
		t.Errorf("numbers are used again: order %d, seq %d", r[0].Order, r[0].Seq)
	}
}

func TestSalvageFromTheCopyAlone(t *testing.T) {
	path, _ := stocked(t)
	if err := os.WriteFile(path, bytes.Repeat([]byte("no outbox "), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	o, s := salvage(t, path)
	if got := len(pending(t, o)); got != 30 || s.Rows != 30 || s.Spoilt != 0 {
		t.Errorf("%d to be sent, %v", got, s) // those received before are sent once more and get their first receipt
	}
}

// TestSalvageFromBoth: where the file has lost bytes the copy has them, and the other way round.
func TestSalvageFromBoth(t *testing.T) {
	path, receipts := stocked(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	inFile := int64(bytes.LastIndex(whole, item(17, 12200).Sealed[:200])) / page * page
	wound(t, path, 0, page, inFile)
	copied, err := os.ReadFile(path + spareSuffix)
	if err != nil {
		t.Fatal(err)
	}
	wound(t, path+spareSuffix, int64(bytes.Index(copied, item(18, 12900).Sealed[:200])))
	o, s := salvage(t, path)
	holds(t, o, receipts)
	if s.Spoilt != 0 {
		t.Error(s)
	}
}

// TestWhatIsLostInBothIsNamed: its number stays, it is not sent, and a receipt that comes after all settles it.
func TestWhatIsLostInBothIsNamed(t *testing.T) {
	path, _ := stocked(t)
	page := int64(os.Getpagesize())
	for _, name := range []string{path, path + spareSuffix} {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		wound(t, name, int64(bytes.LastIndex(whole, item(17, 12200).Sealed[4500:4700])))
	}
	wound(t, path, 0, page)
	o, s := salvage(t, path)
	r, err := o.Get(item(17, 0).ID)
	if err != nil || r.Quarantined != spoilt || s.Spoilt != 1 {
		t.Errorf("%+v, %v, %v", r, err, s)
	}
	if err := o.Settle(r.ID, wire.Outcome{State: wire.Received, Receipt: []byte("receipt")}); err != nil {
		t.Error(err)
	}
}

// TestSalvageOfAnything: no bytes can make it panic, or invent a submission.
func TestSalvageOfAnything(t *testing.T) {
	path, _ := stocked(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		b := bytes.Clone(whole)
		for range 1 + dice.IntN(200) {
			b[dice.IntN(len(b))] ^= byte(1 << dice.IntN(8))
		}
		path := filepath.Join(t.TempDir(), "outbox")
		if err := os.WriteFile(path, b[:dice.IntN(len(b))], 0o600); err != nil {
			t.Fatal(err)
		}
		o, s := salvage(t, path)
		for _, r := range pending(t, o) {
			if wire.Sum(r.Sealed) != r.SealedSum {
				t.Error("wrong bytes passed for right ones")
			}
		}
		if s.Rows > 30 {
			t.Error(s)
		}
		_ = o.Close()
	}
}

func TestTheCopyIsGivenUpWhenNothingWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	for n := range 200 {
		put(t, o, item(n, 16<<10))
	}
	if info, _ := os.Stat(path + spareSuffix); info.Size() < 200*16<<10 {
		t.Fatalf("the copy has %d bytes", info.Size())
	}
	for n := range 200 {
		if err := o.Settle(item(n, 0).ID, wire.Outcome{State: wire.Received}); err != nil {
			t.Fatal(err)
		}
	}
	if info, _ := os.Stat(path + spareSuffix); info.Size() != 0 {
		t.Errorf("the copy still has %d bytes", info.Size())
	}
}

func FuzzSpare(f *testing.F) {
	r := newRecord(item(1, 100))
	b, err := encodeSpare(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(b, b...))
	f.Add(append([]byte("OBC1 and then"), b...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := scanSpare(bytes.NewReader(b), int64(len(b)), func(r Record, at int64) {
			if at < 0 || at+int64(r.SealedSize) > int64(len(b)) {
				t.Error("outside of the file")
			}
		}); err != nil {
			t.Error(err)
		}
	})
}
