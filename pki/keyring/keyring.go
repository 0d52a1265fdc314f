// Package keyring is the list of a mailbox's public keys, signed under its offline root. A kiosk pins the root when it
// is enrolled and learns every other key from here: what to seal to, whose receipts and ledger heads to believe, and
// which card authorities' certificates to accept. Each list has a version, and none goes back to a lower one.
//
// Error model: ErrSignature, ErrOlder, ErrDemo and ErrFormat name why a keyring is refused, wrapped with the reason of
// pki/cms or pki/profile where there is one; a keyring without a good sealing key is fault P06. Nothing here is secret
// or personal.
package keyring

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/fault"
	"madoguchi/internal/jsonx"
	"madoguchi/pki/cms"
	"madoguchi/pki/profile"
	"madoguchi/pki/seal"
)

var (
	// ErrFormat reports signed bytes that are no keyring, or one with a key that cannot be read.
	ErrFormat = errors.New("keyring: malformed")
	// ErrSignature reports a CMS that does not hold, or whose signer is not a keyring signer under the pinned root.
	ErrSignature = errors.New("keyring: signature does not hold")
	// ErrOlder reports a version below one that has been seen.
	ErrOlder = errors.New("keyring: older than one already seen")
	// ErrDemo reports a demo anchor in a keyring that does not say that it is a demo's.
	ErrDemo = errors.New("keyring: demo anchor outside a demo")
	// ErrNoSealingKey reports a keyring whose sealing keys have all ended.
	ErrNoSealingKey = errors.New("keyring: no sealing key is good now")
)

const maxKeyring = 1 << 20 // bytes, signed

// Keyring is the list. Certificates are DER; in JSON they are base64. Times are whole seconds UTC.
type Keyring struct {
	Type     string       `json:"type"` // "keyring"; Sign sets it
	V        int          `json:"v"`    // 1; Sign sets it
	Mailbox  string       `json:"mailbox"`
	Version  int64        `json:"version"` // from 1, rising
	IssuedAt time.Time    `json:"issuedAt"`
	Sealing  []SealingKey `json:"sealing"`
	Receipt  [][]byte     `json:"receipt"`  // certificates that sign receipts, withdrawn ones left out
	Ledgers  []string     `json:"ledgers"`  // verifier keys of ledger heads (note); a mailbox restored from a backup starts a new one
	JPKISign [][]byte     `json:"jpkiSign"` // CA certificates of 署名用 certificates, every generation in use
	JPKIAuth [][]byte     `json:"jpkiAuth"` // CA certificates of 利用者証明用 certificates
	Demo     bool         `json:"demo"`     // the anchors may be a demo's

	// Later members: they are left out where they are empty, so that an earlier keyring keeps its bytes.
	Catalogue [][]byte `json:"catalogue,omitempty"` // certificates that sign catalogues, withdrawn ones left out
	TSA       [][]byte `json:"tsa,omitempty"`       // anchors of the time-stamps over ledger heads
}

// SealingKey is one key that submissions may be sealed to.
type SealingKey struct {
	ID       string    `json:"id"`
	Public   []byte    `json:"public"`   // MLKEM768-X25519, 1216 bytes
	NotAfter time.Time `json:"notAfter"` // the last moment to seal to it
}

// Sign returns the keyring as canonical JSON inside a CMS, signed by a keyring signer under the root. It refuses what
// Open would refuse.
func Sign(ctx context.Context, k Keyring, s cms.Signer, at time.Time) ([]byte, error) {
	k.Type, k.V = "keyring", 1
	k.IssuedAt = k.IssuedAt.UTC().Truncate(time.Second)
	k.Sealing = append([]SealingKey(nil), k.Sealing...)
	for i := range k.Sealing {
		k.Sealing[i].NotAfter = k.Sealing[i].NotAfter.UTC().Truncate(time.Second)
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	content, err := jsonx.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	der, err := cms.Sign(ctx, content, s, at)
	if err != nil {
		return nil, fmt.Errorf("keyring: sign: %w", err)
	}
	return der, nil
}

// Open checks a signed keyring against the pinned root at a moment, and that its version is not below newest, the
// highest seen so far (0: none). The same version again is accepted.
func Open(der []byte, root *x509.Certificate, at time.Time, newest int64) (*Keyring, error) {
	if len(der) > maxKeyring {
		return nil, fmt.Errorf("%w: over %d bytes", ErrFormat, maxKeyring)
	}
	m, err := cms.Parse(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	sig, err := m.Verify(nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err := profile.Chain(sig.Signer, profile.Keyring, []*x509.Certificate{root}, at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	k, err := parse(sig.Content)
	if err != nil {
		return nil, err
	}
	if k.Version < newest {
		return nil, fmt.Errorf("%w: version %d, seen %d", ErrOlder, k.Version, newest)
	}
	return k, nil
}

// SealingKey returns the key to seal to at a moment: of those that have not ended, the one that ends first, which is
// this month's; those of the months to come are there so that a kiosk that is long offline has them.
// Otherwise fault P06 (ErrNoSealingKey).
func (k *Keyring) SealingKey(at time.Time) (seal.PublicKey, error) {
	var best *SealingKey
	for i := range k.Sealing {
		s := &k.Sealing[i]
		if !at.After(s.NotAfter) && (best == nil || s.NotAfter.Before(best.NotAfter)) {
			best = s
		}
	}
	if best == nil {
		return seal.PublicKey{}, fault.New(fault.NoSealingKey, ErrNoSealingKey)
	}
	return seal.ParsePublic(best.ID, best.Public)
}

// LedgerKeys returns the keys of ledger heads and compact receipts.
func (k *Keyring) LedgerKeys() ([]note.Verifier, error) {
	keys := make([]note.Verifier, 0, len(k.Ledgers))
	for _, s := range k.Ledgers {
		v, err := note.NewVerifier(s)
		if err != nil {
			return nil, fmt.Errorf("%w: ledger key", ErrFormat)
		}
		keys = append(keys, v)
	}
	return keys, nil
}

// SignAnchors returns the CA certificates of 署名用 certificates.
func (k *Keyring) SignAnchors() ([]*x509.Certificate, error) { return certificates(k.JPKISign) }

// AuthAnchors returns the CA certificates of 利用者証明用 certificates.
func (k *Keyring) AuthAnchors() ([]*x509.Certificate, error) { return certificates(k.JPKIAuth) }

// TSAAnchors returns the anchors of the time-stamps over ledger heads; there may be none.
func (k *Keyring) TSAAnchors() ([]*x509.Certificate, error) { return certificates(k.TSA) }

func certificates(ders [][]byte) ([]*x509.Certificate, error) {
	certs := make([]*x509.Certificate, 0, len(ders))
	for _, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate", ErrFormat)
		}
		certs = append(certs, c)
	}
	return certs, nil
}
