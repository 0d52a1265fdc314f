package courier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

const soon = 10 * time.Second

func within(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", soon, what)
}

func item(n int, size int) outbox.Item {
	var id wire.ID
	copy(id[:], fmt.Sprintf("%016d", n))
	manifest := wire.Sum(id[:])
	sealed := append(append([]byte(nil), id[:]...), manifest[:]...)
	return outbox.Item{ID: id, Manifest: manifest, Sealed: append(sealed, make([]byte, size)...)}
}

// receiptFor is what the far end of these tests answers: id, manifest, and one byte of what a signature would be.
func receiptFor(sealed []byte) []byte { return append(bytes.Clone(sealed[:48]), 1) }

func verify(payload []byte, rec func(wire.ID) (outbox.Record, error)) (wire.ID, wire.Outcome, error) {
	if len(payload) != 49 || payload[48] != 1 {
		return wire.ID{}, wire.Outcome{}, errors.New("does not verify")
	}
	id := wire.ID(payload[:16])
	r, err := rec(id)
	if err != nil {
		return id, wire.Outcome{}, err
	}
	if r.Manifest != wire.Hash(payload[16:48]) {
		return id, wire.Outcome{}, errors.New("another manifest")
	}
	return id, wire.Outcome{State: wire.Received, Receipt: payload}, nil
}

// fake is a line with a far end that answers.
type fake struct {
	mu      sync.Mutex
	online  bool
	changed chan struct{}
	sent    map[wire.ID]int
	publish func(sealed []byte) error // nil: acknowledged
	c       *Courier
}

func newFake() *fake {
	return &fake{online: true, changed: make(chan struct{}), sent: map[wire.ID]int{}}
}

func (f *fake) set(online bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.online = online
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fake) Online() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.online }

func (f *fake) Changed() <-chan struct{} { f.mu.Lock(); defer f.mu.Unlock(); return f.changed }

func (f *fake) Publish(ctx context.Context, _ string, sealed []byte) error {
	f.mu.Lock()
	if !f.online {
		f.mu.Unlock()
		return link.ErrOffline
	}
	f.sent[wire.ID(sealed[:16])]++
	publish := f.publish
	f.mu.Unlock()
	if publish == nil {
		return nil
	}
	return publish(sealed)
}

func (f *fake) count(id wire.ID) int { f.mu.Lock(); defer f.mu.Unlock(); return f.sent[id] }

func begin(t testing.TB, f *fake, o *outbox.Outbox) *Courier {
	t.Helper()
	c := New(o, f, "up", verify)
	c.FirstResend, c.MaxResend = 20*time.Millisecond, 100*time.Millisecond
	f.c = c
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return c
}

