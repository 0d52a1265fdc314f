package profile_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
)

var (
	now    = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	rsaOld = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newCA(t testing.TB, key crypto.Signer, from, to time.Time) *issue.CA {
	t.Helper()
	p := profile.JPKISignCA
	if _, isRSA := key.(*rsa.PrivateKey); !isRSA {
		p = profile.Root
	}
	return must[*issue.CA](t)(issue.NewRoot(p, pkix.Name{Country: []string{"JP"}, Organization: []string{"JPKI"}}, key, from, to))
}

func newLeaf(t testing.TB, ca *issue.CA, p *profile.Profile, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der := must[[]byte](t)(ca.Issue(p, issue.Request{
		Subject: pkix.Name{CommonName: "x"}, Public: key.Public(), From: now.Add(-time.Hour), To: now.Add(time.Hour),
		Holder: &profile.Holder{Name: "窓口　花子", Address: "窓口市", Birth: "1990-04-01", Sex: "2"},
	}))
	return must[*x509.Certificate](t)(x509.ParseCertificate(der))
}

// TestGenerations: the generations of a JPKI CA share their name; the key decides.
func TestGenerations(t *testing.T) {
	oldKey, newKey := must[*rsa.PrivateKey](t)(rsaOld()), must[*rsa.PrivateKey](t)(rsaKey())
	first := newCA(t, oldKey, now.AddDate(-11, 0, 0), now.AddDate(-1, 0, 0))
	second := newCA(t, newKey, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	cert := newLeaf(t, second, profile.JPKISign, newKey)
	unkeyed := *second.Cert // an anchor without a key identifier: tried by its key
	unkeyed.SubjectKeyId = nil
	for name, test := range map[string]struct {
		anchors []*x509.Certificate
		want    error
	}{
		"both":              {[]*x509.Certificate{first.Cert, second.Cert}, nil},
		"other order":       {[]*x509.Certificate{second.Cert, first.Cert}, nil},
		"no key identifier": {[]*x509.Certificate{first.Cert, &unkeyed}, nil},
		"first only":        {[]*x509.Certificate{first.Cert}, profile.ErrChain},
		"none":              {nil, profile.ErrChain},
		"itself":            {[]*x509.Certificate{cert}, profile.ErrChain},
	} {
		if err := profile.Chain(cert, profile.JPKISign, test.anchors, now); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTime(t *testing.T) {
	key := must[*rsa.PrivateKey](t)(rsaKey())
	ca := newCA(t, key, now.AddDate(-1, 0, 0), now.Add(30*time.Minute)) // ends before what it issued
	cert := newLeaf(t, ca, profile.JPKISign, key)
	anchors := []*x509.Certificate{ca.Cert}
	for name, test := range map[string]struct {
		at   time.Time
		want error
	}{
		"now":              {now, nil},
		"first second":     {cert.NotBefore, nil},
		"before":           {cert.NotBefore.Add(-time.Second), profile.ErrTime},
		"the anchor ended": {now.Add(31 * time.Minute), profile.ErrTime},
		"after":            {cert.NotAfter.Add(time.Second), profile.ErrTime},
		"zero":             {time.Time{}, profile.ErrTime},
	} {
		if err := profile.Chain(cert, profile.JPKISign, anchors, test.at); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := profile.Issued(cert, profile.JPKISign, anchors); err != nil {
			t.Errorf("issued: %v", err)
		}
	}
}

// foreign is a certificate of a CA that bears the pinned root's very name and key identifier.
func foreign(t testing.TB) (cert, pinned *x509.Certificate) {
	t.Helper()
	honest := newCA(t, newP256(t), now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
	rogue := newCA(t, newP256(t), now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))
	rogue.Cert.SubjectKeyId = honest.Cert.SubjectKeyId
	template := newLeaf(t, rogue, profile.Receipt, newP256(t))
	template.RawSubjectPublicKeyInfo = nil
	key := newP256(t)
	template.ExtraExtensions = slices.DeleteFunc(template.Extensions, func(e pkix.Extension) bool { return !e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 32}) })
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, rogue.Cert, key.Public(), rogue.Key))
	return must[*x509.Certificate](t)(x509.ParseCertificate(der)), honest.Cert
}

func newP256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	return must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
}

func TestForeignRootOfTheSameName(t *testing.T) {
	cert, pinned := foreign(t)
	if string(cert.AuthorityKeyId) != string(pinned.SubjectKeyId) || string(cert.RawIssuer) != string(pinned.RawSubject) {
		t.Fatal("the forgery is no good")
	}
	if err := profile.Chain(cert, profile.Receipt, []*x509.Certificate{pinned}, now); !errors.Is(err, profile.ErrChain) {
		t.Error(err)
	}
}

// TestAnEndEntityIssuesNothing: a person's key signs a certificate for somebody else.
func TestAnEndEntityIssuesNothing(t *testing.T) {
	key := must[*rsa.PrivateKey](t)(rsaKey())
	ca := newCA(t, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	person := newLeaf(t, ca, profile.JPKISign, key)
	template := newLeaf(t, ca, profile.JPKISign, key)
	template.ExtraExtensions = keep(template)
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, person, key.Public(), key))
	cert := must[*x509.Certificate](t)(x509.ParseCertificate(der))
	if err := profile.Chain(cert, profile.JPKISign, []*x509.Certificate{ca.Cert, person}, now); !errors.Is(err, profile.ErrChain) {
		t.Error(err)
	}
}

