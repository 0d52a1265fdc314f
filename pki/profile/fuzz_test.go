package profile_test

import (
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"madoguchi/pki/profile"
)

// FuzzCertificate checks anything that parses by every profile. The fuzzer holds no key, so only the seed chains.
func FuzzCertificate(f *testing.F) {
	key := must[*rsa.PrivateKey](f)(rsaKey())
	ca := newCA(f, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	leaf := newLeaf(f, ca, profile.JPKISign, key)
	f.Add(ca.Cert.Raw)
	f.Add(leaf.Raw)
	anchors := []*x509.Certificate{ca.Cert}
	f.Fuzz(func(t *testing.T, der []byte) {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		profile.IsDemo(cert)
		for _, p := range profile.All() {
			_ = p.Check(cert)
		}
		if err := profile.Issued(cert, profile.JPKISign, anchors); err == nil && string(cert.RawTBSCertificate) != string(leaf.RawTBSCertificate) {
			t.Fatal("a certificate that nobody signed")
		}
	})
}
