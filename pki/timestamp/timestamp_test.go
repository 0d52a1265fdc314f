package timestamp_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/cms"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/timestamp"
)

var data = []byte("a signature's value")

type stamped struct {
	authority *pkitest.Authority
	options   timestamp.Options
	response  []byte
	token     []byte
}

func newStamped(t testing.TB, kind string, options ...pkitest.Option) stamped {
	t.Helper()
	ca := pkitest.Root(t, "Time CA")
	s := stamped{authority: pkitest.NewAuthority(t, ca, kind, options...)}
	s.options = timestamp.Options{Anchors: []*x509.Certificate{ca.Cert}, Nonce: big.NewInt(42), Now: time.Now()}
	request, err := timestamp.NewRequest(data, s.options.Nonce)
	if err != nil {
		t.Fatal(err)
	}
	s.response = s.authority.Answer(t, request)
	if s.token, err = timestamp.ParseResponse(s.response); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOpenSSLAuthority judges openssl's tokens, and openssl judges them too; changed data is refused by both.
func TestOpenSSLAuthority(t *testing.T) {
	for _, kind := range []string{"rsa", "p256"} {
		s := newStamped(t, kind, pkitest.TSA)
		got, err := timestamp.Verify(s.token, data, s.options)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if time.Since(got.Time).Abs() > time.Hour || got.Accuracy != 1500*time.Millisecond || got.Policy.String() != "1.2.3.4.1" || got.Serial.Sign() <= 0 {
			t.Errorf("%s: %+v", kind, got)
		}
		if out, err := s.authority.Accepts(t, s.response, data, false); err != nil {
			t.Errorf("%s: openssl: %v\n%s", kind, err, out)
		}
		if _, err := s.authority.Accepts(t, s.response, []byte("other"), false); err == nil {
			t.Errorf("%s: openssl accepts other data", kind)
		}
	}
}

type tokenCase struct {
	label  string
	data   []byte
	change func(*timestamp.Options)
	want   check.Name
}

// tokenCases ask one sound token of more than it says.
func tokenCases(t *testing.T) []tokenCase {
	stranger := pkitest.Root(t, "Time CA")
	return []tokenCase{
		{"as made", data, func(*timestamp.Options) {}, ""},
		{"other data", []byte("other"), func(*timestamp.Options) {}, timestamp.Imprint},
		{"another nonce", data, func(o *timestamp.Options) { o.Nonce = big.NewInt(43) }, timestamp.Nonce},
		{"the policy", data, func(o *timestamp.Options) { o.Policies = []asn1.ObjectIdentifier{{1, 2, 3, 4, 1}} }, ""},
		{"another policy", data, func(o *timestamp.Options) { o.Policies = []asn1.ObjectIdentifier{{1, 2, 3, 4, 2}} }, timestamp.Policy},
		{"another anchor of that name", data, func(o *timestamp.Options) { o.Anchors = []*x509.Certificate{stranger.Cert} }, timestamp.Chain},
		{"no anchor", data, func(o *timestamp.Options) { o.Anchors = nil }, timestamp.Chain},
		{"not exact enough", data, func(o *timestamp.Options) { o.Accuracy = time.Second }, timestamp.Accuracy},
		{"of tomorrow", data, func(o *timestamp.Options) { o.Now = time.Now().AddDate(0, 0, -1) }, timestamp.Past},
	}
}

// TestTokenChecks: each check refuses what it is named for.
func TestTokenChecks(t *testing.T) {
	s := newStamped(t, "p256", pkitest.TSA)
	for _, test := range tokenCases(t) {
		o := s.options
		test.change(&o)
		if _, err := timestamp.Verify(s.token, test.data, o); cms.Failed(err) != test.want || test.want == "" && err != nil {
			t.Errorf("%s: %v", test.label, err)
		}
	}
}

// TestAuthorityCertificate: who is no time-stamp authority makes no time-stamp. openssl refuses to make those, so a
// token of our own making stands in for it.
func TestAuthorityCertificate(t *testing.T) {
	for _, test := range authorityCases() {
		if err := test.judge(t); cms.Failed(err) != test.want || test.want == "" && err != nil {
			t.Errorf("%s: %v", test.label, err)
		}
	}
}

type authorityCase struct {
	label   string
	options []pkitest.Option
	want    check.Name
}

func (c authorityCase) judge(t *testing.T) error {
	t.Helper()
	ca := pkitest.Root(t, "Time CA")
	token := pkitest.Token(t, ca.Leaf(t, "TSA", c.options...), data, pkitest.Now)
	_, err := timestamp.Verify(token, data, timestamp.Options{Anchors: []*x509.Certificate{ca.Cert}})
	return err
}

func authorityCases() []authorityCase {
	plain := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping} }
	return []authorityCase{
		{"an authority", []pkitest.Option{pkitest.TSA}, ""},
		{"purpose not critical", []pkitest.Option{plain}, timestamp.Purpose},
		{"no purpose", nil, timestamp.Purpose},
		{"two purposes", []pkitest.Option{plain, func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) }}, timestamp.Purpose},
		{"key usage", []pkitest.Option{pkitest.TSA, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }}, timestamp.Purpose},
		{"ended before", []pkitest.Option{pkitest.TSA, pkitest.Valid(-48*time.Hour, -time.Hour)}, timestamp.Chain},
	}
}

