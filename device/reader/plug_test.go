//go:build pcsc

package reader

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/ebfe/scard"

	"madoguchi/device/apdu"
)

// seen is what PC/SC says of a reader.
func seen(name string, event scard.StateFlag, count int) scard.ReaderState {
	return scard.ReaderState{Reader: name, EventState: event | scard.StateFlag(count)<<16 | scard.StateChanged}
}

func newMonitor() *device {
	return &device{log: slog.New(slog.DiscardHandler), changed: make(chan struct{}), state: make(chan struct{})}
}

func (d *device) hear(states ...scard.ReaderState) {
	d.apply(append([]scard.ReaderState{{Reader: pnp}}, states...))
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestHotPlug: readers that are plugged in and out, as the list that PC/SC gives anew tells it.
func TestHotPlug(t *testing.T) {
	d := newMonitor()
	if d.State() != NoService {
		t.Errorf("before the first look: %v", d.State())
	}
	d.hear()
	if d.State() != NoReader || d.Name() != "" {
		t.Errorf("no reader: %v", d.State())
	}
	told := d.StateChanged()
	d.hear(seen("a", scard.StateEmpty, 0))
	if d.State() != Empty || !closed(told) {
		t.Errorf("plugged in: %v", d.State())
	}
	d.hear(seen("a", scard.StateEmpty, 0), seen("b", scard.StatePresent|scard.StateInuse, 1))
	changed := d.Changed()
	if d.State() != Ready || d.Name() != "b" {
		t.Errorf("a second one, with a card: %v, %s", d.State(), d.Name())
	}
	d.session = &session{slot: d.card}
	held := d.session
	d.hear(seen("a", scard.StatePresent, 1))
	if !closed(changed) || !errors.Is(held.over(), ErrReaderLost) || d.Name() != "a" {
		t.Errorf("unplugged with a session: %v; now %s", held.over(), d.Name())
	}
	d.session = nil
	d.hear(seen("a", scard.StateUnavailable, 1))
	if d.State() != Lost {
		t.Errorf("no answer: %v", d.State())
	}
}

// growing is a list of readers that has grown between the two calls which a listing takes, some times over.
type growing struct{ times int }

func (g *growing) ListReaders() ([]string, error) {
	if g.times--; g.times >= 0 {
		return nil, scard.ErrInsufficientBuffer
	}
	return []string{"a", "b"}, nil
}

// TestGrowingListIsAskedAgain: a reader that comes in the middle of a listing is no failure of pcscd, and a listing that
// never comes to rest is not asked for ever.
func TestGrowingListIsAskedAgain(t *testing.T) {
	if names, err := list(&growing{times: 3}); len(names) != 2 || err != nil {
		t.Errorf("%v, %v", names, err)
	}
	if _, err := list(&growing{times: 1 << 30}); !errors.Is(err, scard.ErrInsufficientBuffer) {
		t.Errorf("%v", err)
	}
}

// TestNoCommandWithoutAProtocol: github.com/ebfe/scard panics at a Transmit in the protocol "undefined".
func TestNoCommandWithoutAProtocol(t *testing.T) {
	for p, want := range map[scard.Protocol]bool{scard.ProtocolUndefined: false, scard.ProtocolAny: false, scard.ProtocolT0: true, scard.ProtocolT1: true} {
		if speaks(p) != want {
			t.Errorf("%v: %v", p, !want)
		}
	}
}

// TestTheCountTellsASwap: the bits alone look the same before and after.
func TestTheCountTellsASwap(t *testing.T) {
	d := newMonitor()
	d.hear(seen("a", scard.StatePresent, 1))
	changed := d.Changed()
	d.session = &session{slot: d.card}
	d.hear(seen("a", scard.StatePresent|scard.StateExclusive|scard.StateInuse, 1))
	if closed(changed) || d.session.over() != nil {
		t.Fatal("our own hold counted as a change")
	}
	if want := d.wanted([]string{"a"})[1].CurrentState; want&scard.StateChanged != 0 || want>>16 != 1 {
		t.Errorf("fed back as %x: with the change bit it spins, without the count it misses swaps", want)
	}
	d.hear(seen("a", scard.StatePresent|scard.StateExclusive, 3))
	if !closed(changed) || !errors.Is(d.session.over(), apdu.ErrRemoved) {
		t.Errorf("a swap went unnoticed: %v", d.session.over())
	}
}

func TestOnlyReadersOfThatName(t *testing.T) {
	d := newMonitor()
	d.name = "Sony"
	states := d.wanted([]string{"ACS 00 00", "Sony RC-S300/S 01 00", ""})
	if len(states) != 2 || states[1].Reader != "Sony RC-S300/S 01 00" {
		t.Errorf("waits for %+v", states)
	}
}

// TestPCSCErrorsHaveNames: each way in which PC/SC fails, as a kiosk can tell it.
func TestPCSCErrorsHaveNames(t *testing.T) {
	for _, test := range []struct {
		code              scard.Error
		connect, transmit error
	}{
		{scard.ErrNoSmartcard, apdu.ErrNoCard, apdu.ErrRemoved},
		{scard.ErrRemovedCard, apdu.ErrNoCard, apdu.ErrRemoved},
		{scard.ErrSharingViolation, apdu.ErrBusy, apdu.ErrLine},
		{scard.ErrUnresponsiveCard, ErrMute, ErrMute},
		{scard.ErrUnpoweredCard, ErrMute, ErrMute},
		{scard.ErrProtoMismatch, ErrMute, apdu.ErrLine},
		{scard.ErrUnknownReader, ErrNoReader, ErrReaderLost},
		{scard.ErrReaderUnavailable, ErrNoReader, ErrReaderLost},
		{scard.ErrNoService, ErrNoService, ErrNoService},
		{scard.ErrServiceStopped, ErrNoService, ErrNoService},
		{scard.ErrCommError, ErrNoService, ErrNoService},
		{scard.ErrInvalidHandle, ErrNoService, ErrNoService},
		{scard.ErrNotTransacted, scard.ErrNotTransacted, apdu.ErrLine},
		{scard.ErrResetCard, scard.ErrResetCard, apdu.ErrLine},
	} {
		if err := connectError(test.code); !errors.Is(err, test.connect) || !errors.Is(err, test.code) {
			t.Errorf("connecting, %x: %v", uint32(test.code), err)
		}
		if err := sessionError(test.code); !errors.Is(err, test.transmit) {
			t.Errorf("transmitting, %x: %v", uint32(test.code), err)
		}
	}
}

func TestStatesHaveNames(t *testing.T) {
	names := map[string]bool{}
	for s := Ready; s <= NoService; s++ {
		names[s.String()] = true
	}
	if len(names) != 7 || State(99).String() != "unknown" {
		t.Errorf("%v", names)
	}
}
