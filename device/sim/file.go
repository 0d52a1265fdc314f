// Package sim holds virtual My Number Cards and the readers they are put into: for the demo, and for tests of
// everything above. A card is a JSON file with real RSA keys, certificates, PINs and their counters; a reader
// implements apdu.Reader. The card reads commands and keeps its rules by itself, after ISO/IEC 7816-4 and the notes on
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
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"madoguchi/internal/durable"
	"madoguchi/internal/jsonx"
)

// ErrFile reports a card file whose content is no card.
var ErrFile = errors.New("sim: not a card file")

const (
	authLimit = 3 // tries of the PIN for 利用者証明用
	signLimit = 5 // tries of the password for 署名用
	maxLimit  = 15
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
	Key         []byte `json:"key"`         // RSA, PKCS #8 DER (RFC 5208)
	Certificate []byte `json:"certificate"` // DER
	CA          []byte `json:"ca"`          // DER of the issuer's certificate
	PIN         Secret `json:"pin"`
	Limit       int    `json:"limit"` // tries after a correct PIN
	Tries       int    `json:"tries"` // tries left; 0: blocked
}

// File is a card as it lies on disk.
type File struct {
	Label    string      `json:"label"`         // the person, for whoever chooses a card from a list
	Extended bool        `json:"extended"`      // the card takes extended length
	Auth     *Credential `json:"auth,omitzero"` // 利用者証明用
	Sign     *Credential `json:"sign,omitzero"` // 署名用; nil: a card without, as a child under 15 has
}

// Options is what a new card is made of. Keys are *rsa.PrivateKey; certificates are DER. A nil SignKey makes a card
// that cannot sign documents.
type Options struct {
	Label                              string
	AuthKey, SignKey                   crypto.Signer
	AuthCert, SignCert, AuthCA, SignCA []byte
	AuthPIN, SignPIN                   []byte
	Extended                           bool
}

// NewFile makes a card with all tries left. It keeps copies only.
func NewFile(o Options) (*File, error) {
	f := &File{Label: o.Label, Extended: o.Extended}
	var err error
	if f.Auth, err = credential(o.AuthKey, o.AuthCert, o.AuthCA, o.AuthPIN, authLimit); err != nil {
		return nil, fmt.Errorf("sim: key for authentication: %w", err)
	}
	if o.SignKey == nil {
		return f, nil
	}
	if f.Sign, err = credential(o.SignKey, o.SignCert, o.SignCA, o.SignPIN, signLimit); err != nil {
		return nil, fmt.Errorf("sim: key for signing: %w", err)
	}
	return f, nil
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
func (c *Credential) key() (*rsa.PrivateKey, error) {
	if c.Limit < 1 || c.Limit > maxLimit || c.Tries < 0 || c.Tries > c.Limit || len(c.PIN) == 0 || len(c.Certificate) == 0 {
		return nil, ErrFile
	}
	key, err := x509.ParsePKCS8PrivateKey(c.Key)
	if err != nil {
		return nil, ErrFile // the library's text may quote the key
	}
	rsaKey, ok := key.(*rsa.PrivateKey)
	if !ok || rsaKey.Size() != modulus {
		return nil, ErrFile
	}
	return rsaKey, nil
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
	if f.Auth == nil {
		return nil, ErrFile
	}
	for _, c := range []*Credential{f.Auth, f.Sign} {
		if c == nil {
			continue
		}
		if _, err := c.key(); err != nil {
			return nil, err
		}
	}
	return f, nil
}
