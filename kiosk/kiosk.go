// Package kiosk joins device, pki and sync into what flows asks for. The way of one submission stands in
// submit.go; cards.go and mynumber.go are the reader's side, post.go the outbox's.
//
// Error model: what a person can mend is a *fault.Error. Open fails on the first thing that is wrong with the
// folder; after that the terminal keeps working without a line, and nothing that happens on the line ends it.
package kiosk

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/device/apdu"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/forms/rounds"
	"madoguchi/i18n"
	"madoguchi/internal/event"
	"madoguchi/kiosk/postal"
	"madoguchi/kiosk/witness"
	"madoguchi/sync/courier"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/enrolment"
	"madoguchi/wire/link"
)

// Options are what a process decides, not the folder: where time and randomness come from, and in tests and the
// demo which reader and which network.
type Options struct {
	Reader apdu.Reader   // nil: by the configuration
	Answer time.Duration // how long a card may take for one command; 0: 10 s
	Broker string        // empty: as enrolled
	Dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	Now    func() time.Time
	Log    *slog.Logger
}

// Kiosk is one terminal: its reader, its outbox and its line.
type Kiosk struct {
	Config Config

	enrolled    enrolment.Enrolment
	root        *x509.Certificate
	trust       atomic.Pointer[trust] // the newest keyring
	keyringFile string
	taking      sync.Mutex // of a newer one
	witness     *witness.Witness
	device      *ecdsa.PrivateKey
	certificate *x509.Certificate // of device
	ownerKey    []byte

	cards   *cards
	fit     atomic.Bool // the card that logged in says that it can sign here: not asked again in the signing power-up
	short   atomic.Bool // and that it takes no extended length, although its answer to reset does not say so
	outbox  *outbox.Outbox
	drafts  *unfinished
	calls   *calls
	line    *link.Link
	courier *courier.Courier
	rounds  *rounds.Calendar // none where the folder has no file of them
	library *forms.Library
	postal  *postal.Codes

	now    func() time.Time
	random io.Reader

	answerTime time.Duration
	log        *slog.Logger
	done       chan struct{}

	stateChanged chan struct{} // capacity 1
}

// Open reads a kiosk's folder, opens its outbox and starts its line. Run sends and receives.
func Open(ctx context.Context, dir string, o Options) (*Kiosk, error) {
	k := &Kiosk{now: o.Now, random: rand.Reader, log: o.Log, done: make(chan struct{}), stateChanged: make(chan struct{}, 1), library: forms.Builtin()}
	if k.answerTime = o.Answer; k.answerTime == 0 {
		k.answerTime = answerTime
	}
	if k.now == nil {
		k.now = time.Now
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if err := k.load(dir); err != nil {
		return nil, err
	}
	var err error
	if k.witness, err = witness.Open(filepath.Join(dir, LedgerFile), k.log); err != nil {
		return nil, err
	}
	if newest := k.time(); newest.After(k.now()) {
		event.ClockBehind.Log(k.log, "clock", k.now(), "newest", newest)
	}
	k.cards = &cards{kiosk: k, reader: o.Reader}
	if k.outbox, err = k.openOutbox(filepath.Join(dir, outboxFile)); err != nil {
		return nil, err
	}
	if err := k.openDrafts(dir); err != nil {
		_ = k.outbox.Close()
		return nil, err
	}
	if err := k.connect(ctx, o); err != nil {
		_ = k.outbox.Close()
		return nil, err
	}
	k.loadPostal(dir)
	return k, nil
}

// openOutbox opens what the terminal keeps. A damaged file is salvaged at once, before anybody stands there: what can be
// read goes on, the file itself is kept for whoever looks into it.
func (k *Kiosk) openOutbox(path string) (*outbox.Outbox, error) {
	bytes := k.Config.Outbox.MiB << 20
	limits := outbox.Limits{Count: k.Config.Outbox.Count, Bytes: bytes, Kept: bytes / 4}
	box, err := outbox.Open(path, limits)
	if err == nil && box.Damaged() > 0 {
		if err = box.Close(); err == nil {
			err = outbox.ErrDamaged
		}
	}
	if !errors.Is(err, outbox.ErrDamaged) {
		return box, err
	}
	box, salvaged, err := outbox.Salvage(path, limits)
	event.OutboxSalvaged.Log(k.log, "rows", salvaged.Rows, "whole", salvaged.Whole, "spoilt", salvaged.Spoilt, "aside", filepath.Base(salvaged.Aside), "err", err)
	return box, err
}

// connect starts the line; it comes up by itself whenever the broker can be reached.
func (k *Kiosk) connect(ctx context.Context, o Options) error {
	roots := x509.NewCertPool()
	roots.AddCert(k.root)
	online, err := wire.Status{Online: true}.Marshal() // all of it follows (state.go)
	if err != nil {
		return err
	}
	offline, err := wire.Status{}.Marshal()
	if err != nil {
		return err
	}
	c := link.Config{
		URL: k.enrolled.Broker, ClientID: k.enrolled.ClientID, Dial: o.Dial, Log: k.log,
		TLS:       &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{k.client()}},
		Subscribe: []string{wire.DownFilter(k.Config.ID), wire.CatalogueFilter},
		Handle:    func(_ context.Context, topic string, payload []byte) error { return k.receive(topic, payload) },
		State:     &link.Will{Topic: wire.KioskState(k.Config.ID), Online: online, Offline: offline},
	}
	if o.Broker != "" {
		c.URL = o.Broker
	}
	k.courier = courier.New(k.outbox, uplink{k}, wire.UpSubmission(k.Config.ID), k.settle)
	k.courier.Log = k.log
	k.calls = newCalls(k)
	if k.line, err = link.Start(ctx, c); err != nil {
		return err
	}
	k.calls.line = k.line
	return nil
}

// uplink is the line as the courier uses it, once it has started.
type uplink struct{ *Kiosk }

func (u uplink) Publish(ctx context.Context, topic string, payload []byte) error {
	return u.line.Publish(ctx, topic, payload)
}

// Run sends what waits and receives what comes, until ctx ends.
func (k *Kiosk) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return k.courier.Run(ctx) })
	g.Go(func() error { return k.tellState(ctx) })
	g.Go(func() error { return k.demandProofs(ctx) })
	return g.Wait()
}

// Close ends the line and closes the outbox. Nothing that was accepted is lost by it.
func (k *Kiosk) Close() error {
	close(k.done)
	k.drafts.forget()
	k.cards.release()
	err := k.line.Close()
	if cerr := k.outbox.Close(); err == nil {
		err = cerr
	}
	return err
}

// Terminal is the kiosk as flows see it.
func (k *Kiosk) Terminal() *flows.Terminal {
	return &flows.Terminal{
		Cards: k.cards, Post: k, Drafts: k.drafts, Form: k.library.Form, Mailbox: k.mailbox(), Phone: k.Config.Phone,
		Office: i18n.Text{In: k.Config.Office.Name}, Hours: i18n.Text{In: k.Config.Office.Hours}, Now: k.now, Random: k.random,
		Unhurried: k.Config.Unhurried, Rounds: k.rounds, Postal: k.places,
	}
}

// Outbox is what the kiosk keeps, for the operator's and the demo's eyes.
func (k *Kiosk) Outbox() *outbox.Outbox { return k.outbox }

func (k *Kiosk) mailbox() string { return k.enrolled.Mailbox }
