package mailbox

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

// Kiosks returns the register, by id, those that were struck off too. It may run beside a serving mailbox.
func Kiosks(dir string) (all []registry.Kiosk, err error) {
	err = viewStore(dir, func(tx *store.Tx) error {
		all, err = registry.All(tx)
		return err
	})
	return all, err
}

// Struck is what is known of a kiosk that was struck off.
type Struck struct {
	Kiosk   registry.Kiosk
	Missing []wire.ID // it said that it keeps these, and they have not arrived
	More    int       // it kept more than it named
	Held    int       // arrived, and held without an answer
}

// Strike takes a kiosk out of use for good: a serving mailbox ends its connections within a second, it cannot connect
// again, and whatever of it is still on its way is held. why is a code. What was missing at the kiosk's last word is
// returned; what it took after that word, at Kiosk.StateAt, nobody here can know. A kiosk that was struck off already
// stays as it was and is told again.
func Strike(dir, id, why string) (s Struck, err error) {
	err = withStore(dir, func(tx *store.Tx) error {
		if err := registry.Strike(tx, id, why, time.Now()); err != nil {
			return err
		}
		s, err = missing(tx, id)
		return err
	})
	if errors.Is(err, registry.ErrUnknown) {
		err = fmt.Errorf("%w: %s", err, id)
	}
	return s, err
}

func missing(tx *store.Tx, id string) (s Struck, err error) {
	if s.Kiosk, err = registry.Get(tx, id); err != nil {
		return s, err
	}
	held, err := tx.HeldOf(id)
	if err != nil {
		return s, err
	}
	s.Held = len(held)
	if s.Kiosk.State == nil {
		return s, nil
	}
	said, err := wire.ParseStatus(s.Kiosk.State)
	if err != nil {
		return s, err
	}
	s.More = said.Waiting - len(said.Unsent)
	for _, text := range said.Unsent {
		one, err := wire.ParseID(text)
		if err != nil {
			return s, err
		}
		taken, err := tx.Claimed(one, wire.Hash{})
		if err != nil {
			return s, err
		}
		if !taken.ID && !slices.Contains(s.Missing, one) {
			s.Missing = append(s.Missing, one)
		}
	}
	return s, nil
}
