package kiosk

import (
	"context"
	"sync"
	"time"

	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/flows"
)

var _ flows.PadCard = (*myNumber)(nil)

// Pad reports whether the reader has keys of its own, and its name.
func (m *myNumber) Pad() (name string, has bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.padName, m.padName != ""
}

// PadLogin is Login with the PIN typed on the reader's keys.
func (m *myNumber) PadLogin(ctx context.Context, waits func(until time.Time)) (flows.Identity, error) {
	jpki, err := m.powered(ctx)
	if err == nil {
		err = m.onPad(ctx, jpki, card.Auth, waits)
	}
	if err != nil {
		return flows.Identity{}, m.fault(err)
	}
	return m.prove(ctx, jpki)
}

// PadAttributes is Attributes with the PIN typed on the reader's keys.
func (m *myNumber) PadAttributes(ctx context.Context, waits func(until time.Time)) (flows.Attributes, error) {
	m.apart()
	face, err := m.faced(ctx)
	if err == nil {
		err = m.onPad(ctx, face, card.Attributes, waits)
	}
	if err != nil {
		return flows.Attributes{}, m.faceFault(err)
	}
	return m.person(ctx, face)
}

// onPad has the PIN of k typed on the reader's keys; it never comes here.
func (m *myNumber) onPad(ctx context.Context, c reader.Holder, k card.Key, waits func(until time.Time)) error {
	m.mu.Lock()
	pad := m.pad
	m.mu.Unlock()
	if pad == nil {
		return reader.ErrNoPad
	}
	var once sync.Once
	return pad.Verify(ctx, c, k, func(p reader.Prompt) { once.Do(func() { waits(time.Now().Add(p.Left)) }) })
}
