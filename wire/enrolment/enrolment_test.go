package enrolment

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func good(t testing.TB) Enrolment {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return Enrolment{
		V: 1, Kiosk: "k1", Profile: "desk", Mailbox: "m", Broker: "tls://127.0.0.1:8883", ClientID: strings.Repeat("0a", 16),
		Device: text, Root: text, Keyring: []byte{1, 2},
	}
}

func TestRoundTrip(t *testing.T) {
	want := good(t)
	raw, err := want.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(raw)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if _, err := got.DeviceCertificate(); err != nil {
		t.Error(err)
	}
	if _, err := got.RootCertificate(); err != nil {
		t.Error(err)
	}
}

func TestRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Enrolment){
		"v":             func(e *Enrolment) { e.V = 2 },
		"kiosk":         func(e *Enrolment) { e.Kiosk = "*" },
		"mailbox":       func(e *Enrolment) { e.Mailbox = "" },
		"broker":        func(e *Enrolment) { e.Broker = "tcp://127.0.0.1:1883" },
		"broker port":   func(e *Enrolment) { e.Broker = "tls://127.0.0.1" },
		"client id":     func(e *Enrolment) { e.ClientID = "k1" },
		"client case":   func(e *Enrolment) { e.ClientID = strings.ToUpper(e.ClientID) },
		"device":        func(e *Enrolment) { e.Device = "" },
		"root":          func(e *Enrolment) { e.Root += e.Root },
		"not a cert":    func(e *Enrolment) { e.Root = strings.ReplaceAll(e.Root, "CERTIFICATE", "PRIVATE KEY") },
		"empty keyring": func(e *Enrolment) { e.Keyring = nil },
	} {
		e := good(t)
		spoil(&e)
		_, err := e.Marshal()
		if !errors.Is(err, ErrEnrolment) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && e.ClientID != "" && strings.Contains(err.Error(), e.ClientID) && len(e.ClientID) == 32 {
			t.Errorf("%s: the error quotes the client id", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	raw, err := good(f).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if e, err := Parse(in); err == nil {
			if _, err := e.Marshal(); err != nil {
				t.Fatal("read but not written:", err)
			}
		}
	})
}
