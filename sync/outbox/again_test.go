package outbox

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/wire"
)

// keeping opens an outbox that keeps so many sealed bytes behind their receipts.
func keeping(t *testing.T, path string, kept int64) *Outbox {
	t.Helper()
	l := wide
	l.Kept = kept
	o, err := Open(path, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func receive(t *testing.T, o *Outbox, n int, at time.Time) {
	t.Helper()
	if err := o.Settle(item(n, 0).ID, wire.Outcome{State: wire.Received, ReceivedAt: at, Receipt: []byte("receipt")}); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasReceivedCanBeAskedForAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := keeping(t, path, 1<<20)
	for n := range 3 {
		put(t, o, item(n, 5000))
		receive(t, o, n, time.Now())
	}
	_ = o.Close()
	o = keeping(t, path, 1<<20) // and after a restart
	if err := o.Reopen(item(1, 0).ID); err != nil {
		t.Fatal(err)
	}
	all := pending(t, o)
	if len(all) != 1 || !bytes.Equal(all[0].Sealed, item(1, 5000).Sealed) {
		t.Fatalf("%d to be sent", len(all))
	}
	if count, size := o.Waiting(); count != 1 || size != 5000 {
		t.Errorf("%d wait, %d bytes", count, size)
	}
	if err := o.Settle(item(1, 0).ID, wire.Outcome{State: wire.Received, ReceivedAt: time.Now(), Receipt: []byte("another receipt")}); err != nil {
		t.Fatal(err)
	}
	if r, err := o.Get(item(1, 0).ID); err != nil || string(r.Outcome.Receipt) != "another receipt" {
		t.Errorf("%q, %v", r.Outcome.Receipt, err)
	}
}

func TestWhatMayNotBeAskedForAgain(t *testing.T) {
	o := keeping(t, filepath.Join(t.TempDir(), "outbox"), 1<<20)
	for n := range 2 {
		put(t, o, item(n, 500))
	}
	if err := o.Settle(item(0, 0).ID, wire.Outcome{State: wire.Refused, Reason: "form-invalid"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		id   wire.ID
		want error
	}{"refused": {item(0, 0).ID, ErrSettled}, "unknown": {wire.ID{}, ErrUnknown}, "waiting": {item(1, 0).ID, nil}} {
		if err := o.Reopen(c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare := open(t, filepath.Join(t.TempDir(), "outbox")) // keeps nothing
	put(t, bare, item(1, 500))
	receive(t, bare, 1, time.Now())
	if err := bare.Reopen(item(1, 0).ID); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
}

// TestSealedBytesGoWhenOldOrTooMany: the oldest first, by the Puts that follow.
func TestSealedBytesGoWhenOldOrTooMany(t *testing.T) {
	gone := func(o *Outbox, n int) bool { return errors.Is(o.Reopen(item(n, 0).ID), ErrGone) }
	old := keeping(t, filepath.Join(t.TempDir(), "outbox"), 1<<20)
	many := keeping(t, filepath.Join(t.TempDir(), "outbox"), 10*5000)
	for n := range 20 {
		at := time.Now()
		if n < 4 {
			at = at.Add(-retention - time.Hour)
		}
		for _, o := range []*Outbox{old, many} {
			put(t, o, item(n, 5000))
			receive(t, o, n, at)
		}
	}
	put(t, old, item(99, 100))
	put(t, many, item(99, 100))
	for n := range 20 {
		if got, want := gone(old, n), n < 4; got != want {
			t.Errorf("%d of the old is gone: %v", n, got)
		}
		if got, want := gone(many, n), n < 10; got != want {
			t.Errorf("%d of the many is gone: %v", n, got)
		}
	}
}

func TestReleaseOfWhatWasSetAside(t *testing.T) {
	o := open(t, filepath.Join(t.TempDir(), "outbox"))
	put(t, o, item(1, 500))
	if err := o.Quarantine(item(1, 0).ID, errors.New("ended the connection")); err != nil {
		t.Fatal(err)
	}
	if len(pending(t, o)) != 0 {
		t.Fatal("what was set aside is sent")
	}
	if err := errors.Join(o.Release(item(1, 0).ID), o.Release(item(1, 0).ID)); err != nil || len(pending(t, o)) != 1 {
		t.Errorf("%v, %d to be sent", err, len(pending(t, o)))
	}
	if err := o.Release(wire.ID{}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}
