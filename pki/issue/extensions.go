package issue

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/profile"
)

var (
	oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidIssuerAltName  = asn1.ObjectIdentifier{2, 5, 29, 18}
	oidCRLPoints      = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidPolicies       = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidCPS            = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 2, 1}
)

// stamping is the extended key usage of a time-stamp authority: alone and critical.
var stamping = pkix.Extension{
	Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: []byte{0x30, 10, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 8},
}

// policies is the certificatePolicies extension (RFC 5280 §4.2.1.4), critical as in JPKI.
func policies(p *profile.Profile) (pkix.Extension, error) {
	oid, err := parseOID(p.Policy)
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("issue %s: %w", p.Name, err)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			if p.CPS != "" {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addCPS(b, p.CPS) })
			}
		})
	})
	return extension(oidPolicies, true, &b)
}

func addCPS(b *cryptobyte.Builder, uri string) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidCPS)
		b.AddASN1(cbasn1.IA5String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(uri)) })
	})
}

// addNames fills the alternative names of subject and issuer and, for JPKI, the point of the municipality's CRL.
func addNames(template *x509.Certificate, p *profile.Profile, r Request) error {
	if p.Host {
		template.DNSNames, template.IPAddresses = r.DNS, r.IPs
	}
	if p.Holder {
		if r.Holder == nil {
			return fmt.Errorf("issue %s: no holder given", p.Name)
		}
		san, err := r.Holder.Marshal()
		if err != nil {
			return fmt.Errorf("issue %s: %w", p.Name, err)
		}
		template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: oidSubjectAltName, Critical: true, Value: san})
	}
	if p.Issuer == profile.JPKISignCA || p.Issuer == profile.JPKIAuthCA {
		return addJPKI(template, p, r)
	}
	return nil
}

// addJPKI adds issuerAltName and cRLDistributionPoints, both directoryNames (jpki-card.md §10.2).
func addJPKI(template *x509.Certificate, p *profile.Profile, r Request) error {
	issuer, err := marshalName(pkix.Name{Country: []string{"JP"}, Organization: []string{"公的個人認証サービス"}})
	if err != nil {
		return fmt.Errorf("issue %s: %w", p.Name, err)
	}
	units := append([]string{p.Issuer.Unit, "CRL Distribution Points"}, r.Subject.Locality...)
	point, err := marshalName(pkix.Name{Country: []string{"JP"}, Organization: []string{"JPKI"}, OrganizationalUnit: units})
	if err != nil {
		return fmt.Errorf("issue %s: %w", p.Name, err)
	}
	ian, err := extension(oidIssuerAltName, false, within(directoryName(issuer), cbasn1.SEQUENCE))
	if err != nil {
		return err
	}
	full := []cbasn1.Tag{context(0), context(0), cbasn1.SEQUENCE, cbasn1.SEQUENCE} // fullName, distributionPoint, point, points
	crl, err := extension(oidCRLPoints, false, within(directoryName(point), full...))
	if err != nil {
		return err
	}
	template.ExtraExtensions = append(template.ExtraExtensions, ian, crl)
	return nil
}

func context(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// directoryName is the GeneralName of that kind, explicit because Name is a CHOICE.
func directoryName(name []byte) *cryptobyte.Builder {
	var b cryptobyte.Builder
	b.AddASN1(context(4), func(b *cryptobyte.Builder) { b.AddBytes(name) })
	return &b
}

// within wraps what inner holds in the tags, the first innermost.
func within(inner *cryptobyte.Builder, tags ...cbasn1.Tag) *cryptobyte.Builder {
	for _, tag := range tags {
		var b cryptobyte.Builder
		content, err := inner.Bytes()
		if err != nil {
			b.SetError(err)
		}
		b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(content) })
		inner = &b
	}
	return inner
}

func extension(id asn1.ObjectIdentifier, critical bool, b *cryptobyte.Builder) (pkix.Extension, error) {
	value, err := b.Bytes()
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("issue: extension %s: %w", id, err)
	}
	return pkix.Extension{Id: id, Critical: critical, Value: value}, nil
}

func parseOID(dotted string) (asn1.ObjectIdentifier, error) {
	var oid asn1.ObjectIdentifier
	for arc := range strings.SplitSeq(dotted, ".") {
		n, err := strconv.Atoi(arc)
		if err != nil {
			return nil, fmt.Errorf("policy: not an object identifier: %w", err)
		}
		oid = append(oid, n)
	}
	return oid, nil
}
