package kiosk

import (
	"context"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/reader"
)

// power turns the card on unless it is on, and returns the line to it.
func (m *myNumber) power(ctx context.Context) (apdu.Transmitter, error) {
	m.mu.Lock()
	line := m.line
	m.mu.Unlock()
	if line != nil {
		return line, nil
	}
	session, err := m.reader.Connect(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.session, m.line = session, apdu.Limit(session, m.kiosk.answerTime)
	m.pad, m.padName = nil, ""
	if pad, ok := reader.NewPad(session); ok {
		m.line = apdu.Limit(pad, m.kiosk.answerTime)
		m.pad, m.padName = pad, pad.ReaderName()
	}
	line = m.line
	m.mu.Unlock()
	select {
	case <-m.changed: // what lies there now may be another card, whose tries are not this person's to spend
		m.powerOff()
		return nil, apdu.ErrRemoved
	default:
	}
	return line, nil
}

// powered returns the card with its JPKI application selected.
func (m *myNumber) powered(ctx context.Context) (*card.Card, error) {
	line, err := m.power(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	jpki := m.jpki
	m.mu.Unlock()
	if jpki != nil {
		return jpki, nil
	}
	if jpki, err = card.Open(ctx, line, m.extended()); err != nil {
		m.powerOff()
		return nil, err
	}
	return jpki, m.selected(line, jpki, nil)
}

// faced returns the card with the application selected that holds the person's data.
func (m *myNumber) faced(ctx context.Context) (*card.Face, error) {
	line, err := m.power(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	face := m.face
	m.mu.Unlock()
	if face != nil {
		return face, nil
	}
	if face, err = card.OpenFace(ctx, line, m.extended()); err != nil {
		m.powerOff()
		return nil, err
	}
	return face, m.selected(line, nil, face)
}

// selected notes which application is selected, unless the power has gone meanwhile.
func (m *myNumber) selected(line apdu.Transmitter, jpki *card.Card, face *card.Face) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.line != line {
		return apdu.ErrRemoved
	}
	m.jpki, m.face, m.keyed = jpki, face, m.keyed || jpki != nil
	return nil
}

// extended reports whether extended length may be tried.
func (m *myNumber) extended() bool { return m.reader.Extended() && !m.short }

// learn notes what a read has shown of the card, for the power-ups that follow.
func (m *myNumber) learn(extended bool) {
	m.short = m.short || m.reader.Extended() && !extended
}

// apart ends a power-up in which the application with the keys has been selected: the person's data is read in one of
// its own.
func (m *myNumber) apart() {
	m.mu.Lock()
	keyed := m.keyed
	m.mu.Unlock()
	if keyed {
		m.powerOff()
	}
}

// powerOff ends the power-up: the card forgets every verified PIN.
func (m *myNumber) powerOff() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session != nil {
		_ = m.session.Close()
	}
	m.session, m.line, m.pad, m.jpki, m.face, m.keyed = nil, nil, nil, nil, nil, false
}
