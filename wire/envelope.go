package wire

import (
	"encoding/binary"
	"fmt"

	"madoguchi/internal/jsonx"
)

// Header stands in the clear before a sealed submission and is its additional authenticated data.
type Header struct {
	V     int    `json:"v"`     // 1
	Key   string `json:"key"`   // id of the sealing key in the mailbox's keyring
	Kiosk string `json:"kiosk"` // the kiosk that sealed it
	Seq   uint64 `json:"seq"`   // of that kiosk, rising; gaps are allowed
}

// Envelope is a sealed submission: the only form in which it is stored on a kiosk or crosses a broker.
type Envelope struct {
	Header     []byte // canonical JSON of a Header, the AAD of the sealing
	Enc        []byte // HPKE encapsulated key (RFC 9180 §4)
	Ciphertext []byte
	Signature  []byte // ECDSA P-256 / SHA-256, ASN.1, by the kiosk's device key over Signed()
}

const (
	magicEnvelope   = "MGE1"
	magicSubmission = "MGS1"
	maxFields       = 1024
)

// NewHeader returns the canonical bytes of a header.
func NewHeader(key, kiosk string, seq uint64) ([]byte, error) {
	return jsonx.Marshal(Header{V: 1, Key: key, Kiosk: kiosk, Seq: seq})
}

// ParseHeader reads the clear header.
func (e Envelope) ParseHeader() (Header, error) {
	var h Header
	if err := jsonx.Unmarshal(e.Header, &h); err != nil {
		return Header{}, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	if h.V != 1 || h.Key == "" {
		return Header{}, fmt.Errorf("%w: header", ErrFormat)
	}
	return h, CheckKiosk(h.Kiosk)
}

// Signed returns what the device key signs: header, enc and ciphertext, each with its length.
func (e Envelope) Signed() []byte { return Pack(magicEnvelope, e.Header, e.Enc, e.Ciphertext) }

// Marshal returns the bytes that are stored and sent.
func (e Envelope) Marshal() []byte {
	return Pack(magicEnvelope, e.Header, e.Enc, e.Ciphertext, e.Signature)
}

// ParseEnvelope reads what Marshal wrote, at most MaxSealed bytes.
func ParseEnvelope(b []byte) (Envelope, error) {
	if len(b) > MaxSealed {
		return Envelope{}, fmt.Errorf("%w: envelope over %d bytes", ErrFormat, MaxSealed)
	}
	f, err := Unpack(magicEnvelope, b)
	if err != nil {
		return Envelope{}, err
	}
	if len(f) != 4 {
		return Envelope{}, fmt.Errorf("%w: envelope of %d fields", ErrFormat, len(f))
	}
	return Envelope{Header: f[0], Enc: f[1], Ciphertext: f[2], Signature: f[3]}, nil
}

// Submission is the plaintext inside an envelope: the signed manifest and its parts, as opaque bytes.
type Submission struct {
	CMS   []byte // CAdES over the manifest, encapsulated
	Parts [][]byte
}

// Marshal returns the bytes that are sealed.
func (s Submission) Marshal() []byte {
	return Pack(magicSubmission, append([][]byte{s.CMS}, s.Parts...)...)
}

// ParseSubmission reads what Marshal wrote.
func ParseSubmission(b []byte) (Submission, error) {
	f, err := Unpack(magicSubmission, b)
	if err != nil {
		return Submission{}, err
	}
	if len(f) < 2 {
		return Submission{}, fmt.Errorf("%w: submission without parts", ErrFormat)
	}
	return Submission{CMS: f[0], Parts: f[1:]}, nil
}

// Pack writes a four-byte magic and fields, each behind its length (uint32, big endian).
func Pack(magic string, fields ...[]byte) []byte {
	n := len(magic)
	for _, f := range fields {
		n += 4 + len(f)
	}
	out := append(make([]byte, 0, n), magic...)
	for _, f := range fields {
		out = binary.BigEndian.AppendUint32(out, uint32(len(f)))
		out = append(out, f...)
	}
	return out
}

// Unpack reads what Pack wrote; the fields alias b.
func Unpack(magic string, b []byte) ([][]byte, error) {
	if len(b) < len(magic) || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: magic", ErrFormat)
	}
	var fields [][]byte
	for b = b[len(magic):]; len(b) > 0; {
		if len(b) < 4 || len(fields) == maxFields {
			return nil, fmt.Errorf("%w: frame", ErrFormat)
		}
		n := uint64(binary.BigEndian.Uint32(b))
		if n > uint64(len(b)-4) {
			return nil, fmt.Errorf("%w: field longer than the frame", ErrFormat)
		}
		fields = append(fields, b[4:4+n:4+n])
		b = b[4+n:]
	}
	return fields, nil
}
