package kiosk

import (
	"context"
	"crypto"
	_ "crypto/sha256" // the challenge's hash functions
	_ "crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/pki/profile"
)

// answerTime is how long a card may take for one command where Options do not say; signing takes seconds on some.
const answerTime = 10 * time.Second

// myNumber is a My Number Card on the reader: one power-up at a time, ended after each use of a key.
type myNumber struct {
	kiosk   *Kiosk
	reader  apdu.Reader
	changed <-chan struct{} // closed when this very card leaves the reader, or has left
	gone    chan struct{}   // closed soon after

	mu      sync.Mutex
	session apdu.Session
	line    apdu.Transmitter // session, with its time limit
	jpki    *card.Card       // one of the two is set: the application that is selected
	face    *card.Face
	keyed   bool        // the application with the keys has been selected in this power-up
	pad     *reader.Pad // session, where the reader has keys of its own
	padName string      // that reader's name, also while the card has no power
	short   bool        // the card has refused extended length, although nothing said so
	looked  bool        // what the card says of itself has been read
	unfit   error       // why it cannot sign, from that
}

// Kind is always flows.MyNumber.
func (m *myNumber) Kind() flows.Kind { return flows.MyNumber }

// Tries asks the card. A card without the key to log in is none for this terminal (住基カード); one that cannot sign
// here is told as fault.NoSignKey or fault.PhoneCannotSign before anybody types a password.
func (m *myNumber) Tries(ctx context.Context, k flows.Key) (int, error) {
	if k == flows.InputKey || k == flows.NumberB {
		return m.triesOfFace(ctx, cardKey(k))
	}
	jpki, err := m.powered(ctx)
	if err != nil {
		return 0, m.fault(err)
	}
	switch k {
	case flows.AuthKey:
		m.kiosk.fit.Store(false) // somebody begins
	case flows.SignKey:
		if m.kiosk.fit.Load() {
			break // the card that logged in has said so; another card does not sign
		}
		if err := m.fitToSign(ctx, jpki); err != nil {
			return 0, m.fault(err)
		}
	}
	n, err := jpki.Tries(ctx, cardKey(k))
	if k == flows.AuthKey && errors.Is(err, card.ErrNoCertificate) {
		return 0, fault.New(fault.CardUnknown, err)
	}
	return n, m.fault(err)
}

// fault gives an error its code. After one that leaves it open how the card stands, the card is powered off and the
// next use begins anew: nothing is taken over from before.
func (m *myNumber) fault(err error) error {
	err = cardFault(err)
	if errors.Is(err, fault.CardUnreadable) || errors.Is(err, fault.PINUnknown) {
		m.powerOff()
	}
	return err
}

// errPhone reports a phone: it shows the certificate for logging in only after that one's PIN, so that the terminal
// could not tell in the signing power-up whether it is the phone that logged in (TRUST §2).
var errPhone = errors.New("kiosk: a phone can log in here, not sign")

// fitToSign reads once what the card says of itself. A card that does not say it is not judged by it.
func (m *myNumber) fitToSign(ctx context.Context, jpki *card.Card) error {
	if m.looked {
		return m.unfit
	}
	var refused *apdu.StatusError
	silent := func(err error) bool {
		return errors.As(err, &refused) || errors.Is(err, card.ErrNoCertificate) || errors.Is(err, card.ErrAnswer)
	}
	device, err := jpki.Device(ctx)
	if err != nil && !silent(err) {
		return err
	}
	m.learn(jpki.Extended())
	present, err := jpki.Present(ctx)
	switch {
	case err != nil && !silent(err):
		return err
	case device.Phone():
		m.unfit = fault.New(fault.PhoneCannotSign, errPhone)
	case err == nil && !present.Sign:
		m.unfit = fault.New(fault.NoSignKey, card.ErrNoCertificate)
	}
	m.looked = true
	return m.unfit
}

// Login signs a challenge and checks the answer: a VERIFY alone is no log-in. In the same power-up the key of the
// person's drafts is rebuilt (login.go).
func (m *myNumber) Login(ctx context.Context, pin []byte) (flows.Identity, error) {
	defer clear(pin)
	jpki, err := m.unlock(ctx, card.Auth, pin)
	if err != nil {
		return flows.Identity{}, err
	}
	return m.prove(ctx, jpki)
}

// prove has the unlocked key answer a challenge, and ends the power-up.
func (m *myNumber) prove(ctx context.Context, jpki *card.Card) (flows.Identity, error) {
	defer m.powerOff()
	der, err := jpki.Certificate(ctx, card.Auth)
	if err != nil {
		return flows.Identity{}, cardFault(err)
	}
	m.learn(jpki.Extended())
	cert, err := m.kiosk.jpkiCertificate(der, profile.JPKIAuth, m.kiosk.trust.Load().auth)
	if err != nil {
		return flows.Identity{}, err
	}
	who, err := m.enter(ctx, cert, func(ctx context.Context, text []byte) ([]byte, error) { return m.signAuth(ctx, jpki, cert, text) })
	if err != nil {
		return flows.Identity{}, err
	}
	m.kiosk.fit.Store(m.looked && m.unfit == nil)
	m.kiosk.short.Store(m.short)
	return who, nil
}

// signAuth signs a text of wire with the 利用者証明用 key and checks the answer.
func (m *myNumber) signAuth(ctx context.Context, jpki *card.Card, cert *x509.Certificate, text []byte) ([]byte, error) {
	algorithm, hash := x509.SHA256WithRSA, crypto.SHA256
	if cert.PublicKeyAlgorithm == x509.ECDSA {
		algorithm, hash = x509.ECDSAWithSHA384, crypto.SHA384
	}
	h := hash.New()
	h.Write(text)
	signature, err := jpki.SignDigest(ctx, card.Auth, h.Sum(nil), hash)
	if err != nil {
		return nil, cardFault(err)
	}
	if err := cert.CheckSignature(algorithm, text, signature); err != nil {
		return nil, fault.New(fault.CardUnreadable, fmt.Errorf("kiosk: answer to the challenge: %w", err))
	}
	return signature, nil
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
		return nil, m.fault(err)
	}
	if err := jpki.Verify(ctx, k, folded); err != nil {
		return nil, m.fault(err)
	}
	return jpki, nil
}

// watch closes gone when the card leaves. A card that was taken and put back in between counts as gone.
func (m *myNumber) watch() {
	select {
	case <-m.changed:
	case <-m.kiosk.done:
	}
	m.powerOff()
	close(m.gone)
}

func cardKey(k flows.Key) card.Key {
	switch k {
	case flows.SignKey:
		return card.Sign
	case flows.InputKey:
		return card.Attributes
	case flows.NumberB:
		return card.NumberB
	case flows.AuthKey:
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
