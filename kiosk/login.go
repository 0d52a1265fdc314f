package kiosk

import (
	"context"
	"crypto/x509"
	"errors"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/internal/event"
	"madoguchi/pki/draft"
	"madoguchi/wire"
)

// authSigner signs a text with the 利用者証明用 key in the power-up that has its PIN.
type authSigner func(ctx context.Context, text []byte) ([]byte, error)

// enter is what happens between a correct PIN and the end of the power-up: the card signs a challenge, and rebuilds
// the key of its drafts.
func (m *myNumber) enter(ctx context.Context, cert *x509.Certificate, sign authSigner) (flows.Identity, error) {
	who := flows.Identity{AuthKey: wire.Sum(cert.RawSubjectPublicKeyInfo)}
	challenge, err := wire.LocalChallenge(m.kiosk.random, m.kiosk.mailbox(), m.kiosk.Config.ID)
	if err != nil {
		return who, err
	}
	text, err := challenge.Bytes()
	if err != nil {
		return who, err
	}
	if _, err := sign(ctx, text); err != nil {
		return who, err
	}
	if m.kiosk.drafts == nil {
		return who, nil
	}
	return who, m.kiosk.begin(ctx, who, cert, sign)
}

// begin makes the keys of the person's drafts. A card that does not give them still logs in.
func (k *Kiosk) begin(ctx context.Context, who flows.Identity, cert *x509.Certificate, sign authSigner) error {
	v := &visit{who: who}
	if cert.PublicKeyAlgorithm == x509.RSA {
		if err := k.rebuild(ctx, v, sign); errors.Is(err, fault.CardRemoved) || errors.Is(err, context.Canceled) {
			return err
		} else if err != nil {
			event.DraftKeyless.Log(k.log, "err", err)
		}
	}
	k.drafts.enter(v)
	return nil
}

// maxSalts bounds the signatures of one power-up.
const maxSalts = 4

// rebuild has the card sign each salt that the person's drafts are sealed under, or a new one where there is none.
func (k *Kiosk) rebuild(ctx context.Context, v *visit, sign authSigner) error {
	salts := k.drafts.salts(v.who)
	if len(salts) == 0 {
		salt, err := wire.NewNonce(k.random)
		if err != nil {
			return err
		}
		salts = []string{salt}
	}
	for _, salt := range salts[:min(len(salts), maxSalts)] {
		text, err := wire.DraftKeyText(k.mailbox(), salt)
		if err != nil {
			return err
		}
		signature, err := sign(ctx, text)
		if err != nil {
			return err
		}
		key, err := draft.ByCardKey(salt, signature)
		if err != nil {
			return err
		}
		v.keys = append(v.keys, key)
	}
	return nil
}
