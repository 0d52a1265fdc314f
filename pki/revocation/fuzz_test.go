package revocation_test

import (
	"crypto/x509"
	"math/big"
	"testing"

	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// FuzzOCSP judges anything. The fuzzer holds no key, so the seeds' answers alone can come out.
func FuzzOCSP(f *testing.F) {
	w := newTown(f)
	revoked := w.good()
	revoked.Revoked, revoked.Reason = now, 3
	f.Add(pkitest.OCSP{By: w.ca, Singles: []pkitest.Single{w.good()}}.Marshal(f))
	f.Add(pkitest.OCSP{By: w.responder, Singles: []pkitest.Single{revoked}, Carry: [][]byte{w.responder.Cert.Raw}, Nonce: []byte("x")}.Marshal(f))
	f.Add(pkitest.OCSP{Status: 3}.Marshal(f))
	f.Fuzz(func(t *testing.T, der []byte) {
		got, err := revocation.JudgeOCSP(der, w.query())
		if err != nil && revocation.Failed(err) == "" {
			t.Fatalf("an error of another kind: %v", err)
		}
		if err == nil && (got.State != revocation.Good || got.Reason != revocation.NoReason) {
			t.Fatalf("%+v", got) // the second seed's nonce was sent by nobody
		}
	})
}

// FuzzCRL judges anything as a complete list and as a delta.
func FuzzCRL(f *testing.F) {
	w := newTown(f, points(f, "City", []byte{6, 0x40}, ""))
	complete := w.ca.CRL(f, list(nil))
	d := list(nil, entry(w.person.Cert.SerialNumber, 3))
	d.ExtraExtensions = append(d.ExtraExtensions, delta(f, 1), idp{point: "City", indirect: true}.extension(f))
	d.Number = big.NewInt(2)
	f.Add(complete)
	f.Add(w.ca.CRL(f, d))
	f.Fuzz(func(t *testing.T, der []byte) {
		for _, l := range []revocation.Lists{{Complete: der}, {Complete: complete, Delta: der}} {
			got, err := revocation.JudgeCRL([]revocation.Lists{l}, w.query())
			if err != nil && revocation.Failed(err) == "" || err == nil && got.State == revocation.Unknown {
				t.Fatalf("%+v, %v", got, err)
			}
		}
	})
}

// FuzzDistributionPoints reads anything as the certificate's cRLDistributionPoints.
func FuzzDistributionPoints(f *testing.F) {
	w := newTown(f)
	for _, option := range []pkitest.Option{points(f, "City", nil, ""), points(f, "", []byte{7, 0, 0x80}, "Office")} {
		var c x509.Certificate
		option(&c)
		f.Add(c.ExtraExtensions[0].Value)
	}
	lists := []revocation.Lists{{Complete: w.ca.CRL(f, list(nil))}}
	f.Fuzz(func(t *testing.T, value []byte) {
		cert := *w.person.Cert
		var c x509.Certificate
		pkitest.Extension([]int{2, 5, 29, 31}, false, value)(&c)
		cert.Extensions = c.ExtraExtensions
		_, err := revocation.JudgeCRL(lists, revocation.Query{Cert: &cert, Issuer: w.ca.Cert, At: now})
		if err != nil && revocation.Failed(err) == "" {
			t.Fatal(err)
		}
	})
}
