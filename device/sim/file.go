// Package sim holds virtual My Number Cards and the readers they are put into: for the demo, and for tests of
// everything above. A card is a JSON file with real keys, certificates, PINs and their counters; a reader implements
// apdu.Reader and plays mishaps by a script. The card reads commands and keeps its rules by itself, after ISO/IEC 7816-4 and the notes on
// the real card: it shares no code with device/card or with the command encoder of device/apdu, so that a mistake there
// meets a card that knows better.
//
// Error model: a card answers any command whatever with a status word; its Transmit fails only when the card has been
// removed, the session closed or the context ended. Files give the errors of the file system or of their JSON,
// wrapped. No error holds a PIN. The PINs stand readable in the file: a virtual card protects nobody.
package sim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"

	"madoguchi/internal/durable"
	"madoguchi/internal/jsonx"
)

// ErrFile reports a card file whose content is no card.
var ErrFile = errors.New("sim: not a card file")

const (
	authLimit = 3 // tries of the PIN for 利用者証明用, and of that for the person's data
	signLimit = 5 // tries of the password for 署名用
	maxLimit  = 15

	numberLimit = 10 // tries of 照合番号B

	authLength   = 4 // characters of the former
	signShortest = 6 // and of the latter
	signLongest  = 16
	numberLength = 14 // digits of 照合番号B
)

// Secret is a PIN in ASCII. In JSON it is a string, so that people can read it in the card's file.
type Secret []byte

// MarshalText returns the PIN as it is.
func (s Secret) MarshalText() ([]byte, error) { return bytes.Clone(s), nil }

// UnmarshalText takes the PIN as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = bytes.Clone(text)
	return nil
}

// Credential is one key of the card with what belongs to it.
type Credential struct {
	Key         []byte `json:"key"`         // RSA-2048 or ECDSA P-384, PKCS #8 DER (RFC 5208)
	Certificate []byte `json:"certificate"` // DER
	CA          []byte `json:"ca"`          // DER of the issuer's certificate
	PIN         Secret `json:"pin"`
	Limit       int    `json:"limit"` // tries after a correct PIN
	Tries       int    `json:"tries"` // tries left; 0: blocked

	parsed crypto.Signer // Key, once it has been looked at: an RSA key is slow to check
}

// Face is what the card's application with the person's data (券面入力補助AP) holds.
type Face struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Birth   string `json:"birth"`        // YYYY-MM-DD
	Sex     string `json:"sex"`          // 1 male, 2 female, 9 not applicable
	PIN     Secret `json:"pin,omitzero"` // none on a card whose PIN of 利用者証明用 opens this too
	Limit   int    `json:"limit,omitzero"`
	Tries   int    `json:"tries,omitzero"`

	NumberB     Secret `json:"numberB,omitzero"` // 照合番号B, printed on the card; none on a Next one
	NumberTries int    `json:"numberTries,omitzero"`
}

// File is a card as it lies on disk.
type File struct {
	Label    string      `json:"label"` // the person, for whoever chooses a card from a list
	Note     string      `json:"note,omitzero"`
	Kind     Kind        `json:"kind,omitzero"`
	Extended bool        `json:"extended"` // the card takes extended length
	Quirks   []Quirk     `json:"quirks,omitzero"`
	Script   []Mishap    `json:"script,omitzero"` // what goes wrong at each insertion
	Auth     *Credential `json:"auth,omitzero"`   // 利用者証明用; nil on a Resident card only
	Sign     *Credential `json:"sign,omitzero"`   // 署名用; nil: a card without, as a child under 15 has
	Face     *Face       `json:"face,omitzero"`   // nil: a card without the person's data
}

// Options is what a new card is made of. Keys are *rsa.PrivateKey of 2048 bits, for Next *ecdsa.PrivateKey on P-384;
// certificates are DER. A nil SignKey makes a card that cannot sign documents. Face is copied with all tries left.
type Options struct {
	Label, Note                        string
	Kind                               Kind
	AuthKey, SignKey                   crypto.Signer
	AuthCert, SignCert, AuthCA, SignCA []byte
	AuthPIN, SignPIN                   []byte
	Face                               *Face
	Extended                           bool
	Quirks                             []Quirk
}

// NewFile makes a card with all tries left. It keeps copies only.
func NewFile(o Options) (*File, error) {
	f := &File{Label: o.Label, Note: o.Note, Kind: o.Kind, Extended: o.Extended, Quirks: slices.Clone(o.Quirks)}
	if err := f.Renew(o); err != nil {
		return nil, err
	}
	if o.Face != nil {
		face := *o.Face
		if face.PIN = bytes.Clone(o.Face.PIN); face.PIN != nil {
			face.Limit, face.Tries = authLimit, authLimit
		}
		if face.NumberB = bytes.Clone(o.Face.NumberB); face.NumberB != nil {
			face.NumberTries = numberLimit
		}
		f.Face = &face
	}
	return f, f.check()
}

