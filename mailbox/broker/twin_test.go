//go:build twin

package broker_test

import (
	"crypto/x509"
	"testing"
	"time"

	"madoguchi/internal/check"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

func TestForeignKiosksTopicsTwin(t *testing.T) {
	check.Without(t, check.KioskTopic)
	r := newRig(t)
	m := r.mailbox()
	m.granted(wire.UpFilter)
	r.broker.Admit()
	cert, id := r.enrol("k2")
	k := r.client(id, cert).mustConnect()
	if !k.granted(wire.DownFilter("k1")) {
		t.Error("something else refuses the filter")
	}
	k.send(wire.UpSubmission("k1"), "forged")
	if got := m.next(); got.payload != "forged" {
		t.Error("something else drops the message")
	}
}

// A kiosk called * would be granted every kiosk's topics by its permissions.
func TestKioskIDStar(t *testing.T) {
	r := newRig(t)
	m := r.mailbox()
	r.broker.Admit()
	cert, id := r.device("*"), clientID(t)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	star := registry.Request{ID: "*", Profile: "desk", Device: leaf.RawSubjectPublicKeyInfo, ClientID: id, At: time.Now()}
	add := func() error {
		return r.store.Update(t.Context(), func(tx *store.Tx) error { return registry.Add(tx, star) })
	}
	if err := add(); err == nil {
		t.Fatal("enrolled")
	}
	t.Run("connect", func(t *testing.T) {
		check.Without(t, check.KioskID) // smuggled into the register
		if err := add(); err != nil {
			t.Fatal(err)
		}
	})
	if err := r.client(id, cert).connect(); err == nil {
		t.Fatal("connected, though the id is checked again")
	}
	check.Without(t, check.KioskID)
	k := r.client(id, cert).mustConnect()
	if !k.granted(wire.DownFilter("k1")) {
		t.Fatal("something else refuses the filter")
	}
	m.send(wire.DownReceipt("k1"), "k1's")
	if got := k.next(); got.payload != "k1's" {
		t.Error(got)
	}
}
