package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // the suites' hash functions
	_ "crypto/sha512"
	"encoding/asn1"
	"slices"
)

// Object identifiers of RFC 5652 §11, RFC 5035 §3, RFC 3370, RFC 5754, RFC 5758.
var (
	oidData        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidCertV2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}

	oidTSTInfo   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}  // RFC 3161 §2.4.2
	oidTimestamp = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14} // signature-time-stamp, ETSI EN 319 122-1 §5.3

	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA256RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidSHA384RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidSHA512RSA   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSASHA256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSASHA512 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	oidECDSASHA384 = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
)

// suite is a digest with a signature algorithm that this package accepts.
type suite struct {
	hash      crypto.Hash
	digest    asn1.ObjectIdentifier
	signature asn1.ObjectIdentifier
	null      bool // the signature algorithm's parameters are NULL (RSA), else absent (RFC 5754 §3)
}

var (
	rsaSHA256   = suite{crypto.SHA256, oidSHA256, oidSHA256RSA, true}
	rsaPlain    = suite{crypto.SHA256, oidSHA256, oidRSA, true} // how OpenSSL writes the same (RFC 3370 §3.2)
	ecdsaSHA256 = suite{crypto.SHA256, oidSHA256, oidECDSASHA256, false}
	ecdsaSHA384 = suite{crypto.SHA384, oidSHA384, oidECDSASHA384, false}

	// What others sign with, time-stamp authorities above all; nothing here signs so.
	others = []suite{
		{crypto.SHA384, oidSHA384, oidSHA384RSA, true}, {crypto.SHA384, oidSHA384, oidRSA, true},
		{crypto.SHA512, oidSHA512, oidSHA512RSA, true}, {crypto.SHA512, oidSHA512, oidRSA, true},
		{crypto.SHA512, oidSHA512, oidECDSASHA512, false},
	}

	suites = append([]suite{rsaSHA256, rsaPlain, ecdsaSHA256, ecdsaSHA384}, others...)
)

// suiteFor returns the suite to sign with for a certificate's key.
func suiteFor(key crypto.PublicKey) (suite, bool) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsaSHA256, acceptable(key)
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P384() {
			return ecdsaSHA384, true
		}
		return ecdsaSHA256, acceptable(key)
	}
	return suite{}, false
}

// suiteOf finds the suite that a SignerInfo names.
func suiteOf(digest, signature algorithm) (suite, bool) {
	i := slices.IndexFunc(suites, func(s suite) bool {
		return s.digest.Equal(digest.oid) && s.signature.Equal(signature.oid) && s.null == signature.null
	})
	if i < 0 {
		return suite{}, false
	}
	return suites[i], true
}

// acceptable reports whether a key is of a kind and size that may sign.
func acceptable(key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return bits >= 2048 && bits <= 8192
	case *ecdsa.PublicKey:
		return key.Curve == elliptic.P256() || key.Curve == elliptic.P384()
	}
	return false
}

func (s suite) sum(content []byte) []byte {
	h := s.hash.New()
	h.Write(content)
	return h.Sum(nil)
}

// holds reports whether sig is the key's signature over the bytes.
func (s suite) holds(key crypto.PublicKey, signed, sig []byte) bool {
	if !acceptable(key) {
		return false
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		return s.null && rsa.VerifyPKCS1v15(key, s.hash, s.sum(signed), sig) == nil
	case *ecdsa.PublicKey:
		return !s.null && ecdsa.VerifyASN1(key, s.sum(signed), sig)
	}
	return false
}
