package evidence

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// Slip is what the QR code of a person's slip proves: that this mailbox received, or refused, this submission then.
// Nothing of a person is in it.
type Slip struct {
	receipt.Short
	Mailbox string
	Demo    bool
}

// slipText is how many characters a slip's code has: base45 of the compact form.
const slipText = receipt.CompactSize / 2 * 3

// VerifySlip checks the text of a slip's QR code offline, against a keyring that is signed under the pinned root. The
// keyring is judged at the time when it was signed, as with an export. Whatever does not hold is ErrEvidence with a
// reason that may be read to the person who brought the slip.
func VerifySlip(text string, signed []byte, root *x509.Certificate) (Slip, error) {
	compact, err := slipBytes(strings.TrimRight(text, "\r\n"))
	if err != nil {
		return Slip{}, err
	}
	k, err := slipKeyring(signed, root)
	if err != nil {
		return Slip{}, failed("keyring", err)
	}
	short, err := receipt.VerifyCompact(compact, k)
	switch {
	case errors.Is(err, receipt.ErrKey):
		return Slip{}, refused("it is of another mailbox than "+k.Mailbox+", or this keyring is too old or too new for it", err)
	case err != nil:
		return Slip{}, refused("it was changed or forged", err)
	}
	return Slip{short, k.Mailbox, k.Demo}, nil
}

func slipBytes(text string) ([]byte, error) {
	if n := len([]rune(text)); n != slipText {
		return nil, fmt.Errorf("%w: the slip's code: it is not whole, with %d characters instead of %d", ErrEvidence, n, slipText)
	}
	compact, err := wire.ParseBase45(text)
	if err != nil {
		return nil, refused("it has characters that none has, mistyped or misread", err)
	}
	return compact, nil
}

func refused(why string, err error) error {
	return fmt.Errorf("%w: the slip's code: %s (%w)", ErrEvidence, why, err)
}

func slipKeyring(signed []byte, root *x509.Certificate) (*keyring.Keyring, error) {
	message, err := cms.Parse(signed)
	if err != nil {
		return nil, err
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return nil, err
	}
	return keyring.Open(signed, root, signature.SigningTime, 0)
}

// String says in one line what the slip proves.
func (s Slip) String() string {
	did := "received"
	if s.Outcome != receipt.Received {
		did = "refused (" + string(s.Outcome) + ")"
	}
	demo := ""
	if s.Demo {
		demo = " (a demo: proves nothing)"
	}
	hash := wire.Hash{}
	copy(hash[:], s.Manifest[:])
	return fmt.Sprintf("The slip holds%s: %s %s submission %s (id %s, fingerprint %s) at %s.",
		demo, s.Mailbox, did, wire.Number(s.ID), s.ID, hash.Fingerprint(), s.ReceivedAt.UTC().Format(time.RFC3339))
}
