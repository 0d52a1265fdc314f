package path

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSubjectAltName    = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidNameConstraints   = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidPolicies          = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidMappings          = asn1.ObjectIdentifier{2, 5, 29, 33}
	oidPolicyConstraints = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidInhibitAny        = asn1.ObjectIdentifier{2, 5, 29, 54}
)

// extensions are those that steer §6.1. A counter of -1 is absent.
type extensions struct {
	policies        []string // nil: no certificatePolicies
	mappings        mappings
	constraints     *pkix.Extension
	requireExplicit int
	inhibitMapping  int
	inhibitAny      int
	unknown         asn1.ObjectIdentifier // the first critical one that is not understood
}

// mappings are policyMappings in order: issuer's domain, subject's domain.
type mappings [][2]string

func (m mappings) has(policy string) bool {
	return slices.ContainsFunc(m, func(pair [2]string) bool { return pair[0] == policy || pair[1] == policy })
}

// maxEntries bounds policies, mappings and names of one certificate.
const maxEntries = 256

func readExtensions(cert *x509.Certificate) (*extensions, bool) {
	e := &extensions{requireExplicit: -1, inhibitMapping: -1, inhibitAny: -1}
	for i := range cert.Extensions {
		ext := &cert.Extensions[i]
		ok := true
		switch in := cryptobyte.String(ext.Value); {
		case ext.Id.Equal(oidPolicies):
			e.policies, ok = readPolicies(in)
		case ext.Id.Equal(oidMappings):
			e.mappings, ok = readMappings(in)
		case ext.Id.Equal(oidPolicyConstraints):
			ok = e.readConstraints(in)
		case ext.Id.Equal(oidInhibitAny):
			ok = readCount(&in, cbasn1.INTEGER, &e.inhibitAny) && in.Empty()
		case ext.Id.Equal(oidNameConstraints):
			e.constraints = ext
		}
		if !ok {
			return nil, false
		}
		if ext.Critical && e.unknown == nil && !slices.ContainsFunc(understood, ext.Id.Equal) {
			e.unknown = ext.Id
		}
	}
	return e, true
}

func readPolicies(in cryptobyte.String) ([]string, bool) {
	var all cryptobyte.String
	out := []string{}
	if !in.ReadASN1(&all, cbasn1.SEQUENCE) || !in.Empty() || all.Empty() {
		return nil, false
	}
	for !all.Empty() {
		var info, qualifiers cryptobyte.String
		var id asn1.ObjectIdentifier
		var present bool
		ok := len(out) < maxEntries && all.ReadASN1(&info, cbasn1.SEQUENCE) && info.ReadASN1ObjectIdentifier(&id) &&
			info.ReadOptionalASN1(&qualifiers, &present, cbasn1.SEQUENCE) && info.Empty() && !slices.Contains(out, id.String())
		if !ok {
			return nil, false
		}
		out = append(out, id.String())
	}
	return out, true
}

func readMappings(in cryptobyte.String) (mappings, bool) {
	var all cryptobyte.String
	var out mappings
	if !in.ReadASN1(&all, cbasn1.SEQUENCE) || !in.Empty() || all.Empty() {
		return nil, false
	}
	for !all.Empty() {
		var pair cryptobyte.String
		var from, to asn1.ObjectIdentifier
		ok := len(out) < maxEntries && all.ReadASN1(&pair, cbasn1.SEQUENCE) && pair.ReadASN1ObjectIdentifier(&from) &&
			pair.ReadASN1ObjectIdentifier(&to) && pair.Empty()
		if !ok {
			return nil, false
		}
		out = append(out, [2]string{from.String(), to.String()})
	}
	return out, true
}

// readConstraints reads PolicyConstraints, which must say something (§4.2.1.11).
func (e *extensions) readConstraints(in cryptobyte.String) bool {
	var body cryptobyte.String
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !in.Empty() || body.Empty() {
		return false
	}
	for n, value := range []*int{&e.requireExplicit, &e.inhibitMapping} {
		tag := cbasn1.Tag(n).ContextSpecific()
		if body.PeekASN1Tag(tag) && !readCount(&body, tag, value) {
			return false
		}
	}
	return body.Empty()
}

// readCount reads SkipCerts under the tag. More than fits is as good as the largest.
func readCount(in *cryptobyte.String, tag cbasn1.Tag, out *int) bool {
	var raw cryptobyte.String
	if !in.ReadASN1(&raw, tag) || len(raw) == 0 || raw[0]&0x80 != 0 || len(raw) > 1 && raw[0] == 0 && raw[1]&0x80 == 0 {
		return false
	}
	*out = 0
	for _, b := range raw {
		*out = min(*out<<8|int(b), 1<<20)
	}
	return true
}