// TestAuthorityBelowACA: a CA between counts, unless it is one for other purposes.
func TestAuthorityBelowACA(t *testing.T) {
	root := pkitest.Root(t, "Root")
	for purpose, want := range map[x509.ExtKeyUsage]check.Name{x509.ExtKeyUsageTimeStamping: "", x509.ExtKeyUsageServerAuth: timestamp.Chain} {
		between := root.CA(t, "Time CA", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{purpose} })
		token := pkitest.Token(t, between.Leaf(t, "TSA", pkitest.TSA), data, pkitest.Now, between.Cert.Raw)
		_, err := timestamp.Verify(token, data, timestamp.Options{Anchors: []*x509.Certificate{root.Cert}})
		if cms.Failed(err) != want || want == "" && err != nil {
			t.Errorf("purpose %d: %v", purpose, err)
		}
	}
}

func TestClient(t *testing.T) {
	ca := pkitest.Root(t, "Time CA")
	a := pkitest.NewAuthority(t, ca, "p256", pkitest.TSA)
	c := timestamp.Client{URL: a.Serve(t), Options: timestamp.Options{Anchors: []*x509.Certificate{ca.Cert}}}
	token, err := c.Stamp(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := timestamp.Verify(token, data, c.Options); err != nil {
		t.Error(err)
	}
	for label, body := range map[string][]byte{
		"rejected": {0x30, 5, 0x30, 3, 2, 1, 2}, "no token": {0x30, 5, 0x30, 3, 2, 1, 0}, "garbage": []byte("x"), "endless": bytes.Repeat([]byte{0}, 1<<18),
	} {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(body) }))
		c := timestamp.Client{URL: server.URL}
		want := timestamp.Format
		if label == "rejected" {
			want = timestamp.Granted
		}
		if _, err := c.Stamp(t.Context(), data); cms.Failed(err) != want {
			t.Errorf("%s: %v", label, err)
		}
		server.Close()
	}
}

// FuzzTimestamp reads anything as a response and as a token. The fuzzer holds no key: only the seed verifies.
func FuzzTimestamp(f *testing.F) {
	ca := pkitest.Root(f, "Time CA")
	token := pkitest.Token(f, ca.Leaf(f, "TSA", pkitest.TSA), data, pkitest.Now)
	o := timestamp.Options{Anchors: []*x509.Certificate{ca.Cert}}
	f.Add(token)
	f.Add(append([]byte{0x30, 0x82, byte((len(token) + 5) >> 8), byte(len(token) + 5), 0x30, 3, 2, 1, 0}, token...))
	f.Fuzz(func(t *testing.T, der []byte) {
		inner, err := timestamp.ParseResponse(der)
		if err != nil && cms.Failed(err) == "" {
			t.Fatal(err)
		}
		for _, der := range [][]byte{der, inner} {
			got, err := timestamp.Verify(der, data, o)
			if err != nil && cms.Failed(err) == "" || err == nil && !got.Time.Equal(pkitest.Now) {
				t.Fatalf("%+v, %v", got, err)
			}
		}
	})
}
