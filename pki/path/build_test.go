package path_test

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/pki/path"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

var at = path.Options{At: pkitest.Now}

// TestBuild finds the way through a pool in any order, with strangers and namesakes in it.
func TestBuild(t *testing.T) {
	w := newWay(t, nil, nil, nil)
	noise := pkitest.Root(t, "Noise")
	pool := []*x509.Certificate{
		noise.Cert, w.second.Impostor(t).Cert, w.first.Impostor(t).Cert, w.leaf.Cert, w.first.Cert, w.second.Cert, w.root.Impostor(t).Cert,
	}
	anchors := []*x509.Certificate{noise.Cert, w.root.Impostor(t).Cert, w.root.Cert}
	for range 2 {
		got, err := path.Build(w.leaf.Cert, pool, anchors, at)
		if err != nil || len(got.Chain) != 4 || !got.Chain[3].Equal(w.root.Cert) || !got.Chain[1].Equal(w.second.Cert) {
			t.Errorf("%d, %v", len(got.Chain), err)
		}
		slices.Reverse(pool)
	}
	_, err := path.Build(w.leaf.Cert, pool[:2], anchors, at)
	want(t, "the pool does not lead there", err, path.Found)
	_, err = path.Build(w.leaf.Cert, pool, anchors[:2], at)
	want(t, "an anchor's namesake", err, path.Signature)
}

// TestGenerations: CAs of one name and different keys; the key identifier leads, and where it misleads each is tried.
func TestGenerations(t *testing.T) {
	first := pkitest.Root(t, "JPKI", pkitest.Valid(-11*time.Hour, -time.Hour))
	second := pkitest.Root(t, "JPKI")
	third := pkitest.Root(t, "JPKI", func(c *x509.Certificate) { c.SubjectKeyId = second.Cert.SubjectKeyId })
	all := []*x509.Certificate{first.Cert, third.Cert, second.Cert}
	for i, ca := range []*pkitest.Entity{first, second, third} {
		for range 2 {
			got, err := path.Build(ca.Leaf(t, "person").Cert, nil, all, at)
			if err != nil || !got.Chain[1].Equal(ca.Cert) {
				t.Errorf("generation %d: %v", i+1, err)
			}
			slices.Reverse(all)
		}
	}
	_, err := path.Build(pkitest.Root(t, "JPKI").Leaf(t, "person").Cert, nil, all, at)
	want(t, "a fourth that is not pinned", err, path.Signature)
}

// TestTheBetterOfTwoWays: a cross-certificate that ends is passed by for one that holds.
func TestTheBetterOfTwoWays(t *testing.T) {
	old, current := pkitest.Root(t, "Old Root"), pkitest.Root(t, "New Root")
	key := pkitest.Key(t, "p256")
	id := func(c *x509.Certificate) { c.SubjectKeyId = []byte("bridge") }
	ended := old.LeafKey(t, "Bridge", key, pkitest.AsCA, id, pkitest.Valid(-2*time.Hour, -time.Hour))
	sound := current.LeafKey(t, "Bridge", key, pkitest.AsCA, id)
	leaf := sound.Leaf(t, "leaf")
	got, err := path.Build(leaf.Cert, []*x509.Certificate{ended.Cert, sound.Cert}, []*x509.Certificate{old.Cert, current.Cert}, at)
	if err != nil || !got.Chain[1].Equal(sound.Cert) {
		t.Error(err)
	}
	_, err = path.Build(leaf.Cert, []*x509.Certificate{ended.Cert}, []*x509.Certificate{old.Cert}, at)
	want(t, "the ended one alone", err, path.Validity)
}

// TestTheSearchIsBounded: two dozen CAs that sign each other crosswise end the search, not the machine.
func TestTheSearchIsBounded(t *testing.T) {
	var cas []*pkitest.Entity
	var pool []*x509.Certificate
	for i := range 6 {
		cas = append(cas, pkitest.Root(t, fmt.Sprint("CA ", i)))
	}
	for _, by := range cas {
		for _, of := range cas {
			cross := by.LeafKey(t, of.Cert.Subject.CommonName, of.Key, pkitest.AsCA, func(c *x509.Certificate) { c.SubjectKeyId = of.Cert.SubjectKeyId })
			pool = append(pool, cross.Cert)
		}
	}
	start := time.Now()
	_, err := path.Build(cas[0].Leaf(t, "leaf").Cert, pool, []*x509.Certificate{pkitest.Root(t, "Root").Cert}, at)
	want(t, "a maze", err, path.Found)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestStatusIsTold: unknown does not end a path and stands in the result, leaf first.
func TestStatusIsTold(t *testing.T) {
	w := newWay(t, nil, nil, nil)
	o := at
	o.Status = func(cert, _ *x509.Certificate) revocation.Answer {
		return revocation.Answer{Source: cert.Subject.CommonName}
	}
	got, err := w.validate(o)
	if err != nil || len(got.Status) != 3 || got.Status[0].Source != "leaf" || got.Status[2].Source != "First CA" {
		t.Errorf("%+v, %v", got.Status, err)
	}
}

// TestPoliciesGrowNoTree: mappings that would double a tree's nodes at every level (RFC 9618 §1).
func TestPoliciesGrowNoTree(t *testing.T) {
	both := options{policies(gold, silver), mapping(gold, gold, gold, silver, silver, gold, silver, silver)}
	w := newWay(t, both, both, options{policies(gold, silver)})
	got, err := w.validate(path.Options{ExplicitPolicy: true})
	if err != nil || !slices.Equal(got.Policies, []string{gold, silver}) {
		t.Errorf("%v, %v", got.Policies, err)
	}
}

// TestAgainstTheLibrary: crypto/x509, as another implementation, decides the policy rules in the same way.
func TestAgainstTheLibrary(t *testing.T) {
	compared := 0
	for _, r := range policyRules() {
		for _, s := range []step{r.accept, r.refuse} {
			first := slices.Clone(s.first)
			if s.o.ExplicitPolicy && !strings.Contains(r.name, "6.1.4(h)(2)") && !strings.Contains(r.name, "6.1.4(i)(2)") { // which the library has no option for
				first = append(first, policyConstraints(0, -1))
			}
			w := newWay(t, first, s.second, s.leaf)
			if s.as != nil {
				s.as(t, &w)
			}
			roots, between := x509.NewCertPool(), x509.NewCertPool()
			roots.AddCert(w.root.Cert)
			for _, cert := range w.chain()[1:] {
				between.AddCert(cert)
			}
			o := x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: pkitest.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
			for _, p := range s.o.Policies {
				id, err := x509.ParseOID(p)
				if err != nil {
					t.Fatal(err)
				}
				o.CertificatePolicies = append(o.CertificatePolicies, id)
			}
			if s.o.InhibitAny || s.o.InhibitMapping {
				continue
			}
			s.o.ExplicitPolicy = false
			compared++
			_, theirs := w.leaf.Cert.Verify(o)
			_, ours := w.validate(s.o)
			if (ours == nil) != (theirs == nil) {
				t.Errorf("%s: ours %v, theirs %v", r.name, ours, theirs)
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d cases were compared", compared)
	}
}
