package path_test

import (
	"crypto/x509"
	"testing"

	"madoguchi/pki/path"
	"madoguchi/pki/pkitest"
)

// FuzzCertificate puts anything that parses as a certificate at each place of a path. The fuzzer holds no key.
func FuzzCertificate(f *testing.F) {
	w := newWay(f, options{permit(directory(""), tree(2, "example"), network("192.0.2.0/24")), policies(gold), mapping(gold, silver)},
		options{policies(silver), policyConstraints(1, 0), inhibitAny(0)}, options{names(tree(2, "a.example"), tree(6, "https://a.example")), policies(silver)})
	known := w.chain()
	for _, cert := range known {
		f.Add(cert.Raw)
	}
	anchors := []*x509.Certificate{w.root.Cert}
	f.Fuzz(func(t *testing.T, der []byte) {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		if _, err := path.Build(cert, known, anchors, path.Options{At: pkitest.Now, ExplicitPolicy: true}); err != nil && path.Failed(err) == "" {
			t.Fatal(err)
		}
		// Below it, with its name as its issuer's: whatever steers in it is processed.
		if _, err := path.Validate([]*x509.Certificate{w.leaf.Cert, cert}, w.root.Cert, path.Options{At: pkitest.Now}); err != nil && path.Failed(err) == "" {
			t.Fatal(err)
		}
	})
}

// FuzzExtensions puts anything into each steering extension of a CA that the root did sign, in memory: §6.1 must
// end with an answer.
func FuzzExtensions(f *testing.F) {
	w := newWay(f, options{permit(directory("")), policies(gold), mapping(gold, silver), policyConstraints(1, 0), inhibitAny(0)}, nil, options{names(tree(2, "a.example"))})
	for _, e := range w.first.Cert.Extensions {
		f.Add(e.Value)
	}
	f.Add(constraintsValue([]subtree{tree(1, "a@b"), tree(6, ".c")}, []subtree{network("2001:db8::/32")}))
	f.Fuzz(func(t *testing.T, value []byte) {
		for _, last := range []int{17, 30, 32, 33, 36, 54} {
			changed := *w.first.Cert
			var c x509.Certificate
			pkitest.Extension([]int{2, 5, 29, last}, true, value)(&c)
			changed.Extensions = c.ExtraExtensions
			chain := []*x509.Certificate{w.leaf.Cert, w.second.Cert, &changed}
			for _, o := range []path.Options{{At: pkitest.Now}, {At: pkitest.Now, ExplicitPolicy: true, Constraints: value}} {
				if _, err := path.Validate(chain, w.root.Cert, o); err != nil && path.Failed(err) == "" {
					t.Fatal(err)
				}
			}
		}
	})
}
