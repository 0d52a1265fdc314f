//go:build pcsc

package reader_test

import (
	"errors"
	"testing"
	"time"

	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/device/sim"
	"madoguchi/device/sim/ifd"
)

// padDesk has a PIN-pad reader whose seconds last 10 ms, with a card.
func padDesk(t *testing.T) (*desk, *ifd.Pad, string) {
	t.Helper()
	pad := ifd.NewPad(10 * time.Millisecond)
	d := newDeskWith(t, ifd.NewSlot("pad", ifd.Extended, pad))
	path := newCard(t, true)
	d.insert(path)
	return d, pad, path
}

// enter has a person press keys once the pad waits for them, and the PIN verified meanwhile.
func enter(t *testing.T, d *desk, pad *ifd.Pad, keys string) (*card.Card, error) {
	t.Helper()
	line, ok := reader.NewPad(d.connect())
	if !ok {
		t.Fatal("no pad")
	}
	c, err := card.Open(t.Context(), line, d.device.Extended())
	if err != nil {
		t.Fatal(err)
	}
	began, typed := pad.Began(), make(chan bool, 1)
	go func() {
		<-began
		typed <- pad.Press([]byte(keys)...)
	}()
	var prompts []reader.Prompt
	err = line.Verify(t.Context(), c, card.Auth, func(p reader.Prompt) { prompts = append(prompts, p) })
	if len(prompts) == 0 || prompts[0] != (reader.Prompt{Name: d.device.Name(), Digits: 4, Left: 30 * time.Second}) {
		t.Errorf("prompts %v", prompts)
	}
	<-typed
	return c, err
}

func tries(t *testing.T, path string) int {
	t.Helper()
	f, err := sim.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Auth.Tries
}

func TestPINIsTypedOnThePad(t *testing.T) {
	d, pad, _ := padDesk(t)
	c, err := enter(t, d, pad, "99\b1234\r")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignDigest(t.Context(), card.Auth, make([]byte, 32), 5); err != nil {
		t.Errorf("the key after the pad: %v", err)
	}
}

func TestPadAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		keys string
		want error
		left int
	}{
		"nobody types":   {"", reader.ErrPadTimeout, 3},
		"half a PIN":     {"12", reader.ErrPadTimeout, 3},
		"cancel key":     {"12\x1B", reader.ErrPadCancelled, 3},
		"OK too early":   {"123\r", reader.ErrPadLength, 3},
		"OK and nothing": {"\r", reader.ErrPadLength, 3},
		"wrong PIN":      {"0000\r", nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d, pad, path := padDesk(t)
			_, err := enter(t, d, pad, test.keys)
			var wrong *card.PINError
			if test.want != nil && !errors.Is(err, test.want) || test.want == nil && (!errors.As(err, &wrong) || wrong.Left != test.left) {
				t.Errorf("got %v", err)
			}
			if left := tries(t, path); left != test.left {
				t.Errorf("%d tries left on the card, want %d", left, test.left)
			}
		})
	}
}

func TestPadBlocksAfterThreeAndAsksNoMore(t *testing.T) {
	d, pad, path := padDesk(t)
	line, _ := reader.NewPad(d.connect())
	c := d.jpki(line)
	for i := range 3 {
		began := pad.Began()
		go func() { <-began; pad.Press([]byte("0000\r")...) }()
		err := line.Verify(t.Context(), c, card.Auth, func(reader.Prompt) {})
		if i == 2 != errors.Is(err, card.ErrBlocked) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	began := pad.Began()
	if err := line.Verify(t.Context(), c, card.Auth, func(reader.Prompt) {}); !errors.Is(err, card.ErrBlocked) {
		t.Errorf("blocked: %v", err)
	}
	select {
	case <-began:
		t.Error("the pad asked for the PIN of a blocked card")
	default:
	}
	if tries(t, path) != 0 {
		t.Error("not blocked")
	}
}

// TestFallsBackToTheScreen: where there is no pad, or the PIN has letters, nothing has happened on the card.
func TestFallsBackToTheScreen(t *testing.T) {
	d := newDesk(t)
	path := newCard(t, true)
	d.insert(path)
	s := d.connect()
	if _, ok := reader.NewPad(s); ok {
		t.Error("a pad where there is none")
	}
	if err := d.jpki(s).Verify(t.Context(), card.Auth, authPIN); err != nil {
		t.Errorf("on the screen: %v", err)
	}
}

func TestPasswordIsTypedOnTheScreen(t *testing.T) {
	d, _, _ := padDesk(t)
	line, _ := reader.NewPad(d.connect())
	c := d.jpki(line)
	if err := line.Verify(t.Context(), c, card.Sign, func(reader.Prompt) { t.Error("shown") }); !errors.Is(err, reader.ErrNoPad) {
		t.Errorf("got %v", err)
	}
	if err := c.Verify(t.Context(), card.Sign, signPIN); err != nil {
		t.Errorf("on the screen, with the same line: %v", err)
	}
}

func TestCardPulledWhileThePadWaits(t *testing.T) {
	d, pad, path := padDesk(t)
	line, _ := reader.NewPad(d.connect())
	c := d.jpki(line)
	began := pad.Began()
	go func() { <-began; d.slot.Reader.Remove() }()
	if err := line.Verify(t.Context(), c, card.Auth, func(reader.Prompt) {}); err == nil {
		t.Error("no error")
	}
	d.until(reader.Empty)
	if left := tries(t, path); left != 3 {
		t.Errorf("%d tries left", left)
	}
}
