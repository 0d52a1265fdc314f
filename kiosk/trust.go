package kiosk

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/internal/durable"
	"madoguchi/internal/event"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// The files in which a kiosk keeps what the mailbox told it since the enrolment.
const (
	KeyringFile = "keyring.cms" // the newest keyring
	LedgerFile  = "ledger.json" // package witness
)

// trust is what the newest keyring says.
type trust struct {
	*keyring.Keyring
	sign, auth []*x509.Certificate // card authorities
	ledgers    note.Verifiers
}

func newTrust(r *keyring.Keyring) (*trust, error) {
	t := &trust{Keyring: r}
	keys, err := r.LedgerKeys()
	if err != nil {
		return nil, err
	}
	t.ledgers = note.VerifierList(keys...)
	if t.sign, err = r.SignAnchors(); err != nil {
		return nil, err
	}
	t.auth, err = r.AuthAnchors()
	return t, err
}

// openKeyring verifies a keyring of this kiosk's mailbox. Its certificates are judged now, or at the time at which it was
// signed when that is later: a clock that is behind what the root's own signer has signed is wrong, and must not keep
// the kiosk from starting.
func (k *Kiosk) openKeyring(der []byte, newest int64) (*trust, error) {
	at := k.now()
	if m, err := cms.Parse(der); err == nil {
		if s, err := m.Verify(nil); err == nil && s.SigningTime.After(at) {
			at = s.SigningTime
		}
	}
	r, err := keyring.Open(der, k.root, at, newest)
	if err != nil {
		return nil, err
	}
	if r.Mailbox != k.enrolled.Mailbox {
		return nil, errors.New("kiosk: the keyring is another mailbox's")
	}
	if r.Demo && !k.Config.Demo {
		return nil, errors.New("kiosk: this keyring is a demo's, and the configuration does not say demo")
	}
	return newTrust(r)
}

// loadTrust takes the keyring of the enrolment, or the one that came later and is newer.
func (k *Kiosk) loadTrust(dir string) error {
	var err error
	if k.root, err = k.enrolled.RootCertificate(); err != nil {
		return err
	}
	t, err := k.openKeyring(k.enrolled.Keyring, 0)
	if err != nil {
		return err
	}
	k.keyringFile = filepath.Join(dir, KeyringFile)
	der, err := os.ReadFile(k.keyringFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("kiosk: %w", err)
	default:
		newer, err := k.openKeyring(der, t.Version)
		if err == nil {
			t = newer
		} else if !errors.Is(err, keyring.ErrOlder) { // an enrolment that is newer than it takes its place
			return fmt.Errorf("kiosk: %s: %w", KeyringFile, err)
		}
	}
	k.trust.Store(t)
	return nil
}

// takeKeyring takes a keyring that the mailbox pushed down, if it is newer than the one in use. One that is older, or not
// under the pinned root, is refused and changes nothing, whoever sent it.
func (k *Kiosk) takeKeyring(der []byte) error {
	k.taking.Lock()
	defer k.taking.Unlock()
	now := k.trust.Load()
	t, err := k.openKeyring(der, now.Version)
	switch {
	case err != nil:
		event.KeyringRefused.Log(k.log, "err", err)
		return nil // acknowledged: it would come again as it is
	case t.Version == now.Version:
		return nil
	}
	if err := durable.WriteFile(k.keyringFile, der, 0o600); err != nil {
		return fmt.Errorf("kiosk: %s: %w", KeyringFile, err)
	}
	k.trust.Store(t)
	event.KeyringTaken.Log(k.log, "version", t.Version)
	k.tellSoon()
	return nil
}

// time is the kiosk's clock, or the newest time that the mailbox has signed where the clock is behind it (TRUST §5).
func (k *Kiosk) time() time.Time {
	now := k.now()
	for _, signed := range []time.Time{k.witness.Newest(), k.trust.Load().IssuedAt} {
		if signed.After(now) {
			now = signed
		}
	}
	return now
}

// receive takes what comes down and what the mailbox publishes for all.
func (k *Kiosk) receive(topic string, payload []byte) error {
	switch topic {
	case wire.CatalogueKeyring:
		return k.takeKeyring(payload)
	case wire.DownAnswer(k.Config.ID):
		k.calls.receive(payload)
		return nil
	case wire.DownConsistency(k.Config.ID):
		if err := k.witness.Answer(payload, k.trust.Load().ledgers); err != nil {
			event.LedgerAnswerDropped.Log(k.log, "err", err)
		}
		k.tellSoon()
		return nil
	}
	if topic == wire.CatalogueResend {
		return k.resend(payload)
	}
	if strings.HasPrefix(topic, wire.CataloguePrefix) {
		return nil // of a later version of the mailbox
	}
	return k.courier.Receive(topic, payload)
}

// resend has everything sent again that a restored mailbox does not have: what waits, soon, and what it took since its
// backup, as long as that is kept. It comes with every connection as long as it is retained, and does no harm twice: by
// then the receipts are of the new log.
func (k *Kiosk) resend(der []byte) error {
	r, err := receipt.OpenResend(der, k.trust.Load().Keyring, k.root)
	if err != nil {
		event.ResendRefused.Log(k.log, "err", err)
		return nil // acknowledged
	}
	reopened := 0
	for _, id := range k.outbox.Held() {
		if again, err := k.lostBy(r, id); err != nil || !again {
			continue
		}
		if err := k.outbox.Reopen(id); err != nil {
			return err // the message comes again
		}
		reopened++
	}
	event.ResendAsked.Log(k.log, "origin", r.Origin, "before", r.Before, "reopened", reopened)
	k.courier.Hurry()
	return nil
}

// lostBy reports whether the receipt of a submission is a leaf that the restored mailbox does not have any more.
func (k *Kiosk) lostBy(r receipt.Resend, id wire.ID) (bool, error) {
	kept, err := k.outbox.Get(id)
	if err != nil || kept.Outcome.State != wire.Received {
		return false, err
	}
	b, err := receipt.ParseBundle(kept.Outcome.Receipt)
	return err == nil && b.Origin() == r.Before && b.Index >= r.Size, err
}

// demandEvery is how often a proof that does not come is demanded again.
const demandEvery = 30 * time.Second

// demandProofs asks the mailbox for what the witness wants proved, until ctx ends.
func (k *Kiosk) demandProofs(ctx context.Context) error {
	for again := time.NewTicker(demandEvery); ctx.Err() == nil; {
		line := k.line.Changed()
		for _, r := range k.witness.Demands() {
			_ = k.line.Publish(ctx, wire.UpConsistency(k.Config.ID), r.Marshal()) // asked again
		}
		select {
		case <-ctx.Done():
		case <-line:
		case <-k.witness.Changed():
		case <-again.C:
		}
	}
	return ctx.Err()
}
