package reader_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
)

// recordings are what went through a real pcscd: log-in and signing, with a reader and card that take extended length
// and with ones that do not. The test with the tag pcsc and -update makes them anew.
var recordings = map[string]struct {
	extended bool
	key      card.Key
	pin      []byte
}{
	"login.apdu":       {true, card.Auth, []byte("1234")},
	"login-short.apdu": {false, card.Auth, []byte("1234")},
	"sign.apdu":        {true, card.Sign, []byte("ABC123")},
	"sign-short.apdu":  {false, card.Sign, []byte("ABC123")},
}

var recorded = sha256.Sum256([]byte("recorded through pcscd"))

// use is what a kiosk does with a key: tries, VERIFY, the certificates, the signature.
func use(t *testing.T, line apdu.Transmitter, extended bool, k card.Key, pin []byte) (certificate, signature []byte) {
	t.Helper()
	ctx := t.Context()
	c, err := card.Open(ctx, line, extended)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tries(ctx, k); err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(ctx, k, pin); err != nil {
		t.Fatal(err)
	}
	certificate, err = c.Certificate(ctx, card.Auth)
	if err == nil && k == card.Sign {
		certificate, err = c.Certificate(ctx, card.Sign)
	}
	if err != nil {
		t.Fatal(err)
	}
	if signature, err = c.SignDigest(ctx, k, recorded[:], crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	return certificate, signature
}

func TestRecordingsOfPCSCD(t *testing.T) {
	for name, r := range recordings {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			player, err := apdu.NewPlayer(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			der, signature := use(t, player, r.extended, r.key, r.pin)
			if err := player.Done(); err != nil {
				t.Error(err)
			}
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, recorded[:], signature); err != nil {
				t.Error(err)
			}
		})
	}
}
