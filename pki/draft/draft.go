// Package draft seals what a person has not finished, under a key that only the person's card can rebuild: HKDF-SHA256
// (RFC 5869) over the card's signature of a fixed text with a random salt. RSASSA-PKCS1-v1_5 is deterministic (RFC 8017
// §8.2.1), so that the same card gives the same key at any terminal, without a line too. ECDSA is not: a card with such
// a key gets one that the mailbox draws, keeps and gives to a logged-in session, which neither works without a line nor
// keeps the mailbox from reading; the header names the scheme, so that a better one has room.
//
// Error model: ErrFormat for bytes that are no sealed draft, ErrKey when none of the keys at hand is the one it was
// sealed under, ErrOpen for everything that does not open, whatever the reason; ErrSize for what is too large to seal.
// No error holds key or text.
package draft

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"madoguchi/internal/jsonx"
	"madoguchi/wire"
)

var (
	// ErrFormat reports bytes that are no sealed draft.
	ErrFormat = errors.New("draft: malformed")
	// ErrKey reports a draft that was sealed under a key that is not at hand.
	ErrKey = errors.New("draft: its key is not at hand")
	// ErrOpen reports a draft of another person or under another header, or one that was changed.
	ErrOpen = errors.New("draft: does not open")
	// ErrSize reports a draft that is too large.
	ErrSize = errors.New("draft: too large")
)

// Scheme says how the key of a draft comes about.
type Scheme string

// The schemes.
const (
	ByCard    Scheme = "card-rsa-1" // rebuilt by the card
	ByMailbox Scheme = "mailbox-1"  // drawn and kept by the mailbox
)

// Sizes in bytes.
const (
	KeySize = 32
	Max     = 128<<10 - lengthSize // of what is sealed
	Largest = 129 << 10            // of a sealed draft, its header included

	smallest   = 4 << 10 // sizes are padded to this and its doubles, so that they tell little
	lengthSize = 4
	magic      = "MGD1"
	purpose    = "madoguchi/draft/v1"
)

// Key is the key of a person's drafts.
type Key struct {
	Scheme Scheme
	Salt   string // names the key among those of its scheme and person
	secret []byte
}

// ByCardKey makes the key out of the card's signature over wire.DraftKeyText with this salt. The signature is wiped.
func ByCardKey(salt string, signature []byte) (*Key, error) {
	defer clear(signature)
	secret, err := hkdf.Extract(sha256.New, signature, []byte(purpose+"/"+salt))
	if err != nil || len(signature) < KeySize {
		return nil, ErrKey
	}
	return &Key{Scheme: ByCard, Salt: salt, secret: secret}, nil
}

// ByMailboxKey is a key of KeySize random bytes that the mailbox keeps under this salt.
func ByMailboxKey(salt string, secret []byte) (*Key, error) {
	if len(secret) != KeySize {
		return nil, ErrKey
	}
	return &Key{Scheme: ByMailbox, Salt: salt, secret: secret}, nil
}

// Wipe forgets the key; nothing can be sealed or opened under it afterwards.
func (k *Key) Wipe() {
	clear(k.secret)
	k.secret = nil
}

// Header stands in the clear before a sealed draft.
type Header struct {
	V       int    `json:"v"` // 1
	Scheme  Scheme `json:"scheme"`
	Salt    string `json:"salt"`
	ID      string `json:"id"`
	Version uint64 `json:"version"` // rising with each change
}

// Seal seals a version of a draft for its owner (SHA-256 of the SubjectPublicKeyInfo of the 利用者証明用 key), who is
// bound to it and does not stand in it.
func Seal(k *Key, owner wire.Hash, id wire.ID, version uint64, plain []byte) ([]byte, error) {
	padded, err := pad(plain)
	if err != nil {
		return nil, err
	}
	defer clear(padded)
	header, err := jsonx.Marshal(Header{V: 1, Scheme: k.Scheme, Salt: k.Salt, ID: id.String(), Version: version})
	if err != nil {
		return nil, fmt.Errorf("draft: header: %w", err)
	}
	aead, err := k.aead(header)
	if err != nil {
		return nil, err
	}
	return wire.Pack(magic, header, aead.Seal(nil, nil, padded, bound(header, owner))), nil //nolint:gosec // G407: it draws its own nonce
}

// Parse reads the header of a sealed draft, and its id.
func Parse(sealed []byte) (Header, wire.ID, error) {
	h, id, _, _, err := split(sealed)
	return h, id, err
}

func split(sealed []byte) (h Header, id wire.ID, header, ciphertext []byte, err error) {
	fail := func(what string) (Header, wire.ID, []byte, []byte, error) {
		return Header{}, wire.ID{}, nil, nil, fmt.Errorf("%w: %s", ErrFormat, what)
	}
	if len(sealed) > Largest {
		return fail("size")
	}
	f, err := wire.Unpack(magic, sealed)
	if err != nil || len(f) != 2 {
		return fail("frame")
	}
	if jsonx.Unmarshal(f[0], &h) != nil || h.V != 1 || h.Version == 0 || wire.CheckNonce(h.Salt) != nil {
		return fail("header")
	}
	if id, err = wire.ParseID(h.ID); err != nil {
		return fail("id")
	}
	return h, id, f[0], f[1], nil
}

// Open opens a draft of an owner with the one of the keys that it was sealed under.
func Open(keys []*Key, owner wire.Hash, sealed []byte) (Header, []byte, error) {
	h, _, header, ciphertext, err := split(sealed)
	if err != nil {
		return Header{}, nil, err
	}
	for _, k := range keys {
		if k.Scheme != h.Scheme || k.Salt != h.Salt {
			continue
		}
		aead, err := k.aead(header)
		if err != nil {
			return Header{}, nil, err
		}
		padded, err := aead.Open(nil, nil, ciphertext, bound(header, owner))
		if err != nil {
			return Header{}, nil, ErrOpen
		}
		plain, err := unpad(padded)
		return h, plain, err
	}
	return Header{}, nil, ErrKey
}

// aead is AES-256-GCM under a key of this header alone.
func (k *Key) aead(header []byte) (cipher.AEAD, error) {
	if k == nil || k.secret == nil {
		return nil, ErrKey
	}
	key, err := hkdf.Expand(sha256.New, k.secret, string(wire.Pack(purpose, header)), KeySize)
	if err != nil {
		return nil, fmt.Errorf("draft: key: %w", err)
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("draft: cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("draft: cipher: %w", err)
	}
	return aead, nil
}

func bound(header []byte, owner wire.Hash) []byte { return wire.Pack(purpose, header, owner[:]) }

// pad puts the length before the text and zeros behind it.
func pad(plain []byte) ([]byte, error) {
	if len(plain) > Max {
		return nil, ErrSize
	}
	size := smallest
	for size < lengthSize+len(plain) {
		size *= 2
	}
	out := make([]byte, size)
	binary.BigEndian.PutUint32(out, uint32(len(plain))) // at most Max
	copy(out[lengthSize:], plain)
	return out, nil
}

func unpad(padded []byte) ([]byte, error) {
	if len(padded) < lengthSize {
		return nil, ErrOpen
	}
	n := binary.BigEndian.Uint32(padded)
	if uint64(n) > uint64(len(padded)-lengthSize) {
		return nil, ErrOpen
	}
	return padded[lengthSize : lengthSize+n], nil
}
