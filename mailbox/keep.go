package mailbox

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"madoguchi/internal/event"
	"madoguchi/mailbox/ledger"
	"madoguchi/mailbox/store"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/pki/seal"
	"madoguchi/pki/timestamp"
	"madoguchi/wire"
)

// live is what a newer keyring changes while the mailbox serves.
type live struct {
	keyring     *keyring.Keyring
	signed      []byte // the keyring as it is published
	sealing     map[string]*seal.PrivateKey
	anchors     []*x509.Certificate // 署名用
	authAnchors []*x509.Certificate
}

// readKeyring reads and verifies the keyring in dir.
func readKeyring(dir string, root *x509.Certificate, now time.Time) (*keyring.Keyring, error) {
	der, err := readFile(dir, KeyringFile)
	if err != nil {
		return nil, err
	}
	k, err := keyring.Open(der, root, now, 0)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %s: %w", KeyringFile, err)
	}
	return k, nil
}

// load reads keyring and sealing keys as they now are. The keyring is checked as a kiosk would.
func (m *Mailbox) load() error {
	der, err := readFile(m.dir, KeyringFile)
	if err != nil {
		return err
	}
	l := &live{signed: der}
	var newest int64
	if before := m.live.Load(); before != nil {
		newest = before.keyring.Version
	}
	if l.keyring, err = keyring.Open(der, m.keys.root, m.Now(), newest); err != nil {
		return fmt.Errorf("mailbox: %s: %w", KeyringFile, err)
	}
	if l.keyring.Demo && !m.config.Demo {
		return ErrDemo
	}
	if l.keyring.Mailbox != m.config.Name {
		return fmt.Errorf("mailbox: %s: of another mailbox", KeyringFile)
	}
	if l.sealing, err = readSealing(filepath.Join(m.dir, keysDir)); err != nil {
		return err
	}
	if l.anchors, err = l.keyring.SignAnchors(); err != nil {
		return err
	}
	if l.authAnchors, err = l.keyring.AuthAnchors(); err != nil {
		return err
	}
	m.live.Store(l)
	return nil
}

// How often the folder is looked at for a newer keyring, and how often there may be something to stamp or to destroy.
const (
	lookEvery = time.Second
	keepEvery = time.Minute
)

// keep looks after what time brings, until ctx ends: newer keyrings, stamps, keys whose time is over. Nothing of it ends
// the mailbox: it is tried again.
func (m *Mailbox) keep(ctx context.Context, l *line) error {
	look, clock := time.NewTicker(lookEvery), time.NewTicker(keepEvery)
	defer look.Stop()
	defer clock.Stop()
	var seen os.FileInfo
	published := map[string][]byte{}
	for due := true; ; {
		m.lookForKeyring(&seen)
		m.publish(ctx, l, published)
		if due {
			m.housekeeping(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			due = false
		case <-clock.C:
			due = true
		}
	}
}

// publish gives the kiosks what is meant for all of them, and is not there yet in this form.
func (m *Mailbox) publish(ctx context.Context, l *line, published map[string][]byte) {
	resend, err := readResend(m.dir)
	if err != nil {
		event.HousekeepingFailed.Log(m.Log, "what", "resend", "err", err)
	}
	for topic, now := range map[string][]byte{wire.CatalogueKeyring: m.live.Load().signed, wire.CatalogueResend: resend} {
		if len(now) > 0 && !bytes.Equal(now, published[topic]) && l.retain(ctx, topic, now) == nil {
			published[topic] = now
		}
	}
}

func (m *Mailbox) housekeeping(ctx context.Context) {
	for what, do := range map[string]func(context.Context) error{"stamp": m.stamp, "destroy": m.destroyEnded} {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			event.HousekeepingFailed.Log(m.Log, "what", what, "err", err)
		}
	}
	if m.monthsLeft() < 3 {
		event.KeyringRenewalDue.Log(m.Log, "months", m.monthsLeft())
	}
}

// monthsLeft is how many whole months sealing keys last.
func (m *Mailbox) monthsLeft() int {
	var last time.Time
	for _, k := range m.live.Load().keyring.Sealing {
		if k.NotAfter.After(last) {
			last = k.NotAfter
		}
	}
	return int(last.Sub(m.Now()) / (30 * 24 * time.Hour))
}

func (m *Mailbox) lookForKeyring(seen *os.FileInfo) {
	info, err := os.Stat(filepath.Join(m.dir, KeyringFile))
	if err != nil || *seen != nil && os.SameFile(*seen, info) && info.ModTime().Equal((*seen).ModTime()) { // a new one is a new file
		return
	}
	before := m.live.Load().keyring.Version
	if err := m.load(); err != nil {
		event.HousekeepingFailed.Log(m.Log, "what", "keyring", "err", err)
		return
	}
	*seen = info
	if now := m.live.Load().keyring.Version; now != before {
		event.KeyringTaken.Log(m.Log, "version", now)
	}
}

// ledgerLog is the ledger with its key.
func (m *Mailbox) ledgerLog() *ledger.Log { return ledger.New(m.keys.ledger.Name(), m.keys.ledger) }

