package issue

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/pki/profile"
)

var (
	now    = time.Now()
	hanako = profile.Holder{Name: "窓口　花子", Address: "東京都窓口市中央一丁目２番３号", Birth: "1990-04-01", Sex: "2"}
	keys   sync.Map // one key of a kind is enough; RSA keys take long to draw
)

func keyFor(t testing.TB, p *profile.Profile, which string) crypto.Signer {
	t.Helper()
	id := struct {
		profile.KeyType
		string
	}{p.Key, which}
	if key, ok := keys.Load(id); ok {
		return key.(crypto.Signer)
	}
	key, err := NewKey(p)
	if err != nil {
		t.Fatal(err)
	}
	keys.Store(id, key)
	return key
}

func newRoot(t testing.TB, p *profile.Profile, organization string) *CA {
	t.Helper()
	name := pkix.Name{Country: []string{"JP"}, Organization: []string{organization}}
	ca, err := NewRoot(p, name, keyFor(t, p, "ca"), now.AddDate(-1, 0, 0), now.AddDate(9, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// request is one that p accepts.
func request(t testing.TB, p *profile.Profile) Request {
	r := Request{
		Subject: pkix.Name{CommonName: "mailbox"}, Public: keyFor(t, p, "leaf").Public(),
		From: now.Add(-time.Hour), To: now.AddDate(1, 0, 0),
	}
	if p.Host {
		r.DNS, r.IPs = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1).To4()}
	}
	if p.Holder {
		r.Holder = &hanako
		r.Subject = pkix.Name{Country: []string{"JP"}, Locality: []string{"Tokyo-to", "Kiyose-shi"}, CommonName: "2026112209000000001000000001"}
	}
	return r
}

func leaf(t testing.TB, ca *CA, p *profile.Profile) *x509.Certificate {
	t.Helper()
	der, err := ca.Issue(p, request(t, p))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, der)
}

func parse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// TestEveryProfile issues one of each, and requires that no other profile takes it for its own.
func TestEveryProfile(t *testing.T) {
	for _, p := range profile.All() {
		var cert *x509.Certificate
		if p.CA {
			cert = newRoot(t, p, "City").Cert
		} else {
			ca := newRoot(t, p.Issuer, "City")
			cert = leaf(t, ca, p)
			if err := profile.Chain(cert, p, []*x509.Certificate{ca.Cert}, now); err != nil {
				t.Error(err)
			}
		}
		for _, other := range profile.All() {
			if err := other.Check(cert); (err == nil) != (other == p) {
				t.Errorf("a %s certificate checked as %s: %v", p.Name, other.Name, err)
			}
		}
		if profile.IsDemo(cert) {
			t.Errorf("%s: marked as a demonstration's", p.Name)
		}
	}
}

func TestDemoMark(t *testing.T) {
	for _, p := range profile.All() {
		if p.CA {
			continue
		}
		ca := newRoot(t, p.Issuer, profile.DemoOrganization)
		unnamed, err := NewRoot(p.Issuer, pkix.Name{}, keyFor(t, p.Issuer, "ca"), now, now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, cert := range []*x509.Certificate{ca.Cert, unnamed.Cert, leaf(t, ca, p)} {
			marked := slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(profile.DemoExtension) && !e.Critical })
			if !profile.IsDemo(cert) || !marked {
				t.Errorf("%s: not marked", p.Name)
			}
		}
	}
}

func TestHolderComesBack(t *testing.T) {
	cert := leaf(t, newRoot(t, profile.JPKISignCA, "JPKI"), profile.JPKISign)
	got, err := profile.HolderOf(cert)
	want := hanako
	want.NameSubst, want.AddressSubst = "00000", strings.Repeat("0", 15)
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if strings.Contains(cert.Subject.String(), "花子") {
		t.Error("the name is in the DN")
	}
}

