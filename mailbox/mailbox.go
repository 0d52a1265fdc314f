// Package mailbox joins broker, intake, registry and store: what a city runs. Its folder holds everything; the
// offline root in offline/ is needed to set up, to enrol kiosks and to sign keyrings, never to serve.
//
// Error model: Init, Enrol, Open and Export fail with what is wrong with the folder or the request. While
// serving, nothing that a kiosk sends ends the mailbox: it is answered or held (package intake). Serve returns only
// for a failure of its own broker or store, or nil when its context ends.
package mailbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/forms"
	"madoguchi/internal/event"
	"madoguchi/mailbox/broker"
	"madoguchi/mailbox/calls"
	"madoguchi/mailbox/intake"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/revocation"
	"madoguchi/pki/seal"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

// readyTimeout is how long the mailbox's own subscription may take to stand.
const readyTimeout = 30 * time.Second

// ErrBroker reports that the mailbox gets no subscription at its own broker.
var ErrBroker = errors.New("mailbox: its subscription at its own broker does not stand: the broker's store is full or damaged")

// Mailbox is an opened mailbox.
type Mailbox struct {
	Log *slog.Logger     // nil: slog.Default; set before Serve
	Now func() time.Time // nil: time.Now; set before Serve
	// Revocation is asked about the certificate of who logs in; nil: as mailbox.toml says. Set before Serve.
	Revocation *revocation.Checker
	Listen     string // where the broker listens, as in mailbox.toml; may be changed before Serve

	Observe string // where /healthz and /metrics are, likewise; empty: nowhere

	config   Config
	keys     keys
	live     atomic.Pointer[live]
	observed atomic.Value // string
	store    *store.Store
	ready    chan struct{}
	addr     string
	dir      string

	maxStore int64         // of the broker; 0: its own
	patience time.Duration // readyTimeout
}

// Open opens a folder that Init made. The keyring is checked as a kiosk would, and anchors of a demo are refused
// unless the configuration is a demo's.
func Open(dir string) (*Mailbox, error) {
	m := &Mailbox{dir: dir, ready: make(chan struct{}), Log: slog.Default(), Now: time.Now, patience: readyTimeout}
	var err error
	if m.config, err = LoadConfig(dir); err != nil {
		return nil, err
	}
	m.Listen, m.Observe = m.config.Listen, m.config.Observe
	if m.keys, err = loadKeys(dir); err != nil {
		return nil, err
	}
	if err := m.load(); err != nil {
		return nil, err
	}
	if m.store, err = store.Open(context.Background(), filepath.Join(dir, storeFile), m.keys.store); err != nil {
		return nil, err
	}
	return m, nil
}

// Ready is closed when kiosks may connect.
func (m *Mailbox) Ready() <-chan struct{} { return m.ready }

// Addr is the broker's address, host:port; valid after Ready.
func (m *Mailbox) Addr() string { return m.addr }

// Received returns how many documents the mailbox holds.
func (m *Mailbox) Received(ctx context.Context) (n int64, err error) {
	err = m.store.View(ctx, func(tx *store.Tx) error {
		n, err = tx.Count()
		return err
	})
	return n, err
}

// Close releases the store; Serve must have returned.
func (m *Mailbox) Close() error { return m.store.Close() }

// Serve runs broker and intake until ctx ends. It can be called once. ErrServed: another process serves the folder.
// ErrBackup: it is no demo, and a key that is here is in no confirmed backup.
func (m *Mailbox) Serve(ctx context.Context) error {
	if err := (Config{Observe: m.Observe}).checkObserve(); err != nil {
		return err
	}
	if !m.config.Demo {
		if err := backedUp(m.dir); err != nil {
			return err
		}
	}
	unlock, err := lock(m.dir)
	if err != nil {
		return err
	}
	defer unlock()
	b, err := broker.Start(broker.Config{
		Dir: filepath.Join(m.dir, brokerDir), Listen: m.Listen, Certificate: m.keys.broker, Root: m.keys.root,
		MailboxID: m.keys.clientID, Now: m.Now, Log: m.Log, MaxStore: m.maxStore,
		Lookup: func(ctx context.Context, id string) (registry.Kiosk, error) { return registry.Lookup(ctx, m.store, id) },
	})
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	defer b.Close()
	// The intake outlives ctx by as long as the line needs to close: what is in hand is committed and acknowledged.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, running := errgroup.WithContext(running)
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(running, cancel)() // one part that fails ends the others
	l := &line{set: make(chan struct{})}
	in, live := m.intake(l), m.calls(l)
	g.Go(func() error { return in.Run(running) })
	g.Go(func() error { return m.watchStruck(running, b) })
	g.Go(func() error { return m.keep(running, l) })
	g.Go(func() error { return live.Run(running) })
	g.Go(func() error { return m.observe(running, l) })
	g.Go(func() error {
		defer stop()
		return m.serve(ctx, b, l, map[string]handler{
			wire.ChannelSubmission: in.Take, wire.ChannelCall: live.Take, wire.ChannelConsistency: m.prove(l), wire.ChannelState: m.said,
		})
	})
	return g.Wait()
}

