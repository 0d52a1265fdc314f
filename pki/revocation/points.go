package revocation

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/dn"
)

var (
	oidCRLNumber      = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReasonCode     = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidDeltaIndicator = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidIssuingPoint   = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidCertIssuer     = asn1.ObjectIdentifier{2, 5, 29, 29}
	oidPoints         = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidExpiredCerts   = asn1.ObjectIdentifier{2, 5, 29, 60}
	oidAuthorityKey   = asn1.ObjectIdentifier{2, 5, 29, 35}
)

// reasons is ReasonFlags (RFC 5280 §4.2.1.13), bit n for flag n, without "unused".
type reasons uint16

const allReasons reasons = 0x1FE // keyCompromise (1) to aACompromise (8)

// distributionPoint is one of a certificate (RFC 5280 §4.2.1.13).
type distributionPoint struct {
	names   [][]byte // GeneralNames of fullName, each a whole element; nil: none
	rdn     []byte   // nameRelativeToCRLIssuer: the RDN's content
	reasons reasons
	issuers [][]byte // cRLIssuer: the GeneralNames
}

// issuingPoint is a list's issuingDistributionPoint (RFC 5280 §5.2.5).
type issuingPoint struct {
	raw                                        []byte
	names                                      [][]byte
	rdn                                        []byte
	userOnly, caOnly, attributesOnly, indirect bool
	reasons                                    reasons
}

func tag(n uint8) cbasn1.Tag      { return cbasn1.Tag(n).ContextSpecific() }
func explicit(n uint8) cbasn1.Tag { return tag(n).Constructed() }

const maxNames = 32

// pointsOf returns the certificate's distribution points and after them the one that §6.3.3 falls back to: the
// certificate's issuer, all reasons.
func pointsOf(cert *x509.Certificate) ([]distributionPoint, error) {
	out := []distributionPoint{}
	for _, e := range cert.Extensions {
		if !e.Id.Equal(oidPoints) {
			continue
		}
		in, all := cryptobyte.String(e.Value), cryptobyte.String(nil)
		if !in.ReadASN1(&all, cbasn1.SEQUENCE) || !in.Empty() {
			return nil, fail(Format, "cRLDistributionPoints")
		}
		for !all.Empty() {
			var one cryptobyte.String
			if len(out) == maxNames || !all.ReadASN1(&one, cbasn1.SEQUENCE) {
				return nil, fail(Format, "cRLDistributionPoints")
			}
			point, ok := readPoint(one)
			if !ok {
				return nil, fail(Format, "DistributionPoint")
			}
			out = append(out, point)
		}
	}
	var b cryptobyte.Builder
	b.AddASN1(explicit(4), func(b *cryptobyte.Builder) { b.AddBytes(cert.RawIssuer) })
	issuer, err := b.Bytes()
	if err != nil {
		return nil, fail(Format, "issuer")
	}
	return append(out, distributionPoint{names: [][]byte{issuer}, reasons: allReasons}), nil
}

func readPoint(in cryptobyte.String) (distributionPoint, bool) {
	p := distributionPoint{reasons: allReasons}
	var issuers cryptobyte.String
	var present bool
	ok := readPointName(&in, &p.names, &p.rdn) && readReasons(&in, 1, &p.reasons) && in.ReadOptionalASN1(&issuers, &present, explicit(2)) && in.Empty()
	if ok && present {
		p.issuers, ok = readNames(issuers)
	}
	return p, ok && (p.names != nil || p.rdn != nil || p.issuers != nil)
}

// readPointName reads an optional [0] DistributionPointName.
func readPointName(in *cryptobyte.String, names *[][]byte, rdn *[]byte) bool {
	var choice, full cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&choice, &present, explicit(0)) || !present {
		return !in.PeekASN1Tag(explicit(0))
	}
	if choice.PeekASN1Tag(explicit(1)) {
		return choice.ReadASN1((*cryptobyte.String)(rdn), explicit(1)) && choice.Empty()
	}
	var ok bool
	if !choice.ReadASN1(&full, explicit(0)) || !choice.Empty() {
		return false
	}
	*names, ok = readNames(full)
	return ok
}

// readReasons reads an optional IMPLICIT ReasonFlags.
func readReasons(in *cryptobyte.String, n uint8, out *reasons) bool {
	var raw cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&raw, &present, tag(n)) {
		return false
	}
	if !present {
		return true
	}
	if len(raw) < 2 || len(raw) > 3 || raw[0] > 7 {
		return false
	}
	*out = 0
	for i := 1; i <= 8; i++ {
		if at := 1 + i/8; at < len(raw) && raw[at]&(0x80>>(i%8)) != 0 {
			*out |= 1 << i
		}
	}
	return true
}

