//go:build pcsc

package reader_test

import (
	"path/filepath"
	"testing"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/internal/testcard"
	"madoguchi/device/reader"
	"madoguchi/device/sim"
	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig/pcscd"
)

// soon is how long a state may take to show.
const soon = time.Second

var (
	authPIN = []byte("1234")
	signPIN = []byte("ABC123")
)

// newCard makes a virtual card and returns its file.
func newCard(t testing.TB, extended bool) string {
	t.Helper()
	auth, sign := testcard.Keys(t)
	f, err := sim.NewFile(sim.Options{
		AuthKey: auth, SignKey: sign, AuthCert: testcard.Certificate(t, auth, "auth"), SignCert: testcard.Certificate(t, sign, "sign"),
		AuthPIN: authPIN, SignPIN: signPIN, Extended: extended,
	})
	path := filepath.Join(t.TempDir(), "card.json")
	if err == nil {
		err = f.Save(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// desk is one reader in a real pcscd, and our monitor.
type desk struct {
	t      testing.TB
	slot   *ifd.Slot
	pcscd  *pcscd.Daemon
	device reader.Device
}

func newDesk(t testing.TB) *desk { return newDeskWith(t, ifd.NewSlot("one", ifd.Extended, nil)) }

func newDeskWith(t testing.TB, slot *ifd.Slot) *desk {
	t.Helper()
	d := &desk{t: t, slot: slot, pcscd: pcscd.Start(t, pcscd.One("Desk", slot))}
	d.device = open(t)
	d.until(reader.Empty)
	return d
}

func open(t testing.TB) reader.Device {
	t.Helper()
	device, err := reader.Open(reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = device.Close() })
	return device
}

// until waits for a state, no longer than soon.
func (d *desk) until(want reader.State) {
	d.t.Helper()
	until(d.t, d.device, want)
}

func until(t testing.TB, device reader.Device, want reader.State) {
	t.Helper()
	timer := time.NewTimer(soon)
	defer timer.Stop()
	for {
		changed := device.StateChanged()
		if device.State() == want {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			t.Fatalf("state %v, want %v; slots %v", device.State(), want, device.Slots())
		}
	}
}

// insert puts a card in and waits until it is seen.
func (d *desk) insert(path string) {
	d.t.Helper()
	if err := d.slot.Reader.Insert(path); err != nil {
		d.t.Fatal(err)
	}
	d.until(reader.Ready)
}

func (d *desk) connect() apdu.Session {
	d.t.Helper()
	s, err := d.device.Connect(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = s.Close() })
	return s
}

// jpki opens the card of a session.
func (d *desk) jpki(s apdu.Session) *card.Card {
	d.t.Helper()
	c, err := card.Open(d.t.Context(), s, d.device.Extended())
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}
