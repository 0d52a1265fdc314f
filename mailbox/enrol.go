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

// ErrProof reports a request for a further key of an enrolled kiosk that its present key did not sign.
var ErrProof = errors.New("mailbox: this kiosk is enrolled with another key, and that key did not sign the request: " +
	"make the request with `kiosk renew`; a kiosk that has lost its key is struck off and enrolled under a new id")

// request is what a kiosk asks to be certified.
type request struct {
	csr   *x509.CertificateRequest
	proof []byte // signature by its present device key over the CSR; nil: a first enrolment
}

// Enrol registers a kiosk (registry.ErrTaken when its id or its key is registered with another) and signs its device
// certificate. The id is the request's common name. profile is one of registry.Profiles; empty: as it is registered. A
// further key of a registered kiosk must come with the proof of `kiosk renew`, else ErrProof; it works beside the
// earlier one until that one's certificate ends. It needs the offline root and may run beside a serving mailbox.
func Enrol(dir string, text []byte, profile string) (Enrolment, error) {
	r, err := parseRequest(text)
	if err != nil {
		return Enrolment{}, err
	}
	config, err := LoadConfig(dir)
	if err != nil {
		return Enrolment{}, err
	}
	e := Enrolment{V: 1, Kiosk: r.csr.Subject.CommonName, Profile: profile, Mailbox: config.Name}
	if e.Broker, err = config.broker(); err != nil {
		return Enrolment{}, err
	}
	if e.ClientID, err = newClientID(); err != nil {
		return Enrolment{}, err
	}
	if e.Keyring, err = readFile(dir, KeyringFile); err != nil {
		return Enrolment{}, err
	}
	ends, err := certify(dir, r.csr, &e)
	if err != nil {
		return Enrolment{}, err
	}
	return e, withStore(dir, func(tx *store.Tx) error { return register(tx, r, &e, ends) })
}

func parseRequest(text []byte) (request, error) {
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		return request{}, fmt.Errorf("%w: not PEM", ErrRequest)
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return request{}, fmt.Errorf("%w: malformed", ErrRequest)
	}
	if err := csr.CheckSignature(); err != nil {
		return request{}, fmt.Errorf("%w: signature", ErrRequest)
	}
	if err := wire.CheckKiosk(csr.Subject.CommonName); err != nil {
		return request{}, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	r := request{csr: csr}
	if proof, _ := pem.Decode(rest); proof != nil && proof.Type == enrolment.ProofBlock {
		r.proof = proof.Bytes
	}
	return r, nil
}

// certify issues the device certificate and returns when it ends.
func certify(dir string, csr *x509.CertificateRequest, e *Enrolment) (ends time.Time, err error) {
	root, err := readRoot(dir)
	if err != nil {
		return ends, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	ends = now.Add(lineTerm)
	der, err := root.Issue(profile.Device, issue.Request{
		Subject: pkix.Name{CommonName: csr.Subject.CommonName}, Public: csr.PublicKey, From: now.Add(-skew), To: ends,
	})
	if err != nil {
		return ends, fmt.Errorf("mailbox: device certificate: %w", err)
	}
	e.Device, e.Root = string(certPEM(der)), string(certPEM(root.Cert.Raw))
	return ends, nil
}

// register writes the enrolment into the register; a profile that is not given is filled in from there.
func register(tx *store.Tx, r request, e *Enrolment, ends time.Time) error {
	add := registry.Add
	k, err := registry.Get(tx, e.Kiosk)
	switch _, known := k.Device(r.csr.RawSubjectPublicKeyInfo); {
	case errors.Is(err, registry.ErrUnknown):
	case err != nil:
		return err
	case k.Struck():
		return registry.ErrStruck
	case !known && r.proof == nil:
		return fmt.Errorf("%w: %w", ErrProof, registry.ErrTaken)
	case !known:
		signed, err := k.Signed(enrolment.Proof(r.csr.Raw), r.proof)
		if err != nil {
			return err
		}
		if !signed {
			return fmt.Errorf("%w: %w", ErrProof, registry.ErrTaken)
		}
		add = registry.Renew
	}
	if e.Profile == "" {
		e.Profile = k.Profile
	}
	return add(tx, registry.Request{
		ID: e.Kiosk, Profile: e.Profile, Device: r.csr.RawSubjectPublicKeyInfo, NotAfter: ends, ClientID: e.ClientID, At: time.Now(),
	})
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

// withStore runs do in one write transaction of the mailbox's database, beside a serving mailbox too.
func withStore(dir string, do func(*store.Tx) error) error {
	return opened(dir, func(ctx context.Context, s *store.Store) error { return s.Update(ctx, do) })
}

// viewStore is withStore for what only reads.
func viewStore(dir string, do func(*store.Tx) error) error {
	return opened(dir, func(ctx context.Context, s *store.Store) error { return s.View(ctx, do) })
}

func opened(dir string, do func(context.Context, *store.Store) error) error {
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
	return do(ctx, s)
}
