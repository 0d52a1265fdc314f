// Package receipttest makes a mailbox's keys and receipts in memory, for tests of what trusts them.
//
// Error model: every failure ends the test.
package receipttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/cms"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// Name and Origin are the mailbox's and its ledger's.
const (
	Name   = "mailbox.city.example"
	Origin = "mailbox.city.example/ledger/1"
)

// Now is the moment at which everything happens.
var Now = time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)

// Mailbox holds every key of a mailbox, and its ledger.
type Mailbox struct {
	Root     *issue.CA
	Issuer   cms.Signer // signs keyrings
	Receipts cms.Signer // signs receipts
	Ledger   note.Signer
	Sealing  *seal.PrivateKey
	Keyring  *keyring.Keyring
	hashes   []tlog.Hash
	size     int64
}

// New makes a mailbox with fresh keys.
func New(t testing.TB) *Mailbox {
	t.Helper()
	m := &Mailbox{Root: Root(t, "Test City")}
	m.Issuer = Signer(t, m.Root, profile.Keyring)
	m.Receipts = Signer(t, m.Root, profile.Receipt)
	var vkey string
	m.Ledger, vkey = LedgerKey(t, Origin)
	var err error
	if m.Sealing, err = seal.Generate("2026-11"); err != nil {
		t.Fatal(err)
	}
	m.Keyring = &keyring.Keyring{
		Mailbox: Name, Version: 3, IssuedAt: Now,
		Sealing: []keyring.SealingKey{{ID: "2026-11", Public: m.Sealing.Public().Bytes(), NotAfter: Now.AddDate(0, 1, 0)}},
		Receipt: [][]byte{m.Receipts.Certificate()}, Ledgers: []string{vkey},
	}
	return m
}

// Root makes a root of an organisation.
func Root(t testing.TB, organization string) *issue.CA {
	t.Helper()
	name := pkix.Name{Country: []string{"JP"}, Organization: []string{organization}, CommonName: "Mailbox Root"}
	ca, err := issue.NewRoot(profile.Root, name, Key(t), Now.AddDate(-1, 0, 0), Now.AddDate(20, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// Signer makes a key with a certificate of a profile.
func Signer(t testing.TB, ca *issue.CA, p *profile.Profile) cms.Signer {
	t.Helper()
	key := Key(t)
	der, err := ca.Issue(p, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, Organization: []string{"Test City"}, CommonName: p.Name},
		Public:  key.Public(), From: Now.AddDate(0, -1, 0), To: Now.AddDate(1, 0, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	return cms.NewSigner(key, der)
}

// Key makes an ECDSA P-256 key.
func Key(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// LedgerKey makes a ledger key of a log and its verifier key.
func LedgerKey(t testing.TB, origin string) (note.Signer, string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

// Receipt returns a receipt of a submission that is told from others by n.
func Receipt(n byte) receipt.Receipt {
	return receipt.Receipt{
		Mailbox: Name, Origin: Origin, ID: wire.ID{15: n}, Manifest: wire.Sum([]byte{n}), CMS: wire.Sum([]byte{n, 1}), Sealed: wire.Sum([]byte{n, 2}),
		Kiosk: "kiosk-1", ReceivedAt: Now, ClaimedTime: "2026-11-02T09:29:00Z", Outcome: receipt.Received,
	}
}

// Want is what Verify must be asked for the receipt.
func Want(r receipt.Receipt) receipt.Want {
	return receipt.Want{Mailbox: Name, ID: r.ID, Manifest: r.Manifest}
}

// Issue signs a receipt, appends it to the ledger and returns the bundle.
func (m *Mailbox) Issue(t testing.TB, r receipt.Receipt) receipt.Bundle {
	t.Helper()
	b, leaf, err := receipt.Sign(t.Context(), r, m.Receipts, m.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	return m.Place(t, b, m.Append(t, leaf))
}

// Append adds a leaf to the ledger and returns its index.
func (m *Mailbox) Append(t testing.TB, leaf []byte) int64 {
	t.Helper()
	stored, err := tlog.StoredHashes(m.size, leaf, m)
	if err != nil {
		t.Fatal(err)
	}
	m.hashes = append(m.hashes, stored...)
	m.size++
	return m.size - 1
}

// Place gives a bundle the proof of a leaf and the ledger's head as they are now.
func (m *Mailbox) Place(t testing.TB, b receipt.Bundle, index int64) receipt.Bundle {
	t.Helper()
	proof, err := tlog.ProveRecord(m.size, index, m)
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.TreeHash(m.size, m)
	if err != nil {
		t.Fatal(err)
	}
	head, err := receipt.Head{Origin: m.Ledger.Name(), Size: m.size, Root: root}.Sign(m.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	return b.Place(index, m.size, proof, head)
}

// ReadHashes implements tlog.HashReader.
func (m *Mailbox) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = m.hashes[n]
	}
	return out, nil
}

// Certificate returns a signer's certificate.
func Certificate(t testing.TB, s cms.Signer) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(s.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
