package kiosk

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/internal/event"
	"madoguchi/pki/draft"
	"madoguchi/wire"
)

// loginTime bounds what the mailbox may take at a log-in, its two calls together: the card waits, under power. After
// it the log-in is a local one.
const loginTime = 3 * time.Second

// authSigner signs a text with the 利用者証明用 key in the power-up that has its PIN.
type authSigner func(ctx context.Context, text []byte) ([]byte, error)

// enter is what happens between a correct PIN and the end of the power-up: the card signs the mailbox's challenge, or
// a local one where the line does not stand, and rebuilds the key of its drafts.
func (m *myNumber) enter(ctx context.Context, cert *x509.Certificate, sign authSigner) (flows.Identity, error) {
	k := m.kiosk
	v := &visit{who: flows.Identity{AuthKey: wire.Sum(cert.RawSubjectPublicKeyInfo)}}
	salts, signed, err := k.logIn(ctx, v, cert, sign)
	if err != nil {
		return v.who, err
	}
	if !signed {
		if err := k.logInHere(ctx, sign); err != nil {
			return v.who, err
		}
	}
	if k.drafts == nil {
		return v.who, nil
	}
	if err := k.keys(ctx, v, cert, salts, sign); err != nil {
		return v.who, err
	}
	k.drafts.enter(v)
	return v.who, nil
}

// logInHere has the card sign a challenge that opens nothing and is never sent.
func (k *Kiosk) logInHere(ctx context.Context, sign authSigner) error {
	challenge, err := wire.LocalChallenge(k.random, k.mailbox(), k.Config.ID)
	if err != nil {
		return err
	}
	text, err := challenge.Bytes()
	if err != nil {
		return err
	}
	_, err = sign(ctx, text)
	return err
}

// logIn opens a session at the mailbox where that can be done in time. signed says that the card has signed the
// mailbox's challenge, whatever then became of it. An error is the card's.
func (k *Kiosk) logIn(ctx context.Context, v *visit, cert *x509.Certificate, sign authSigner) (salts []string, signed bool, err error) {
	began := time.Now()
	var nonce wire.NonceAnswer
	if err := k.within(ctx, loginTime, wire.CallNonce, nil, wire.Empty{}, &nonce); err != nil {
		return nil, false, nil //nolint:nilerr // a local log-in then
	}
	took := time.Since(began)
	q, err := k.calls.begin()
	if err != nil {
		return nil, false, nil //nolint:nilerr // as above
	}
	text, err := wire.LoginChallenge(k.mailbox(), k.Config.ID, nonce.Nonce, wire.RoleResident, q.asking.Enc()).Bytes()
	if err != nil {
		return nil, false, err
	}
	signature, err := sign(ctx, text)
	if err != nil {
		return nil, false, err
	}
	var answer wire.LoginAnswer
	err = k.within(ctx, loginTime-took, wire.CallLogin, q, wire.LoginAsk{Challenge: text, Certificate: cert.Raw, Signature: signature}, &answer)
	if err != nil {
		return nil, true, nil //nolint:nilerr // the card has answered, that is a log-in here
	}
	v.session = &session{token: answer.Session}
	return answer.Salts, true, nil
}

// within makes a call without a session in a bounded time.
func (k *Kiosk) within(ctx context.Context, limit time.Duration, name string, q *question, ask, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var err error
	if q == nil {
		err = k.calls.call(ctx, name, nil, ask, answer)
	} else {
		err = k.calls.put(ctx, q, name, nil, ask, answer)
	}
	if err != nil && k.calls != nil {
		event.LoginLocal.Log(k.log, "call", name, "err", err)
	}
	return err
}

// maxSalts bounds the signatures of one power-up.
const maxSalts = 4

// keys makes the keys of the person's drafts. A card that does not give them still logs in, unless it was pulled.
func (k *Kiosk) keys(ctx context.Context, v *visit, cert *x509.Certificate, salts []string, sign authSigner) error {
	var err error
	if cert.PublicKeyAlgorithm == x509.RSA {
		err = k.rebuild(ctx, v, salts, sign)
	} else {
		err = k.fetch(ctx, v)
	}
	switch {
	case errors.Is(err, fault.CardRemoved), errors.Is(err, context.Canceled):
		return err
	case err != nil:
		event.DraftKeyless.Log(k.log, "err", err)
	}
	return nil
}

// fetch asks the mailbox for the key of a person whose card's signatures differ each time (ECDSA).
func (k *Kiosk) fetch(ctx context.Context, v *visit) error {
	if v.session == nil {
		return fault.New(fault.NotNow, nil)
	}
	var answer wire.DraftKeyAnswer
	if err := k.calls.call(ctx, wire.CallDraftKey, v.session, wire.Empty{}, &answer); err != nil {
		return err
	}
	key, err := draft.ByMailboxKey(answer.Salt, answer.Key)
	if err == nil {
		v.keys = append(v.keys, key)
	}
	return err
}

// rebuild has the card sign each salt that the person's drafts are sealed under, the mailbox's first, or a new one
// where there is none.
func (k *Kiosk) rebuild(ctx context.Context, v *visit, salts []string, sign authSigner) error {
	for _, salt := range k.drafts.salts(v.who) {
		if !slices.Contains(salts, salt) {
			salts = append(salts, salt)
		}
	}
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
