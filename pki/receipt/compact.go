package receipt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/pki/keyring"
	"madoguchi/wire"
)

// CompactSize is the length of a compact form in bytes. At most 102 fit the QR code of the slip (base45, version 5-L).
const CompactSize = compactBody + 64

// The compact form: one byte version (high half) and number of the outcome (low half), 16 bytes id, 10 bytes of the
// manifest's hash (what the fingerprint shows), 5 bytes received time in seconds since 1970, 4 bytes key hash of the
// ledger key, 64 bytes Ed25519 signature.
const (
	compactVersion = 1
	manifestPrefix = 10
	compactBody    = 1 + 16 + manifestPrefix + 5 + 4
	maxCompactTime = 1<<40 - 1
)

// compactPurpose opens what the ledger key signs for a compact form. The NUL keeps it apart from every ledger head: a
// note cannot hold one.
const compactPurpose = "madoguchi/compact/v1\x00"

// Short is what a compact form says.
type Short struct {
	ID         wire.ID
	Manifest   [manifestPrefix]byte // the first 80 bits of the manifest's hash
	ReceivedAt time.Time
	Outcome    Outcome
	key        uint32
}

// Compact returns the compact form of a receipt, signed by the ledger key. The mailbox's name is signed too, but not
// carried: who checks it knows whose keyring he holds.
func Compact(r Receipt, ledger note.Signer) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, CompactSize)
	b = append(b, compactVersion<<4|byte(r.Outcome.number()))
	b = append(b, r.ID[:]...)
	b = append(b, r.Manifest[:manifestPrefix]...)
	b = append(b, binary.BigEndian.AppendUint64(nil, uint64(r.ReceivedAt.Unix()))[3:]...)
	b = binary.BigEndian.AppendUint32(b, ledger.KeyHash())
	sig, err := ledger.Sign(compactSigned(r.Mailbox, b))
	if err != nil {
		return nil, fmt.Errorf("receipt: sign compact form: %w", err)
	}
	if len(sig) != CompactSize-compactBody {
		return nil, fmt.Errorf("%w: the ledger key is not Ed25519", ErrCompact)
	}
	return append(b, sig...), nil
}

func compactSigned(mailbox string, body []byte) []byte {
	return wire.Pack(compactPurpose, []byte(mailbox), body)
}

// VerifyCompact checks a compact form against the ledger keys of a keyring, or returns ErrCompact; with ErrKey when none
// of them made it.
func VerifyCompact(b []byte, k *keyring.Keyring) (Short, error) {
	s, err := parseCompact(b)
	if err != nil {
		return Short{}, err
	}
	keys, err := k.LedgerKeys()
	if err != nil {
		return Short{}, err
	}
	signed := compactSigned(k.Mailbox, b[:compactBody])
	known := false
	for _, v := range keys {
		if v.KeyHash() != s.key {
			continue
		}
		if known = true; v.Verify(signed, b[compactBody:]) {
			return s, nil
		}
	}
	if !known {
		return Short{}, fmt.Errorf("%w: %w", ErrCompact, ErrKey)
	}
	return Short{}, fmt.Errorf("%w: signature", ErrCompact)
}

// Code returns the compact form in a bundle as the text of a QR code; "" for bytes that are no bundle.
func Code(bundle []byte) string {
	b, err := ParseBundle(bundle)
	if err != nil {
		return ""
	}
	return wire.Base45(b.Compact)
}

func parseCompact(b []byte) (Short, error) {
	if len(b) != CompactSize || b[0]>>4 != compactVersion || int(b[0]&15) >= len(outcomes) {
		return Short{}, fmt.Errorf("%w: form", ErrCompact)
	}
	s := Short{Outcome: outcomes[b[0]&15]}
	rest := b[1+copy(s.ID[:], b[1:]):]
	rest = rest[copy(s.Manifest[:], rest):]
	seconds := binary.BigEndian.Uint64(append(make([]byte, 3, 8), rest[:5]...))
	s.ReceivedAt = time.Unix(int64(seconds), 0).UTC()
	s.key = binary.BigEndian.Uint32(rest[5:])
	return s, nil
}

// Of reports whether the compact form says what a receipt says, as far as it says anything.
func (s Short) Of(r Receipt) bool {
	return s.ID == r.ID && bytes.Equal(s.Manifest[:], r.Manifest[:manifestPrefix]) && s.ReceivedAt.Equal(r.ReceivedAt) && s.Outcome == r.Outcome
}
