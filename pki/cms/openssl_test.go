package cms

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOpenSSLAcceptsOurs runs the independent verifier over what we sign, inside and detached, and shows that it
// does judge: changed content is refused.
func TestOpenSSLAcceptsOurs(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			id, dir := newIdentity(t, kind), t.TempDir()
			writePEM(t, dir, "ca.pem", "CERTIFICATE", id.ca.Raw)
			writeFile(t, dir, "content", content)
			writeFile(t, dir, "other", append([]byte("x"), content...))
			inside, err := Sign(t.Context(), content, id.signer(), time.Now(), id.ca.Raw)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, dir, "inside.der", inside)
			detached, err := SignDetached(t.Context(), content, id.signer(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, dir, "detached.der", detached)
			verify := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-CAfile", "ca.pem", "-purpose", "any", "-out", "out"}
			if out, err := openssl(t, dir, append(verify, "-in", "inside.der")...); err != nil {
				t.Fatalf("inside: %v\n%s", err, out)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "out")); err != nil || !bytes.Equal(got, content) {
				t.Errorf("inside: other content came out: %v", err)
			}
			if out, err := openssl(t, dir, append(verify, "-in", "detached.der", "-content", "content")...); err != nil {
				t.Errorf("detached: %v\n%s", err, out)
			}
			if _, err := openssl(t, dir, append(verify, "-in", "detached.der", "-content", "other")...); err == nil {
				t.Error("detached: other content was accepted")
			}
		})
	}
}

// TestOursAcceptsOpenSSL reads what OpenSSL signs: issuer and serial number (version 1) and key identifier
// (version 3), inside and detached.
func TestOursAcceptsOpenSSL(t *testing.T) {
	for _, test := range []struct {
		kind string
		args []string
	}{
		{"rsa", nil}, {"p256", nil}, {"p384", nil}, {"p384", []string{"-md", "sha384"}}, {"rsa", []string{"-keyid"}},
	} {
		for _, place := range []string{"inside", "detached"} {
			t.Run(strings.Join(append([]string{test.kind, place}, test.args...), " "), func(t *testing.T) {
				id, dir := newIdentity(t, test.kind), t.TempDir()
				key, err := x509.MarshalPKCS8PrivateKey(id.key)
				if err != nil {
					t.Fatal(err)
				}
				writePEM(t, dir, "key.pem", "PRIVATE KEY", key)
				writePEM(t, dir, "cert.pem", "CERTIFICATE", id.cert.Raw)
				writePEM(t, dir, "ca.pem", "CERTIFICATE", id.ca.Raw)
				writeFile(t, dir, "content", content)
				args := append([]string{"cms", "-sign", "-cades", "-binary", "-in", "content", "-signer", "cert.pem", "-inkey", "key.pem",
					"-certfile", "ca.pem", "-outform", "DER", "-out", "out.der"}, test.args...)
				var beside []byte
				if place == "inside" {
					args = append(args, "-nodetach")
				} else {
					beside = content
				}
				if out, err := openssl(t, dir, args...); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				der, err := os.ReadFile(filepath.Join(dir, "out.der"))
				if err != nil {
					t.Fatal(err)
				}
				got, err := open(der, beside)
				if err != nil {
					t.Fatal(err)
				}
				if beside == nil && !bytes.Equal(got.Content, content) {
					t.Error("other content")
				}
				if !got.Signer.Equal(id.cert) || len(got.Certificates) != 2 || time.Since(got.SigningTime).Abs() > time.Hour {
					t.Errorf("signer %v, %d certificates, at %v", got.Signer.Subject, len(got.Certificates), got.SigningTime)
				}
			})
		}
	}
}
