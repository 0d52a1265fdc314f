package revocation

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" //nolint:gosec // in CertID and ResponderID it names and does not sign
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"madoguchi/pki/dn"
)

// certID names a certificate to a responder (RFC 6960 §4.1.1).
type certID struct {
	Hash   pkix.AlgorithmIdentifier
	Name   []byte
	Key    []byte
	Serial *big.Int
}

var certIDHashes = []struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
}{
	{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, crypto.SHA1},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512},
}

func newCertID(h crypto.Hash, cert, issuer *x509.Certificate) (certID, error) {
	key, ok := keyBits(issuer)
	i := slices.IndexFunc(certIDHashes, func(a struct {
		oid  asn1.ObjectIdentifier
		hash crypto.Hash
	}) bool {
		return a.hash == h
	})
	if !ok || i < 0 {
		return certID{}, fail(Format, "the issuer's public key")
	}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: certIDHashes[i].oid, Parameters: asn1.NullRawValue}
	return certID{algorithm, sum(h, cert.RawIssuer), sum(h, key), cert.SerialNumber}, nil
}

// names reports whether the CertID is that of cert under issuer: name, key and number, whatever the hash function.
func (id certID) names(cert, issuer *x509.Certificate) bool {
	for _, a := range certIDHashes {
		if !a.oid.Equal(id.Hash.Algorithm) || id.Serial == nil {
			continue
		}
		want, err := newCertID(a.hash, cert, issuer)
		return err == nil && bytes.Equal(id.Name, want.Name) && bytes.Equal(id.Key, want.Key) && id.Serial.Cmp(want.Serial) == 0
	}
	return false
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// keyBits is the subject's public key without tag, length and number of unused bits.
func keyBits(cert *x509.Certificate) ([]byte, bool) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	rest, err := asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &info)
	return info.Key.RightAlign(), err == nil && len(rest) == 0
}

// maxResponders bounds the certificates that one response may carry.
const maxResponders = 8

// authentic finds who signed the response and whether that one may answer for the issuer: the issuer itself, one
// that the configuration trusts, or one whom the issuer's own key delegated (RFC 6960 §2.2, §4.2.2.2). Every
// candidate whose name or key the response gives is tried, in that order, wherever it stands.
func (r *basicResponse) authentic(q Query) error {
	candidates := append([]*x509.Certificate{q.Issuer}, q.Signers...)
	own := len(candidates)
	if len(r.Certificates) > maxResponders {
		return fail(Format, "too many certificates")
	}
	for _, raw := range r.Certificates {
		cert, err := x509.ParseCertificate(raw.FullBytes)
		if err != nil {
			return fail(Format, "a certificate")
		}
		candidates = append(candidates, cert)
	}
	err := fail(OCSPResponder, "")
	for i, cert := range candidates {
		if !r.isBy(cert) {
			continue
		}
		if e := r.signedBy(cert); e != nil {
			err = e
			continue
		}
		if i < own || bytes.Equal(cert.RawSubjectPublicKeyInfo, q.Issuer.RawSubjectPublicKeyInfo) {
			return nil
		}
		if err = r.delegated(cert, q); err == nil {
			return nil
		}
	}
	return err
}

// isBy reports whether the ResponderID is the certificate's: by name [1] or by the SHA-1 of the key [2].
func (r *basicResponse) isBy(cert *x509.Certificate) bool {
	id := r.Data.Responder
	if id.Class != asn1.ClassContextSpecific {
		return false
	}
	switch id.Tag {
	case 1:
		return dn.Equal(id.Bytes, cert.RawSubject)
	case 2:
		var hash []byte
		key, ok := keyBits(cert)
		rest, err := asn1.Unmarshal(id.Bytes, &hash)
		return ok && err == nil && len(rest) == 0 && bytes.Equal(hash, sum(crypto.SHA1, key))
	}
	return false
}

func (r *basicResponse) signedBy(cert *x509.Certificate) error {
	algorithm := signatureAlgorithm(r.Algorithm.Algorithm)
	if algorithm == x509.UnknownSignatureAlgorithm || r.Signature.BitLength%8 != 0 {
		return fail(Signature, "algorithm")
	}
	return judge(trial{cert.CheckSignature(algorithm, r.Data.Raw, r.Signature.Bytes) != nil, Signature, ""})
}

// signatureAlgorithms are those that an answer may be signed with; SHA-1 is not among them.
var signatureAlgorithms = []struct {
	oid  asn1.ObjectIdentifier
	name x509.SignatureAlgorithm
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSAWithSHA512},
}

func signatureAlgorithm(oid asn1.ObjectIdentifier) x509.SignatureAlgorithm {
	for _, a := range signatureAlgorithms {
		if a.oid.Equal(oid) {
			return a.name
		}
	}
	return x509.UnknownSignatureAlgorithm
}

// delegated judges a responder's certificate that came with the response.
func (r *basicResponse) delegated(cert *x509.Certificate, q Query) error {
	issued := dn.Equal(cert.RawIssuer, q.Issuer.RawSubject) &&
		q.Issuer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil
	purpose := slices.Contains(cert.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) // anyExtendedKeyUsage does not do
	signs := cert.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
	noCheck := slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidNoCheck) })
	return judge(
		trial{!issued, OCSPDelegated, ""},
		trial{!purpose, OCSPPurpose, ""},
		trial{cert.KeyUsage != 0 && !signs, OCSPUsage, ""},
		trial{outside(cert, q.At), OCSPValidity, "now"},
		trial{outside(cert, r.Data.ProducedAt), OCSPValidity, "at producedAt"},
		trial{len(cert.UnhandledCriticalExtensions) > 0, KnownMarked, "in the responder's certificate"},
		trial{!noCheck, OCSPNoCheck, ""},
	)
}

func outside(cert *x509.Certificate, at time.Time) bool {
	return at.Before(cert.NotBefore) || at.After(cert.NotAfter)
}
