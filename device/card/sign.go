package card

import (
	"context"
	"crypto"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"madoguchi/device/apdu"
)

// ErrDigest reports a hash function that the key does not sign, or a digest that is not of its size.
var ErrDigest = errors.New("card: not a digest that this key signs")

// SignDigest has the card sign a digest with k: one APDU. An RSA key signs SHA-256, SHA-384 and SHA-512: the card only
// pads (PKCS #1 v1.5, RFC 8017 §8.2.1) what it is given and exponentiates, the DigestInfo is built here; the signature
// is as long as the modulus. An ECDSA P-384 key signs SHA-384; the signature is an ECDSA-Sig-Value in DER (RFC 3279
// §2.2.3). It has not been checked. ErrNotVerified before Verify; ErrDigest before the card is asked.
func (c *Card) SignDigest(ctx context.Context, k Key, digest []byte, h crypto.Hash) ([]byte, error) {
	slot := c.ap.layout.slot(k)
	if slot.algorithm == nil {
		return nil, ErrNoCertificate
	}
	before, known := slot.algorithm.before[h]
	if !known || len(digest) != h.Size() {
		return nil, ErrDigest
	}
	byShort := apdu.Command{
		CLA: claSign, INS: insSign, P2: short | byte(slot.key), Data: slices.Concat(before, digest), Le: apdu.MaxShort,
	}
	byCurrent := byShort
	byCurrent.P2 = chosen
	r, err := c.ap.at(ctx, toSign, slot.key, byShort, byCurrent)
	if err == nil {
		err = signed(k, r)
	}
	if err != nil {
		return nil, fmt.Errorf("signing with the %v key: %w", k, err)
	}
	return slot.algorithm.signature(r.Data)
}

func signed(k Key, r apdu.Response) error {
	switch {
	case r.Status == apdu.NotSatisfied:
		return ErrNotVerified
	case absent(r.Status):
		return ErrNoCertificate
	case r.Status != apdu.OK:
		return &apdu.StatusError{Op: "COMPUTE DIGITAL SIGNATURE " + k.String(), Status: r.Status}
	case len(r.Data) == 0:
		return ErrAnswer
	}
	return nil
}

// signature returns the card's answer as the world outside writes such a signature.
func (a *algorithm) signature(answer []byte) ([]byte, error) {
	if a.half == 0 {
		return answer, nil
	}
	if len(answer) != 2*a.half {
		return nil, ErrAnswer
	}
	r, s := new(big.Int).SetBytes(answer[:a.half]), new(big.Int).SetBytes(answer[a.half:])
	if r.Sign() == 0 || s.Sign() == 0 {
		return nil, ErrAnswer
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return der, nil
}