// keep returns the extensions that package x509 does not write again by itself.
func keep(cert *x509.Certificate) []pkix.Extension {
	return slices.DeleteFunc(slices.Clone(cert.Extensions), func(e pkix.Extension) bool {
		return !e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) && !e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 32})
	})
}

// TestCheckNames changes one thing of a good certificate at a time.
func TestCheckNames(t *testing.T) {
	key := must[*rsa.PrivateKey](t)(rsaKey())
	ca := newCA(t, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	good := newLeaf(t, ca, profile.JPKISign, key)
	san, policy := asn1.ObjectIdentifier{2, 5, 29, 17}, asn1.ObjectIdentifier{2, 5, 29, 32}
	drop := func(c *x509.Certificate, id asn1.ObjectIdentifier) {
		c.ExtraExtensions = slices.DeleteFunc(c.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(id) })
	}
	for name, test := range map[string]struct {
		change func(*x509.Certificate)
		want   error
	}{
		"nothing":     {func(*x509.Certificate) {}, nil},
		"plain SAN":   {func(c *x509.Certificate) { c.ExtraExtensions[index(c, san)].Critical = false }, nil},
		"one use":     {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }, profile.ErrKeyUsage},
		"more uses":   {func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyEncipherment }, profile.ErrKeyUsage},
		"EKU":         {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, profile.ErrExtKeyUsage},
		"unknown EKU": {func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 2, 3}} }, profile.ErrExtKeyUsage},
		"CA":          {func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = true, true }, profile.ErrBasicConstraints},
		"no policy":   {func(c *x509.Certificate) { drop(c, policy); c.Policies, c.PolicyIdentifiers = nil, nil }, profile.ErrPolicy},
		"no SAN":      {func(c *x509.Certificate) { drop(c, san) }, profile.ErrNames},
		"unknown critical": {func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}, profile.ErrCritical},
		"name constraints": {func(c *x509.Certificate) {
			c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"x"}
		}, profile.ErrCritical},
	} {
		template := *good
		template.SerialNumber, template.ExtraExtensions = big.NewInt(7), keep(good)
		test.change(&template)
		der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, &template, ca.Cert, key.Public(), key))
		cert := must[*x509.Certificate](t)(x509.ParseCertificate(der))
		err := profile.Chain(cert, profile.JPKISign, []*x509.Certificate{ca.Cert}, now)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "花子") {
			t.Errorf("%s: names the person", name)
		}
	}
}

func index(c *x509.Certificate, id asn1.ObjectIdentifier) int {
	return slices.IndexFunc(c.ExtraExtensions, func(e pkix.Extension) bool { return e.Id.Equal(id) })
}

// TestTestPolicyIsForDemosOnly: the policy of J-LIS's test cards counts below a demo or test CA and nowhere else.
func TestTestPolicyIsForDemosOnly(t *testing.T) {
	key := must[*rsa.PrivateKey](t)(rsaKey())
	for organization, want := range map[string]error{"JPKI": profile.ErrPolicy, "JPKI-TEST": nil, profile.DemoOrganization: nil} {
		name := pkix.Name{Country: []string{"JP"}, Organization: []string{organization}}
		ca := must[*issue.CA](t)(issue.NewRoot(profile.JPKISignCA, name, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0)))
		good := newLeaf(t, ca, profile.JPKISign, key)
		template := *good
		template.ExtraExtensions = slices.DeleteFunc(keep(good), func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 32}) })
		template.Policies = []x509.OID{must[x509.OID](t)(x509.ParseOID(profile.JPKISign.DemoPolicy))}
		der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, &template, ca.Cert, key.Public(), key))
		cert := must[*x509.Certificate](t)(x509.ParseCertificate(der))
		if err := profile.Chain(cert, profile.JPKISign, []*x509.Certificate{ca.Cert}, now); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v", organization, err)
		}
		if err := profile.Chain(good, profile.JPKISign, []*x509.Certificate{ca.Cert}, now); err != nil {
			t.Errorf("%s, the ordinary policy: %v", organization, err)
		}
	}
}

// TestKeysOfTheNextCard: P-384 beside RSA for the card's certificates, and for nothing else.
func TestKeysOfTheNextCard(t *testing.T) {
	key := must[*rsa.PrivateKey](t)(rsaKey())
	ca := newCA(t, key, now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	root := newCA(t, newP256(t), now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	next := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	for p, want := range map[*profile.Profile]error{profile.JPKISign: nil, profile.Receipt: profile.ErrKeyType} {
		by := ca
		if p == profile.Receipt {
			by = root
		}
		_, err := by.Issue(p, issue.Request{
			Subject: pkix.Name{CommonName: "x"}, Public: next.Public(), From: now.Add(-time.Hour), To: now.Add(time.Hour),
			Holder: &profile.Holder{Name: "窓口　花子", Address: "窓口市", Birth: "1990-04-01", Sex: "2"},
		})
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}

func TestTestCardsAreDemo(t *testing.T) {
	for organization, want := range map[string]bool{"JPKI": false, "JPKI-TEST": true, profile.DemoOrganization: true} {
		cert := &x509.Certificate{Issuer: pkix.Name{Organization: []string{organization}}}
		if profile.IsDemo(cert) != want {
			t.Errorf("%s: %v", organization, !want)
		}
	}
}
