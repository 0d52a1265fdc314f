package virtual

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// newBench has two cards, a and b.
func newBench(t *testing.T) *Bench {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	people := world.People()[:2]
	people[0].File, people[1].File = "a", "b"
	if err := world.Make(t.Context(), dir, world.Options{People: people}); err != nil {
		t.Fatal(err)
	}
	b, err := Open(filepath.Join(dir, world.CardsDir))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func inserted(b *Bench) string {
	names := ""
	for _, c := range b.Cards() {
		if c.Inserted {
			names += c.Name
		}
	}
	return names
}

// TestInsertingAgainIsNoRemoval: a program that answers each request for a card disturbs nobody.
func TestInsertingAgainIsNoRemoval(t *testing.T) {
	b := newBench(t)
	if err := b.Insert("a"); err != nil {
		t.Fatal(err)
	}
	changed := b.Reader.Changed()
	if err := b.Insert("a"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
		t.Error("the card was taken out and put back")
	default:
	}
}

func TestOneCardAtATime(t *testing.T) {
	b := newBench(t)
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { return b.Insert("a") }, "a"},
		{func() error { return b.Insert("b") }, "b"},
		{func() error { return b.Insert("nobody") }, "b"},
		{func() error { b.Remove(); return nil }, ""},
		{func() error { b.Remove(); return nil }, ""},
	} {
		changed := b.Changed()
		err := step.do()
		if got := inserted(b); got != step.want {
			t.Errorf("inserted %q, want %q", got, step.want)
		}
		if err == nil {
			<-changed
		}
	}
}

// TestDownIsDown: what was connected breaks, and not as if its owner had closed it; nothing new connects.
func TestDownIsDown(t *testing.T) {
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	conn, err := b.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(conn)
		read <- err
	}()
	b.SetNetwork(false)
	if err := <-read; !errors.Is(err, ErrDown) {
		t.Errorf("the connection ended with %v", err)
	}
	if _, err := b.Dial(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, ErrDown) {
		t.Errorf("dial: %v", err)
	}
	b.SetNetwork(true)
	again, err := b.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
	if len(b.conns) != 0 {
		t.Errorf("%d connections are still known", len(b.conns))
	}
}

func TestTheDockShowsTheOutbox(t *testing.T) {
	b := newBench(t)
	if b.Outbox() != nil {
		t.Error("an outbox before there is one")
	}
	o, err := outbox.Open(filepath.Join(t.TempDir(), "outbox.db"), outbox.Limits{Count: 10, Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	go b.Watch(t.Context(), o)
	id := wire.ID{1}
	if _, err := o.Put(t.Context(), outbox.Item{ID: id, Manifest: wire.Hash{1}, Sealed: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	want := wire.Number(id) + " waiting"
	for limit := time.After(10 * time.Second); ; {
		changed := b.Changed()
		if lines := b.Outbox(); len(lines) == 1 && lines[0] == want {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("the dock shows %q", b.Outbox())
		}
	}
}

func TestBadCardFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	if b, err := Open(dir); err != nil || len(b.Cards()) != 0 {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "torn.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "torn.json") {
		t.Errorf("a torn card: %v", err)
	}
}
