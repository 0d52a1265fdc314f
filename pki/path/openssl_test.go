package path_test

import (
	"encoding/pem"
	"slices"
	"testing"

	"madoguchi/pki/pkitest"
)

// openSSLCannot are the rules that `openssl verify` has no option for or, in version 3.0, judges otherwise.
var openSSLCannot = []string{
	"6.1.3(a)(3) revocation", "6.1.3(a)(3) revocation after the time", // asked elsewhere
	"6.1.1(h)(i) initial subtrees", // no such option
}

// TestOpenSSLAgrees: openssl, as another implementation, decides every rule's two paths in the same way.
func TestOpenSSLAgrees(t *testing.T) {
	dir := t.TempDir()
	for _, r := range slices.Concat(chainRules(), nameRules(), policyRules()) {
		if slices.Contains(openSSLCannot, r.name) {
			continue
		}
		for _, s := range []step{r.accept, r.refuse} {
			w := newWay(t, s.first, s.second, s.leaf)
			if s.as != nil {
				s.as(t, &w)
			}
			_, ours := w.validate(s.o)
			said, theirs := pkitest.OpenSSL(t, dir, s.arguments(t, dir, w)...)
			if (ours == nil) != (theirs == nil) {
				t.Errorf("%s: ours %v, openssl's %v\n%s", r.name, ours, theirs, said)
			}
		}
	}
}

// arguments writes the path's certificates and returns what asks openssl about it.
func (s step) arguments(t *testing.T, dir string, w way) []string {
	t.Helper()
	pkitest.WritePEM(t, dir, "root.pem", w.root.Cert)
	pkitest.WritePEM(t, dir, "leaf.pem", w.leaf.Cert)
	var between []byte
	for _, cert := range w.chain()[1:] {
		between = append(between, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	pkitest.Write(t, dir, "between.pem", between)
	args := []string{"verify", "-policy_check", "-CAfile", "root.pem", "-untrusted", "between.pem"}
	for _, option := range []struct {
		on   bool
		name string
	}{{s.o.ExplicitPolicy, "-explicit_policy"}, {s.o.InhibitAny, "-inhibit_any"}, {s.o.InhibitMapping, "-inhibit_map"}} {
		if option.on {
			args = append(args, option.name)
		}
	}
	wanted := s.o.Policies
	if wanted == nil {
		wanted = []string{anyPolicy} // openssl takes none for none
	}
	for _, p := range wanted {
		args = append(args, "-policy", p)
	}
	return append(args, "leaf.pem")
}
