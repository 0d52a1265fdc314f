package card_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
)

var update = flag.Bool("update", false, "record testdata anew from the virtual card")

// TestRecorded plays testdata back. Recordings of other cards and readers can be put beside these: any PIN will do.
func TestRecorded(t *testing.T) {
	digest := sha256.Sum256([]byte("recorded"))
	for name, test := range map[string]struct {
		extended bool
		run      func(*testing.T, *card.Card) (certificate, signature []byte, err error)
	}{
		"login.apdu": {true, func(t *testing.T, c *card.Card) ([]byte, []byte, error) {
			return logIn(t.Context(), c, []byte("1234"), digest[:])
		}},
		"login-short.apdu": {false, func(t *testing.T, c *card.Card) ([]byte, []byte, error) {
			return logIn(t.Context(), c, []byte("1234"), digest[:])
		}},
		"sign.apdu": {true, func(t *testing.T, c *card.Card) ([]byte, []byte, error) {
			_, certificate, signature, err := signDocument(t.Context(), c, []byte("ABC123"), digest[:])
			return certificate, signature, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			if *update {
				record(t, file, test.extended, test.run)
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			player, err := apdu.NewPlayer(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			der, signature, err := openAnd(t, player, test.extended, test.run)
			if err != nil || player.Done() != nil {
				t.Fatal(err, player.Done())
			}
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			if err := rsa.VerifyPKCS1v15(certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature); err != nil {
				t.Error(err)
			}
		})
	}
}

type run func(*testing.T, *card.Card) (certificate, signature []byte, err error)

func openAnd(t *testing.T, line apdu.Transmitter, extended bool, do run) (certificate, signature []byte, err error) {
	t.Helper()
	c, err := card.Open(t.Context(), line, extended)
	if err != nil {
		return nil, nil, err
	}
	return do(t, c)
}

func record(t *testing.T, file string, extended bool, do run) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("# made by go test ./device/card -run Recorded -update, from the virtual card\n")
	recorder := apdu.NewRecorder(newWorld(t).session(t), &b)
	if _, _, err := openAnd(t, recorder, extended, do); err != nil || recorder.Err() != nil {
		t.Fatal(err, recorder.Err())
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
