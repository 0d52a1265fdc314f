package revocation_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/issue"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/profile"
	"madoguchi/pki/revocation"
)

// municipality is the issuingDistributionPoint of a city's list, as JPKI names them (jpki-card.md §10.2).
func municipality(t *testing.T, city string) pkix.Extension {
	t.Helper()
	var name pkix.RDNSequence
	for _, pair := range [][2]any{{6, "JP"}, {10, "JPKI"}, {11, "JPKI for digital signature"}, {11, "CRL Distribution Points"}, {11, "Madoguchi-ken"}, {11, city}} {
		name = append(name, []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, pair[0].(int)}, Value: pair[1]}})
	}
	der, err := asn1.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: oidIDP, Critical: true, Value: pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
					b.AddASN1(explicit(4), func(b *cryptobyte.Builder) { b.AddBytes(der) })
				})
			})
		})
	})}
}

// TestListOfAMunicipality: a 署名用 certificate that ended because its holder moved stands in its own city's list;
// another city's says nothing about it.
func TestListOfAMunicipality(t *testing.T) {
	key := pkitest.Key(t, "rsa")
	ca, err := issue.NewRoot(profile.JPKISignCA, pkix.Name{Country: []string{"JP"}, Organization: []string{"JPKI"}}, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	holder := profile.Holder{Name: "窓口　花子", Address: "窓口県窓口市", Birth: "1990-04-01", Sex: "2"}
	der, err := ca.Issue(profile.JPKISign, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, Locality: []string{"Madoguchi-ken", "Madoguchi-shi"}, CommonName: "1"},
		Public:  key.Public(), From: now.AddDate(-1, 0, 0), To: now.AddDate(1, 0, 0), Holder: &holder,
	})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	authority := &pkitest.Entity{Cert: ca.Cert, Key: key}
	moved := entry(cert.SerialNumber, int(revocation.AffiliationChanged))
	own := authority.CRL(t, list([]pkix.Extension{municipality(t, "Madoguchi-shi")}, moved))
	other := authority.CRL(t, list([]pkix.Extension{municipality(t, "Other-shi")}, moved))
	q := revocation.Query{Cert: cert, Issuer: ca.Cert, At: now}
	got, err := revocation.JudgeCRL([]revocation.Lists{{Complete: other}, {Complete: own}}, q)
	if err != nil || got.State != revocation.Revoked || got.Reason != revocation.AffiliationChanged {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = revocation.JudgeCRL(one(other), q)
	want(t, "another city's list", err, revocation.CRLPoint)
}
