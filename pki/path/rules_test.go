package path_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/path"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// step is one path with its options; as changes the path that newWay made.
type step struct {
	first, second, leaf options
	o                   path.Options
	as                  func(t *testing.T, w *way)
}

// rule is one of §6.1 with a path that meets it and one that does not.
type rule struct {
	name           string
	accept, refuse step
	want           check.Name // of the refused
}

func none() step { return step{} }

func usage(u x509.KeyUsage) pkitest.Option { return func(c *x509.Certificate) { c.KeyUsage = u } }

func notCA(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, true }

func noConstraints(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }

func pathLen(n int) pkitest.Option {
	return func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = n, n == 0 }
}

func status(state revocation.State, at time.Time) func(_, _ *x509.Certificate) revocation.Answer {
	return func(_, _ *x509.Certificate) revocation.Answer { return revocation.Answer{State: state, RevokedAt: at} }
}

var unknown = pkitest.Extension(asn1.ObjectIdentifier{1, 2, 3}, true, []byte{5, 0})
var unmarked = pkitest.Extension(asn1.ObjectIdentifier{1, 2, 3}, false, []byte{5, 0})

// replaceLeaf issues the leaf anew by another.
func replaceLeaf(by func(t *testing.T, w *way) *pkitest.Entity) func(*testing.T, *way) {
	return func(t *testing.T, w *way) { w.leaf = by(t, w).Leaf(t, "leaf") }
}

// selfIssue puts a self-issued CA certificate in the second's place: First CA's name, another key.
func selfIssue(options ...pkitest.Option) func(*testing.T, *way) {
	return func(t *testing.T, w *way) {
		leaf := w.leaf
		named := func(c *x509.Certificate) { c.AuthorityKeyId = w.first.Cert.SubjectKeyId } // else it would look self-signed
		w.second = w.first.CA(t, "First CA", append([]pkitest.Option{named}, options...)...)
		w.leaf = w.second.LeafKey(t, "leaf", leaf.Key, func(c *x509.Certificate) { c.ExtraExtensions = keep(leaf.Cert) })
	}
}

// keep returns the steering extensions of a certificate.
func keep(c *x509.Certificate) (out []pkix.Extension) {
	for _, e := range c.Extensions {
		if slices.Contains([]int{17, 30, 32, 33, 36, 54}, e.Id[len(e.Id)-1]) {
			out = append(out, e)
		}
	}
	return out
}

func chainRules() []rule {
	yesterday, tomorrow := pkitest.Now.AddDate(0, 0, -1), pkitest.Now.AddDate(0, 0, 1)
	return []rule{
		{"6.1.3(a)(1) signature", none(), step{as: replaceLeaf(func(t *testing.T, w *way) *pkitest.Entity { return w.second.Impostor(t) })}, path.Signature},
		{"6.1.3(a)(2) validity", none(), step{leaf: options{pkitest.Valid(-2*time.Hour, -time.Hour)}}, path.Validity},
		{"6.1.3(a)(2) validity of a CA", none(), step{first: options{pkitest.Valid(time.Hour, 2*time.Hour)}}, path.Validity},
		{
			"6.1.3(a)(3) revocation",
			step{o: path.Options{Status: status(revocation.Good, time.Time{})}},
			step{o: path.Options{Status: status(revocation.Revoked, yesterday)}}, path.NotRevoked,
		},
		{
			"6.1.3(a)(3) revocation after the time",
			step{o: path.Options{Status: status(revocation.Revoked, tomorrow)}},
			step{o: path.Options{Status: status(revocation.Revoked, tomorrow), At: tomorrow}}, path.NotRevoked,
		},
		{
			"6.1.3(a)(4) name chaining", none(),
			step{as: func(t *testing.T, w *way) {
				other := *w.second
				renamed := *w.first.CA(t, "Other CA").Cert
				other.Cert = &renamed
				w.leaf = other.Leaf(t, "leaf")
			}}, path.IssuerName,
		},
		{"6.1.4(c)-(f) the next key and name", none(), step{as: replaceLeaf(func(t *testing.T, w *way) *pkitest.Entity {
			return &pkitest.Entity{Cert: w.second.Cert, Key: w.first.Key} // the key of the certificate before
		})}, path.Signature},
		{"6.1.4(k) basic constraints", none(), step{second: options{notCA}}, path.IsCA},
		{"6.1.4(k) basic constraints present", none(), step{second: options{noConstraints}}, path.IsCA},
		{"6.1.4(l) path length", step{first: options{pathLen(1)}}, step{first: options{pathLen(0)}}, path.PathLength},
		{
			"6.1.4(l) self-issued certificates do not count",
			step{first: options{pathLen(0)}, as: selfIssue()}, step{first: options{pathLen(0)}}, path.PathLength,
		},
		{
			"6.1.4(m) path length of the lower CA",
			step{first: options{pathLen(5)}, second: options{pathLen(1)}, as: third()},
			step{first: options{pathLen(5)}, second: options{pathLen(0)}, as: third()}, path.PathLength,
		},
		{
			"6.1.4(m) a longer one does not raise it",
			step{first: options{pathLen(2)}, second: options{pathLen(5)}, as: third()},
			step{first: options{pathLen(1)}, second: options{pathLen(5)}, as: third()}, path.PathLength,
		},
		{"6.1.4(n) key usage", step{second: options{usage(x509.KeyUsageCertSign)}}, step{second: options{usage(x509.KeyUsageCRLSign)}}, path.CertSign},
		{"6.1.4(o) critical extensions of a CA", step{second: options{unmarked}}, step{second: options{unknown}}, path.CriticalCA},
		{"6.1.5(f) critical extensions of the last", step{leaf: options{unmarked}}, step{leaf: options{unknown}}, path.CriticalLeaf},
	}
}

