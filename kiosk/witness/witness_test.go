package witness_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/kiosk/witness"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
)

// log is a ledger in memory with every head that it signed.
type log struct {
	t      *testing.T
	key    note.Signer
	known  note.Verifiers
	hashes []tlog.Hash
	size   int64
}

func newLog(t *testing.T) *log {
	t.Helper()
	key, public := receipttest.LedgerKey(t, receipttest.Origin)
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return &log{t: t, key: key, known: note.VerifierList(v)}
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = l.hashes[n]
	}
	return out, nil
}

func (l *log) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// grow appends leaves and returns the head.
func (l *log) grow(leaves ...string) (receipt.Head, []byte) {
	l.t.Helper()
	for _, leaf := range leaves {
		h, err := tlog.StoredHashes(l.size, []byte(leaf), l)
		l.must(err)
		l.hashes, l.size = append(l.hashes, h...), l.size+1
	}
	root, err := tlog.TreeHash(l.size, l)
	l.must(err)
	h := receipt.Head{Origin: receipttest.Origin, Size: l.size, Root: root}
	signed, err := h.Sign(l.key)
	l.must(err)
	return h, signed
}

func (l *log) answer(r receipt.Range) []byte {
	l.t.Helper()
	proof, err := tlog.ProveTree(r.To, r.From, l)
	l.must(err)
	signed, err := receipt.Consistency{Range: r, Proof: proof}.Sign(l.key)
	l.must(err)
	return signed
}

func open(t *testing.T, path string) *witness.Witness {
	t.Helper()
	w, err := witness.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// state is the only log's.
func state(t *testing.T, w *witness.Witness) witness.State {
	t.Helper()
	all := w.States()
	if len(all) != 1 {
		t.Fatalf("%d logs", len(all))
	}
	return all[0]
}

// TestNewerHeadIsKeptOnlyWithItsProof: what is kept moves with the proof alone, and outlives the process.
func TestNewerHeadIsKeptOnlyWithItsProof(t *testing.T) {
	l, path := newLog(t), filepath.Join(t.TempDir(), "ledger.json")
	w := open(t, path)
	l.must(w.Seen(l.grow("a", "b", "c")))
	between, betweenSigned := l.grow("d", "e")
	l.must(w.Seen(l.grow("f", "g")))
	l.must(w.Seen(between, betweenSigned)) // receipts come in any order
	if got := state(t, w); got.Size != 3 || got.Unproved != 2 {
		t.Fatalf("without a proof: %+v", got)
	}
	for _, want := range []receipt.Range{{Origin: receipttest.Origin, From: 3, To: 7}, {Origin: receipttest.Origin, From: 5, To: 7}} {
		got := w.Demands()
		if len(got) != 1 || got[0] != want {
			t.Fatalf("demands %v, want %v", got, want)
		}
		l.must(w.Answer(l.answer(want), l.known))
	}
	if got := state(t, w); got.Size != 7 || got.Unproved != 0 || got.Forked || len(w.Demands()) != 0 {
		t.Errorf("%+v", got)
	}
	if got := state(t, open(t, path)); got.Size != 7 {
		t.Errorf("after a restart: %+v", got)
	}
}

// TestForkRaisesTheAlarm: each way in which two histories can show.
func TestForkRaisesTheAlarm(t *testing.T) {
	for what, show := range map[string]func(l, other *log, w *witness.Witness) error{
		"the same size": func(_, other *log, w *witness.Witness) error { return w.Seen(other.grow("x", "y")) },
		"a larger head that cannot be proved": func(_, other *log, w *witness.Witness) error {
			other.must(w.Seen(other.grow("x", "y", "z")))
			return w.Answer(other.answer(w.Demands()[0]), other.known)
		},
		"a smaller head that cannot be proved": func(_, other *log, w *witness.Witness) error {
			other.must(w.Seen(other.grow("x")))
			r := w.Demands()[0]
			other.grow("y")
			return w.Answer(other.answer(r), other.known)
		},
		"two that wait for their proof": func(l, other *log, w *witness.Witness) error {
			l.must(w.Seen(l.grow("c")))
			return w.Seen(other.grow("a", "b", "x"))
		},
	} {
		t.Run(what, func(t *testing.T) {
			l, path := newLog(t), filepath.Join(t.TempDir(), "ledger.json")
			other := &log{t: t, key: l.key, known: l.known}
			w := open(t, path)
			l.must(w.Seen(l.grow("a", "b")))
			if err := show(l, other, w); !errors.Is(err, receipt.ErrFork) {
				t.Fatal(err)
			}
			for _, w := range []*witness.Witness{w, open(t, path)} { // it outlives the process
				if got := state(t, w); !got.Forked || got.Size != 2 {
					t.Errorf("%+v", got)
				}
				if err := w.Seen(l.grow()); !errors.Is(err, receipt.ErrFork) {
					t.Error("a receipt of it is taken:", err)
				}
			}
		})
	}
}

// TestCarrierCannotRaiseTheAlarm: what no ledger key signed, or answers nothing, changes nothing.
func TestCarrierCannotRaiseTheAlarm(t *testing.T) {
	l, stranger := newLog(t), newLog(t)
	w := open(t, filepath.Join(t.TempDir(), "ledger.json"))
	l.must(w.Seen(l.grow("a")))
	stranger.grow("x", "y", "z")
	l.must(w.Seen(l.grow("b", "c")))
	demand := w.Demands()[0]
	for what, payload := range map[string][]byte{
		"nothing": nil, "noise": []byte("noise"), "another key": stranger.answer(demand),
		"another range": l.answer(receipt.Range{Origin: receipttest.Origin, From: 1, To: 2}),
	} {
		if err := w.Answer(payload, l.known); !errors.Is(err, witness.ErrAnswer) {
			t.Errorf("%s: %v", what, err)
		}
		if got := state(t, w); got.Forked || got.Size != 1 {
			t.Errorf("%s: %+v", what, got)
		}
	}
	l.must(w.Answer(l.answer(demand), l.known))
}

func TestNewestTimeOnlyRises(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.json")
	w := open(t, path)
	for _, d := range []time.Duration{0, 2 * time.Hour, time.Hour} {
		if err := w.Time(receipttest.Now.Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range []*witness.Witness{w, open(t, path)} {
		if got := w.Newest(); !got.Equal(receipttest.Now.Add(2 * time.Hour)) {
			t.Error(got)
		}
	}
}
