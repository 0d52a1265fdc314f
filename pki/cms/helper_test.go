package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var day = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// identity is a CA and a signer below it, each with a key of the same kind.
type identity struct {
	ca, cert *x509.Certificate
	caKey    crypto.Signer
	key      crypto.Signer
}

func (i identity) signer() Signer { return NewSigner(i.key, i.cert.Raw) }

var rsaKeys = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newKey(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsaKeys()
	case "p256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p384":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p521":
		key, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "rsa1024":
		key, err = rsa.GenerateKey(rand.Reader, 1024)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newIdentity(t testing.TB, kind string) identity {
	t.Helper()
	i := identity{caKey: newKey(t, kind), key: newKey(t, kind)}
	i.ca = certify(t, "Test CA", i.caKey.Public(), nil, i.caKey, 1)
	i.cert = certify(t, "Signer", i.key.Public(), i.ca, i.caKey, 2)
	return i
}

func certify(t testing.TB, name string, public crypto.PublicKey, ca *x509.Certificate, key crypto.Signer, serial int64) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, SubjectKeyId: []byte(name),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if ca == nil {
		ca, c.IsCA, c.BasicConstraintsValid, c.KeyUsage = c, true, true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, c, ca, public, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// forgery is a message put together by hand; zero fields are as an honest signer has them.
type forgery struct {
	by         identity
	content    []byte
	attributes [][]byte // encoded; nil: as Sign would make them
	carry      [][]byte // nil: the signer's certificate
	sid        *x509.Certificate
	strip      bool // no signed attributes in the message, though they were signed
}

func (f forgery) der(t testing.TB) []byte {
	t.Helper()
	s, ok := suiteFor(f.by.key.Public())
	if !ok {
		t.Fatal("no suite")
	}
	if f.attributes == nil {
		f.attributes = attributesOf(t, f.by.cert, f.content)
	}
	signature, err := f.by.signer().SignDigest(t.Context(), s.sum(setOf(t, f.attributes)), s.hash)
	if err != nil {
		t.Fatal(err)
	}
	if f.carry == nil {
		f.carry = [][]byte{f.by.cert.Raw}
	}
	if f.sid == nil {
		f.sid = f.by.cert
	}
	info := signerInfo(s, f.sid, f.attributes, signature)
	if f.strip {
		info = bareInfo(s, f.sid, signature)
	}
	der, err := assemble(s, 1, document, f.content, f.carry, info)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// bareInfo is a SignerInfo without signed attributes.
func bareInfo(s suite, cert *x509.Certificate, signature []byte) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddBytes(cert.RawIssuer)
				b.AddASN1BigInt(cert.SerialNumber)
			})
			addAlgorithm(b, s.digest, false)
			addAlgorithm(b, s.signature, s.null)
			b.AddASN1OctetString(signature)
		})
	}
}

func attributesOf(t testing.TB, cert *x509.Certificate, content []byte) [][]byte {
	t.Helper()
	s, _ := suiteFor(cert.PublicKey)
	attributes, err := signedAttributes(s, document, content, cert, day)
	if err != nil {
		t.Fatal(err)
	}
	return attributes
}

func setOf(t testing.TB, elements [][]byte) []byte {
	t.Helper()
	return encode(t, set(cbasn1.SET, elements))
}

func encode(t testing.TB, v cryptobyte.BuilderContinuation) []byte {
	t.Helper()
	out, err := encodeAll(v)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// open parses and verifies.
func open(der, detached []byte) (*Signature, error) {
	m, err := Parse(der)
	if err != nil {
		return nil, err
	}
	return m.Verify(detached)
}

// openssl runs the oracle in dir.
func openssl(t testing.TB, dir string, args ...string) ([]byte, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is not installed: apt-get install openssl")
	}
	command := exec.CommandContext(t.Context(), "openssl", args...)
	command.Dir = dir
	return command.CombinedOutput()
}

func writeFile(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writePEM(t testing.TB, dir, name, kind string, der []byte) {
	t.Helper()
	writeFile(t, dir, name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
