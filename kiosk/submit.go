package kiosk

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"

	"madoguchi/device/card"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/pki/cms"
	"madoguchi/pki/profile"
	"madoguchi/pki/seal"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
)

// Sign and Accept are the way of a submission through the kiosk (DESIGN §2): answers have become a document,
// the person has seen it; now the card signs, our own verifier agrees, it is sealed, and it is on disk.

// Sign signs the document with the card in one power-up: VERIFY, both certificates, the signature.
func (m *myNumber) Sign(ctx context.Context, pin []byte, d forms.Document) (flows.Signed, error) {
	defer clear(pin)
	jpki, err := m.unlock(ctx, card.Sign, pin)
	if err != nil {
		return flows.Signed{}, err
	}
	defer m.powerOff()
	if m.kiosk.short.Load() {
		jpki.Shorten()
	}
	if err := m.sameCard(ctx, jpki, d); err != nil {
		return flows.Signed{}, err
	}
	cert, err := m.signCertificate(ctx, jpki, d)
	if err != nil {
		return flows.Signed{}, err
	}
	der, err := cms.Sign(ctx, d.Manifest(), signer{jpki, cert}, m.kiosk.now())
	if err != nil {
		return flows.Signed{}, cardFault(err)
	}
	if err := m.kiosk.checkOwn(der, d); err != nil {
		return flows.Signed{}, fault.New(fault.OwnCheckFailed, err)
	}
	return flows.Signed{Document: d, CMS: der, By: flows.Identity{AuthKey: d.AuthKey()}}, nil
}

// Accept seals a submission, signs the envelope with the device key and keeps it; it returns when it is on disk.
func (k *Kiosk) Accept(ctx context.Context, s flows.Signed) (wire.Ticket, error) {
	seq := k.outbox.NextSeq()
	sealed, err := k.seal(wire.Submission{CMS: s.CMS, Parts: s.Document.Parts()}, seq)
	if err != nil {
		return wire.Ticket{}, err
	}
	return k.outbox.Put(ctx, outbox.Item{
		ID: s.Document.ID(), Manifest: s.Document.ManifestHash(), Owner: k.owner(s.By), Seq: seq, Sealed: sealed,
	})
}

func (k *Kiosk) seal(s wire.Submission, seq uint64) ([]byte, error) {
	key, err := k.trust.Load().SealingKey(k.time())
	if err != nil {
		return nil, fault.New(fault.NoSealingKey, err)
	}
	header, err := wire.NewHeader(key.ID, k.Config.ID, seq)
	if err != nil {
		return nil, err
	}
	e := wire.Envelope{Header: header}
	if e.Enc, e.Ciphertext, err = seal.Seal(key, k.mailbox(), header, s.Marshal()); err != nil {
		return nil, fmt.Errorf("kiosk: seal: %w", err)
	}
	digest := sha256.Sum256(e.Signed())
	if e.Signature, err = ecdsa.SignASN1(rand.Reader, k.device, digest[:]); err != nil {
		return nil, fmt.Errorf("kiosk: sign envelope: %w", err)
	}
	sealed := e.Marshal()
	if len(sealed) > wire.MaxSealed {
		return nil, fault.New(fault.TooLarge, nil)
	}
	return sealed, nil
}

// sameCard requires the card to be the one that logged in: its 利用者証明用 key is named in the document.
func (m *myNumber) sameCard(ctx context.Context, jpki *card.Card, d forms.Document) error {
	der, err := jpki.Certificate(ctx, card.Auth)
	if err != nil {
		return cardFault(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fault.New(fault.CardUnreadable, err)
	}
	if wire.Sum(cert.RawSubjectPublicKeyInfo) != wire.Hash(d.AuthKey()) {
		return fault.New(fault.OtherCard, nil)
	}
	return nil
}

// signCertificate reads the 署名用 certificate and requires its person to be the document's.
func (m *myNumber) signCertificate(ctx context.Context, jpki *card.Card, d forms.Document) ([]byte, error) {
	der, err := jpki.Certificate(ctx, card.Sign)
	if err != nil {
		return nil, cardFault(err)
	}
	cert, err := m.kiosk.jpkiCertificate(der, profile.JPKISign, m.kiosk.trust.Load().sign)
	if err != nil {
		return nil, err
	}
	holder, err := profile.HolderOf(cert)
	if err != nil {
		return nil, fault.New(fault.CardUnreadable, err)
	}
	return der, samePerson(holder, d.Person())
}

// checkOwn verifies what was just signed, as the mailbox will.
func (k *Kiosk) checkOwn(der []byte, d forms.Document) error {
	message, err := cms.Parse(der)
	if err != nil {
		return err
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(signature.Content, d.Manifest()) {
		return errors.New("kiosk: the signature is over other bytes")
	}
	return profile.Issued(signature.Signer, profile.JPKISign, k.trust.Load().sign)
}
