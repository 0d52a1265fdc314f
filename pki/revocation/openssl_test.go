package revocation_test

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// peer is a CA's folder as openssl keeps one: index, keys and configuration.
type peer struct {
	dir                  string
	ca, responder        *pkitest.Entity
	good, moved, unknown *x509.Certificate
}

const caConfig = `[ca]
default_ca = town
[town]
dir = .
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 1
crl_extensions = crl
unique_subject = no
[crl]
authorityKeyIdentifier = keyid
[partial]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical, @point
[point]
onlyuser = TRUE
`

func newPeer(t *testing.T) peer {
	t.Helper()
	ca := pkitest.Root(t, "Town CA")
	p := peer{
		dir: t.TempDir(), ca: ca, responder: ca.Leaf(t, "responder", responder, noCheck),
		good: ca.Leaf(t, "good").Cert, moved: ca.Leaf(t, "moved").Cert, unknown: ca.Leaf(t, "unknown").Cert,
	}
	const stamp = "060102150405Z"
	line := func(status, revoked string, c *x509.Certificate) string {
		number := fmt.Sprintf("%X", c.SerialNumber)
		if len(number)%2 == 1 {
			number = "0" + number
		}
		return fmt.Sprintf("%s\t%s\t%s\t%s\tunknown\t/C=JP/CN=%s\n", status, c.NotAfter.Format(stamp), revoked, number, c.Subject.CommonName)
	}
	index := line("V", "", p.good) + line("R", now.Add(-time.Hour).Format(stamp)+",affiliationChanged", p.moved)
	pkitest.Write(t, p.dir, "index.txt", []byte(index))
	pkitest.Write(t, p.dir, "crlnumber", []byte("01\n"))
	pkitest.Write(t, p.dir, "ca.cnf", []byte(caConfig))
	pkitest.WritePEM(t, p.dir, "ca.pem", p.ca.Cert)
	pkitest.WritePEM(t, p.dir, "ca.key", p.ca.Key)
	pkitest.WritePEM(t, p.dir, "responder.pem", p.responder.Cert)
	pkitest.WritePEM(t, p.dir, "responder.key", p.responder.Key)
	return p
}

// serve lets openssl's responder answer each request that comes by HTTP.
func (p peer) serve(t *testing.T) *httptest.Server {
	t.Helper()
	return httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		dir, err := os.MkdirTemp(p.dir, "ask")
		if err != nil {
			t.Error(err)
			return
		}
		if err := os.WriteFile(filepath.Join(dir, "request"), body, 0o600); err != nil {
			t.Error(err)
			return
		}
		in, out := filepath.Join(dir, "request"), filepath.Join(dir, "response")
		said, err := pkitest.OpenSSL(t, p.dir, "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem",
			"-rkey", "responder.key", "-reqin", in, "-respout", out, "-ndays", "1")
		if err != nil {
			t.Errorf("openssl ocsp: %v\n%s", err, said)
			return
		}
		response, err := os.ReadFile(out)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = rw.Write(response)
	}))
}

// TestOpenSSLResponder asks openssl's OCSP responder about a good, a revoked and an unknown certificate.
func TestOpenSSLResponder(t *testing.T) {
	p := newPeer(t)
	server := p.serve(t)
	defer server.Close()
	source := &revocation.Responder{URL: server.URL, NonceRequired: true}
	c := &revocation.Checker{Sources: []revocation.Source{source}, Limit: time.Minute}
	if got := c.Check(t.Context(), p.good, p.ca.Cert); got.State != revocation.Good || got.NextUpdate.IsZero() || got.Source != server.URL {
		t.Errorf("good: %+v", got)
	}
	got := c.Check(t.Context(), p.moved, p.ca.Cert)
	if got.State != revocation.Revoked || got.Reason != revocation.AffiliationChanged || !got.RevokedAt.Equal(now.Add(-time.Hour)) {
		t.Errorf("moved: %+v", got)
	}
	if got := c.Check(t.Context(), p.unknown, p.ca.Cert); got.State != revocation.Unknown || got.Why != "the responder does not know the certificate" {
		t.Errorf("unknown: %+v", got)
	}
}

// TestOpenSSLAcceptsOurTestResponder: the responses that our tests make are what openssl takes for such.
func TestOpenSSLAcceptsOurTestResponder(t *testing.T) {
	p := newPeer(t)
	pkitest.WritePEM(t, p.dir, "good.pem", p.good)
	der := pkitest.OCSP{By: p.responder, Singles: []pkitest.Single{{Cert: p.good, Issuer: p.ca.Cert}}, Carry: [][]byte{p.responder.Cert.Raw}}.Marshal(t)
	pkitest.Write(t, p.dir, "ours", der)
	out, err := pkitest.OpenSSL(t, p.dir, "ocsp", "-respin", "ours", "-CAfile", "ca.pem", "-issuer", "ca.pem", "-cert", "good.pem", "-no_nonce")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestOpenSSLLists judges lists that openssl makes, plain and with an issuingDistributionPoint.
func TestOpenSSLLists(t *testing.T) {
	for _, section := range []string{"crl", "partial"} {
		p := newPeer(t)
		if out, err := pkitest.OpenSSL(t, p.dir, "ca", "-config", "ca.cnf", "-gencrl", "-cert", "ca.pem", "-keyfile", "ca.key", "-crlexts", section, "-out", "crl.pem"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := pkitest.OpenSSL(t, p.dir, "crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		store := &revocation.Store{Label: "openssl", Fetch: func(context.Context, revocation.Query) ([]revocation.Lists, error) {
			return []revocation.Lists{{Complete: pkitest.Read(t, p.dir, "crl.der")}}, nil
		}}
		c := &revocation.Checker{Sources: []revocation.Source{store}}
		if got := c.Check(t.Context(), p.good, p.ca.Cert); got.State != revocation.Good || got.Kind != revocation.ByCRL {
			t.Errorf("%s, good: %+v", section, got)
		}
		if got := c.Check(t.Context(), p.moved, p.ca.Cert); got.State != revocation.Revoked || got.Reason != revocation.AffiliationChanged {
			t.Errorf("%s, moved: %+v", section, got)
		}
	}
}