func readNames(in cryptobyte.String) ([][]byte, bool) {
	var out [][]byte
	for !in.Empty() {
		var name cryptobyte.String
		var any cbasn1.Tag
		if len(out) == maxNames || !in.ReadAnyASN1Element(&name, &any) {
			return nil, false
		}
		out = append(out, name)
	}
	return out, len(out) > 0
}

func parseIssuingPoint(der []byte) (*issuingPoint, error) {
	in, body := cryptobyte.String(der), cryptobyte.String(nil)
	p := &issuingPoint{raw: der, reasons: allReasons}
	ok := in.ReadASN1(&body, cbasn1.SEQUENCE) && in.Empty() && readPointName(&body, &p.names, &p.rdn) &&
		readFlag(&body, 1, &p.userOnly) && readFlag(&body, 2, &p.caOnly) && readReasons(&body, 3, &p.reasons) &&
		readFlag(&body, 4, &p.indirect) && readFlag(&body, 5, &p.attributesOnly) && body.Empty()
	if !ok {
		return nil, fail(Format, "issuingDistributionPoint")
	}
	return p, nil
}

// readFlag reads an IMPLICIT BOOLEAN DEFAULT FALSE. A FALSE that is written out is not DER, but is met with.
func readFlag(in *cryptobyte.String, n uint8, out *bool) bool {
	var raw cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&raw, &present, tag(n)) || present && (len(raw) != 1 || raw[0] != 0 && raw[0] != 0xFF) {
		return false
	}
	*out = present && raw[0] == 0xFF
	return true
}

// matches is step (b)(2)(i) of §6.3.3. Where the certificate's point has no name, its cRLIssuer stands for one.
func (p *issuingPoint) matches(point distributionPoint, issuer []byte) bool {
	theirs := fullNames(point.names, point.rdn, firstOr(point.issuers, issuer))
	if theirs == nil {
		theirs = point.issuers
	}
	ours := fullNames(p.names, p.rdn, issuer)
	if ours == nil {
		return true
	}
	for _, a := range ours {
		if slices.ContainsFunc(theirs, func(b []byte) bool { return sameName(a, b) }) {
			return true
		}
	}
	return false
}

func firstOr(issuers [][]byte, issuer []byte) []byte {
	for _, name := range issuers {
		if der, ok := directoryName(name); ok {
			return der
		}
	}
	return issuer
}

// fullNames returns the names, or the one name that the issuer's RDNs and the relative RDN make.
func fullNames(names [][]byte, rdn, issuer []byte) [][]byte {
	if rdn == nil {
		return names
	}
	in, rdns := cryptobyte.String(issuer), cryptobyte.String(nil)
	if !in.ReadASN1(&rdns, cbasn1.SEQUENCE) {
		return nil
	}
	var b cryptobyte.Builder
	b.AddASN1(explicit(4), func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(rdns)
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(rdn) })
		})
	})
	name, err := b.Bytes()
	if err != nil {
		return nil
	}
	return [][]byte{name}
}

func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	left, ok := directoryName(a)
	if !ok {
		return false
	}
	right, ok := directoryName(b)
	return ok && dn.Equal(left, right)
}

// directoryName returns the Name of a GeneralName of that kind.
func directoryName(general []byte) ([]byte, bool) {
	in, name := cryptobyte.String(general), cryptobyte.String(nil)
	ok := in.ReadASN1(&name, explicit(4)) && in.Empty()
	return name, ok
}

// onlyDirectoryName reads GeneralNames and returns the first directoryName.
func onlyDirectoryName(der []byte) ([]byte, bool) {
	in, all := cryptobyte.String(der), cryptobyte.String(nil)
	if !in.ReadASN1(&all, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, false
	}
	names, ok := readNames(all)
	if !ok {
		return nil, false
	}
	for _, name := range names {
		if der, ok := directoryName(name); ok {
			return der, true
		}
	}
	return nil, false
}

func (p distributionPoint) isIssuer(name []byte) bool {
	return slices.ContainsFunc(p.issuers, func(general []byte) bool {
		der, ok := directoryName(general)
		return ok && dn.Equal(der, name)
	})
}

// equal compares the scope of a list and its delta: both without, or both the same.
func (p *issuingPoint) equal(other *issuingPoint) bool {
	if p == nil || other == nil {
		return p == other
	}
	return bytes.Equal(p.raw, other.raw)
}
