package profile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
)

// Extensions that may be critical. Name constraints, policy constraints and the like are refused: nothing here
// would enforce them.
var (
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidSubjectAltName   = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}

	understood = []asn1.ObjectIdentifier{oidKeyUsage, oidSubjectAltName, oidBasicConstraints, oidPolicies, oidExtKeyUsage}
)

// Check reports whether cert is what the profile says, by its own contents alone: not who issued it, not when it
// is valid. The error wraps one of ErrKeyUsage, ErrExtKeyUsage, ErrBasicConstraints, ErrPolicy, ErrKeyType,
// ErrSubject, ErrNames, ErrCritical.
func (p *Profile) Check(cert *x509.Certificate) error {
	for _, step := range []func(*x509.Certificate) error{
		p.checkCritical, p.checkConstraints, p.checkUsage, p.checkPolicy, p.checkKey, p.checkSubject, p.checkNames,
	} {
		if err := step(cert); err != nil {
			return err
		}
	}
	return nil
}

func (p *Profile) checkCritical(cert *x509.Certificate) error {
	for _, e := range cert.Extensions {
		known := slices.ContainsFunc(understood, e.Id.Equal)
		if e.Critical && !known {
			return p.fail(ErrCritical, e.Id.String())
		}
	}
	return nil
}

func (p *Profile) checkConstraints(cert *x509.Certificate) error {
	switch isCA := cert.BasicConstraintsValid && cert.IsCA; {
	case cert.Version != 3:
		return p.fail(ErrBasicConstraints, "not an X.509 v3 certificate")
	case p.CA && !isCA:
		return p.fail(ErrBasicConstraints, "not a CA")
	case !p.CA && isCA:
		return p.fail(ErrBasicConstraints, "a CA")
	case p.PathLenZero && (cert.MaxPathLen != 0 || !cert.MaxPathLenZero):
		return p.fail(ErrBasicConstraints, "path length")
	}
	return nil
}

func (p *Profile) checkUsage(cert *x509.Certificate) error {
	if cert.KeyUsage != p.KeyUsage {
		return p.fail(ErrKeyUsage, "")
	}
	if len(cert.UnknownExtKeyUsage) > 0 || !slices.Equal(cert.ExtKeyUsage, p.ExtKeyUsage) {
		return p.fail(ErrExtKeyUsage, "")
	}
	return nil
}

func (p *Profile) checkPolicy(cert *x509.Certificate) error {
	if p.Policy == "" {
		return nil
	}
	if asserts(cert, p.Policy) || p.DemoPolicy != "" && IsDemo(cert) && asserts(cert, p.DemoPolicy) {
		return nil
	}
	return p.fail(ErrPolicy, "")
}

func asserts(cert *x509.Certificate, policy string) bool {
	want, err := x509.ParseOID(policy)
	return err == nil && slices.ContainsFunc(cert.Policies, want.Equal)
}

func (p *Profile) checkKey(cert *x509.Certificate) error {
	kind, ok := keyType(cert.PublicKey)
	if !ok || kind != p.Key && !slices.Contains(p.OtherKeys, kind) {
		return p.fail(ErrKeyType, "")
	}
	return nil
}

// keyType tells the type of a key that may be used at all.
func keyType(key any) (KeyType, bool) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return RSA, bits >= 2048 && bits <= 4096 && key.E == 65537
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return P256, true
		case elliptic.P384():
			return P384, true
		}
	}
	return 0, false
}

func (p *Profile) checkSubject(cert *x509.Certificate) error {
	if p.Unit != "" && !slices.Contains(cert.Subject.OrganizationalUnit, p.Unit) {
		return p.fail(ErrSubject, "organizational unit")
	}
	if p.CommonName != "" && cert.Subject.CommonName != p.CommonName {
		return p.fail(ErrSubject, "common name")
	}
	return nil
}

func (p *Profile) checkNames(cert *x509.Certificate) error {
	if p.Host && len(cert.DNSNames)+len(cert.IPAddresses) == 0 {
		return p.fail(ErrNames, "no host")
	}
	if p.Holder {
		if _, err := HolderOf(cert); err != nil {
			return p.fail(ErrNames, err.Error())
		}
		return nil
	}
	if slices.ContainsFunc(cert.UnhandledCriticalExtensions, oidSubjectAltName.Equal) {
		return p.fail(ErrNames, "critical, and of no known kind")
	}
	return nil
}
