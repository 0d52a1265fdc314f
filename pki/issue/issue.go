// Package issue makes certificates by the table in package profile: anchors and what they issue directly.
//
// Error model: what a profile refuses wraps that package's Err… values, for every certificate is checked by its own
// profile before it is returned; the rest are wrapped errors of crypto/x509. No error holds a person's data.
package issue

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/profile"
)

// CA is an anchor that can issue.
type CA struct {
	Cert *x509.Certificate
	Key  crypto.Signer
}

// Request is what a profile leaves open.
type Request struct {
	Subject  pkix.Name // C, O, OU, L and CN are used, one RDN for each value
	Public   crypto.PublicKey
	From, To time.Time       // validity, to the second
	DNS      []string        // for profiles with Host
	IPs      []net.IP        // for profiles with Host
	Holder   *profile.Holder // for profiles with Holder
	Serial   *big.Int        // nil: 127 random bits
}

// NewKey draws a key of the kind that p demands.
func NewKey(p *profile.Profile) (crypto.Signer, error) {
	if p.Key == profile.RSA {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// NewRoot makes a self-signed anchor of profile p. An OU that the profile demands is added to the subject. A subject
// of profile.DemoOrganization, or none at all, makes a demo anchor, which marks itself and all that it issues.
func NewRoot(p *profile.Profile, subject pkix.Name, key crypto.Signer, from, to time.Time) (*CA, error) {
	if !p.CA {
		return nil, fmt.Errorf("issue %s: not an anchor's profile", p.Name)
	}
	if len(subject.ToRDNSequence()) == 0 {
		subject = pkix.Name{Country: []string{"JP"}, Organization: []string{profile.DemoOrganization}}
	}
	if p.Unit != "" && !slices.Contains(subject.OrganizationalUnit, p.Unit) {
		subject.OrganizationalUnit = append([]string{p.Unit}, subject.OrganizationalUnit...)
	}
	r := Request{Subject: subject, Public: key.Public(), From: from, To: to}
	template, err := newTemplate(p, r, slices.Contains(subject.Organization, profile.DemoOrganization))
	if err != nil {
		return nil, err
	}
	cert, err := create(p, template, template, r.Public, key)
	if err != nil {
		return nil, err
	}
	return &CA{Cert: cert, Key: key}, nil
}

// Issue makes a certificate of profile p, DER. The CA must be of p's issuer profile; the result has been checked
// against p and the CA.
func (ca *CA) Issue(p *profile.Profile, r Request) (der []byte, err error) {
	if p.Issuer == nil {
		return nil, fmt.Errorf("issue %s: an anchor is made by NewRoot", p.Name)
	}
	if err := p.Issuer.Check(ca.Cert); err != nil {
		return nil, fmt.Errorf("issue %s: by this CA: %w", p.Name, err)
	}
	template, err := newTemplate(p, r, profile.IsDemo(ca.Cert))
	if err != nil {
		return nil, err
	}
	if err := addNames(template, p, r); err != nil {
		return nil, err
	}
	cert, err := create(p, template, ca.Cert, r.Public, ca.Key)
	if err != nil {
		return nil, err
	}
	if err := profile.Issued(cert, p, []*x509.Certificate{ca.Cert}); err != nil {
		return nil, fmt.Errorf("issue: %w", err)
	}
	return cert.Raw, nil
}

func create(p *profile.Profile, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return nil, fmt.Errorf("issue %s: %w", p.Name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("issue %s: own certificate: %w", p.Name, err)
	}
	if err := p.Check(cert); err != nil {
		return nil, fmt.Errorf("issue: %w", err)
	}
	return cert, nil
}

// newTemplate fills what every certificate of the profile has.
func newTemplate(p *profile.Profile, r Request, demo bool) (*x509.Certificate, error) {
	if !r.From.Before(r.To) {
		return nil, fmt.Errorf("issue %s: validity ends before it begins", p.Name)
	}
	subject, err := marshalName(r.Subject)
	if err != nil {
		return nil, fmt.Errorf("issue %s: %w", p.Name, err)
	}
	id, err := keyID(r.Public)
	if err != nil {
		return nil, fmt.Errorf("issue %s: %w", p.Name, err)
	}
	serial := r.Serial
	if serial == nil {
		if serial, err = newSerial(); err != nil {
			return nil, err
		}
	}
	template := &x509.Certificate{
		SerialNumber: serial, RawSubject: subject, NotBefore: r.From.UTC(), NotAfter: r.To.UTC(), SubjectKeyId: id,
		KeyUsage: p.KeyUsage, ExtKeyUsage: p.ExtKeyUsage,
	}
	if p.CA {
		template.BasicConstraintsValid, template.IsCA = true, true
		template.MaxPathLenZero = p.PathLenZero
	}
	if slices.Contains(p.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) { // critical (RFC 3161 §2.3), which package x509 cannot write
		template.ExtKeyUsage, template.ExtraExtensions = nil, []pkix.Extension{stamping}
	}
	if p.Policy != "" {
		ext, err := policies(p)
		if err != nil {
			return nil, err
		}
		template.ExtraExtensions = append(template.ExtraExtensions, ext)
	}
	if demo {
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: profile.DemoExtension, Value: []byte{5, 0}})
	}
	return template, nil
}

func newSerial() (*big.Int, error) {
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return nil, fmt.Errorf("issue: draw serial: %w", err)
	}
	raw[0] = raw[0]&0x7F | 0x40 // positive, and always of full length
	return new(big.Int).SetBytes(raw), nil
}

// keyID is the key identifier of RFC 7093 §2 method 1: 160 bits of the SHA-256 of the public key.
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	var info, algorithm cryptobyte.String
	var key []byte
	in := cryptobyte.String(der)
	if !in.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !info.ReadASN1BitStringAsBytes(&key) {
		return nil, errors.New("public key: not a SubjectPublicKeyInfo")
	}
	sum := sha256.Sum256(key)
	return sum[:20], nil
}

// marshalName encodes C, O, OU, L, CN in that order, one RDN for each value, C as PrintableString and the rest as
// UTF8String: the way JPKI writes them, where package pkix would put several OUs into one RDN.
func marshalName(name pkix.Name) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addRDNs(b, 6, cbasn1.PrintableString, name.Country)
		addRDNs(b, 10, cbasn1.UTF8String, name.Organization)
		addRDNs(b, 11, cbasn1.UTF8String, name.OrganizationalUnit)
		addRDNs(b, 7, cbasn1.UTF8String, name.Locality)
		if name.CommonName != "" {
			addRDNs(b, 3, cbasn1.UTF8String, []string{name.CommonName})
		}
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("name: %w", err)
	}
	if len(der) == 2 {
		return nil, errors.New("name: empty")
	}
	return der, nil
}

// addRDNs adds one RelativeDistinguishedName for each value of attribute type 2.5.4.kind.
func addRDNs(b *cryptobyte.Builder, kind int, tag cbasn1.Tag, values []string) {
	for _, value := range values {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 5, 4, kind})
				b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(value)) })
			})
		})
	}
}
