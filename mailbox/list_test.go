package mailbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/mailbox"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

// received puts documents into the mailbox's store, in this order.
func (r *rig) received(documents ...store.Document) {
	r.t.Helper()
	key, err := os.ReadFile(filepath.Join(r.dir, "keys", "store.key"))
	r.must(err)
	s, err := store.Open(r.t.Context(), filepath.Join(r.dir, "store.db"), key)
	r.must(err)
	defer func() { _ = s.Close() }()
	r.must(s.Update(r.t.Context(), func(tx *store.Tx) error {
		for _, d := range documents {
			if d.Leaf, err = tx.Size(); err != nil {
				return err
			}
			if err := errors.Join(tx.Append([]byte("leaf"), nil), tx.PutDocument(d), tx.Claim(d.ID, d.Manifest, d.Leaf)); err != nil {
				return err
			}
		}
		return nil
	}))
}

func document(id wire.ID, kiosk string, at time.Time) store.Document {
	return store.Document{
		ID: id, Manifest: wire.Sum(id[:]), Kiosk: kiosk, Form: "nursery-application", Version: 1, ReceivedAt: at,
		CMS: []byte("cms"), Parts: [][]byte{[]byte("part")}, Evidence: []byte("evidence"),
	}
}

func TestListIsWhatWasReceivedOldestFirst(t *testing.T) {
	r := newRig(t)
	if all, err := mailbox.List(r.dir); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	early, late := time.Unix(1_800_000_000, 0).UTC(), time.Unix(1_800_000_001, 0).UTC()
	first, second, third := wire.ID{0xff}, wire.ID{1}, wire.ID{2}
	r.received(document(first, "k2", early), document(second, "k1", late), document(third, "k2", early)) // a clock may go back
	all, err := mailbox.List(r.dir)
	r.must(err)
	want := []store.Entry{
		{ID: first, Kiosk: "k2", Form: "nursery-application", Version: 1, ReceivedAt: early},
		{ID: second, Kiosk: "k1", Form: "nursery-application", Version: 1, ReceivedAt: late},
		{ID: third, Kiosk: "k2", Form: "nursery-application", Version: 1, ReceivedAt: early},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	if _, err := mailbox.List(t.TempDir()); err == nil {
		t.Error("a folder without a mailbox has a list")
	}
}

func TestListBesideAServingMailbox(t *testing.T) {
	r := newRig(t)
	m, _ := r.serve()
	id, said := r.file(m)
	all, err := mailbox.List(r.dir)
	want := []store.Entry{{ID: id, Kiosk: "k1", Form: "nursery-application", Version: 1, ReceivedAt: said.ReceivedAt}}
	if diff := cmp.Diff(want, all); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestFindByIDOrNumber(t *testing.T) {
	r := newRig(t)
	// numbers are the id modulo 10^10: 0, 2 and 10^10+2 = 0x2540be402
	alone, twin, other := wire.ID{}, wire.ID{15: 2}, wire.ID{11: 0x02, 12: 0x54, 13: 0x0b, 14: 0xe4, 15: 0x02}
	if wire.Number(twin) != wire.Number(other) {
		t.Fatal("not the same number")
	}
	r.received(document(alone, "k1", time.Now()), document(twin, "k1", time.Now()), document(other, "k1", time.Now()))
	number := wire.Number(alone)
	for text, want := range map[string]wire.ID{
		number: alone, strings.ReplaceAll(number, "-", ""): alone, strings.ReplaceAll(number, "-", " "): alone,
		alone.String(): alone, other.String(): other,
	} {
		if id, err := mailbox.Find(r.dir, text); err != nil || id != want {
			t.Errorf("%s: %s, %v", text, id, err)
		}
	}
	for text, want := range map[string]error{
		wire.Number(twin):            mailbox.ErrNumber, // two share it
		number[:len(number)-1] + "9": mailbox.ErrNumber, // its check digit is 0
		"":                           mailbox.ErrNumber,
		"12345":                      mailbox.ErrNumber,
		wire.Number(wire.ID{15: 3}):  store.ErrNotFound,
	} {
		if id, err := mailbox.Find(r.dir, text); !errors.Is(err, want) {
			t.Errorf("%s: %s, %v", text, id, err)
		}
	}
	if _, err := mailbox.Find(r.dir, wire.Number(twin)); err == nil || !strings.Contains(err.Error(), twin.String()) || !strings.Contains(err.Error(), other.String()) {
		t.Error("the operator is not told between which ids to choose:", err)
	}
}