// Renew does what the municipal office does when it issues certificates anew: other keys, certificates and PINs, all
// tries left. Everything else of the card stays.
func (f *File) Renew(o Options) error {
	var err error
	f.Auth, f.Sign = nil, nil
	if o.AuthKey != nil || kinds[f.Kind].logsIn {
		if f.Auth, err = credential(o.AuthKey, o.AuthCert, o.AuthCA, o.AuthPIN, authLimit); err != nil {
			return fmt.Errorf("sim: key for authentication: %w", err)
		}
	}
	if o.SignKey != nil {
		if f.Sign, err = credential(o.SignKey, o.SignCert, o.SignCA, o.SignPIN, signLimit); err != nil {
			return fmt.Errorf("sim: key for signing: %w", err)
		}
	}
	return f.check()
}

// Move does what the municipal office does when the person has moved: it writes the new address on the card. The
// certificate for signing stays as it is; by law it has ended, and its authority revokes it.
func (f *File) Move(address string) error {
	if f.Face == nil {
		return fmt.Errorf("%w: no person's data to change", ErrFile)
	}
	f.Face.Address = address
	return nil
}

// ATR is the answer to reset of such a card: that of a contact card that announces extended length or none, or of a
// contactless one, which says nothing of it.
func (f *File) ATR() []byte {
	switch {
	case slices.Contains(f.Quirks, Silent):
		return []byte("\x3B\x88\x80\x01\x00\x00\x05\xE0\xB3\x81\xA1\x00\x7F")
	case f.Extended, slices.Contains(f.Quirks, SaysExtended):
		return []byte("\x3B\xDA\x13\xFF\x81\x31\xFB\x46\x80\x12\x39\x2F\x31\xC1\x73\xC6\x01\xC0\x3B")
	}
	return []byte("\x3B\xC5\xFF\x81\x31\xFB\x45\x80\x73\xC6\x01\x00\x00")
}

func credential(key crypto.Signer, certificate, ca, pin []byte, limit int) (*Credential, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	c := &Credential{
		Key: der, Certificate: bytes.Clone(certificate), CA: bytes.Clone(ca),
		PIN: bytes.Clone(pin), Limit: limit, Tries: limit,
	}
	_, err = c.key()
	return c, err
}

// key checks the credential and returns its key.
func (c *Credential) key() (crypto.Signer, error) {
	if !counts(c.PIN, c.Limit, c.Tries) || len(c.Certificate) == 0 {
		return nil, ErrFile
	}
	if c.parsed == nil {
		key, err := x509.ParsePKCS8PrivateKey(c.Key)
		if err != nil {
			return nil, ErrFile // the library's text may quote the key
		}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			if key.Size() == modulus {
				c.parsed = key
			}
		case *ecdsa.PrivateKey:
			if key.Curve == elliptic.P384() {
				c.parsed = key
			}
		}
	}
	if c.parsed == nil {
		return nil, ErrFile
	}
	return c.parsed, nil
}

// counts reports a PIN whose counter makes sense.
func counts(pin Secret, limit, tries int) bool {
	return len(pin) > 0 && limit >= 1 && limit <= maxLimit && tries >= 0 && tries <= limit
}

// check reports whether the card is one that there can be.
func (f *File) check() error {
	t, known := kinds[f.Kind]
	if !known || t.logsIn != (f.Auth != nil) || f.Auth == nil && f.Sign == nil {
		return ErrFile
	}
	for _, c := range []*Credential{f.Auth, f.Sign} {
		if c == nil {
			continue
		}
		key, err := c.key()
		if err != nil {
			return err
		}
		if _, elliptic := key.(*ecdsa.PrivateKey); elliptic != t.elliptic {
			return ErrFile
		}
	}
	if f.Face != nil && !f.Face.fits(t) {
		return ErrFile
	}
	for _, q := range f.Quirks {
		if !slices.Contains(quirks, q) {
			return ErrFile
		}
	}
	return nil
}

func (f *Face) fits(t traits) bool {
	if f.NumberB == nil && f.NumberTries != 0 || f.NumberB != nil && (t.numberB == 0 || !counts(f.NumberB, numberLimit, f.NumberTries)) {
		return false
	}
	if t.sharedPIN {
		return t.hasFace && f.PIN == nil && f.Limit == 0 && f.Tries == 0
	}
	return t.hasFace && counts(f.PIN, f.Limit, f.Tries)
}

// Save writes the card to path, whole or not at all, readable by its owner only.
func (f *File) Save(path string) error {
	raw, err := jsonx.Marshal(f)
	if err != nil {
		return fmt.Errorf("sim: encode card: %w", err)
	}
	if err := durable.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("sim: save card: %w", err)
	}
	return nil
}

// Load reads a card and checks it: ErrFile if it is none.
func Load(path string) (*File, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sim: load card: %w", err)
	}
	return decode(raw)
}

func decode(raw []byte) (*File, error) {
	f := &File{}
	if err := jsonx.UnmarshalLoose(raw, f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return f, f.check()
}
