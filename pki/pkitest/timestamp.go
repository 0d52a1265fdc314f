package pkitest

import (
	"crypto/x509"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// TSA makes e's certificate a time-stamp authority's: the purpose critical and alone, which package x509 cannot
// write by itself.
func TSA(c *x509.Certificate) {
	value := []byte{0x30, 10, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 8}
	Extension(asn1.ObjectIdentifier{2, 5, 29, 37}, true, value)(c)
}

const tsaConfig = `[tsa]
default_tsa = test
[test]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
tsa_name = yes
`

// Authority is a time-stamp authority made of `openssl ts`.
type Authority struct {
	dir string
	CA  *Entity
}

// NewAuthority makes one under ca with a certificate changed by options; kind is the key's.
func NewAuthority(t testing.TB, ca *Entity, kind string, options ...Option) *Authority {
	t.Helper()
	a := &Authority{dir: t.TempDir(), CA: ca}
	e := ca.LeafKey(t, "TSA", Key(t, kind), options...)
	Write(t, a.dir, "ts.cnf", []byte(tsaConfig))
	Write(t, a.dir, "serial", []byte("01\n"))
	WritePEM(t, a.dir, "tsa.pem", e.Cert)
	WritePEM(t, a.dir, "tsa.key", e.Key)
	WritePEM(t, a.dir, "ca.pem", ca.Cert)
	return a
}

// Answer returns openssl's TimeStampResp to a TimeStampReq.
func (a *Authority) Answer(t testing.TB, request []byte) []byte {
	t.Helper()
	dir, err := os.MkdirTemp(a.dir, "ask")
	check(t, err)
	Write(t, dir, "q", request)
	out, err := OpenSSL(t, a.dir, "ts", "-reply", "-config", "ts.cnf", "-queryfile", filepath.Join(dir, "q"), "-out", filepath.Join(dir, "r"))
	if err != nil {
		t.Fatalf("openssl ts -reply: %v\n%s", err, out)
	}
	return Read(t, dir, "r")
}

// Accepts has openssl judge a response or, with isToken, a bare token over data.
func (a *Authority) Accepts(t testing.TB, der, data []byte, isToken bool) (string, error) {
	t.Helper()
	dir, err := os.MkdirTemp(a.dir, "judge")
	check(t, err)
	Write(t, dir, "r", der)
	Write(t, dir, "data", data)
	args := []string{"ts", "-verify", "-in", filepath.Join(dir, "r"), "-data", filepath.Join(dir, "data"), "-CAfile", "ca.pem"}
	if isToken {
		args = append(args, "-token_in")
	}
	return OpenSSL(t, a.dir, args...)
}

// Serve answers by HTTP until the test ends and returns the URL.
func (a *Authority) Serve(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = rw.Write(a.Answer(t, body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// AttributeCertificate makes one about holder, by issuer, with one role attribute (RFC 5755 §4.4.5).
func AttributeCertificate(t testing.TB, holder *x509.Certificate, issuer *Entity) []byte {
	t.Helper()
	name := func(b *cryptobyte.Builder, raw []byte) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1(explicit(4), func(b *cryptobyte.Builder) { b.AddBytes(raw) }) })
	}
	algorithm := func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, signatureAlgorithm(issuer.Key)) }
	info := DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
					name(b, holder.RawIssuer)
					b.AddASN1BigInt(holder.SerialNumber)
				})
			})
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { name(b, issuer.Cert.RawSubject) })
			algorithm(b)
			b.AddASN1BigInt(big.NewInt(77))
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1GeneralizedTime(Now.Add(-time.Hour))
				b.AddASN1GeneralizedTime(Now.Add(24 * time.Hour))
			})
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 5, 4, 72})
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
								b.AddASN1(cbasn1.Tag(6).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte("urn:role:clerk")) })
							})
						})
					})
				})
			})
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 5, 29, 56}) // noRevAvail
					b.AddASN1OctetString([]byte{5, 0})
				})
			})
		})
	})
	signature := signed(t, issuer.Key, info)
	return DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(info)
			algorithm(b)
			b.AddASN1BitString(signature)
		})
	})
}
