package receipt

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"madoguchi/internal/jsonx"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
)

// Resend is what a mailbox says that was restored from a backup: a new origin has begun, and whatever a kiosk still has
// of what it sent is to be sent again.
type Resend struct {
	Mailbox string
	Origin  string    // of the new log
	Before  string    // of the one that it follows
	Size    int64     // leaves of that one that are still there
	At      time.Time // of the restore
}

type resendBody struct {
	Type    string `json:"type"` // "resend"
	V       int    `json:"v"`    // 1
	Mailbox string `json:"mailbox"`
	Origin  string `json:"origin"`
	Before  string `json:"before"`
	Size    int64  `json:"size"`
	At      string `json:"at"`
}

// SignResend returns the request as CMS by the receipt key.
func SignResend(ctx context.Context, r Resend, s cms.Signer) ([]byte, error) {
	content, err := jsonx.Marshal(resendBody{"resend", 1, r.Mailbox, r.Origin, r.Before, r.Size, r.At.UTC().Format(time.RFC3339)})
	if err != nil {
		return nil, err
	}
	return cms.Sign(ctx, content, s, r.At)
}

// OpenResend checks a request as Verify does a receipt's signature.
func OpenResend(der []byte, k *keyring.Keyring, root *x509.Certificate) (Resend, error) {
	if len(der) > maxBundle {
		return Resend{}, fmt.Errorf("%w: over %d bytes", ErrFormat, maxBundle)
	}
	m, err := cms.Parse(der)
	if err != nil {
		return Resend{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	sig, err := m.Verify(nil)
	if err != nil {
		return Resend{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	var b resendBody
	if err := jsonx.Unmarshal(sig.Content, &b); err != nil {
		return Resend{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	at, err := parseTime(b.At)
	if err != nil || b.Type != "resend" || b.V != 1 || b.Size < 0 {
		return Resend{}, fmt.Errorf("%w: resend", ErrFormat)
	}
	if err := profile.Chain(sig.Signer, profile.Receipt, []*x509.Certificate{root}, at); err != nil {
		return Resend{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !listed(sig.Signer, k) {
		return Resend{}, fmt.Errorf("%w: the certificate is not in the keyring", ErrSignature)
	}
	if b.Mailbox != k.Mailbox {
		return Resend{}, fmt.Errorf("%w: mailbox", ErrMatch)
	}
	return Resend{Mailbox: b.Mailbox, Origin: b.Origin, Before: b.Before, Size: b.Size, At: at}, nil
}