func box(t testing.TB) *outbox.Outbox {
	t.Helper()
	o, err := outbox.Open(filepath.Join(t.TempDir(), "outbox"), outbox.Limits{Count: 1 << 30, Bytes: 1 << 50})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func put(t testing.TB, o *outbox.Outbox, it outbox.Item) {
	t.Helper()
	if _, err := o.Put(t.Context(), it); err != nil {
		t.Fatal(err)
	}
}

func empty(o *outbox.Outbox) func() bool {
	return func() bool { n, _ := o.Waiting(); return n == 0 }
}

func TestDrainsOldestFirstWithinTheWindow(t *testing.T) {
	o, f := box(t), newFake()
	for n := range 300 {
		put(t, o, item(n, 100))
	}
	var mu sync.Mutex
	var order []wire.ID
	answered := make(chan struct{}) // until then the far end is silent
	f.publish = func(sealed []byte) error {
		mu.Lock()
		order = append(order, wire.ID(sealed[:16]))
		mu.Unlock()
		<-answered
		return f.c.Receive("down", receiptFor(sealed))
	}
	c := begin(t, f, o)
	sent := func() int { mu.Lock(); defer mu.Unlock(); return len(order) }
	within(t, "the window is full", func() bool { return sent() >= c.Window })
	time.Sleep(50 * time.Millisecond)
	if n := sent(); n != c.Window {
		t.Errorf("%d at once", n)
	}
	close(answered)
	within(t, "drained", empty(o))
	mu.Lock()
	early := slices.Clone(order[:8])
	mu.Unlock()
	for i, id := range early { // goroutines may overtake each other within the window
		if near := string(id[13:16]); near > fmt.Sprintf("%03d", i+c.Window) {
			t.Errorf("place %d: %s", i, id)
		}
	}
	put(t, o, item(1000, 100))
	within(t, "a later one too", empty(o))
	if s := c.Stats(); s.Settled != 301 || s.Rejected != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAcknowledgementSettlesNothingAndTheSameBytesGoAgain(t *testing.T) {
	o, f := box(t), newFake()
	it := item(1, 100)
	f.publish = func(sealed []byte) error {
		if wire.ID(sealed[:16]) == it.ID && !bytes.Equal(sealed, it.Sealed) {
			t.Error("other bytes")
		}
		return nil
	}
	put(t, o, it)
	c := begin(t, f, o)
	within(t, "sent five times", func() bool { return f.count(it.ID) >= 5 })
	if n, _ := o.Waiting(); n != 1 {
		t.Fatal("settled by acknowledgements")
	}
	for _, junk := range [][]byte{nil, []byte("junk"), append(receiptFor(it.Sealed)[:48], 0), receiptFor(item(2, 0).Sealed)} {
		if err := c.Receive("down", junk); err != nil {
			t.Errorf("%q would come again: %v", junk, err)
		}
	}
	if n, _ := o.Waiting(); n != 1 || c.Stats().Rejected != 4 {
		t.Fatalf("%d wait, %+v", n, c.Stats())
	}
	for range 2 {
		if err := c.Receive("down", receiptFor(it.Sealed)); err != nil {
			t.Fatal(err)
		}
	}
	within(t, "settled", empty(o))
	sent := f.count(it.ID)
	put(t, o, item(3, 1))
	within(t, "the other is sent", func() bool { return f.count(item(3, 0).ID) >= 3 })
	if now := f.count(it.ID); now > sent+1 {
		t.Errorf("sent %d times after it was settled", now-sent)
	}
}

func TestAReceiptThatCannotBeWrittenMustComeAgain(t *testing.T) {
	o, f := box(t), newFake()
	it := item(1, 10)
	put(t, o, it)
	c := New(o, f, "up", func(p []byte, _ func(wire.ID) (outbox.Record, error)) (wire.ID, wire.Outcome, error) {
		return wire.ID(p[:16]), wire.Outcome{State: wire.Received}, nil
	})
	_ = o.Close()
	if err := c.Receive("down", receiptFor(it.Sealed)); err == nil {
		t.Error("acknowledged a receipt that is not on disk")
	}
}

func TestOfflineWaitsAndOnlineResumes(t *testing.T) {
	o, f := box(t), newFake()
	f.set(false)
	f.publish = func(sealed []byte) error { return f.c.Receive("down", receiptFor(sealed)) }
	begin(t, f, o)
	for n := range 10 {
		put(t, o, item(n, 10))
	}
	if f.count(item(0, 0).ID) != 0 {
		t.Error("sent while offline")
	}
	f.set(true)
	within(t, "drained", empty(o))
}

// A row that ends the connection is set aside after three times, and every other row goes through.
func TestPoisonIsSetAsideAndTheQueueGoesOn(t *testing.T) {
	for _, others := range []int{0, 30} {
		o, f := box(t), newFake()
		poison := item(others/2, 50)
		put(t, o, poison)
		for n := range others {
			put(t, o, item(100+n, 50))
		}
		f.publish = func(sealed []byte) error {
			if wire.ID(sealed[:16]) == poison.ID {
				return link.ErrLost
			}
			return f.c.Receive("down", receiptFor(sealed))
		}
		c := begin(t, f, o)
		within(t, "set aside", func() bool { return c.Stats().SetAside == 1 })
		within(t, "the others are through", func() bool { n, _ := o.Waiting(); return n == 1 })
		r, err := o.Get(poison.ID)
		if err != nil || r.Quarantined == "" {
			t.Fatal(r, err)
		}
		if n := f.count(poison.ID); n < strikes || n > strikes+1 {
			t.Errorf("sent %d times", n)
		}
		if err := c.Receive("down", receiptFor(poison.Sealed)); err != nil || !empty(o)() {
			t.Error("a late receipt does not settle it", err)
		}
	}
}

// A network that comes and goes under many rows must not set any of them aside.
func TestABadNetworkSetsNothingAside(t *testing.T) {
	o, f := box(t), newFake()
	for n := range 60 {
		put(t, o, item(n, 50))
	}
	var mu sync.Mutex
	calls := 0
	f.publish = func(sealed []byte) error {
		mu.Lock()
		calls++
		lost := calls%3 == 0
		mu.Unlock()
		if lost {
			return link.ErrLost
		}
		return f.c.Receive("down", receiptFor(sealed))
	}
	c := begin(t, f, o)
	within(t, "drained", empty(o))
	if s := c.Stats(); s.SetAside != 0 {
		t.Errorf("%+v", s)
	}
}
