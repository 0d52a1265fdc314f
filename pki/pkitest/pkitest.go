// Package pkitest makes certificates, CRLs and OCSP responses for tests, sound ones and forged ones.
//
// Error model: what cannot be made fails the test.
package pkitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// Now is the moment that the tests are about, to the second. It is the machine's time, for openssl asks that.
var Now = time.Now().UTC().Truncate(time.Second)

// Entity is a certificate with its key.
type Entity struct {
	Cert *x509.Certificate
	Key  crypto.Signer
}

// Option changes a certificate before it is signed.
type Option func(*x509.Certificate)

var (
	serials atomic.Int64
	rsaKey  = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
)

// Key draws a key: "p256", "p384" or "rsa" (one RSA key for the whole run).
func Key(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsaKey()
	case "p384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	check(t, err)
	return key
}

// Root makes a self-signed CA, valid a year around Now.
func Root(t testing.TB, name string, options ...Option) *Entity {
	t.Helper()
	return RootKey(t, name, Key(t, "p256"), options...)
}

// RootKey is Root with a key of the caller's.
func RootKey(t testing.TB, name string, key crypto.Signer, options ...Option) *Entity {
	t.Helper()
	template := newTemplate(name, append([]Option{AsCA}, options...))
	return sign(t, template, template, key, key)
}

// CA makes a CA below e.
func (e *Entity) CA(t testing.TB, name string, options ...Option) *Entity {
	t.Helper()
	return e.Leaf(t, name, append([]Option{AsCA}, options...)...)
}

// Leaf makes an end entity below e.
func (e *Entity) Leaf(t testing.TB, name string, options ...Option) *Entity {
	t.Helper()
	return e.LeafKey(t, name, Key(t, "p256"), options...)
}

// LeafKey is Leaf with a key of the caller's.
func (e *Entity) LeafKey(t testing.TB, name string, key crypto.Signer, options ...Option) *Entity {
	t.Helper()
	return sign(t, newTemplate(name, options), e.Cert, key, e.Key)
}

// Impostor has e's name and key identifier and another key.
func (e *Entity) Impostor(t testing.TB) *Entity {
	t.Helper()
	template := *e.Cert
	template.ExtraExtensions = nil
	key := Key(t, "p256")
	return sign(t, &template, &template, key, key)
}

// AsCA makes the certificate a CA's that signs certificates and CRLs.
func AsCA(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
}

// Extension adds an extension.
func Extension(id asn1.ObjectIdentifier, critical bool, value []byte) Option {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Critical: critical, Value: value})
	}
}

// Valid sets the validity relative to Now.
func Valid(from, to time.Duration) Option {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = Now.Add(from), Now.Add(to) }
}

func newTemplate(name string, options []Option) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + serials.Add(1)), Subject: pkix.Name{Country: []string{"JP"}, CommonName: name},
		NotBefore: Now.AddDate(0, -6, 0), NotAfter: Now.AddDate(0, 6, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	for _, option := range options {
		option(c)
	}
	return c
}

// sign issues the certificate. The issuer's certificate is believed as it stands, so that a test may change it.
func sign(t testing.TB, template, issuer *x509.Certificate, key, by crypto.Signer) *Entity {
	t.Helper()
	if template.SubjectKeyId == nil {
		id := make([]byte, 20)
		_, err := rand.Read(id)
		check(t, err)
		template.SubjectKeyId = id
	}
	parent := *issuer
	parent.PublicKey = by.Public()
	der, err := x509.CreateCertificate(rand.Reader, template, &parent, key.Public(), by)
	check(t, err)
	cert, err := x509.ParseCertificate(der)
	check(t, err)
	return &Entity{Cert: cert, Key: key}
}

// DER encodes what the continuation writes.
func DER(t testing.TB, write cryptobyte.BuilderContinuation) []byte {
	t.Helper()
	var b cryptobyte.Builder
	write(&b)
	out, err := b.Bytes()
	check(t, err)
	return out
}

// OpenSSL runs the independent judge in dir and returns all that it prints.
func OpenSSL(t testing.TB, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is not installed: apt-get install openssl")
	}
	command := exec.CommandContext(t.Context(), "openssl", args...) //nolint:gosec // a test's own words
	command.Dir = dir
	out, err := command.CombinedOutput()
	return string(out), err
}

// WritePEM writes one PEM block; a crypto.Signer goes out as PKCS#8.
func WritePEM(t testing.TB, dir, name string, what any) {
	t.Helper()
	block := &pem.Block{Type: "CERTIFICATE"}
	switch what := what.(type) {
	case *x509.Certificate:
		block.Bytes = what.Raw
	case crypto.Signer:
		der, err := x509.MarshalPKCS8PrivateKey(what)
		check(t, err)
		block.Type, block.Bytes = "PRIVATE KEY", der
	case []byte:
		block.Type, block.Bytes = "X509 CRL", what
	}
	Write(t, dir, name, pem.EncodeToMemory(block))
}

// Write writes a file.
func Write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
}

// Read reads a file.
func Read(t testing.TB, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	check(t, err)
	return data
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
