package card

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"

	"madoguchi/device/apdu"
)

// ErrDigest reports a hash function that the card layer does not sign, or a digest that is not of its size.
var ErrDigest = errors.New("card: not a digest of SHA-256, SHA-384 or SHA-512")

// digestInfo holds the DER of DigestInfo up to the digest itself (RFC 8017 §9.2, note 1).
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// SignDigest has the card sign a digest with k: one APDU. The card only pads (PKCS #1 v1.5, RFC 8017 §8.2.1) what it
// is given and exponentiates; the DigestInfo is built here. The signature is as long as the key's modulus and has not
// been checked. ErrNotVerified before Verify; ErrDigest before the card is asked.
func (c *Card) SignDigest(ctx context.Context, k Key, digest []byte, h crypto.Hash) ([]byte, error) {
	prefix, known := digestInfo[h]
	if !known || len(digest) != h.Size() {
		return nil, ErrDigest
	}
	r, err := c.send(ctx, apdu.Command{
		CLA: claSign, INS: insSign, P2: short | k.profile().key,
		Data: slices.Concat(prefix, digest), Le: apdu.MaxShort,
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("signing with the %v key: %w", k, err)
	case r.Status == apdu.NotSatisfied:
		return nil, ErrNotVerified
	case absent(r.Status):
		return nil, ErrNoCertificate
	case r.Status != apdu.OK:
		return nil, &apdu.StatusError{Op: "COMPUTE DIGITAL SIGNATURE " + k.String(), Status: r.Status}
	case len(r.Data) == 0:
		return nil, fmt.Errorf("signing with the %v key: %w", k, ErrAnswer)
	}
	return r.Data, nil
}
