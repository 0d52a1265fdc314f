package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// namesCertificate reports whether a SigningCertificateV2 (RFC 5035 §3) names cert first, as the signer's:
// its hash and, where it is given, issuer and serial number.
func namesCertificate(value cryptobyte.String, cert *x509.Certificate) bool {
	var body, certs, id, hash, issuerSerial cryptobyte.String
	ok := value.ReadASN1(&body, cbasn1.SEQUENCE) && value.Empty() &&
		body.ReadASN1(&certs, cbasn1.SEQUENCE) && certs.ReadASN1(&id, cbasn1.SEQUENCE)
	if !ok {
		return false
	}
	h, ok := readHashAlgorithm(&id)
	if !ok || !id.ReadASN1(&hash, cbasn1.OCTET_STRING) {
		return false
	}
	var present bool
	if !id.ReadOptionalASN1(&issuerSerial, &present, cbasn1.SEQUENCE) || !id.Empty() {
		return false
	}
	if present && !isIssuerSerial(issuerSerial, cert) {
		return false
	}
	return bytes.Equal(hash, suite{hash: h}.sum(cert.Raw))
}

// readHashAlgorithm reads the optional hashAlgorithm of an ESSCertIDv2; the default is SHA-256.
func readHashAlgorithm(id *cryptobyte.String) (crypto.Hash, bool) {
	if !id.PeekASN1Tag(cbasn1.SEQUENCE) {
		return crypto.SHA256, true
	}
	a, ok := readAlgorithm(id)
	switch {
	case ok && a.oid.Equal(oidSHA256): // not DER, but met with
		return crypto.SHA256, true
	case ok && a.oid.Equal(oidSHA384):
		return crypto.SHA384, true
	}
	return crypto.SHA512, ok && a.oid.Equal(oidSHA512)
}

// isIssuerSerial compares an IssuerSerial (RFC 5035 §3) with cert: one directoryName, and the serial number.
func isIssuerSerial(in cryptobyte.String, cert *x509.Certificate) bool {
	var names, name cryptobyte.String
	serial := new(big.Int)
	return in.ReadASN1(&names, cbasn1.SEQUENCE) && in.ReadASN1Integer(serial) && in.Empty() &&
		names.ReadASN1(&name, context4) && names.Empty() &&
		bytes.Equal(name, cert.RawIssuer) && serial.Cmp(cert.SerialNumber) == 0
}
