// Package profile says what each kind of certificate in Madoguchi looks like: one table that package issue issues
// by and that every verifier checks by, and the way from a certificate to its pinned anchor.
//
// Error model: every failure wraps one of the Err… values below and names the profile; it never holds a name, an
// address or another value of the certificate, so that it may be logged. No certificate can panic.
//
// Private policies and extensions stand under 1.3.6.1.4.1.99999, an arc that IANA has not assigned; an operator
// with an enterprise number of its own replaces Arc before the first installation.
package profile

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

// The named failures of Check and Chain.
var (
	ErrKeyUsage         = errors.New("key usage")                                     // RFC 5280 §4.2.1.3
	ErrExtKeyUsage      = errors.New("extended key usage")                            // RFC 5280 §4.2.1.12
	ErrBasicConstraints = errors.New("basic constraints")                             // RFC 5280 §4.2.1.9
	ErrPolicy           = errors.New("certificate policy")                            // RFC 5280 §4.2.1.4
	ErrKeyType          = errors.New("key type")                                      // algorithm, size or curve
	ErrSubject          = errors.New("subject")                                       // a part that the profile demands is missing
	ErrNames            = errors.New("subject alternative name")                      // RFC 5280 §4.2.1.6
	ErrCritical         = errors.New("unknown critical extension")                    // RFC 5280 §4.2
	ErrChain            = errors.New("not issued by a pinned anchor")                 // no anchor's key made the signature
	ErrTime             = errors.New("outside the validity of certificate or anchor") // RFC 5280 §4.1.2.5
	ErrHolder           = errors.New("no holder as 署名用電子証明書 carry it")                // HolderOf
)

// KeyType is a kind of public key.
type KeyType int

// The key types in use.
const (
	RSA  KeyType = iota // 2048 to 4096 bits, e = 65537
	P256                // ECDSA on NIST P-256
	P384                // ECDSA on NIST P-384
)

// Profile describes one kind of certificate.
type Profile struct {
	Name        string   // for errors and documents
	CA          bool     // a self-signed anchor; everything else is issued by one directly
	Issuer      *Profile // the anchor's profile; nil for an anchor
	Key         KeyType
	OtherKeys   []KeyType          // accepted beside Key
	KeyUsage    x509.KeyUsage      // exactly these bits
	ExtKeyUsage []x509.ExtKeyUsage // exactly these
	Policy      string             // dotted OID that must be asserted; "" for none
	DemoPolicy  string             // accepted in Policy's place where IsDemo holds; "" for none
	CPS         string             // policy qualifier that is issued; not checked
	Unit        string             // an OU that the subject must have; "" for none
	CommonName  string             // the CN that the subject must have; "" for any
	PathLenZero bool               // the anchor issues end entities only; JPKI sets no limit
	Holder      bool               // SAN carries the person's data as otherName (jpki-card.md §10.3)
	Host        bool               // SAN carries at least one DNS name or IP address
}

// Arc is the private arc of Madoguchi's own policies (Arc.1.n) and extensions (Arc.2.n).
const Arc = "1.3.6.1.4.1.99999"

// The anchors.
var (
	// JPKISignCA is the 署名用 CA of JPKI, any generation.
	JPKISignCA = &Profile{Name: "jpki-sign-ca", CA: true, Key: RSA, KeyUsage: caUsage, Unit: "JPKI for digital signature"}
	// JPKIAuthCA is the 利用者証明用 CA of JPKI, any generation.
	JPKIAuthCA = &Profile{Name: "jpki-auth-ca", CA: true, Key: RSA, KeyUsage: caUsage, Unit: "JPKI for user authentication"}
	// Root is a mailbox's offline root; path length 0.
	Root = &Profile{Name: "root", CA: true, Key: P256, KeyUsage: caUsage, PathLenZero: true}
)

// The end entities.
var (
	// JPKISign is the 署名用電子証明書: names its holder.
	JPKISign = &Profile{
		Name: "jpki-sign", Issuer: JPKISignCA, Key: RSA, OtherKeys: nextCard, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		Policy: "1.2.392.200149.8.5.1.1.20", DemoPolicy: "1.2.392.200149.8.5.1.0.20", CPS: jpkiCPS, Holder: true,
	}
	// JPKIAuth is the 利用者証明用電子証明書: pseudonymous.
	JPKIAuth = &Profile{
		Name: "jpki-auth", Issuer: JPKIAuthCA, Key: RSA, OtherKeys: nextCard, KeyUsage: x509.KeyUsageDigitalSignature,
		Policy: "1.2.392.200149.8.5.1.3.30", CPS: jpkiCPS,
	}
	// Receipt signs receipts and refusals.
	Receipt = &Profile{Name: "receipt", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature, Policy: Arc + ".1.1"}
	// Keyring signs a mailbox's keyring.
	Keyring = &Profile{Name: "keyring", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature, Policy: Arc + ".1.2"}
	// Catalogue signs a mailbox's catalogues.
	Catalogue = &Profile{Name: "catalogue", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature, Policy: Arc + ".1.6"}
	// TSA is a mailbox's own time-stamp authority (RFC 3161 §2.3): no independent witness.
	TSA = &Profile{
		Name: "tsa", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}, Policy: Arc + ".1.7",
	}
	// Device is a kiosk: TLS client, signs envelopes. CN is the kiosk id.
	Device = &Profile{
		Name: "device", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, Policy: Arc + ".1.3",
	}
	// Mailbox is the mailbox's own MQTT client.
	Mailbox = &Profile{
		Name: "mailbox", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, Policy: Arc + ".1.4", CommonName: "mailbox",
	}
	// Broker is the broker's TLS server.
	Broker = &Profile{
		Name: "broker", Issuer: Root, Key: P256, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, Policy: Arc + ".1.5", Host: true,
	}
)

// nextCard are the keys that the next generation of the card is expected to have (jpki-card.md §9).
var nextCard = []KeyType{P384}

const (
	caUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	jpkiCPS = "http://www.jpki.go.jp/cps.html"
)

// All returns every profile, anchors first.
func All() []*Profile {
	return []*Profile{JPKISignCA, JPKIAuthCA, Root, JPKISign, JPKIAuth, Receipt, Keyring, Catalogue, TSA, Device, Mailbox, Broker}
}

// DemoOrganization is the O of every anchor that exists for a demonstration or a test.
const DemoOrganization = "Madoguchi Demo"

// DemoExtension marks a demo anchor and whatever it issues; non-critical, its value is NULL.
var DemoExtension = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 2, 1}

// IsDemo reports whether a certificate belongs to a demonstration or a test: it carries DemoExtension, or its
// subject or issuer is of DemoOrganization or of the hierarchy of J-LIS's test cards (O=JPKI-TEST).
func IsDemo(cert *x509.Certificate) bool {
	for _, e := range cert.Extensions {
		if e.Id.Equal(DemoExtension) {
			return true
		}
	}
	for _, o := range append(append([]string(nil), cert.Subject.Organization...), cert.Issuer.Organization...) {
		if o == DemoOrganization || o == "JPKI-TEST" {
			return true
		}
	}
	return false
}

func (p *Profile) fail(err error, detail string) error {
	if detail == "" {
		return fmt.Errorf("profile %s: %w", p.Name, err)
	}
	return fmt.Errorf("profile %s: %w: %s", p.Name, err, detail)
}
