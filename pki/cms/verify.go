package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/internal/check"
)

// Signature is what a message that verified says. Whether the signer is to be believed is the business of
// profile.Chain.
type Signature struct {
	Content      []byte            // the signed bytes; nil when they were detached
	Signer       *x509.Certificate // whose key made the signature
	Certificates [][]byte          // all that the message carried, DER, in its order; the signer's among them
	Attributes   [][]byte          // the attribute certificates that it carried, DER; not judged
	SigningTime  time.Time         // the signer's claim, UTC; zero where a token has none
	Value        []byte            // the signature itself, which a time-stamp is about
	Timestamps   [][]byte          // signature-time-stamp tokens (RFC 3161), not judged
	Unsigned     []string          // the kinds of all unsigned attributes, dotted
}

// Verify checks the signature and its attributes: content-type is id-data and that of the message, message-digest
// is that of the content, signing-certificate-v2 names the certificate whose key signed, signing-time is there.
// detached is the content of a message that does not carry it, nil for one that does. It checks no chain. The
// *Error names the check that failed.
func (m *Message) Verify(detached []byte) (*Signature, error) {
	content, err := m.contentOf(detached)
	if err != nil {
		return nil, err
	}
	algorithms, err := m.algorithms()
	if err != nil {
		return nil, err
	}
	cert, err := m.signerCertificate()
	if err != nil {
		return nil, err
	}
	out := &Signature{Content: m.content, Signer: cert, Certificates: m.certificates, Attributes: m.attributes, Value: m.signer.value}
	for _, a := range m.signer.unsigned {
		out.Unsigned = append(out.Unsigned, a.kind.String())
		for _, value := range a.values {
			if a.kind.Equal(oidTimestamp) {
				out.Timestamps = append(out.Timestamps, value)
			}
		}
	}
	if m.signer.signed == nil {
		if err := m.verifyBare(algorithms, cert, content); err != nil {
			return nil, err
		}
		return out, nil
	}
	if !algorithms.holds(cert.PublicKey, m.signer.signed, m.signer.value) {
		return nil, fail(SignatureValue, "")
	}
	out.SigningTime, err = m.verifyAttributes(algorithms, cert, content)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// verifyBare refuses a signature without signed attributes. RFC 5652 §5.4 allows it, but then the attributes of
// another message, presented as content, carry that message's signature.
func (m *Message) verifyBare(algorithms suite, cert *x509.Certificate, content []byte) error {
	if !check.Off(check.SignedAttributes) {
		return fail(check.SignedAttributes, "none")
	}
	if !algorithms.holds(cert.PublicKey, content, m.signer.value) {
		return fail(SignatureValue, "")
	}
	return nil
}

func (m *Message) contentOf(detached []byte) ([]byte, error) {
	switch {
	case !m.contentType.Equal(m.kind.content):
		return nil, fail(check.ContentType, "the message is of another kind")
	case m.content != nil && detached != nil:
		return nil, fail(ContentPlace, "both")
	case m.content == nil && detached == nil:
		return nil, fail(ContentPlace, "neither")
	case m.content == nil:
		return detached, nil
	}
	return m.content, nil
}

func (m *Message) algorithms() (suite, error) {
	s, ok := suiteOf(m.signer.digest, m.signer.signature)
	if !ok {
		return suite{}, fail(Algorithm, "digest with signature algorithm")
	}
	listed := slices.ContainsFunc(m.digests, func(a algorithm) bool { return a.oid.Equal(s.digest) })
	if !listed {
		return suite{}, fail(Algorithm, "digest is not in digestAlgorithms")
	}
	return s, nil
}

// signerCertificate finds the one certificate that the signer's identifier names.
func (m *Message) signerCertificate() (*x509.Certificate, error) {
	var found *x509.Certificate
	for _, der := range m.certificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fail(Format, "a certificate")
		}
		if !m.signer.names(cert) {
			continue
		}
		if found != nil {
			return nil, fail(SignerIncluded, "several")
		}
		found = cert
	}
	if found == nil {
		return nil, fail(SignerIncluded, "none")
	}
	return found, nil
}

