// Package cms makes and checks signed messages: CMS SignedData (RFC 5652) with the signed attributes of CAdES-BES
// (ETSI EN 319 122-1 baseline B-B, formerly RFC 5126): content-type, message-digest, signing-certificate-v2
// (RFC 5035) and signing-time, and of CAdES-T: a signature-time-stamp (RFC 3161). id-data content, carried inside or
// detached; attribute certificates in the certificate set; RSA PKCS#1 v1.5 with SHA-256, ECDSA P-256 or P-384 with
// SHA-256 or SHA-384; strict DER both ways.
//
// Error model: Parse and Verify return *Error, which names the check that failed and never quotes the message, so
// that it may be logged. Sign returns the signer's own error, wrapped. No input can panic.
package cms

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"

	"madoguchi/internal/check"
)

// Signer is a key with its certificate. A card, a token and a software key look the same from here.
type Signer interface {
	// Certificate returns the signer's X.509 certificate, DER.
	Certificate() []byte
	// SignDigest does the raw key operation over a digest made with h: RSA PKCS#1 v1.5 (RFC 8017 §8.2), or ECDSA as
	// DER ECDSA-Sig-Value (RFC 5753 §2.1.1).
	SignDigest(ctx context.Context, digest []byte, h crypto.Hash) ([]byte, error)
}

// NewSigner makes a Signer of a key that lies in this process, for receipts and keyrings; cert is DER.
func NewSigner(key crypto.Signer, cert []byte) Signer { return software{key, cert} }

type software struct {
	key  crypto.Signer
	cert []byte
}

func (s software) Certificate() []byte { return s.cert }

func (s software) SignDigest(_ context.Context, digest []byte, h crypto.Hash) ([]byte, error) {
	sig, err := s.key.Sign(rand.Reader, digest, h)
	if err != nil {
		return nil, fmt.Errorf("cms: software key: %w", err)
	}
	return sig, nil
}

// The checks of Parse and Verify beside those that package check names.
const (
	Format         check.Name = "cms: strict DER of a SignedData"               // RFC 5652 §5.1, X.690 §10–11
	OneSigner      check.Name = "cms: exactly one signer"                       // several: who signed would be ambiguous
	Algorithm      check.Name = "cms: algorithms are on the list"               // and digest, signature and key agree
	SignerIncluded check.Name = "cms: the signer's certificate is carried once" // RFC 5652 §5.3 sid
	Attributes     check.Name = "cms: signed attributes are well-formed"        // RFC 5652 §11: once, one value
	ContentPlace   check.Name = "cms: content is either inside or detached"
	SignatureValue check.Name = "cms: the signature holds"
)

// Error says which check a message failed.
type Error struct {
	Failed check.Name // one of this package's or of package check's
	Detail string     // what was wrong; never a value from the message
}

// Error returns the check's name and the detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Failed) + ": failed"
	}
	return string(e.Failed) + ": " + e.Detail
}

// Failed returns the check that err reports, "" when err is not of this package.
func Failed(err error) check.Name {
	var e *Error
	if errors.As(err, &e) {
		return e.Failed
	}
	return ""
}

func fail(name check.Name, detail string) error { return &Error{Failed: name, Detail: detail} }
