package profile_test

import (
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"madoguchi/pki/profile"
)

// BenchmarkChain is what every submission costs beside its signature: one RSA-2048 verification and the checks.
func BenchmarkChain(b *testing.B) {
	key := must[*rsa.PrivateKey](b)(rsaKey())
	ca := newCA(b, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	cert, anchors := newLeaf(b, ca, profile.JPKISign, key), []*x509.Certificate{ca.Cert}
	for b.Loop() {
		if err := profile.Chain(cert, profile.JPKISign, anchors, now); err != nil {
			b.Fatal(err)
		}
	}
}
