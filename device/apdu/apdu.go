// Package apdu holds what a program and a smart card say to each other: commands, responses, status words and
// BER-TLV data objects of ISO/IEC 7816-4, the line that carries them, and a recorder and player of that line.
//
// Error model: a line that breaks gives the line's own error, among them ErrNoCard, ErrBusy, ErrRemoved and
// ErrClosed; an answer that is no APDU gives ErrResponse; a status word that the caller did not expect is a
// *StatusError. No error holds a byte of a command's or response's data, so all may be logged. No input can panic.
package apdu

import (
	"context"
	"errors"
)

// Transmitter carries one command APDU to the card and brings the response APDU back, status word included.
// An error means that it is unknown whether the card has acted on the command. It must not keep the command's
// bytes, which may hold a PIN and are wiped by the caller.
type Transmitter interface {
	Transmit(ctx context.Context, command []byte) (response []byte, err error)
}

// Session is an exclusive connection to the card in a slot. Close powers the card off, so that no verified PIN
// outlives it; closing again does nothing.
type Session interface {
	Transmitter
	Close() error
}

// Reader is a slot that a card can be put into. Its methods may be called from any goroutine.
type Reader interface {
	// Name is the reader's name, for the operator.
	Name() string
	// Present reports whether a card is in the slot.
	Present() bool
	// Changed is closed at the next insertion or removal. A channel that was taken before Present said true
	// and is still open after Connect is therefore closed by the removal of just this card.
	Changed() <-chan struct{}
	// Connect powers the card on: ErrNoCard when the slot is empty, ErrBusy while another session is open.
	// Once the card has left, the session's Transmit answers ErrRemoved for ever, even if it comes back.
	Connect(ctx context.Context) (Session, error)
	// Extended reports whether the reader passes extended length (ISO/IEC 7816-3 §12.1.3).
	Extended() bool
}

var (
	// ErrNoCard reports an empty slot.
	ErrNoCard = errors.New("apdu: no card in the reader")
	// ErrBusy reports a card that another session holds.
	ErrBusy = errors.New("apdu: another session holds the card")
	// ErrRemoved reports a card that has left the reader since the session began.
	ErrRemoved = errors.New("apdu: the card has been removed")
	// ErrClosed reports a session that its owner has closed.
	ErrClosed = errors.New("apdu: the session is closed")
)