func (s *signer) names(cert *x509.Certificate) bool {
	if s.keyID != nil {
		return bytes.Equal(s.keyID, cert.SubjectKeyId)
	}
	return bytes.Equal(s.issuer, cert.RawIssuer) && s.serial.Cmp(cert.SerialNumber) == 0
}

// verifyAttributes judges the signed attributes and returns the signing-time.
func (m *Message) verifyAttributes(algorithms suite, cert *x509.Certificate, content []byte) (time.Time, error) {
	var contentType, digest, named, at cryptobyte.String
	for _, need := range []struct {
		kind  asn1.ObjectIdentifier
		value *cryptobyte.String
		name  check.Name
	}{
		{oidContentType, &contentType, check.ContentType},
		{oidDigest, &digest, check.MessageDigest},
		{oidCertV2, &named, check.SigningCertificate},
		{oidSigningTime, &at, Attributes},
	} {
		value, n := m.signer.attribute(need.kind)
		switch {
		case n > 1:
			return time.Time{}, fail(Attributes, "more than one value of one kind")
		case n == 0 && need.name == Attributes && !m.kind.signedTime:
		case n == 0 && !check.Off(need.name):
			return time.Time{}, fail(need.name, "attribute missing")
		}
		*need.value = value
	}
	if !isOID(contentType, m.contentType) && !check.Off(check.ContentType) {
		return time.Time{}, fail(check.ContentType, "differs")
	}
	if !isOctets(digest, algorithms.sum(content)) && !check.Off(check.MessageDigest) {
		return time.Time{}, fail(check.MessageDigest, "differs")
	}
	if !namesCertificate(named, cert) && !check.Off(check.SigningCertificate) {
		return time.Time{}, fail(check.SigningCertificate, "names another certificate")
	}
	if at == nil && !m.kind.signedTime {
		return time.Time{}, nil
	}
	return readTime(at)
}

// attribute returns the first value of a kind and how many there are, over all attributes of that kind.
func (s *signer) attribute(kind asn1.ObjectIdentifier) (value cryptobyte.String, n int) {
	for _, a := range s.attributes {
		if a.kind.Equal(kind) {
			value, n = a.values[0], n+len(a.values)
		}
	}
	return value, n
}

func isOID(value cryptobyte.String, want asn1.ObjectIdentifier) bool {
	var got asn1.ObjectIdentifier
	return value.ReadASN1ObjectIdentifier(&got) && value.Empty() && got.Equal(want)
}

func isOctets(value cryptobyte.String, want []byte) bool {
	var got cryptobyte.String
	return value.ReadASN1(&got, cbasn1.OCTET_STRING) && value.Empty() && bytes.Equal(got, want)
}

// readTime reads a Time in DER: UTCTime or, from 2050, GeneralizedTime; to the second, in UTC (RFC 5652 §11.3).
func readTime(value cryptobyte.String) (time.Time, error) {
	var raw cryptobyte.String
	var tag cbasn1.Tag
	if !value.ReadAnyASN1(&raw, &tag) || !value.Empty() {
		return time.Time{}, fail(Attributes, "signing-time")
	}
	layout := "060102150405Z"
	if tag == cbasn1.GeneralizedTime {
		layout = "20060102150405Z"
	}
	at, err := time.Parse(layout, string(raw))
	if err != nil || len(raw) != len(layout) || tag != cbasn1.UTCTime && tag != cbasn1.GeneralizedTime {
		return time.Time{}, fail(Attributes, "signing-time")
	}
	if tag == cbasn1.UTCTime && at.Year() >= 2050 {
		at = at.AddDate(-100, 0, 0) // X.509: 50 to 99 are of the 20th century; package time begins at 69
	}
	if general := at.Year() < 1950 || at.Year() > 2049; general != (tag == cbasn1.GeneralizedTime) {
		return time.Time{}, fail(Attributes, "signing-time in the wrong form")
	}
	return at, nil
}
