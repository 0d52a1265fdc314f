package wire

import (
	"encoding/base64"
	"fmt"
	"io"

	"madoguchi/internal/jsonx"
)

// Challenge is what the 利用者証明用 key signs at log-in; the only signed thing that is no form's document.
// Of type "local" it carries a kiosk's nonce, opens nothing that the mailbox holds, and is never sent.
type Challenge struct {
	Type    string `json:"type"` // "local"
	V       int    `json:"v"`    // 1
	Mailbox string `json:"mailbox"`
	Kiosk   string `json:"kiosk"`
	Nonce   string `json:"nonce"` // 128 random bits, base64url without padding
}

// LocalChallenge draws a challenge for a log-in at this kiosk.
func LocalChallenge(random io.Reader, mailbox, kiosk string) (Challenge, error) {
	var nonce [16]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return Challenge{}, fmt.Errorf("wire: draw nonce: %w", err)
	}
	return Challenge{Type: "local", V: 1, Mailbox: mailbox, Kiosk: kiosk, Nonce: base64.RawURLEncoding.EncodeToString(nonce[:])}, nil
}

// Bytes returns the canonical JSON that is signed.
func (c Challenge) Bytes() ([]byte, error) { return jsonx.Marshal(c) }
