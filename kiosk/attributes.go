package kiosk

import (
	"context"
	"errors"

	"madoguchi/device/card"
	"madoguchi/flows"
)

// Attributes reads 基本4情報 in a power-up of its own, in which the JPKI application is never selected. Nothing ties the
// card to whoever has logged in.
func (m *myNumber) Attributes(ctx context.Context, k flows.Key, secret []byte) (flows.Attributes, error) {
	defer clear(secret)
	folded, err := card.Fold(cardKey(k), secret)
	if err != nil {
		return flows.Attributes{}, cardFault(err)
	}
	defer clear(folded)
	m.apart()
	face, err := m.faced(ctx)
	if err == nil {
		err = face.Verify(ctx, cardKey(k), folded)
	}
	if err != nil { // after a wrong number the card stays powered, so that the tries can be asked again
		return flows.Attributes{}, m.faceFault(err)
	}
	return m.person(ctx, face)
}

// person reads what has been opened, and ends the power-up.
func (m *myNumber) person(ctx context.Context, face *card.Face) (flows.Attributes, error) {
	defer m.powerOff()
	p, err := face.Person(ctx)
	return flows.Attributes(p), m.faceFault(err)
}

func (m *myNumber) triesOfFace(ctx context.Context, k card.Key) (int, error) {
	face, err := m.faced(ctx)
	if err != nil {
		return 0, m.faceFault(err)
	}
	left, err := face.Tries(ctx, k)
	return left, m.faceFault(err)
}

// faceFault gives an error its code: a number that this card does not have opens nothing on it.
func (m *myNumber) faceFault(err error) error {
	if errors.Is(err, card.ErrNoCertificate) {
		err = card.ErrNoAttributes
	}
	return m.fault(err)
}
