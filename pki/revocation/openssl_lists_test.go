package revocation_test

import (
	"encoding/pem"
	"slices"
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// openSSLOtherwise are the rules whose refused case openssl 3.0 accepts: it goes on without a delta that it cannot
// use, where ours says so, and it lets a complete list take entries back. One case lives in memory alone, and one is
// about a certificate that openssl refuses for its age.
var openSSLOtherwise = []check.Name{
	revocation.CRLDeltaIssuer, revocation.CRLDeltaScope, revocation.CRLDeltaKey, revocation.CRLDeltaBase, revocation.CRLDeltaHolds,
	"crl: (i)(j)(k) removeFromCRL", revocation.CRLUsage,
}

// TestOpenSSLAgreesOnLists: openssl, as another implementation of §6.3, decides the rules' cases in the same way.
func TestOpenSSLAgreesOnLists(t *testing.T) {
	dir := t.TempDir()
	for rule, cases := range crlRules(t) {
		if rule == revocation.CRLEnded {
			continue
		}
		both := []crlCase{cases.accept, cases.refuse}
		if slices.Contains(openSSLOtherwise, rule) {
			both = both[:1]
		}
		for _, c := range both {
			answer, ours := revocation.JudgeCRL(c.lists, c.q)
			said, theirs := pkitest.OpenSSL(t, dir, c.arguments(t, dir)...)
			if good := ours == nil && answer.State == revocation.Good; good != (theirs == nil) {
				t.Errorf("%s: ours %v %v, openssl's %v\n%s", rule, answer.State, ours, theirs, said)
			}
		}
	}
}

// arguments writes the case's certificates and lists and returns what asks openssl about it.
func (c crlCase) arguments(t *testing.T, dir string) []string {
	t.Helper()
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	var others []byte
	for _, signer := range c.q.Signers {
		others = append(others, block("CERTIFICATE", signer.Raw)...)
	}
	var lists []byte
	for _, l := range c.lists {
		lists = append(lists, block("X509 CRL", l.Complete)...)
		if l.Delta != nil {
			lists = append(lists, block("X509 CRL", l.Delta)...)
		}
	}
	pkitest.WritePEM(t, dir, "ca.pem", c.q.Issuer)
	pkitest.Write(t, dir, "others.pem", others)
	pkitest.Write(t, dir, "lists.pem", lists)
	pkitest.WritePEM(t, dir, "cert.pem", c.q.Cert)
	args := []string{"verify", "-crl_check", "-extended_crl", "-use_deltas", "-CAfile", "ca.pem"}
	if len(others) > 0 {
		args = append(args, "-untrusted", "others.pem")
	}
	if len(lists) > 0 {
		args = append(args, "-CRLfile", "lists.pem")
	}
	return append(args, "cert.pem")
}
