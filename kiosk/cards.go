package kiosk

import (
	"context"
	"errors"
	"sync"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/fault"
	"madoguchi/flows"
)

// cards is flows.Cards over one reader. At most one session is open; opening the next powers the last off.
type cards struct {
	kiosk  *Kiosk
	reader apdu.Reader

	mu      sync.Mutex
	current *myNumber
}

// Await waits for a card, connects to it alone and selects the JPKI application.
func (c *cards) Await(ctx context.Context, k flows.Kind) (flows.Card, error) {
	if c.reader == nil {
		return nil, fault.New(fault.NoPCSC, nil)
	}
	c.release()
	for {
		changed := c.reader.Changed()
		m, err := c.open(ctx, k, changed)
		switch {
		case isClosed(changed): // what lies there now came after we looked: only a fresh look can watch it leave
			m.powerOff()
			continue
		case err == nil:
			c.hold(m)
			go m.watch()
			return m, nil
		case !errors.Is(err, apdu.ErrNoCard) && !errors.Is(err, apdu.ErrRemoved):
			return nil, cardFault(err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *cards) open(ctx context.Context, k flows.Kind, changed <-chan struct{}) (*myNumber, error) {
	m := &myNumber{kiosk: c.kiosk, reader: c.reader, changed: changed, gone: make(chan struct{})}
	if k != flows.MyNumber {
		return m, fault.New(fault.CardUnknown, nil)
	}
	_, err := m.powered(ctx)
	return m, err
}

func (c *cards) hold(m *myNumber) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = m
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// Gone is closed when the card leaves the reader.
func (c *cards) Gone(fc flows.Card) <-chan struct{} {
	if m, ok := fc.(*myNumber); ok {
		return m.gone
	}
	return nil
}

// Present reports whether a card lies on the reader.
func (c *cards) Present() bool { return c.reader != nil && c.reader.Present() }

// Trouble is fault.NoPCSC or fault.NoReader when no card can be read at all.
func (c *cards) Trouble() error {
	if c.reader == nil {
		return fault.New(fault.NoPCSC, nil)
	}
	if d, ok := c.reader.(reader.Device); ok {
		return noReader(d.State().Err())
	}
	return nil
}

// noReader gives the errors of readers that are not there their code; nil for any other.
func noReader(err error) error {
	for _, e := range []error{reader.ErrNoService, reader.ErrNoReader, reader.ErrReaderLost} {
		if errors.Is(err, e) {
			return fault.New(fault.NoReader, err)
		}
	}
	return nil
}

// release powers the last card off.
func (c *cards) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil {
		c.current.powerOff()
		c.current = nil
	}
}

// cardFault gives the errors of device/card their failure codes.
func cardFault(err error) error {
	var wrong *card.PINError
	var already *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, card.ErrUnknown): // also when it was the person who broke off
		return fault.New(fault.PINUnknown, err)
	case errors.As(err, &already), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case noReader(err) != nil:
		return noReader(err)
	case errors.Is(err, reader.ErrMute):
		return fault.New(fault.CardMute, err)
	case errors.Is(err, apdu.ErrBusy):
		return fault.New(fault.CardBusy, err)
	case errors.Is(err, reader.ErrPadCancelled):
		return fault.New(fault.PadCancelled, err)
	case errors.Is(err, reader.ErrPadTimeout):
		return fault.New(fault.PadTimeout, err)
	case errors.Is(err, reader.ErrPadLength):
		return fault.New(fault.PadLength, err)
	case errors.As(err, &wrong):
		return fault.New(fault.PINWrong, err, "Tries", wrong.Left)
	case errors.Is(err, card.ErrBlocked):
		return fault.New(fault.PINBlocked, err)
	case errors.Is(err, card.ErrPINShape):
		return fault.New(fault.PINShape, err)
	case errors.Is(err, card.ErrNotJPKI):
		return fault.New(fault.CardUnknown, err)
	case errors.Is(err, card.ErrNoCertificate):
		return fault.New(fault.NoSignKey, err)
	case errors.Is(err, card.ErrNoAttributes):
		return fault.New(fault.NoAttributes, err)
	case errors.Is(err, apdu.ErrRemoved), errors.Is(err, apdu.ErrNoCard):
		return fault.New(fault.CardRemoved, err)
	}
	return fault.New(fault.CardUnreadable, err)
}