// third puts a third CA between the second and the leaf.
func third(options ...pkitest.Option) func(*testing.T, *way) {
	return func(t *testing.T, w *way) {
		leaf := w.leaf
		w.third = w.second.CA(t, "Third CA", options...)
		w.leaf = w.third.LeafKey(t, "leaf", leaf.Key, func(c *x509.Certificate) { c.ExtraExtensions = keep(leaf.Cert) })
	}
}

func nameRules() []rule {
	jp, other := directory(""), directory("Other")
	in := func(name subtree) options { return options{names(name)} }
	var rules []rule
	for _, c := range []struct {
		form           string
		base, yes, no_ subtree
	}{
		{"dNSName", tree(2, "city.example"), tree(2, "www.city.example"), tree(2, "xcity.example")},
		{"dNSName, period", tree(2, ".city.example"), tree(2, "www.city.example"), tree(2, "city.example")},
		{"rfc822Name, host", tree(1, "city.example"), tree(1, "a@City.example"), tree(1, "a@www.city.example")},
		{"rfc822Name, domain", tree(1, ".city.example"), tree(1, "a@www.city.example"), tree(1, "a@city.example")},
		{"rfc822Name, mailbox", tree(1, "a@city.example"), tree(1, "a@CITY.example"), tree(1, "A@city.example")},
		{"URI, host", tree(6, "city.example"), tree(6, "https://city.example/x"), tree(6, "https://www.city.example/x")},
		{"URI, domain", tree(6, ".city.example"), tree(6, "https://www.city.example/x"), tree(6, "https://city.example/x")},
		{"iPAddress", network("192.0.2.0/24"), subtree{7, []byte{192, 0, 2, 9}}, subtree{7, []byte{192, 0, 3, 9}}},
		{"iPAddress, version 6", network("2001:db8::/32"), subtree{7, append([]byte{0x20, 1, 0x0d, 0xb8}, make([]byte, 12)...)}, subtree{7, make([]byte, 16)}},
	} {
		rules = append(rules,
			rule{"6.1.3(b) permitted " + c.form, step{first: options{permit(c.base)}, leaf: in(c.yes)}, step{first: options{permit(c.base)}, leaf: in(c.no_)}, path.Permitted},
			rule{"6.1.3(c) excluded " + c.form, step{first: options{exclude(c.base)}, leaf: in(c.no_)}, step{first: options{exclude(c.base)}, leaf: in(c.yes)}, path.Excluded},
		)
	}
	foreign := func(c *x509.Certificate) { c.Subject.Country = []string{"XX"} }
	otherName := subtree{0, []byte{6, 2, 0x2A, 3, 0xA0, 2, 5, 0}}
	return append(rules,
		rule{"6.1.3(b) permitted directoryName", step{first: options{permit(jp)}}, step{first: options{permit(jp)}, leaf: options{foreign}}, path.Permitted},
		rule{"6.1.3(c) excluded directoryName", step{first: options{exclude(other)}}, step{first: options{exclude(jp)}, leaf: nil}, path.Excluded},
		rule{
			"6.1.3(b) other forms are free", step{first: options{permit(tree(2, "city.example"))}, leaf: in(tree(1, "a@b.example"))},
			step{first: options{permit(tree(2, "city.example"))}, leaf: in(tree(2, "b.example"))}, path.Permitted,
		},
		rule{
			"6.1.3(b) several bases", step{first: options{permit(tree(2, "a.example"), tree(2, "b.example"))}, leaf: in(tree(2, "b.example"))},
			step{first: options{permit(tree(2, "a.example"), tree(2, "b.example"))}, leaf: in(tree(2, "c.example"))}, path.Permitted,
		},
		rule{
			"6.1.3(b)(c) a form that is not judged", step{first: options{exclude(otherName)}, leaf: in(tree(2, "a.example"))},
			step{first: options{exclude(otherName)}, leaf: in(otherName)}, path.Excluded,
		},
		rule{
			"6.1.3(b) self-issued certificates are exempt", step{first: options{permit(directory("leaf"))}, as: selfIssue()},
			step{first: options{permit(directory("leaf"))}}, path.Permitted,
		},
		rule{
			"6.1.4(g) permitted subtrees intersect", step{first: options{permit(tree(2, "example"))}, second: options{permit(tree(2, "a.example"))}, leaf: in(tree(2, "a.example"))},
			step{first: options{permit(tree(2, "example"))}, second: options{permit(tree(2, "a.example"))}, leaf: in(tree(2, "b.example"))}, path.Permitted,
		},
		rule{
			"6.1.4(g) excluded subtrees unite", step{first: options{exclude(tree(2, "a.example"))}, second: options{exclude(tree(2, "b.example"))}, leaf: in(tree(2, "c.example"))},
			step{first: options{exclude(tree(2, "a.example"))}, second: options{exclude(tree(2, "b.example"))}, leaf: in(tree(2, "a.example"))}, path.Excluded,
		},
		rule{
			"6.1.1(h)(i) initial subtrees", step{o: path.Options{Constraints: constraintsValue([]subtree{jp}, nil)}},
			step{o: path.Options{Constraints: constraintsValue(nil, []subtree{jp})}}, path.Excluded,
		},
	)
}

