// Package testcard makes what a virtual card of a test is made of: keys, made once in a process, and certificates
// of the real ones' size. They follow no profile; tests of the card never look inside.
//
// Error model: whatever fails ends the test.
package testcard

import (
	"crypto"
	"crypto/ecdsa"
	curve "crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"sync"
	"time"
)

// T is what is needed of a *testing.T, so that no package but tests imports testing.
type T interface {
	Helper()
	Fatal(args ...any)
}

// Size is about how long the certificates are, in bytes: seven reads of 256.
const Size = 1590

var keys = sync.OnceValues(func() ([2]*rsa.PrivateKey, error) {
	auth, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return [2]*rsa.PrivateKey{}, err
	}
	sign, err := rsa.GenerateKey(rand.Reader, 2048)
	return [2]*rsa.PrivateKey{auth, sign}, err
})

// Keys returns two RSA-2048 keys, the same ones in the whole process.
func Keys(t T) (auth, sign *rsa.PrivateKey) {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	return k[0], k[1]
}

var elliptic = sync.OnceValues(func() ([2]*ecdsa.PrivateKey, error) {
	auth, err := ecdsa.GenerateKey(curve.P384(), rand.Reader)
	if err != nil {
		return [2]*ecdsa.PrivateKey{}, err
	}
	sign, err := ecdsa.GenerateKey(curve.P384(), rand.Reader)
	return [2]*ecdsa.PrivateKey{auth, sign}, err
})

// Elliptic returns two ECDSA P-384 keys, the same ones in the whole process.
func Elliptic(t T) (auth, sign *ecdsa.PrivateKey) {
	t.Helper()
	k, err := elliptic()
	if err != nil {
		t.Fatal(err)
	}
	return k[0], k[1]
}

// Certificate returns a self-signed certificate of the key as DER, about Size bytes long.
func Certificate(t T, key crypto.Signer, name string) []byte {
	t.Helper()
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: from, NotAfter: from.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 0}, Value: make([]byte, Size-710)}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
