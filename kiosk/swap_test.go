package kiosk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"

	"madoguchi/device/card"
	"madoguchi/device/sim"
	"madoguchi/fault"
	"madoguchi/flows"
)

func newCardFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sim.NewFile(sim.Options{
		Kind: sim.Next, AuthKey: key, SignKey: key, AuthCert: []byte{0x30, 0x00}, SignCert: []byte{0x30, 0x00},
		AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"), Extended: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "card.json")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPINIsNotTriedOnTheNextCard: a card is exchanged so quickly, while it has no power, that nobody has been told.
func TestPINIsNotTriedOnTheNextCard(t *testing.T) {
	first, second := newCardFile(t), newCardFile(t)
	r := sim.NewReader("slot")
	if err := r.Insert(first); err != nil {
		t.Fatal(err)
	}
	k := &Kiosk{answerTime: answerTime, done: make(chan struct{})}
	defer close(k.done)
	// without its watch, so that the exchange is always quicker
	m := &myNumber{kiosk: k, reader: r, changed: r.Changed(), gone: make(chan struct{})}
	if _, err := m.Tries(t.Context(), flows.AuthKey); err != nil {
		t.Fatal(err)
	}
	m.powerOff()
	r.Remove()
	if err := r.Insert(second); err != nil {
		t.Fatal(err)
	}
	for _, k := range []card.Key{card.Auth, card.Sign} {
		pin := map[card.Key]string{card.Auth: "9999", card.Sign: "WRONG1"}[k]
		if _, err := m.unlock(t.Context(), k, []byte(pin)); !errors.Is(err, fault.CardRemoved) {
			t.Errorf("%v: %v", k, err)
		}
	}
	if f, err := sim.Load(second); err != nil || f.Auth.Tries != 3 || f.Sign.Tries != 5 {
		t.Error("a try of the next card was spent", err)
	}
	if _, err := r.Connect(t.Context()); err != nil {
		t.Errorf("the next card is still held: %v", err)
	}
}
