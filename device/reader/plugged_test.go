//go:build pcsc

package reader_test

import (
	"errors"
	"testing"

	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig/pcscd"
)

// TestReaderIsPluggedInAndOut: through pcscd, as its udev tells it of USB readers: each change shows within a second, a
// card in a reader that was plugged in later works, and a session in one that is pulled out says so.
func TestReaderIsPluggedInAndOut(t *testing.T) {
	daemon := pcscd.StartPlug(t)
	device := open(t)
	until(t, device, reader.NoReader)
	one, two := ifd.NewSlot("one", ifd.Extended, nil), ifd.NewSlot("two", ifd.Extended, nil)
	out := daemon.Plug("1", one)
	until(t, device, reader.Empty)
	if err := one.Reader.Insert(newCard(t, true)); err != nil {
		t.Fatal(err)
	}
	until(t, device, reader.Ready)
	s, err := device.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := card.Open(t.Context(), s, device.Extended())
	if err != nil {
		t.Fatal(err)
	}
	changed := device.Changed()
	also := daemon.Plug("2", two)
	pcscd.Until(t, "two readers", soon, func() bool { return len(device.Slots()) == 2 })
	if left, err := c.Tries(t.Context(), card.Auth); left != 3 || err != nil {
		t.Errorf("the session while another reader comes: %d, %v", left, err)
	}
	out()
	<-changed
	pcscd.Until(t, "one reader", soon, func() bool { return len(device.Slots()) == 1 })
	if _, err := c.Tries(t.Context(), card.Auth); !errors.Is(err, reader.ErrReaderLost) {
		t.Errorf("the session in the reader that was pulled out: %v", err)
	}
	also()
	until(t, device, reader.NoReader)
}
