//go:build pcsc

package reader_test

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/device/sim"
	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig/pcscd"
)

func TestLogInAndSigningThroughPCSCD(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	var count atomic.Int64
	d.slot.Reader.Log(func([]byte, []byte) { count.Add(1) })
	c := d.jpki(d.connect())
	if _, err := c.Tries(t.Context(), card.Auth); err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(t.Context(), card.Auth, authPIN); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Certificate(t.Context(), card.Auth); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	if _, err := c.SignDigest(t.Context(), card.Auth, digest[:], crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	if !d.device.Extended() || count.Load() != 5 {
		t.Errorf("%d commands reached the card, want 5; extended %v", count.Load(), d.device.Extended())
	}
}

// TestCardComesAndGoesInMilliseconds takes the median of five: the machine may be busy with other tests.
func TestCardComesAndGoesInMilliseconds(t *testing.T) {
	d := newDesk(t)
	path := newCard(t, true)
	var in, out []time.Duration
	for range 5 {
		began := time.Now()
		d.insert(path)
		in = append(in, time.Since(began))
		gone := d.device.Changed()
		if !d.device.Present() {
			t.Fatal("not present")
		}
		began = time.Now()
		d.slot.Reader.Remove()
		<-gone
		out = append(out, time.Since(began))
		if d.device.Present() {
			t.Error("still present")
		}
	}
	slices.Sort(in)
	slices.Sort(out)
	if in[2] > 250*time.Millisecond || out[2] > 250*time.Millisecond {
		t.Errorf("insertion seen after %v, removal after %v", in, out)
	}
}

func TestPowerOffAtTheEnd(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	s := d.connect()
	if err := d.jpki(s).Verify(t.Context(), card.Sign, signPIN); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transmit(t.Context(), []byte{0, 0xA4, 0, 0}); !errors.Is(err, apdu.ErrClosed) {
		t.Errorf("closed session: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if _, err := d.jpki(d.connect()).Certificate(t.Context(), card.Sign); !errors.Is(err, card.ErrNotVerified) {
		t.Errorf("the verified PIN outlived its session: %v", err)
	}
}

func TestRemovedCardStaysRemoved(t *testing.T) {
	d := newDesk(t)
	path := newCard(t, true)
	d.insert(path)
	gone := d.device.Changed()
	s := d.connect()
	c := d.jpki(s)
	d.slot.Reader.Remove()
	if err := d.slot.Reader.Insert(path); err != nil { // at once: it must count as gone nevertheless
		t.Fatal(err)
	}
	if _, err := c.Tries(t.Context(), card.Auth); !errors.Is(err, apdu.ErrRemoved) {
		t.Errorf("got %v", err)
	}
	select {
	case <-gone:
	case <-time.After(soon):
		t.Error("the swap was not noticed")
	}
	if _, err := s.Transmit(t.Context(), []byte{0, 0xA4, 0, 0}); !errors.Is(err, apdu.ErrRemoved) {
		t.Errorf("after it came back: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	d.until(reader.Ready)
	d.jpki(d.connect())
}

func TestMuteCard(t *testing.T) {
	d := newDesk(t)
	d.slot.Contacts.SetMute(true)
	if err := d.slot.Reader.Insert(newCard(t, true)); err != nil {
		t.Fatal(err)
	}
	d.until(reader.Mute)
	if _, err := d.device.Connect(t.Context()); !errors.Is(err, reader.ErrMute) || !d.device.Present() {
		t.Errorf("connect: %v; present %v", err, d.device.Present())
	}
	d.slot.Reader.Remove()
	d.until(reader.Empty)
	d.slot.Contacts.SetMute(false)
	d.insert(newCard(t, true))
	d.jpki(d.connect())
}

func TestCardOfAnotherKind(t *testing.T) {
	d := newDesk(t)
	d.slot.Contacts.SetATR([]byte("\x3B\xF5\x91\x00\xFF\x91\x81\x71\xFE\x40\x00\x42\x00\x01\xB3\xC1\x75")) // a driving licence
	d.slot.Contacts.SetOther(true)
	d.insert(newCard(t, true))
	if _, err := card.Open(t.Context(), d.connect(), d.device.Extended()); !errors.Is(err, card.ErrNotJPKI) {
		t.Errorf("got %v", err)
	}
}

func TestReaderUnpluggedInTheMiddle(t *testing.T) {
	d := newDesk(t)
	path := newCard(t, true)
	d.insert(path)
	s := d.connect()
	c := d.jpki(s)
	gone := d.device.Changed()
	d.slot.Unplug()
	// The command may be told first, or the monitor: the line broke, or the reader has gone.
	if _, err := c.Tries(t.Context(), card.Auth); !errors.Is(err, apdu.ErrLine) && !errors.Is(err, reader.ErrReaderLost) {
		t.Errorf("got %v", err)
	}
	d.until(reader.Lost)
	select {
	case <-gone:
	default:
		t.Error("the card did not count as gone")
	}
	if _, err := d.device.Connect(t.Context()); !errors.Is(err, reader.ErrReaderLost) {
		t.Errorf("connect: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	d.slot.Plug()
	d.until(reader.Ready)
	d.jpki(d.connect())
}

func TestSeveralReadersAndSlots(t *testing.T) {
	one, two, three := ifd.NewSlot("1", ifd.Extended, nil), ifd.NewSlot("2", ifd.Extended, nil), ifd.NewSlot("3", ifd.Extended, nil)
	pcscd.Start(t, pcscd.Reader{Name: "Dual", Slots: []*ifd.Slot{one, two}}, pcscd.One("Single", three))
	device := open(t)
	until(t, device, reader.Empty)
	if n := len(device.Slots()); n != 3 {
		t.Fatalf("%d slots", n)
	}
	if err := three.Reader.Insert(newCard(t, true)); err != nil {
		t.Fatal(err)
	}
	until(t, device, reader.Ready)
	first, changed := device.Name(), device.Changed()
	if err := two.Reader.Insert(newCard(t, true)); err != nil {
		t.Fatal(err)
	}
	ready := func() (n int) {
		for _, s := range device.Slots() {
			if s.State == reader.Ready {
				n++
			}
		}
		return n
	}
	pcscd.Until(t, "both cards", soon, func() bool { return ready() == 2 })
	select {
	case <-changed:
		t.Error("a card in another slot counted as a change of this one")
	default:
	}
	three.Reader.Remove()
	<-changed
	pcscd.Until(t, "the other card", soon, func() bool { return device.Present() && device.Name() != first })
	if one.Reader.Present() {
		t.Error("the wrong slot")
	}
}

func TestPCSCDAbsentRestartedKilled(t *testing.T) {
	d := newDesk(t)
	path := newCard(t, true)
	d.insert(path)
	for name, end := range map[string]func(){"killed": d.pcscd.Kill, "stopped": d.pcscd.Stop} {
		s := d.connect()
		c := d.jpki(s)
		end()
		d.until(reader.NoService)
		if d.device.Present() {
			t.Errorf("%s: a card is present without pcscd", name)
		}
		if _, err := c.Tries(t.Context(), card.Auth); !errors.Is(err, reader.ErrNoService) {
			t.Errorf("%s: in the session: %v", name, err)
		}
		if _, err := d.device.Connect(t.Context()); !errors.Is(err, reader.ErrNoService) {
			t.Errorf("%s: connect: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
		d.pcscd.Run()
		d.until(reader.Ready)
		s = d.connect()
		d.jpki(s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestExtendedLength(t *testing.T) {
	for name, test := range map[string]struct {
		says     ifd.Properties
		card     bool
		extended bool
	}{
		"the reader says yes":            {ifd.Extended, false, true},
		"the reader says no":             {ifd.ShortOnly, true, false},
		"silent reader, card says so":    {ifd.Silent, true, true},
		"silent reader, card says not":   {ifd.Silent, false, false},
		"the reader says yes, card also": {ifd.Extended, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeskWith(t, ifd.NewSlot("x", test.says, nil))
			d.insert(newCard(t, test.card))
			c := d.jpki(d.connect())
			if d.device.Extended() != test.extended {
				t.Errorf("extended %v", d.device.Extended())
			}
			if der, err := c.Certificate(t.Context(), card.Auth); err != nil || len(der) < 1000 {
				t.Errorf("%d bytes, %v", len(der), err)
			}
		})
	}
}

// TestCardFallsSilentInTheMiddle: the reader gives up, or the caller does; either way the session has ended, and the
// next one works.
func TestCardFallsSilentInTheMiddle(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	for name, patience := range map[string]time.Duration{"the caller gives up": 100 * time.Millisecond, "the reader gives up": 10 * time.Second} {
		s := d.connect()
		c, err := card.Open(t.Context(), apdu.Limit(s, patience), true)
		if err != nil {
			t.Fatal(name, err)
		}
		d.slot.Reader.Play(sim.Mishap{What: sim.Mute, At: 1})
		if _, err := c.Tries(t.Context(), card.Auth); !errors.Is(err, apdu.ErrMute) && !errors.Is(err, apdu.ErrLine) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Transmit(t.Context(), []byte{0, 0xA4, 0, 0}); err == nil {
			t.Errorf("%s: the session goes on", name)
		}
		d.slot.Reader.Play()
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s = d.connect()
		d.jpki(s)
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPulledAtEveryCommand: whichever APDU of a log-in the card is pulled at, before or while it acts, the session ends
// as removed, and no try is spent but by the VERIFY that reached the card.
func TestPulledAtEveryCommand(t *testing.T) {
	d := newDesk(t)
	path := newCard(t, true)
	for _, what := range []sim.What{sim.PullBefore, sim.PullDuring} {
		for at := 1; at <= 5; at++ {
			d.insert(path)
			gone := d.device.Changed()
			s := d.connect()
			d.slot.Reader.Play(sim.Mishap{What: what, At: at})
			err := useOnce(t.Context(), s, d.device.Extended(), card.Auth, authPIN)
			if at == 3 && !errors.Is(err, card.ErrUnknown) || !errors.Is(err, apdu.ErrRemoved) {
				t.Errorf("%s %d: %v", what, at, err)
			}
			select {
			case <-gone:
			case <-time.After(soon):
				t.Errorf("%s %d: the removal was not told", what, at)
			}
			d.until(reader.Empty)
			d.slot.Reader.Play()
			if err := s.Close(); err != nil {
				t.Errorf("%s %d: %v", what, at, err)
			}
			if left := tries(t, path); left != 3 {
				t.Errorf("%s %d: %d tries left", what, at, left)
			}
		}
	}
}