// prove answers a kiosk's demand for a proof of consistency. What cannot be proved gets no answer: the kiosk demands it
// again and says in its state that it waits.
func (m *Mailbox) prove(l *line) handler {
	return func(ctx context.Context, kiosk string, payload []byte) error {
		r, err := receipt.ParseRange(payload)
		if err != nil || r.Origin != m.keys.ledger.Name() {
			event.ProofNotGiven.Log(m.Log, "kiosk", kiosk, "err", errors.Join(err, errOrigin))
			return nil
		}
		var signed []byte
		err = m.store.View(ctx, func(tx *store.Tx) error {
			c := receipt.Consistency{Range: r}
			if c.Proof, err = m.ledgerLog().ProveConsistency(tx, r.From, r.To); err != nil {
				return err
			}
			signed, err = c.Sign(m.keys.ledger)
			return err
		})
		if err != nil {
			event.ProofNotGiven.Log(m.Log, "kiosk", kiosk, "err", err)
			return nil
		}
		_ = l.publish(ctx, wire.DownConsistency(kiosk), signed) // demanded again
		return nil
	}
}

var errOrigin = errors.New("mailbox: not of this ledger")

// notice appends a notice to the ledger; one that is there already stays the only one.
func notice(tx *store.Tx, log *ledger.Log, n receipt.Notice) error {
	if _, _, err := tx.Notice(n.Kind, n.Subject); !errors.Is(err, store.ErrNotFound) {
		return err
	}
	n.Origin = log.Origin()
	leaf, err := n.Leaf()
	if err != nil {
		return err
	}
	b, err := log.Commit(tx, leaf)
	if err != nil {
		return err
	}
	return tx.PutNotice(n.Kind, n.Subject, b.First, receipt.Proof{Index: b.First, Size: b.Size, Hashes: b.Proofs[0], Head: b.Head}.Marshal())
}

// destroyEnded destroys the sealing keys that nothing on any kiosk can need any more, each with a leaf. The leaf is first:
// a crash between the two is made good at the next turn.
func (m *Mailbox) destroyEnded(ctx context.Context) error {
	now := m.live.Load()
	for _, k := range now.keyring.Sealing {
		if _, here := now.sealing[k.ID]; !here || m.Now().Sub(k.NotAfter) < sealingKept {
			continue
		}
		err := m.store.Update(ctx, func(tx *store.Tx) error {
			return notice(tx, m.ledgerLog(), receipt.Notice{
				Kind: receipt.KeyDestroyed, Mailbox: m.config.Name, Subject: k.ID, Why: "past-its-use", At: m.Now().Truncate(time.Second),
			})
		})
		if err != nil {
			return err
		}
		if err := destroy(filepath.Join(m.dir, keysDir), sealingPrefix+k.ID+keySuffix); err != nil {
			return err
		}
		event.SealingKeyDestroyed.Log(m.Log, "key", k.ID)
		if err := m.load(); err != nil {
			return err
		}
	}
	return nil
}

// Heads are stamped hourly while the ledger grows, and daily in any case.
const (
	stampEvery = time.Hour
	stampAlso  = 24 * time.Hour
)

// stamp has the ledger's head time-stamped when that is due.
func (m *Mailbox) stamp(ctx context.Context) error {
	stamper, err := m.stamper()
	if err != nil || stamper == nil {
		return err
	}
	s := store.Stamp{}
	due := false
	err = m.store.View(ctx, func(tx *store.Tx) error {
		last, at, err := tx.Stamped()
		if err != nil {
			return err
		}
		if s.Size, err = tx.Size(); err != nil {
			return err
		}
		age := m.Now().Sub(at)
		due = s.Size > 0 && (age >= stampAlso || age >= stampEvery && s.Size > last)
		if due {
			s.Head, err = m.ledgerLog().Head(tx)
		}
		return err
	})
	if err != nil || !due {
		return err
	}
	if s.Token, err = stamper(ctx, s.Head); err != nil {
		return err
	}
	anchors, err := m.live.Load().keyring.TSAAnchors()
	if err != nil {
		return err
	}
	said, err := timestamp.Verify(s.Token, s.Head, timestamp.Options{Anchors: anchors, Now: m.Now()})
	if err != nil {
		return err
	}
	s.At = said.Time
	event.LedgerStamped.Log(m.Log, "size", s.Size, "at", s.At)
	return m.store.Update(ctx, func(tx *store.Tx) error { return tx.PutStamp(s) })
}

// stamper is who stamps, nil where nobody is configured.
func (m *Mailbox) stamper() (func(context.Context, []byte) ([]byte, error), error) {
	switch m.config.Stamp {
	case "":
		return nil, nil
	case stampEmbedded:
		signer, err := readSigner(filepath.Join(m.dir, keysDir), tsaKey)
		if err != nil {
			return nil, err
		}
		return (&timestamp.Authority{Signer: cms.Signer(signer), Now: m.Now}).Stamp, nil
	}
	anchors, err := m.live.Load().keyring.TSAAnchors()
	if err != nil {
		return nil, err
	}
	return (&timestamp.Client{URL: m.config.Stamp, Options: timestamp.Options{Anchors: anchors, Now: m.Now()}}).Stamp, nil
}
