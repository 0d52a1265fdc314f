package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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
		k    registry.Kiosk
		id   string
		want error
	}{
		{"wildcard", registry.Kiosk{ID: "*", Profile: "desk", Device: device}, "x", wire.ErrFormat},
		{"profile", registry.Kiosk{ID: "k1", Profile: "kitchen", Device: device}, "x", registry.ErrProfile},
		{"ok", registry.Kiosk{ID: "k1", Profile: "desk", Device: device, EnrolledAt: at}, "secret", nil},
		{"id with another key", registry.Kiosk{ID: "k1", Profile: "desk", Device: []byte("other")}, "other", registry.ErrTaken},
		{"key under another id", registry.Kiosk{ID: "k2", Profile: "desk", Device: device}, "other", registry.ErrTaken},
		{"client id again", registry.Kiosk{ID: "k2", Profile: "desk", Device: []byte("other")}, "secret", registry.ErrTaken},
	} {
		err := s.Update(t.Context(), func(tx *store.Tx) error { return registry.Add(tx, test.k, test.id) })
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	k, err := registry.Lookup(t.Context(), s, "k1")
	if err != nil || k.Profile != "desk" || !k.EnrolledAt.Equal(at) || !k.Is("secret") || k.Is("Secret") || k.Is("") {
		t.Error(k, err)
	}
	if got, err := k.Key(); err != nil || !got.Equal(key.Public()) {
		t.Error(err)
	}
	again := registry.Kiosk{ID: "k1", Profile: "portable", Device: device, EnrolledAt: at}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return registry.Add(tx, again, "newer") }); err != nil {
		t.Error("the same kiosk again:", err)
	}
	if k, err := registry.Lookup(t.Context(), s, "k1"); err != nil || k.Is("secret") || !k.Is("newer") || k.Profile != "portable" {
		t.Error(k, err)
	}
	for _, id := range []string{"k2", "*", ""} {
		if _, err := registry.Lookup(t.Context(), s, id); err == nil {
			t.Errorf("%q is known", id)
		}
	}
}
