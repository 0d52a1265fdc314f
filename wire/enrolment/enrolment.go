// Package enrolment is the file that a mailbox gives a kiosk: its device certificate, its secret MQTT client id,
// the pinned root and the keyring of the day. It is carried by hand, so it must be read as a whole or not at all.
//
// Error model: Parse returns ErrEnrolment wrapped with the member that is wrong, never with its value, since the
// client id is a secret.
package enrolment

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"

	"madoguchi/internal/jsonx"
	"madoguchi/wire"
)

// ErrEnrolment reports an enrolment that a kiosk cannot use.
var ErrEnrolment = errors.New("enrolment: malformed")

// Enrolment is what a kiosk needs to reach its mailbox and to trust it.
type Enrolment struct {
	V        int    `json:"v"` // 1
	Kiosk    string `json:"kiosk"`
	Profile  string `json:"profile"`  // as registered; the mailbox enforces its register, not this
	Mailbox  string `json:"mailbox"`  // the audience of everything signed for it
	Broker   string `json:"broker"`   // "tls://host:port"
	ClientID string `json:"clientId"` // 128 random bits, 32 lower-case hexadecimal digits; a secret
	Device   string `json:"device"`   // PEM of the device certificate
	Root     string `json:"root"`     // PEM of the mailbox's offline root, to be pinned
	Keyring  []byte `json:"keyring"`  // CMS of pki/keyring, base64 in the file
}

// ProofBlock is the PEM block behind the certificate request of a kiosk that asks for a further key: an ECDSA / SHA-256
// signature by its present device key over Proof.
const ProofBlock = "MADOGUCHI RENEWAL"

// Proof returns what the present device key signs to vouch for a request (DER) with the next one.
func Proof(csr []byte) []byte { return wire.Pack("MGN1", csr) }

// Marshal returns the file's bytes.
func (e Enrolment) Marshal() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return jsonx.Marshal(e)
}

// Parse reads what Marshal wrote. The keyring is not verified here: that needs pki/keyring and the root.
func Parse(b []byte) (Enrolment, error) {
	var e Enrolment
	if err := jsonx.UnmarshalLoose(b, &e); err != nil {
		return Enrolment{}, fmt.Errorf("%w: %w", ErrEnrolment, err)
	}
	return e, e.check()
}

// DeviceCertificate returns the certificate that the kiosk presents to the broker.
func (e Enrolment) DeviceCertificate() (*x509.Certificate, error) { return certificate(e.Device) }

// RootCertificate returns the root to pin.
func (e Enrolment) RootCertificate() (*x509.Certificate, error) { return certificate(e.Root) }

func (e Enrolment) check() error {
	raw, err := hex.DecodeString(e.ClientID)
	switch {
	case e.V != 1:
		return fmt.Errorf("%w: v", ErrEnrolment)
	case wire.CheckKiosk(e.Kiosk) != nil:
		return fmt.Errorf("%w: kiosk", ErrEnrolment)
	case e.Mailbox == "":
		return fmt.Errorf("%w: mailbox", ErrEnrolment)
	case err != nil || len(raw) != 16 || hex.EncodeToString(raw) != e.ClientID:
		return fmt.Errorf("%w: clientId", ErrEnrolment)
	case len(e.Keyring) == 0:
		return fmt.Errorf("%w: keyring", ErrEnrolment)
	}
	if u, err := url.Parse(e.Broker); err != nil || u.Scheme != "tls" || u.Hostname() == "" || u.Port() == "" {
		return fmt.Errorf("%w: broker", ErrEnrolment)
	}
	if _, err := certificate(e.Device); err != nil {
		return fmt.Errorf("%w: device", ErrEnrolment)
	}
	if _, err := certificate(e.Root); err != nil {
		return fmt.Errorf("%w: root", ErrEnrolment)
	}
	return nil
}

func certificate(text string) (*x509.Certificate, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		return nil, fmt.Errorf("%w: not one PEM certificate", ErrEnrolment)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate", ErrEnrolment)
	}
	return cert, nil
}
