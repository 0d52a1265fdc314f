package ifd

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/sim"
)

// blockWaiting is how long a card may take before the reader gives up on it.
const blockWaiting = 2 * time.Second

// ErrPower reports a card that gives no answer to reset, or a command to a card without power.
var ErrPower = errors.New("ifd: the card has no power or does not answer to reset")

// Contacts are the electrical side of a slot: power, reset, commands. A reader that is no apdu.Reader's owner but a
// driver, as pcscd is, works through them.
type Contacts struct {
	slot *sim.Reader

	mu      sync.Mutex
	session apdu.Session
	leaves  <-chan struct{} // closed when the session's card is removed
	count   int
	busy    time.Duration // with commands
	rising  time.Duration // with answers to reset
	mute    bool
	other   bool
	atr     []byte // instead of the card's own; nil: by the card
}

// NewContacts returns the contacts of a slot.
func NewContacts(slot *sim.Reader) *Contacts { return &Contacts{slot: slot} }

// SetMute makes any card stay silent after power-on, as one that lies the wrong way round does.
func (c *Contacts) SetMute(mute bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mute = mute
}

// SetATR gives cards this answer to reset; nil: their own.
func (c *Contacts) SetATR(atr []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.atr = bytes.Clone(atr)
}

// SetOther makes any card one of another kind: it knows no application.
func (c *Contacts) SetOther(other bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.other = other
}

// Used is how many commands have come, and how long the card has worked on them and on its answers to reset: the rest
// of what a program takes is its own and PC/SC's time.
func (c *Contacts) Used() (commands int, busy, rising time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count, c.busy, c.rising
}

// PowerUp gives the card power where it has none, and returns its answer to reset: apdu.ErrNoCard, ErrPower.
func (c *Contacts) PowerUp() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	began := time.Now()
	defer func() { c.rising += time.Since(began) }()
	return c.powerUp()
}

func (c *Contacts) powerUp() ([]byte, error) {
	switch {
	case !c.slot.Present():
		c.off()
		return nil, apdu.ErrNoCard
	case c.mute:
		return nil, ErrPower
	}
	if c.session != nil && !c.alive() {
		c.off()
	}
	if c.session == nil {
		leaves := c.slot.Changed()
		session, err := c.slot.Connect(context.Background())
		if err != nil {
			return nil, errors.Join(ErrPower, err)
		}
		c.session, c.leaves = session, leaves
	}
	if c.atr != nil {
		return bytes.Clone(c.atr), nil
	}
	card, ok := c.session.(apdu.Resetter)
	if !ok {
		return nil, ErrPower
	}
	return card.ATR(), nil
}

// alive reports whether the session is still that of the card inside: a removed card's session has ended for ever.
func (c *Contacts) alive() bool {
	select {
	case <-c.leaves:
		return false
	default:
		return true
	}
}

// Reset is a warm reset. The card's security status survives it, as it does on the real card.
func (c *Contacts) Reset() ([]byte, error) { return c.PowerUp() }

// PowerDown takes the power away; the card forgets every verified PIN.
func (c *Contacts) PowerDown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off()
}

func (c *Contacts) off() {
	if c.session != nil {
		_ = c.session.Close()
	}
	c.session = nil
}

// Transmit has the card answer: ErrPower, apdu.ErrRemoved,
// context.DeadlineExceeded for a card that does not answer.
func (c *Contacts) Transmit(command []byte) ([]byte, error) {
	c.mu.Lock()
	session, other := c.session, c.other
	c.mu.Unlock()
	switch {
	case session == nil:
		return nil, ErrPower
	case other:
		return []byte{0x6A, 0x82}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), blockWaiting)
	defer cancel()
	began := time.Now()
	answer, err := session.Transmit(ctx, command)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	c.busy += time.Since(began)
	return answer, err
}