// TestShape looks at what the card's standard fixes beyond what Check needs.
func TestShape(t *testing.T) {
	ca := newRoot(t, profile.JPKISignCA, "JPKI")
	sign := leaf(t, ca, profile.JPKISign)
	auth := leaf(t, newRoot(t, profile.JPKIAuthCA, "JPKI"), profile.JPKIAuth)
	var subject pkix.RDNSequence
	if _, err := asn1.Unmarshal(sign.RawSubject, &subject); err != nil || len(subject) != 4 {
		t.Errorf("%d RDNs where C, L, L, CN stand: %v", len(subject), err)
	}
	if len(ca.Cert.AuthorityKeyId) != 0 || len(ca.Cert.SubjectKeyId) != 20 || !bytes.Equal(sign.AuthorityKeyId, ca.Cert.SubjectKeyId) {
		t.Error("key identifiers")
	}
	if len(auth.Extensions) < 6 || len(auth.Raw) < 900 || len(auth.Raw) > 1700 {
		t.Errorf("auth certificate: %d extensions, %d bytes", len(auth.Extensions), len(auth.Raw))
	}
	if !ca.Cert.IsCA || ca.Cert.MaxPathLen > 0 || ca.Cert.MaxPathLenZero {
		t.Error("JPKI CAs set no path length")
	}
}

func TestRefusals(t *testing.T) {
	root, jpki := newRoot(t, profile.Root, "City"), newRoot(t, profile.JPKISignCA, "JPKI")
	for name, test := range map[string]struct {
		ca     *CA
		p      *profile.Profile
		change func(*Request)
		want   error
	}{
		"RSA key for a device":  {root, profile.Device, func(r *Request) { r.Public = keyFor(t, profile.JPKISign, "leaf").Public() }, profile.ErrKeyType},
		"no host":               {root, profile.Broker, func(r *Request) { r.DNS, r.IPs = nil, nil }, profile.ErrNames},
		"another's common name": {root, profile.Mailbox, func(r *Request) { r.Subject.CommonName = "kiosk-1" }, profile.ErrSubject},
		"no holder":             {jpki, profile.JPKISign, func(r *Request) { r.Holder = nil }, errAny},
		"holder without a name": {jpki, profile.JPKISign, func(r *Request) { r.Holder = &profile.Holder{Address: "x", Birth: "1990-04-01", Sex: "1"} }, profile.ErrHolder},
		"another CA":            {root, profile.JPKISign, func(*Request) {}, errAny},
		"an anchor":             {root, profile.Root, func(*Request) {}, errAny},
		"ends before it begins": {root, profile.Device, func(r *Request) { r.To = r.From }, errAny},
		"no name":               {root, profile.Device, func(r *Request) { r.Subject = pkix.Name{} }, errAny},
		"no key":                {root, profile.Device, func(r *Request) { r.Public = nil }, errAny},
		"negative serial":       {root, profile.Device, func(r *Request) { r.Serial = big.NewInt(-1) }, errAny},
	} {
		r := request(t, test.p)
		test.change(&r)
		_, err := test.ca.Issue(test.p, r)
		if err == nil || !errors.Is(test.want, errAny) && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "花子") {
			t.Errorf("%s: names the person", name)
		}
	}
	if _, err := NewRoot(profile.Device, pkix.Name{CommonName: "x"}, root.Key, now, now.Add(1)); err == nil {
		t.Error("a device as an anchor")
	}
}

var errAny = errors.New("any")

// TestOpenSSL has the independent verifier read what is issued: chain, strict profile, critical extensions.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is not installed: apt-get install openssl")
	}
	for _, p := range profile.All() {
		if p.CA {
			continue
		}
		dir := t.TempDir()
		ca := newRoot(t, p.Issuer, "City")
		write(t, filepath.Join(dir, "ca.pem"), ca.Cert.Raw)
		write(t, filepath.Join(dir, "leaf.pem"), leaf(t, ca, p).Raw)
		for _, args := range [][]string{
			{"verify", "-x509_strict", "-CAfile", "ca.pem", "leaf.pem"},
			{"x509", "-in", "leaf.pem", "-noout", "-text", "-nameopt", "utf8", "-certopt", "ext_error"},
		} {
			command := exec.CommandContext(t.Context(), "openssl", args...)
			command.Dir = dir
			if out, err := command.CombinedOutput(); err != nil || bytes.Contains(out, []byte("Error")) {
				t.Errorf("%s: %v\n%s", p.Name, err, out)
			}
		}
	}
}

func write(t testing.TB, name string, der []byte) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
