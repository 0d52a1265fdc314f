package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

func TestRegister(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "db"), make([]byte, store.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	device, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1_800_000_000, 0).UTC()
	for _, test := range []struct {
		name string
		r    registry.Request
		want error
	}{
		{"wildcard", registry.Request{ID: "*", Profile: "desk", Device: device, ClientID: "x", At: at}, wire.ErrFormat},
		{"profile", registry.Request{ID: "k1", Profile: "kitchen", Device: device, ClientID: "x", At: at}, registry.ErrProfile},
		{"ok", registry.Request{ID: "k1", Profile: "desk", Device: device, ClientID: "secret", At: at}, nil},
		{"id with another key", registry.Request{ID: "k1", Profile: "desk", Device: []byte("other"), ClientID: "other", At: at}, registry.ErrTaken},
		{"key under another id", registry.Request{ID: "k2", Profile: "desk", Device: device, ClientID: "other", At: at}, registry.ErrTaken},
		{"client id again", registry.Request{ID: "k2", Profile: "desk", Device: []byte("other"), ClientID: "secret", At: at}, registry.ErrTaken},
	} {
		err := s.Update(t.Context(), func(tx *store.Tx) error { return registry.Add(tx, test.r) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	k, err := registry.Lookup(t.Context(), s, "k1")
	if err != nil || k.Profile != "desk" || !k.EnrolledAt.Equal(at) || !k.Devices[0].Is("secret") || k.Devices[0].Is("Secret") || k.Devices[0].Is("") {
		t.Error(k, err)
	}
	digest := sha256.Sum256([]byte("said"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"said": true, "not said": false} {
		if signed, err := k.Signed([]byte(text), signature); err != nil || signed != want {
			t.Errorf("%s: %v %v", text, signed, err)
		}
	}
	again := registry.Request{ID: "k1", Profile: "portable", Device: device, ClientID: "newer", At: at}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return registry.Add(tx, again) }); err != nil {
		t.Error("the same kiosk again:", err)
	}
	if k, err := registry.Lookup(t.Context(), s, "k1"); err != nil || k.Devices[0].Is("secret") || !k.Devices[0].Is("newer") || k.Profile != "portable" {
		t.Error(k, err)
	}
	for _, id := range []string{"k2", "*", ""} {
		if _, err := registry.Lookup(t.Context(), s, id); err == nil {
			t.Errorf("%q is known", id)
		}
	}
}
