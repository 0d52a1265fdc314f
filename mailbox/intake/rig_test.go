package intake_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/forms"
	"madoguchi/mailbox/intake"
	"madoguchi/mailbox/ledger"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/cms"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

const name = "mailbox.city.example"

// rig is an intake on a real store, and what a kiosk needs to check its answers.
type rig struct {
	t       testing.TB
	city    *mailboxtest.City
	k1, k2  *mailboxtest.Kiosk
	root    *issue.CA
	keyring *keyring.Keyring
	key     *seal.PrivateKey
	keys    map[string]*seal.PrivateKey // what the intake knows
	store   *store.Store
	config  intake.Config
	intake  *intake.Intake
	ahead   atomic.Int64 // nanoseconds of the mailbox's clock

	mu   sync.Mutex
	sent map[string][][]byte // by topic
	fail error               // of the next publish
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, city: mailboxtest.NewCity(t), k1: mailboxtest.NewKiosk(t, "k1"), k2: mailboxtest.NewKiosk(t, "k2"), sent: map[string][][]byte{}}
	r.openStore()
	key, err := seal.Generate("key-1")
	r.must(err)
	r.key, r.keys = key, map[string]*seal.PrivateKey{key.ID(): key}
	rootKey, err := issue.NewKey(profile.Root)
	r.must(err)
	now := time.Now()
	r.root, err = issue.NewRoot(profile.Root, pkix.Name{CommonName: "root", Organization: []string{profile.DemoOrganization}}, rootKey, now.Add(-time.Hour), now.Add(48*time.Hour))
	r.must(err)
	secret, public, err := note.GenerateKey(rand.Reader, name+"/log/1")
	r.must(err)
	head, err := note.NewSigner(secret)
	r.must(err)
	signer := r.issue(profile.Receipt)
	r.keyring = &keyring.Keyring{
		Type: "keyring", V: 1, Mailbox: name, Version: 1, IssuedAt: now, Ledgers: []string{public}, Receipt: [][]byte{signer.Certificate()}, Demo: true,
	}
	r.config = intake.Config{
		Mailbox: name, Store: r.store, Ledger: ledger.New(head.Name(), head), Head: head, Receipt: signer,
		Keys: func(id string) (*seal.PrivateKey, bool) { k, ok := r.keys[id]; return k, ok }, Anchors: func() []*x509.Certificate { return r.city.Anchors()[:1] }, Forms: forms.Builtin(),
		Publish: r.publish, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) },
	}
	r.start()
	return r
}

// start runs an intake of the rig's configuration from now on.
func (r *rig) start() {
	in := intake.New(r.config)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = in.Run(ctx) })
	r.t.Cleanup(func() { cancel(); wg.Wait() })
	r.intake = in
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) openStore() {
	s, err := store.Open(context.Background(), filepath.Join(r.t.TempDir(), "store.db"), make([]byte, store.KeySize))
	r.must(err)
	r.t.Cleanup(func() { _ = s.Close() })
	r.store = s
	r.must(s.Update(context.Background(), func(tx *store.Tx) error {
		for _, k := range []*mailboxtest.Kiosk{r.k1, r.k2} {
			if err := registry.Add(tx, registry.Request{ID: k.ID, Profile: "desk", Device: k.Device(r.t), ClientID: "client of " + k.ID, At: time.Now()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (r *rig) issue(p *profile.Profile) cms.Signer {
	key, err := issue.NewKey(p)
	r.must(err)
	now := time.Now()
	der, err := r.root.Issue(p, issue.Request{Subject: pkix.Name{CommonName: p.Name}, Public: key.Public(), From: now.Add(-time.Hour), To: now.Add(48 * time.Hour)})
	r.must(err)
	return cms.NewSigner(key, der)
}

func (r *rig) publish(_ context.Context, topic string, payload []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.fail; err != nil {
		r.fail = nil
		return err
	}
	r.sent[topic] = append(r.sent[topic], payload)
	return nil
}

// answers returns and forgets what was sent down to a kiosk.
func (r *rig) answers(kiosk string) [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.sent[wire.DownReceipt(kiosk)]
	delete(r.sent, wire.DownReceipt(kiosk))
	return out
}

// deliver hands an envelope over on k's topic and returns the one answer, nil for none.
func (r *rig) deliver(k *mailboxtest.Kiosk, e wire.Envelope) []byte {
	r.t.Helper()
	r.must(r.intake.Handle(context.Background(), wire.UpSubmission(k.ID), e.Marshal()))
	switch sent := r.answers(k.ID); len(sent) {
	case 0:
		return nil
	case 1:
		return sent[0]
	default:
		r.t.Fatalf("%d answers", len(sent))
		return nil
	}
}

func (r *rig) seal(k *mailboxtest.Kiosk, s wire.Submission) wire.Envelope {
	r.t.Helper()
	return k.Envelope(r.t, r.key.Public(), name, s.Marshal())
}

// said verifies an answer as the kiosk would and returns its outcome.
func (r *rig) said(answer []byte, manifest []byte) receipt.Receipt {
	r.t.Helper()
	if answer == nil {
		r.t.Fatal("no answer")
	}
	b, err := receipt.ParseBundle(answer)
	r.must(err)
	m, err := forms.ParseManifest(manifest)
	r.must(err)
	id, err := wire.ParseID(m.ID)
	r.must(err)
	said, err := receipt.Verify(b, r.keyring, r.root.Cert, receipt.Want{Mailbox: name, ID: id, Manifest: wire.Sum(manifest)})
	r.must(err)
	return said
}

// counts are documents, leaves and held submissions.
func (r *rig) counts() (documents, leaves int64, held []string) {
	r.t.Helper()
	r.must(r.store.View(context.Background(), func(tx *store.Tx) error {
		var err, err2, err3 error
		documents, err = tx.Count()
		leaves, err2 = tx.Size()
		for _, k := range []string{"k1", "k2"} {
			list, err := tx.HeldOf(k)
			err3 = errors.Join(err3, err)
			for _, h := range list {
				held = append(held, h.Kiosk+": "+h.Reason)
			}
		}
		return errors.Join(err, err2, err3)
	}))
	return documents, leaves, held
}
