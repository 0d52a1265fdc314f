package receipt

import (
	"bytes"
	"crypto/x509"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/internal/check"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/wire"
)

// Want names the submission that a receipt must be of.
type Want struct {
	Mailbox  string
	ID       wire.ID
	Manifest wire.Hash
}

// Verify checks everything that a bundle claims, offline: the CMS over the leaf, its signer under the pinned root and
// in the keyring, that it is of the wanted submission, the leaf's place in the ledger, the ledger's signed head, and
// the compact form. The certificate is judged at the time when the receipt was made. Kiosk and sealed hash may be
// those of an earlier delivery and are not compared.
func Verify(b Bundle, k *keyring.Keyring, root *x509.Certificate, w Want) (Receipt, error) {
	r, leaf, err := verifySignature(b.CMS, k, root)
	if err != nil {
		return Receipt{}, err
	}
	if err := matches(r, k, w); err != nil {
		return Receipt{}, err
	}
	if err := verifyPlace(b, r, leaf, k); err != nil {
		return Receipt{}, err
	}
	short, err := VerifyCompact(b.Compact, k)
	if err != nil {
		return Receipt{}, err
	}
	if !short.Of(r) {
		return Receipt{}, fmt.Errorf("%w: says something else", ErrCompact)
	}
	return r, nil
}

func verifySignature(der []byte, k *keyring.Keyring, root *x509.Certificate) (Receipt, []byte, error) {
	m, err := cms.Parse(der)
	if err != nil {
		return Receipt{}, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	sig, err := m.Verify(nil)
	if err != nil {
		return Receipt{}, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	r, err := ParseLeaf(sig.Content)
	if err != nil {
		return Receipt{}, nil, err
	}
	if err := profile.Chain(sig.Signer, profile.Receipt, []*x509.Certificate{root}, r.ReceivedAt); err != nil {
		return Receipt{}, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !listed(sig.Signer, k) && !check.Off(check.Chain) {
		return Receipt{}, nil, fmt.Errorf("%w: the receipt certificate is not in the keyring", ErrSignature)
	}
	return r, sig.Content, nil
}

// listed reports whether the keyring names the certificate: a receipt key that is withdrawn leaves the keyring.
func listed(cert *x509.Certificate, k *keyring.Keyring) bool {
	for _, der := range k.Receipt {
		if bytes.Equal(der, cert.Raw) {
			return true
		}
	}
	return false
}

func matches(r Receipt, k *keyring.Keyring, w Want) error {
	if check.Off(check.ReceiptMatch) {
		return nil
	}
	switch {
	case r.Mailbox != w.Mailbox || k.Mailbox != w.Mailbox:
		return fmt.Errorf("%w: mailbox", ErrMatch)
	case r.ID != w.ID:
		return fmt.Errorf("%w: id", ErrMatch)
	case r.Manifest != w.Manifest:
		return fmt.Errorf("%w: manifest", ErrMatch)
	}
	return nil
}

func verifyPlace(b Bundle, r Receipt, leaf []byte, k *keyring.Keyring) error {
	keys, err := k.LedgerKeys()
	if err != nil {
		return err
	}
	head, err := OpenHead(b.Head, note.VerifierList(keys...))
	if err != nil {
		return err
	}
	if head.Origin != r.Origin || head.Size != b.Size {
		return fmt.Errorf("%w: of another log or size", ErrHead)
	}
	err = tlog.CheckRecord(b.Proof, head.Size, head.Root, b.Index, LeafHash(leaf))
	if err != nil && !check.Off(check.InclusionProof) {
		return ErrProof
	}
	return nil
}
