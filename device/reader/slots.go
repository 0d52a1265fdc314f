//go:build pcsc

package reader

import (
	"slices"

	"github.com/ebfe/scard"

	"madoguchi/device/apdu"
	"madoguchi/internal/event"
)

// card reports a state with a card in the slot.
func (s State) card() bool { return s <= Busy }

// see takes in what PC/SC says of one slot; the mutex is held.
func (d *device) see(s *slot, event scard.StateFlag) {
	count := uint16(event >> 16)
	swapped := s.State.card() && count != s.count
	s.current, s.count = event&^scard.StateChanged, count
	held := event&scard.StateExclusive != 0
	if !held && (d.session == nil || d.session.slot != s) {
		s.ours = false
	}
	state := stateOf(event&eventMask, held && !s.ours)
	switch {
	case state == Lost && s.State != Lost:
		d.leave(s, ErrReaderLost)
	case swapped, s.State.card() && !state.card():
		d.leave(s, apdu.ErrRemoved)
	}
	s.State = state
}

// stateOf reads the bits of SCARD_READERSTATE (PC/SC part 5 §3.2.5).
func stateOf(event scard.StateFlag, held bool) State {
	switch {
	case event&(scard.StateUnknown|scard.StateUnavailable|scard.StateIgnore) != 0:
		return Lost
	case event&scard.StatePresent == 0:
		return Empty
	case event&scard.StateMute != 0:
		return Mute
	case held:
		return Busy
	}
	return Ready
}

// leave takes in that a slot's card has gone, or the slot with it; the mutex is held.
func (d *device) leave(s *slot, why error) {
	if d.session != nil && d.session.slot == s {
		d.session.end(why)
	}
	s.ours = false
	if d.card == s {
		d.card = nil
		d.turn()
	}
}

// turn closes Changed; the mutex is held.
func (d *device) turn() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// choose finds the card that Present speaks of: the one it spoke of, or the best of the others once that has gone or
// cannot be used. The mutex is held.
func (d *device) choose() {
	best := d.card
	for _, s := range d.slots {
		if s.State.card() && (best == nil || s.State < best.State && best.State != Ready) {
			best = s
		}
	}
	if held := d.session != nil && d.card != nil && d.session.slot == d.card; held {
		return
	}
	if best != d.card {
		d.card = best
		d.turn()
	}
}

// summary is what StateChanged tells of; the mutex is held.
func (d *device) summary() []Slot {
	out := make([]Slot, 0, len(d.slots)+1)
	for _, s := range d.slots {
		out = append(out, s.Slot)
	}
	return append(out, Slot{State: d.overall()})
}

// tell closes StateChanged if anything has changed since. Who waits for a card by Changed learns by it too that none can
// come now; while there is a card, Changed is about that card alone. The mutex is held.
func (d *device) tell(before []Slot) {
	if now := d.summary(); !slices.Equal(before, now) {
		if d.card == nil && before[len(before)-1] != now[len(now)-1] {
			d.turn()
		}
		event.Readers.Log(d.log, "state", d.overall().String(), "count", len(d.slots))
		close(d.state)
		d.state = make(chan struct{})
	}
}

func (d *device) overall() State {
	switch {
	case !d.service:
		return NoService
	case d.card != nil:
		return d.card.State
	case len(d.slots) == 0:
		return NoReader
	}
	best := Lost
	for _, s := range d.slots {
		best = min(best, s.State)
	}
	return best
}

// State is the state of the card's slot, or the best of all.
func (d *device) State() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.overall()
}

// Slots lists the readers.
func (d *device) Slots() []Slot {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.summary()
	return all[:len(all)-1]
}

// StateChanged is closed at the next change of State or Slots.
func (d *device) StateChanged() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// Name is the name of the card's reader, or of the first one, or what Options asked for.
func (d *device) Name() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.card != nil:
		return d.card.Name
	case len(d.slots) > 0:
		return d.slots[0].Name
	}
	return d.name
}

// Present reports whether a card is in any reader, of whatever kind.
func (d *device) Present() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.card != nil
}

// Changed is closed when that card leaves, or when the first one comes.
func (d *device) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// Extended reports whether the last session's reader passes extended length, by its own word
// (FEATURE_GET_TLV_PROPERTIES), or, where it says nothing, by the card's answer to reset.
func (d *device) Extended() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.extended
}
