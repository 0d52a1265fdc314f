package kiosk

import (
	"bytes"
	"context"
	"crypto/x509"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"madoguchi/flows"
	serving "madoguchi/mailbox/calls"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/keyring"
	"madoguchi/pki/seal"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

// town is a mailbox's calls and two kiosks on one line, without a broker.
type town struct {
	t      testing.TB
	key    *seal.PrivateKey
	store  *store.Store
	server *serving.Server
	a, b   *shelf
	ahead  time.Duration // of the mailbox's clock

	mu      sync.Mutex
	down    bool
	mute    bool                                    // answers are lost
	changed chan struct{}                           // closed when down changes
	answer  func(kiosk string, payload []byte) bool // sees what goes down; false: it goes no further
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{t: t, changed: make(chan struct{})}
	var err error
	if w.key, err = seal.Generate("key-1"); err != nil {
		t.Fatal(err)
	}
	if w.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), make([]byte, store.KeySize)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	w.a, w.b = w.kiosk("k1"), w.kiosk("k2")
	w.server = serving.New(serving.Config{
		Mailbox: mailboxName, Store: w.store, Keys: func(id string) (*seal.PrivateKey, bool) { return w.key, id == w.key.ID() }, Anchors: func() []*x509.Certificate { return []*x509.Certificate{w.a.city.Auth.Cert} },
		Now: func() time.Time { return time.Now().Add(w.ahead) }, Send: w.send, Log: slog.New(slog.DiscardHandler),
	})
	return w
}

// kiosk enrols a shelf and gives it the line.
func (w *town) kiosk(id string) *shelf {
	w.t.Helper()
	s := newShelf(w.t)
	device := mailboxtest.NewKiosk(w.t, id)
	err := w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		return registry.Add(tx, registry.Request{ID: id, Profile: "city-hall", Device: device.Device(w.t), ClientID: "client of " + id, At: time.Now()})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.Config.ID, s.device = id, device.Key
	s.ownerKey = []byte("owner key of " + id)
	public := w.key.Public()
	before := s.trust.Load()
	s.trust.Store(&trust{sign: before.sign, auth: before.auth, Keyring: &keyring.Keyring{Sealing: []keyring.SealingKey{{ID: public.ID, Public: public.Bytes(), NotAfter: time.Now().Add(time.Hour)}}}})
	s.Kiosk.calls = newCalls(s.Kiosk)
	s.Kiosk.calls.line, s.Kiosk.calls.limit = townLine{w}, 10*time.Second
	return s
}

// line takes the line down or up.
func (w *town) line(up bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = !up
	close(w.changed)
	w.changed = make(chan struct{})
}

// send is the way down.
func (w *town) send(_ context.Context, topic string, payload []byte) error {
	kiosk, _, err := wire.ChannelOf(topic)
	if err != nil {
		return err
	}
	w.mu.Lock()
	lost, answer := w.mute, w.answer
	w.mu.Unlock()
	if lost || answer != nil && !answer(kiosk, payload) {
		return nil
	}
	for _, s := range []*shelf{w.a, w.b} {
		if s.Config.ID == kiosk {
			s.Kiosk.calls.receive(payload)
		}
	}
	return nil
}

// townLine is the line as a kiosk has it.
type townLine struct{ *town }

func (l townLine) Send(ctx context.Context, topic string, payload []byte) error {
	kiosk, _, err := wire.ChannelOf(topic)
	if err != nil {
		return err
	}
	if !l.Online() {
		return link.ErrOffline
	}
	go func() { _ = l.server.Take(context.WithoutCancel(ctx), kiosk, payload) }()
	return nil
}

func (l townLine) Online() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.down
}

func (l townLine) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// keep keeps a draft and says whether it stayed here.
func (s *shelf) keep(who flows.Identity, id byte, content string) bool {
	s.t.Helper()
	here, err := s.drafts.Keep(s.t.Context(), who, keptOf(id, content))
	if err != nil {
		s.t.Fatal(err)
	}
	return here
}

// lost makes the mailbox's answers get lost, and calls give up soon.
func (w *town) lost(yes bool) {
	w.mu.Lock()
	w.mute = yes
	w.mu.Unlock()
	for _, s := range []*shelf{w.a, w.b} {
		s.Kiosk.calls.limit = 10 * time.Second
		if yes {
			s.Kiosk.calls.limit = 300 * time.Millisecond
		}
	}
}

func contents(all []flows.Kept) (out []string) {
	for _, d := range all {
		out = append(out, string(d.Content))
	}
	return out
}

// nothingIn requires what a person typed, and who they are, to be in none of the mailbox's files.
func (w *town) nothingIn(who flows.Identity) {
	w.t.Helper()
	err := w.store.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.Rows("all drafts", `SELECT owner, sealed FROM drafts`, nil, func(scan func(...any) error) error {
			var owner, sealed []byte
			if err := scan(&owner, &sealed); err != nil {
				return err
			}
			if bytes.Equal(owner, who.AuthKey[:]) || bytes.Contains(sealed, []byte("小雪")) || bytes.Contains(sealed, who.AuthKey[:]) {
				w.t.Error("the mailbox's store tells who or what")
			}
			return nil
		})
	})
	if err != nil {
		w.t.Error(err)
	}
}
