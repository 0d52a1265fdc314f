package mailbox

import (
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
	"madoguchi/wire"
	"madoguchi/wire/enrolment"
)

// Enrolment is the file that a kiosk reads.
type Enrolment = enrolment.Enrolment

// ErrRequest reports a certificate request that is not a kiosk's.
var ErrRequest = errors.New("mailbox: certificate request")

// Enrol registers a kiosk (registry.ErrTaken when its id or its key is registered with another) and signs its device
// certificate. The id is the request's common name. profile is one of registry.Profiles. It needs the offline root
// and may run beside a serving mailbox.
func Enrol(dir string, csrPEM []byte, profile string) (Enrolment, error) {
	csr, err := parseRequest(csrPEM)
	if err != nil {
		return Enrolment{}, err
	}
	config, err := LoadConfig(dir)
	if err != nil {
		return Enrolment{}, err
	}
	e := Enrolment{V: 1, Kiosk: csr.Subject.CommonName, Profile: profile, Mailbox: config.Name}
	if e.Broker, err = config.broker(); err != nil {
		return Enrolment{}, err
	}
	if e.ClientID, err = newClientID(); err != nil {
		return Enrolment{}, err
	}
	if e.Keyring, err = readFile(dir, KeyringFile); err != nil {
		return Enrolment{}, err
	}
	if err := certify(dir, csr, &e); err != nil {
		return Enrolment{}, err
	}
	return e, register(dir, csr, e)
}

func parseRequest(text []byte) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return nil, fmt.Errorf("%w: not PEM", ErrRequest)
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: malformed", ErrRequest)
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: signature", ErrRequest)
	}
	if err := wire.CheckKiosk(csr.Subject.CommonName); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return csr, nil
}

func certify(dir string, csr *x509.CertificateRequest, e *Enrolment) error {
	root, err := readRoot(dir)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	der, err := root.Issue(profile.Device, issue.Request{
		Subject: pkix.Name{CommonName: csr.Subject.CommonName}, Public: csr.PublicKey, From: now.Add(-skew), To: now.Add(lineTerm),
	})
	if err != nil {
		return fmt.Errorf("mailbox: device certificate: %w", err)
	}
	e.Device, e.Root = string(certPEM(der)), string(certPEM(root.Cert.Raw))
	return nil
}

func readRoot(dir string) (*issue.CA, error) {
	cert, err := readCertificate(dir, RootFile)
	if err != nil {
		return nil, err
	}
	text, err := readFile(dir, OfflineDir, "root"+keySuffix)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("mailbox: root key: not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("mailbox: root key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("mailbox: root key cannot sign")
	}
	return &issue.CA{Cert: cert, Key: signer}, nil
}

func register(dir string, csr *x509.CertificateRequest, e Enrolment) error {
	key, err := readFile(dir, keysDir, storeKeyFile)
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(dir, storeFile), key)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return s.Update(ctx, func(tx *store.Tx) error {
		return registry.Add(tx, registry.Kiosk{
			ID: e.Kiosk, Profile: e.Profile, Device: csr.RawSubjectPublicKeyInfo, EnrolledAt: time.Now(),
		}, e.ClientID)
	})
}
