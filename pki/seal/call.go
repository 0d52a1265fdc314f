package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"

	"madoguchi/wire"
)

// The purposes of a call: nothing sealed as a submission opens as a call, and the key of an answer is no other's.
const (
	callPurpose   = "madoguchi/call/v1"
	answerPurpose = "madoguchi/answer/v1"
	answerSize    = 32 // of the exported secret and of the response nonce (RFC 9458 §4.4: the larger of key and nonce)
)

// Asking is the kiosk's end of one call: a fresh HPKE context.
type Asking struct {
	enc    []byte
	sender *hpke.Sender
}

// Ask begins a call to one mailbox.
func Ask(k PublicKey, mailbox string) (*Asking, error) {
	if k.key == nil {
		return nil, ErrKey
	}
	enc, sender, err := hpke.NewSender(k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), callInfo(mailbox, k.ID))
	if err != nil {
		return nil, fmt.Errorf("seal: encapsulate: %w", err)
	}
	return &Asking{enc: enc, sender: sender}, nil
}

// Enc returns the encapsulated key, EncSize bytes.
func (a *Asking) Enc() []byte { return a.enc }

// Seal seals the question; aad is authenticated but not carried. It is called once.
func (a *Asking) Seal(aad, plain []byte) ([]byte, error) {
	ciphertext, err := a.sender.Seal(aad, plain)
	if err != nil {
		return nil, fmt.Errorf("seal: encrypt: %w", err)
	}
	return ciphertext, nil
}

// Open opens the answer to this call, or returns ErrOpen.
func (a *Asking) Open(aad, nonce, ciphertext []byte) ([]byte, error) {
	secret, err := a.sender.Export(answerPurpose, answerSize)
	if err != nil {
		return nil, fmt.Errorf("seal: export: %w", err)
	}
	if len(nonce) != answerSize {
		return nil, ErrOpen
	}
	aead, iv, err := answerKey(secret, a.enc, nonce)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, iv, ciphertext, aad)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Asked is the mailbox's end of one call.
type Asked struct{ enc, secret []byte }

// OpenCall opens a question, or returns ErrOpen.
func OpenCall(k *PrivateKey, mailbox string, aad, enc, ciphertext []byte) ([]byte, *Asked, error) {
	if k == nil || k.key == nil {
		return nil, nil, ErrKey
	}
	if len(enc) != EncSize || len(ciphertext) < tagSize {
		return nil, nil, ErrOpen
	}
	recipient, err := hpke.NewRecipient(enc, k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), callInfo(mailbox, k.id))
	if err != nil {
		return nil, nil, ErrOpen
	}
	plain, err := recipient.Open(aad, ciphertext)
	if err != nil {
		return nil, nil, ErrOpen
	}
	secret, err := recipient.Export(answerPurpose, answerSize)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: export: %w", err)
	}
	return plain, &Asked{enc: enc, secret: secret}, nil
}

// Seal encrypts the answer to the call as RFC 9458 §4.4 does, under a key that only its two ends have.
func (a *Asked) Seal(aad, plain []byte) (nonce, ciphertext []byte, err error) {
	nonce = make([]byte, answerSize)
	if _, err := rand.Read(nonce); err != nil {
		return nil, nil, fmt.Errorf("seal: draw nonce: %w", err)
	}
	aead, iv, err := answerKey(a.secret, a.enc, nonce)
	if err != nil {
		return nil, nil, err
	}
	return nonce, aead.Seal(nil, iv, plain, aad), nil
}

// answerKey derives key and nonce of an answer: HKDF-SHA256 over the exported secret, salted with the encapsulated key
// and the fresh response nonce.
func answerKey(secret, enc, nonce []byte) (cipher.AEAD, []byte, error) {
	prk, err := hkdf.Extract(sha256.New, secret, slices.Concat(enc, nonce))
	if err != nil {
		return nil, nil, fmt.Errorf("seal: answer key: %w", err)
	}
	key, err := hkdf.Expand(sha256.New, prk, "key", 32)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: answer key: %w", err)
	}
	iv, err := hkdf.Expand(sha256.New, prk, "nonce", 12)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: answer nonce: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: answer cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: answer cipher: %w", err)
	}
	return aead, iv, nil
}

func callInfo(mailbox, id string) []byte { return wire.Pack(callPurpose, []byte(mailbox), []byte(id)) }
