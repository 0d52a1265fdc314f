package kiosk

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/pki/profile"
	"madoguchi/wire"
)

// myNumber is a My Number Card on the reader: one power-up at a time, ended after each use of a key.
type myNumber struct {
	kiosk  *Kiosk
	reader apdu.Reader
	gone   chan struct{}

	mu      sync.Mutex
	session apdu.Session
	jpki    *card.Card
}

// Kind is always flows.MyNumber.
func (m *myNumber) Kind() flows.Kind { return flows.MyNumber }

// Tries asks the card.
func (m *myNumber) Tries(ctx context.Context, k flows.Key) (int, error) {
	jpki, err := m.powered(ctx)
	if err != nil {
		return 0, cardFault(err)
	}
	n, err := jpki.Tries(ctx, cardKey(k))
	return n, cardFault(err)
}

// Login signs a local challenge and checks the answer: a VERIFY alone is no log-in.
func (m *myNumber) Login(ctx context.Context, pin []byte) (flows.Identity, error) {
	defer clear(pin)
	jpki, err := m.unlock(ctx, card.Auth, pin)
	if err != nil {
		return flows.Identity{}, err
	}
	defer m.powerOff()
	der, err := jpki.Certificate(ctx, card.Auth)
	if err != nil {
		return flows.Identity{}, cardFault(err)
	}
	cert, err := m.kiosk.jpkiCertificate(der, profile.JPKIAuth, m.kiosk.authAnchors)
	if err != nil {
		return flows.Identity{}, err
	}
	if err := m.answerChallenge(ctx, jpki, cert); err != nil {
		return flows.Identity{}, err
	}
	return flows.Identity{AuthKey: wire.Sum(cert.RawSubjectPublicKeyInfo)}, nil
}

func (m *myNumber) answerChallenge(ctx context.Context, jpki *card.Card, cert *x509.Certificate) error {
	challenge, err := wire.LocalChallenge(m.kiosk.random, m.kiosk.mailbox(), m.kiosk.Config.ID)
	if err != nil {
		return err
	}
	text, err := challenge.Bytes()
	if err != nil {
		return err
	}
	digest := sha256.Sum256(text)
	signature, err := jpki.SignDigest(ctx, card.Auth, digest[:], crypto.SHA256)
	if err != nil {
		return cardFault(err)
	}
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return fault.New(fault.CardUnreadable, errors.New("kiosk: the card's key is not RSA"))
	}
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
		return fault.New(fault.CardUnreadable, fmt.Errorf("kiosk: answer to the challenge: %w", err))
	}
	return nil
}

// unlock asks the card for the tries where that has not been done in this power-up, then verifies the PIN.
// After a wrong PIN the card stays powered, so that the tries can be asked again.
func (m *myNumber) unlock(ctx context.Context, k card.Key, pin []byte) (*card.Card, error) {
	folded, err := card.Fold(k, pin)
	if err != nil {
		return nil, cardFault(err)
	}
	defer clear(folded)
	jpki, err := m.powered(ctx)
	if err != nil {
		return nil, cardFault(err)
	}
	if err := jpki.Verify(ctx, k, folded); err != nil {
		return nil, cardFault(err)
	}
	return jpki, nil
}

// connect powers the card on and selects the JPKI application.
func (m *myNumber) connect(ctx context.Context) error {
	session, err := m.reader.Connect(ctx)
	if err != nil {
		return err
	}
	jpki, err := card.Open(ctx, session, m.reader.Extended())
	if err != nil {
		_ = session.Close()
		return err
	}
	m.mu.Lock()
	m.session, m.jpki = session, jpki
	m.mu.Unlock()
	return nil
}

// powered returns the card, connecting again after a power-off.
func (m *myNumber) powered(ctx context.Context) (*card.Card, error) {
	m.mu.Lock()
	jpki := m.jpki
	m.mu.Unlock()
	if jpki != nil {
		return jpki, nil
	}
	select {
	case <-m.gone:
		return nil, apdu.ErrRemoved
	default:
	}
	if err := m.connect(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.jpki, nil
}

// powerOff ends the power-up: the card forgets every verified PIN.
func (m *myNumber) powerOff() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil {
		_ = m.session.Close()
	}
	m.session, m.jpki = nil, nil
}

// watch closes gone when the card leaves. A card that was taken and put back in between counts as gone.
func (m *myNumber) watch(changed <-chan struct{}) {
	select {
	case <-changed:
	case <-m.kiosk.done:
	}
	m.powerOff()
	close(m.gone)
}

func cardKey(k flows.Key) card.Key {
	if k == flows.SignKey {
		return card.Sign
	}
	return card.Auth
}

// signer does the raw operation of the 署名用 key for pki/cms.
type signer struct {
	jpki *card.Card
	cert []byte
}

func (s signer) Certificate() []byte { return s.cert }

func (s signer) SignDigest(ctx context.Context, digest []byte, h crypto.Hash) ([]byte, error) {
	return s.jpki.SignDigest(ctx, card.Sign, digest, h)
}
