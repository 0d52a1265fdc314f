//go:build pcsc

package whole

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig/pcscd"
	"madoguchi/world"
)

// lay puts the resident's card into a slot.
func (c *city) lay(slot *ifd.Slot) {
	c.t.Helper()
	if err := slot.Reader.Insert(filepath.Join(c.path(world.CardsDir), resident.File+".json")); err != nil {
		c.t.Fatal(err)
	}
}

// TestThePINIsTypedOnTheReadersKeys: at a kiosk on a real pcscd with a PIN-pad reader every end of an entry has words of
// its own and costs no try but the wrong PIN; name and address are read by a second entry; the password, which has
// letters, is typed on the screen.
func TestThePINIsTypedOnTheReadersKeys(t *testing.T) {
	pad := ifd.NewPad(20 * time.Millisecond)
	slot := ifd.NewSlot("pad", ifd.Extended, pad)
	pcscd.Start(t, pcscd.One("Desk", slot))
	city := newCity(t).open()
	city.usePCSC()
	kiosk := city.terminalHere()
	kiosk.at("start", "menu").choose("nursery")
	kiosk.at("nursery.before", "message").next()
	kiosk.at("nursery.login", "card")
	city.lay(slot)
	kiosk.at("nursery.login", "message").next()
	onPad := func() {
		t.Helper()
		if s := kiosk.at("nursery.login", "secret").now.Screen.Secret; !s.Pad || s.PadEnds != "" {
			t.Fatalf("%+v", s)
		}
	}
	press := func(keys string) (again <-chan struct{}) {
		t.Helper()
		began := pad.Began()
		kiosk.next()
		<-began
		again = pad.Began()
		pad.Press([]byte(keys)...)
		return again
	}
	onPad()
	for _, end := range []struct {
		keys, code string
		left       int
	}{{"", "C18", 3}, {"12\x1B", "C17", 3}, {"12\r", "C19", 3}, {"0000\r", "C03", 2}} {
		press(end.keys)
		kiosk.refused("nursery.login", end.code)
		if left := kiosk.now.Screen.Secret.Tries; left != end.left {
			t.Errorf("after %s: %d tries left, want %d", end.code, left, end.left)
		}
		onPad()
	}
	kiosk.choose("screen")
	kiosk.until("the digits on the screen", func(f frame) bool { return f.Screen.Secret != nil && !f.Screen.Secret.Pad })
	kiosk.done = kiosk.now.Seq
	kiosk.send(map[string]any{"seq": kiosk.now.Seq, "do": "back"})
	onPad()
	kiosk.choose("read")
	kiosk.until("the box ticked", func(f frame) bool { return f.Screen.Tick != nil && f.Screen.Tick.On })
	select {
	case <-press(resident.AuthPIN + "\r"):
	case <-time.After(patience):
		kiosk.until("name and address", func(f frame) bool { return false })
	}
	pad.Press([]byte(resident.FacePIN + "\r")...)
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "secret")
	if kiosk.now.Screen.Secret.Pad {
		t.Error("letters on a pad of digits")
	}
	kiosk.secret(resident.SignPIN)
	kiosk.slip("received")
}

// TestLostReaderIsNamedAtOnce: plugged in, pulled out in the middle, plugged in again, through pcscd; a person reads that
// the reader has gone, and not first that it was their card.
func TestLostReaderIsNamedAtOnce(t *testing.T) {
	daemon := pcscd.StartPlug(t)
	city := newCity(t).open()
	city.usePCSC()
	kiosk := city.terminalHere()
	kiosk.at("start", "menu").choose("nursery")
	kiosk.at("nursery.before", "message").next()
	kiosk.refused("nursery.login", "C10")
	slot := ifd.NewSlot("one", ifd.Extended, nil)
	out := daemon.Plug("1", slot)
	city.lay(slot)
	kiosk.at("nursery.login", "message").next()
	kiosk.at("nursery.login", "secret")
	kiosk.codes = nil
	out()
	kiosk.secret(resident.AuthPIN) // into the very moment
	kiosk.until("the page for a reader", func(f frame) bool {
		return f.Screen.Kind == "card" && f.Problem != nil && f.Problem.Code == "C10"
	})
	if slices.ContainsFunc(kiosk.codes, func(code string) bool { return code != "C10" }) {
		t.Errorf("shown: %v", kiosk.codes)
	}
	other := ifd.NewSlot("two", ifd.Extended, nil)
	daemon.Plug("2", other)
	city.lay(other)
	kiosk.at("nursery.login", "message").next()
	kiosk.at("nursery.login", "secret").secret(resident.AuthPIN)
	kiosk.at("nursery.input", "contents")
}
