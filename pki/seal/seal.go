// Package seal closes a submission so that only the mailbox can open it: HPKE base mode (RFC 9180) with
// MLKEM768-X25519 (draft-ietf-hpke-pq), HKDF-SHA256 and AES-256-GCM. The mailbox's name and the key's id are bound
// through HPKE's info, the clear envelope header through the AAD, so that a sealed submission fits one header, one
// key and one mailbox only. Base mode says nothing about who sealed: the device signature and the CMS inside do.
//
// Error model: ErrKey for a key that is missing or cannot be read, ErrOpen for everything that does not open,
// whatever the reason, so that nothing can be learnt from it. No error holds key or plain text.
package seal

import (
	"crypto/hpke"
	"errors"
	"fmt"

	"madoguchi/wire"
)

var (
	// ErrKey reports a key that is missing, has no id or is not one of MLKEM768-X25519.
	ErrKey = errors.New("seal: no usable key")
	// ErrOpen reports a submission that was not sealed to this key, for this mailbox, under this header, or was changed.
	ErrOpen = errors.New("seal: does not open")
)

// Sizes in bytes of MLKEM768-X25519 and AES-256-GCM.
const (
	PublicSize  = 1216 // a public key
	PrivateSize = 32   // a private key: the seed
	EncSize     = 1120 // an encapsulated key
	tagSize     = 16
	maxID       = 64
)

// purpose opens HPKE's info: nothing sealed for another purpose can be opened as a submission.
const purpose = "madoguchi/submission/v1"

// PublicKey is what a kiosk seals to. The zero value seals nothing.
type PublicKey struct {
	ID  string // as in the keyring and in the envelope's header
	key hpke.PublicKey
}

// PrivateKey opens what was sealed to its public half.
type PrivateKey struct {
	id  string
	key hpke.PrivateKey
}

// Generate draws a key pair named id (1 to 64 bytes).
func Generate(id string) (*PrivateKey, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("seal: generate key: %w", err)
	}
	return &PrivateKey{id: id, key: key}, nil
}

// ParsePrivate reads the 32 bytes of Bytes.
func ParsePrivate(id string, b []byte) (*PrivateKey, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	key, err := hpke.MLKEM768X25519().NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: private key %q", ErrKey, id) // the library's text is dropped: it saw the key
	}
	return &PrivateKey{id: id, key: key}, nil
}

// ParsePublic reads the 1216 bytes of PublicKey.Bytes.
func ParsePublic(id string, b []byte) (PublicKey, error) {
	if err := checkID(id); err != nil {
		return PublicKey{}, err
	}
	key, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%w: public key %q: %w", ErrKey, id, err)
	}
	return PublicKey{ID: id, key: key}, nil
}

func checkID(id string) error {
	if id == "" || len(id) > maxID {
		return fmt.Errorf("%w: id of %d bytes", ErrKey, len(id))
	}
	return nil
}

// ID returns the key's id.
func (k *PrivateKey) ID() string { return k.id }

// Public returns the public half.
func (k *PrivateKey) Public() PublicKey { return PublicKey{ID: k.id, key: k.key.PublicKey()} }

// Bytes returns the 32-byte seed, a secret.
func (k *PrivateKey) Bytes() ([]byte, error) {
	b, err := k.key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("seal: private key %q cannot leave its place: %w", k.id, err)
	}
	return b, nil
}

// Bytes returns the 1216 bytes of the public key, nil for the zero value.
func (k PublicKey) Bytes() []byte {
	if k.key == nil {
		return nil
	}
	return k.key.Bytes()
}

// Seal seals plain to k for one mailbox. enc is the encapsulated key (EncSize bytes); aad is authenticated but not
// carried.
func Seal(k PublicKey, mailbox string, aad, plain []byte) (enc, ciphertext []byte, err error) {
	if k.key == nil {
		return nil, nil, ErrKey
	}
	enc, sender, err := hpke.NewSender(k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), info(mailbox, k.ID))
	if err != nil {
		return nil, nil, fmt.Errorf("seal: encapsulate: %w", err)
	}
	ciphertext, err = sender.Seal(aad, plain)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: encrypt: %w", err)
	}
	return enc, ciphertext, nil
}

// Open opens what Seal made of the same mailbox and aad, or returns ErrOpen.
func Open(k *PrivateKey, mailbox string, aad, enc, ciphertext []byte) ([]byte, error) {
	if k == nil || k.key == nil {
		return nil, ErrKey
	}
	if len(enc) != EncSize || len(ciphertext) < tagSize {
		return nil, ErrOpen
	}
	recipient, err := hpke.NewRecipient(enc, k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), info(mailbox, k.id))
	if err != nil {
		return nil, ErrOpen
	}
	plain, err := recipient.Open(aad, ciphertext)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// info binds purpose, mailbox and key id, each behind its length, so that no byte can move between them.
func info(mailbox, id string) []byte { return wire.Pack(purpose, []byte(mailbox), []byte(id)) }

// Overhead returns how many bytes sealing adds: the encapsulated key and the tag.
func Overhead() int { return EncSize + tagSize }