func policyRules() []rule {
	all := func(p ...string) options { return options{policies(p...)} }
	plus := func(o options, more ...pkitest.Option) options { return append(slices.Clone(o), more...) }
	explicit := path.Options{ExplicitPolicy: true}
	wants := func(p ...string) path.Options { return path.Options{ExplicitPolicy: true, Policies: p} }
	return []rule{
		{
			"6.1.3(d)(1)(i) the same policy on the whole path", step{all(gold), all(gold), all(gold), explicit, nil},
			step{all(gold), all(silver), all(gold), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.3(d)(1)(ii) a policy below anyPolicy", step{all(anyPolicy), all(gold), all(gold), explicit, nil},
			step{all(gold), all(silver), all(silver), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.3(d)(2) anyPolicy stands for what is expected", step{all(gold), all(anyPolicy), all(gold), explicit, nil},
			step{all(gold), all(anyPolicy), all(silver), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.3(d)(2) anyPolicy inhibited from the start", step{all(gold), all(gold), all(gold), path.Options{ExplicitPolicy: true, InhibitAny: true}, nil},
			step{all(anyPolicy), all(gold), all(gold), path.Options{ExplicitPolicy: true, InhibitAny: true}, nil}, path.PolicyNeeded,
		},
		{
			"6.1.3(d)(2) anyPolicy of a self-issued CA counts", step{plus(all(gold), inhibitAny(0)), nil, all(gold), explicit, selfIssue(policies(anyPolicy))},
			step{plus(all(gold), inhibitAny(0)), all(anyPolicy), all(gold), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.3(d)(3) nodes without children go", step{all(gold, silver), all(silver), all(silver), wants(silver), nil},
			step{all(gold, silver), all(silver), all(silver), wants(gold), nil}, path.PolicyAcceptable,
		},
		{"6.1.3(e) no policies at all", step{all(gold), nil, all(gold), path.Options{}, nil}, step{all(gold), nil, all(gold), explicit, nil}, path.PolicyNeeded},
		{
			"6.1.3(f) explicit policy by a CA", step{options{policyConstraints(0, -1), policies(gold)}, all(gold), all(gold), path.Options{}, nil},
			step{options{policyConstraints(0, -1), policies(gold)}, all(silver), all(gold), path.Options{}, nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(a) anyPolicy is not mapped", step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), explicit, nil},
			step{plus(all(gold), mapping(gold, anyPolicy)), all(silver), all(silver), explicit, nil}, path.MappingAny,
		},
		{
			"6.1.4(a) nothing is mapped from anyPolicy", step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), explicit, nil},
			step{plus(all(gold), mapping(anyPolicy, silver)), all(silver), all(silver), explicit, nil}, path.MappingAny,
		},
		{
			"6.1.4(b)(1) mapping", step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), wants(gold), nil},
			step{plus(all(gold), mapping(gold, silver)), all(gold), all(gold), wants(gold), nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(b)(1) the user's domain is the first CA's", step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), wants(gold), nil},
			step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), wants(silver), nil}, path.PolicyAcceptable,
		},
		{
			"6.1.4(b)(1) mapping to several", step{plus(all(gold), mapping(gold, silver, gold, bronze)), all(bronze), all(bronze), wants(gold), nil},
			step{plus(all(gold), mapping(gold, silver)), all(bronze), all(bronze), wants(gold), nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(b)(1) mapping below anyPolicy", step{plus(all(anyPolicy), mapping(gold, silver)), all(silver), all(silver), wants(gold), nil},
			step{plus(all(anyPolicy), mapping(gold, silver)), all(gold), all(gold), wants(silver), nil}, path.PolicyAcceptable,
		},
		{
			"6.1.4(b)(2) mapping inhibited from the start", step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), explicit, nil},
			step{plus(all(gold), mapping(gold, silver)), all(silver), all(silver), path.Options{ExplicitPolicy: true, InhibitMapping: true}, nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(h)(1) explicit policy counts down", step{options{policyConstraints(3, -1), policies(gold)}, all(gold), nil, path.Options{}, nil},
			step{options{policyConstraints(1, -1), policies(gold)}, all(gold), nil, path.Options{}, nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(h)(2) policy mapping counts down",
			step{plus(all(gold), policyConstraints(-1, 2)), all(gold), all(silver), explicit, third(policies(gold), mapping(gold, silver))},
			step{plus(all(gold), policyConstraints(-1, 1)), all(gold), all(silver), explicit, third(policies(gold), mapping(gold, silver))}, path.PolicyNeeded,
		},
		{
			"6.1.4(h)(3) inhibitAnyPolicy counts down", step{plus(all(gold), inhibitAny(1)), all(anyPolicy), all(gold), explicit, nil},
			step{plus(all(gold), inhibitAny(1)), all(anyPolicy), all(anyPolicy), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(i)(1) requireExplicitPolicy", step{options{policyConstraints(5, -1)}, nil, nil, path.Options{}, nil},
			step{options{policyConstraints(0, -1)}, nil, nil, path.Options{}, nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(i)(2) inhibitPolicyMapping", step{plus(all(gold), policyConstraints(-1, 5)), plus(all(gold), mapping(gold, silver)), all(silver), explicit, nil},
			step{plus(all(gold), policyConstraints(-1, 0)), plus(all(gold), mapping(gold, silver)), all(silver), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.4(j) inhibitAnyPolicy", step{plus(all(gold), inhibitAny(5)), all(anyPolicy), all(gold), explicit, nil},
			step{plus(all(gold), inhibitAny(0)), all(anyPolicy), all(gold), explicit, nil}, path.PolicyNeeded,
		},
		{
			"6.1.5(a) the last certificate counts too", step{options{policyConstraints(3, -1)}, nil, nil, path.Options{}, nil},
			step{options{policyConstraints(2, -1)}, nil, nil, path.Options{}, nil}, path.PolicyAcceptable,
		},
		{
			"6.1.5(b) explicit policy by the last certificate", step{nil, nil, options{policyConstraints(1, -1)}, path.Options{}, nil},
			step{nil, nil, options{policyConstraints(0, -1)}, path.Options{}, nil}, path.PolicyAcceptable,
		},
		{
			"6.1.5(g) the user's policies", step{all(gold), all(gold), all(gold), wants(gold, silver), nil},
			step{all(gold), all(gold), all(gold), wants(silver), nil}, path.PolicyAcceptable,
		},
		{
			"6.1.5(g)(iii) anyPolicy to the end", step{all(anyPolicy), all(anyPolicy), all(anyPolicy), wants(silver), nil},
			step{all(anyPolicy), all(anyPolicy), all(gold), wants(silver), nil}, path.PolicyAcceptable,
		},
	}
}

// TestRulesOf6_1 runs every rule's accepted and refused path.
func TestRulesOf6_1(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range slices.Concat(chainRules(), nameRules(), policyRules()) {
		if seen[r.name] {
			t.Errorf("%s stands twice", r.name)
		}
		seen[r.name] = true
		t.Run(r.name+"/accepts", func(t *testing.T) { want(t, r.name, r.accept.run(t), "") })
		t.Run(r.name+"/refuses", func(t *testing.T) { want(t, r.name, r.refuse.run(t), r.want) })
	}
}

func (s step) run(t *testing.T) error {
	w := newWay(t, s.first, s.second, s.leaf)
	if s.as != nil {
		s.as(t, &w)
	}
	_, err := w.validate(s.o)
	return err
}
