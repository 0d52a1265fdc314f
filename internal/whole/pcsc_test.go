//go:build pcsc

package whole

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig/pcscd"
	"madoguchi/kiosk"
	"madoguchi/world"
)

// usePCSC has the city's kiosk use the machine's readers.
func (c *city) usePCSC() {
	c.t.Helper()
	file := c.path(world.KioskDir, kiosk.ConfigFile)
	raw, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatal(err)
	}
	changed := bytes.Replace(raw, []byte("reader = 'virtual'"), []byte("reader = 'pcsc'"), 1)
	if bytes.Equal(raw, changed) {
		c.t.Fatal("no reader in the configuration")
	}
	if err := os.WriteFile(file, changed, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// TestTheWholeWayThroughPCSCD: the same way as by the virtual reader, with a real pcscd in between.
func TestTheWholeWayThroughPCSCD(t *testing.T) {
	slot := ifd.NewSlot("x", ifd.Extended, nil)
	daemon := pcscd.Start(t, pcscd.One("Desk", slot))
	city := newCity(t).open()
	city.usePCSC()
	kiosk := city.terminalHere()
	insert := func() {
		if err := slot.Reader.Insert(filepath.Join(city.path(world.CardsDir), resident.File+".json")); err != nil {
			t.Fatal(err)
		}
	}

	kiosk.at("start", "menu").choose("nursery")
	kiosk.at("nursery.before", "message").next()
	kiosk.at("nursery.login", "card")
	daemon.Kill()
	kiosk.refused("nursery.login", "C10")
	daemon.Run()
	insert()
	kiosk.at("nursery.login", "message").next()
	kiosk.at("nursery.login", "secret").secret(resident.AuthPIN)
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "secret").secret(resident.SignPIN)
	slip := kiosk.slip("received").now.Screen.Slip
	kiosk.next()
	kiosk.until("take-card", func(f frame) bool { return f.Step == "take-card" })
	slot.Reader.Remove()
	kiosk.at("start", "menu")
	checkEvidence(t, city, slip.Number)
}
