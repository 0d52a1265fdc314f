package drafts

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/wire"
)

var (
	hanako = wire.Sum([]byte("hanako's tag"))
	taro   = wire.Sum([]byte("taro's tag"))
	noon   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func row(n byte, owner wire.Hash, version uint64) Row {
	return Row{ID: wire.ID{n}, Owner: owner, Version: version, SavedAt: noon.Add(time.Duration(n) * time.Minute), Sealed: bytes.Repeat([]byte{n}, 100)}
}

func open(t *testing.T, dir string, l Limits) *Room {
	t.Helper()
	r, err := Open(dir, l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func put(t *testing.T, r *Room, rows ...Row) {
	t.Helper()
	for _, row := range rows {
		if err := r.Put(row); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsPutIsThereAfterOpeningAgain(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir, Limits{})
	want := row(2, hanako, 7)
	want.Base, want.Sent = 5, wire.Sum([]byte("sent"))
	put(t, r, row(1, hanako, 1), row(2, hanako, 1), row(3, taro, 1), want)
	for _, r := range []*Room{r, open(t, dir, Limits{})} {
		got := r.Owned(hanako)
		if len(got) != 2 || got[0].ID != want.ID || got[0].Version != 7 || got[0].Base != 5 || got[0].Sent != want.Sent ||
			!got[0].SavedAt.Equal(want.SavedAt) || !bytes.Equal(got[0].Sealed, want.Sealed) || got[1].ID != (wire.ID{1}) {
			t.Errorf("%+v", got)
		}
		if r.Count() != 3 {
			t.Error(r.Count())
		}
	}
	if err := r.Remove(taro, want.ID); err != nil || len(r.Owned(hanako)) != 2 {
		t.Error("another person's draft was removed", err)
	}
	if err := r.Remove(hanako, want.ID); err != nil || len(r.Owned(hanako)) != 1 || len(open(t, dir, Limits{}).Owned(hanako)) != 1 {
		t.Error("not removed", err)
	}
	if err := r.Put(row(1, taro, 2)); err == nil {
		t.Error("another person's draft was replaced")
	}
}

func TestBounds(t *testing.T) {
	r := open(t, t.TempDir(), Limits{PerOwner: 2, Count: 3, Bytes: 1 << 20})
	put(t, r, row(1, hanako, 1), row(2, hanako, 1))
	if err := r.Put(row(3, hanako, 1)); !errors.Is(err, fault.DraftsFull) || !errors.Is(err, ErrFull) {
		t.Error("more than one person may have:", err)
	}
	put(t, r, row(2, hanako, 2), row(4, taro, 1)) // a change is none more
	if err := r.Put(row(5, taro, 1)); !errors.Is(err, fault.DraftsFull) {
		t.Error("more than the terminal may have:", err)
	}
	large := row(4, taro, 2)
	large.Sealed = make([]byte, 2<<20)
	if err := r.Put(large); !errors.Is(err, fault.DraftsFull) {
		t.Error("larger than all may be:", err)
	}
	put(t, r, Row{ID: wire.ID{1}, Owner: hanako, SavedAt: noon, Dropped: true}) // what frees room always has room
	if n, err := r.Expire(noon.Add(3 * time.Minute)); n != 2 || err != nil || r.Count() != 1 {
		t.Error(n, err, r.Count())
	}
}

// TestDamagedFilesAreSetAside: they stand in nobody's way and are not deleted.
func TestDamagedFilesAreSetAside(t *testing.T) {
	dir := t.TempDir()
	put(t, open(t, dir, Limits{}), row(1, hanako, 1), row(2, hanako, 1), row(3, hanako, 1))
	name := func(n byte) string { return filepath.Join(dir, wire.ID{n}.String()+suffix) }
	raw, err := os.ReadFile(name(1))
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	for file, content := range map[string][]byte{name(1): raw, name(2): raw[:10], filepath.Join(dir, ".new-123"): raw, filepath.Join(dir, "x"+suffix): raw} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir, Limits{})
	if got := r.Owned(hanako); len(got) != 1 || got[0].ID != (wire.ID{3}) {
		t.Errorf("%+v", got)
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, "*"+damaged)); len(aside) != 3 {
		t.Error(aside)
	}
	put(t, r, row(1, hanako, 2))
	if err := os.WriteFile(name(3), raw, 0o600); err != nil { // spoilt while it runs
		t.Fatal(err)
	}
	if got := r.Owned(hanako); len(got) != 1 || got[0].ID != (wire.ID{1}) {
		t.Errorf("%+v", got)
	}
}

func TestNoDiskKeepsTheOldOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "drafts")
	r := open(t, dir, Limits{})
	put(t, r, row(1, hanako, 1))
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := r.Put(row(1, hanako, 2)); !errors.Is(err, fault.DiskFailed) {
		t.Error(err)
	}
	if got := open(t, dir+".away", Limits{}).Owned(hanako); len(got) != 1 || got[0].Version != 1 {
		t.Errorf("%+v", got)
	}
}

func FuzzRow(f *testing.F) {
	raw, err := row(1, hanako, 1).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := decode(in)
		if err != nil {
			return
		}
		if again, err := r.encode(); err != nil || !bytes.Equal(again, in) {
			t.Fatal("another encoding of the same row", err)
		}
	})
}
