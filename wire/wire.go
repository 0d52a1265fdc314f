// Package wire holds what crosses between kiosk and mailbox: identifiers, topics, the sealed envelope, the log-in
// challenge, and the frame that packs them. It carries opaque bytes: what a document says is the business of
// package forms, what a receipt says of pki/receipt.
//
// Error model: parsers return ErrFormat (wrapped with what was wrong, never with the input); nothing panics.
package wire

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"
)

// ErrFormat reports bytes that are not what they should be.
var ErrFormat = errors.New("wire: malformed")

// MaxSealed is the largest envelope that may be sent, in bytes (512 KiB; the broker's max_payload is above it).
const MaxSealed = 512 << 10

// ID names one submission: 128 random bits that stand inside the signed bytes.
type ID [16]byte

// NewID draws an ID.
func NewID(random io.Reader) (ID, error) {
	var id ID
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return ID{}, fmt.Errorf("wire: draw id: %w", err)
	}
	return id, nil
}

// ParseID reads the 32 lower-case hexadecimal digits of String.
func ParseID(s string) (ID, error) {
	var id ID
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(id) || hex.EncodeToString(raw) != s {
		return ID{}, fmt.Errorf("%w: id", ErrFormat)
	}
	copy(id[:], raw)
	return id, nil
}

// String returns 32 lower-case hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Hash is a SHA-256 value.
type Hash [sha256.Size]byte

// Sum returns the SHA-256 of b.
func Sum(b []byte) Hash { return sha256.Sum256(b) }

// ParseHash reads the 64 lower-case hexadecimal digits of String.
func ParseHash(s string) (Hash, error) {
	var h Hash
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) || hex.EncodeToString(raw) != s {
		return Hash{}, fmt.Errorf("%w: hash", ErrFormat)
	}
	copy(h[:], raw)
	return h, nil
}

// String returns 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Fingerprint returns the first 80 bits of a manifest's hash as base32 in four groups of four, as shown on the
// review, the slip and the receipt.
func (h Hash) Fingerprint() string {
	s := base32.StdEncoding.EncodeToString(h[:10])
	return s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// Ticket is what the kiosk says of a submission that it has on disk (お預かり).
type Ticket struct {
	ID       ID
	Manifest Hash
	Number   string    // お預かり番号: ten digits and a check digit, "1234-5678-903"
	KeptAt   time.Time // the kiosk's clock: a claim
}

// NewTicket makes the ticket of a submission. The number follows from the id alone, so that it is the same
// wherever it is worked out.
func NewTicket(id ID, manifest Hash, keptAt time.Time) Ticket {
	return Ticket{ID: id, Manifest: manifest, Number: Number(id), KeptAt: keptAt}
}

// Number returns the お預かり番号 of a submission: ten decimal digits of the id and a Damm check digit, which
// finds every single wrong digit and every swap of neighbours.
func Number(id ID) string {
	n := new(big.Int).Mod(new(big.Int).SetBytes(id[:]), big.NewInt(1e10))
	s := fmt.Sprintf("%010d", n)
	s += string(rune('0' + damm(s)))
	return s[0:4] + "-" + s[4:8] + "-" + s[8:]
}

// NumberOK reports whether the check digit of a number holds; hyphens and spaces do not count.
func NumberOK(s string) bool {
	digits := make([]byte, 0, 11)
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r != '-' && r != ' ':
			return false
		}
	}
	return len(digits) == 11 && damm(string(digits)) == 0
}

// The quasigroup of Damm's thesis (2004).
var dammTable = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9}, {1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1}, {5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5}, {2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

func damm(digits string) byte {
	var interim byte
	for i := range len(digits) {
		interim = dammTable[interim][digits[i]-'0']
	}
	return interim
}

// State is how far a submission has come, as the kiosk knows it.
type State string

// The states of a submission at the kiosk.
const (
	Waiting  State = "waiting"  // on disk, no receipt yet
	Received State = "received" // a verified receipt: 受付
	Refused  State = "refused"  // a verified, final refusal
)

// Outcome is what became of a submission.
type Outcome struct {
	State      State
	Reason     string    // of a refusal: a coarse code
	ReceivedAt time.Time // the mailbox's clock
	Receipt    []byte    // the verified bytes (pki/receipt), nil while waiting
	Code       string    // its compact form in base45, for the QR code of the slip; "" while waiting
}