// serve connects the mailbox to its own broker, lets the kiosks in, and waits for the end.
func (m *Mailbox) serve(ctx context.Context, b *broker.Broker, l *line, to map[string]handler) error {
	var err error
	l.link, err = link.Start(context.WithoutCancel(ctx), link.Config{
		URL: "tls://" + dialable(b.Addr()), ClientID: m.keys.clientID, TLS: m.clientTLS(),
		Subscribe: []string{wire.UpFilter, wire.ConsistencyFilter, wire.StateFilter}, Live: []string{wire.CallFilter}, Log: m.Log,
		Handle:     m.route(to),
		MinBackoff: 50 * time.Millisecond, MaxBackoff: 2 * time.Second, // it is this machine's own broker
	})
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	close(l.set)
	defer func() { _ = l.link.Close() }()
	select {
	case <-l.link.Ready():
	case <-ctx.Done():
		return nil
	case <-time.After(m.patience):
		return fmt.Errorf("%w: move the folder %s aside and serve again; nothing is lost by that, since kiosks keep what "+
			"has no receipt yet and send it again", ErrBroker, filepath.Join(m.dir, brokerDir))
	}
	m.addr = b.Addr()
	b.Admit()
	close(m.ready)
	event.Serving.Log(m.Log, "addr", m.addr, "mailbox", m.config.Name, "demo", m.config.Demo)
	<-ctx.Done()
	return nil
}

func (m *Mailbox) intake(l *line) *intake.Intake {
	return intake.New(intake.Config{
		Mailbox: m.config.Name, Store: m.store, Ledger: m.ledgerLog(), Head: m.keys.ledger,
		Receipt: m.keys.receipt, Keys: m.sealingKey, Anchors: func() []*x509.Certificate { return m.live.Load().anchors }, Forms: forms.Builtin(),
		Publish: l.publish, Now: m.Now, Log: m.Log,
	})
}

func (m *Mailbox) sealingKey(id string) (*seal.PrivateKey, bool) {
	key, ok := m.live.Load().sealing[id]
	return key, ok
}

// revocationLimit is how long a responder may take: below what a kiosk waits for a log-in.
const revocationLimit = 1500 * time.Millisecond

func (m *Mailbox) revocation() *revocation.Checker {
	if m.Revocation != nil || m.config.OCSP == "" {
		return m.Revocation
	}
	return &revocation.Checker{Sources: []revocation.Source{&revocation.Responder{URL: m.config.OCSP}}, Now: m.Now, Limit: revocationLimit}
}

func (m *Mailbox) calls(l *line) *calls.Server {
	return calls.New(calls.Config{
		Mailbox: m.config.Name, Store: m.store, Keys: m.sealingKey, Anchors: func() []*x509.Certificate { return m.live.Load().authAnchors }, Revocation: m.revocation(),
		Send: l.send, Now: m.Now, Log: m.Log,
	})
}

func (m *Mailbox) clientTLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(m.keys.root)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{m.keys.client}, ServerName: m.config.Hosts[0],
	}
}

// line is the link for its own handler, which may be called before link.Start has returned.
type line struct {
	set  chan struct{}
	link *link.Link
}

// send is at QoS 0. What cannot go now is not wanted later.
func (l *line) send(ctx context.Context, topic string, payload []byte) error {
	select {
	case <-l.set:
		return l.link.Send(ctx, topic, payload)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *line) publish(ctx context.Context, topic string, payload []byte) error {
	select {
	case <-l.set:
		return l.link.Publish(ctx, topic, payload)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *line) retain(ctx context.Context, topic string, payload []byte) error {
	select {
	case <-l.set:
		return l.link.Retain(ctx, topic, payload)
	case <-ctx.Done():
		return ctx.Err()
	}
}
