package wire

import (
	"encoding/base64"
	"fmt"
	"io"

	"madoguchi/internal/jsonx"
)

// The kinds of challenges.
const (
	ChallengeLocal = "local" // a kiosk's nonce: opens nothing that the mailbox holds, and is never sent
	ChallengeLogin = "login" // the mailbox's nonce: opens a session
)

// RoleResident is who logs in with a My Number Card for themselves.
const RoleResident = "resident"

// Challenge is what the 利用者証明用 key signs at log-in. With DraftKey it is the only signed thing that is no form's
// document.
type Challenge struct {
	Type    string `json:"type"`
	V       int    `json:"v"` // 1
	Mailbox string `json:"mailbox"`
	Kiosk   string `json:"kiosk"`
	Nonce   string `json:"nonce"` // 128 random bits, base64url without padding
	Role    string `json:"role,omitempty"`
	Enc     string `json:"enc,omitempty"` // SHA-256 of the encapsulated key of the call that carries it: the signature fits no other call
}

// LocalChallenge draws a challenge for a log-in at this kiosk.
func LocalChallenge(random io.Reader, mailbox, kiosk string) (Challenge, error) {
	nonce, err := NewNonce(random)
	return Challenge{Type: ChallengeLocal, V: 1, Mailbox: mailbox, Kiosk: kiosk, Nonce: nonce}, err
}

// LoginChallenge is the challenge over a mailbox's nonce, for the call with this encapsulated key.
func LoginChallenge(mailbox, kiosk, nonce, role string, enc []byte) Challenge {
	return Challenge{Type: ChallengeLogin, V: 1, Mailbox: mailbox, Kiosk: kiosk, Nonce: nonce, Role: role, Enc: Sum(enc).String()}
}

// Bytes returns the canonical JSON that is signed.
func (c Challenge) Bytes() ([]byte, error) { return jsonx.Marshal(c) }

// ParseChallenge reads a log-in challenge as it was signed.
func ParseChallenge(b []byte) (Challenge, error) {
	var c Challenge
	if len(b) > maxText {
		return c, fmt.Errorf("%w: challenge", ErrFormat)
	}
	if err := strict(b, &c); err != nil {
		return Challenge{}, fmt.Errorf("%w: challenge: %w", ErrFormat, err)
	}
	if c.Type != ChallengeLogin || c.V != 1 {
		return Challenge{}, fmt.Errorf("%w: challenge of another type or version", ErrFormat)
	}
	return c, nil
}

// maxText bounds a text that a card signs at log-in, in bytes.
const maxText = 1 << 10

// NewNonce draws 128 random bits, base64url without padding.
func NewNonce(random io.Reader) (string, error) {
	var nonce [16]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return "", fmt.Errorf("wire: draw nonce: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(nonce[:]), nil
}

// CheckNonce reports whether a text is of the form of NewNonce.
func CheckNonce(s string) error {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) != 16 || base64.RawURLEncoding.EncodeToString(raw) != s {
		return fmt.Errorf("%w: nonce", ErrFormat)
	}
	return nil
}

// DraftKey is the text whose signature by an RSA 利用者証明用 key is what the key of a person's drafts is made of
// (pki/draft). It opens nothing else, and the signature is never sent.
type DraftKey struct {
	Type    string `json:"type"` // "draft-key"
	V       int    `json:"v"`    // 1
	Mailbox string `json:"mailbox"`
	Salt    string `json:"salt"` // a nonce
}

// DraftKeyText returns the canonical JSON that is signed.
func DraftKeyText(mailbox, salt string) ([]byte, error) {
	if err := CheckNonce(salt); err != nil {
		return nil, err
	}
	return jsonx.Marshal(DraftKey{Type: "draft-key", V: 1, Mailbox: mailbox, Salt: salt})
}
