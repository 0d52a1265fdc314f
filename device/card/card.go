// Package card speaks to a My Number Card (個人番号カード): its JPKI application (公的個人認証AP) with the two keys,
// their certificates and PINs. It needs nothing but a line that carries APDUs.
//
// Error model: what a person can be told is one of the errors below or a *PINError; errors.Is and errors.As find
// them. A status word that has no such meaning is an *apdu.StatusError, an answer that makes no sense ErrAnswer, a
// line that breaks the line's own error. The one exception is a line that breaks during VERIFY: ErrUnknown, with the
// line's error inside. No error holds a byte of a PIN or a certificate. No answer of a card can panic the program
// or keep it reading for ever.
package card

import (
	"context"
	"errors"
	"fmt"

	"madoguchi/device/apdu"
)

var (
	// ErrNotJPKI reports a card without the JPKI application.
	ErrNotJPKI = errors.New("card: no JPKI application on the card")
	// ErrPINShape reports a PIN that this key cannot have; the card has not been asked.
	ErrPINShape = errors.New("card: not the shape of this PIN")
	// ErrBlocked reports a PIN without tries left.
	ErrBlocked = errors.New("card: the PIN is blocked")
	// ErrUnknown reports a VERIFY whose answer did not come: a try may have been spent. Ask Tries, never re-send.
	ErrUnknown = errors.New("card: unknown whether a try was spent")
	// ErrNoCertificate reports a key that the card does not carry, as the card of a child under 15 has none to sign.
	ErrNoCertificate = errors.New("card: no such key and certificate on the card")
	// ErrNotVerified reports an operation that needs the key's PIN first.
	ErrNotVerified = errors.New("card: the PIN has not been verified")
	// ErrAnswer reports an answer with status 9000 whose data makes no sense.
	ErrAnswer = errors.New("card: the card's answer makes no sense")
)

// PINError reports a wrong PIN.
type PINError struct {
	Left int // tries left, at least 1; with none left it is ErrBlocked
}

// Error gives the number of tries left.
func (e *PINError) Error() string { return fmt.Sprintf("card: wrong PIN, %d tries left", e.Left) }

// Card is a My Number Card with the JPKI application selected. One goroutine at a time may use it. PINs once
// verified stay so until the session that carries it is closed.
type Card struct {
	t        apdu.Transmitter
	extended bool
	asked    [keys]bool // Tries has been answered: the key's PIN is there and can be addressed
}

// Open selects the JPKI application: one APDU. extended says that the reader passes extended length; whether the
// card takes it is found out at the first read. ErrNotJPKI for any other card.
func Open(ctx context.Context, t apdu.Transmitter, extended bool) (*Card, error) {
	c := &Card{t: t, extended: extended}
	selectAP := apdu.Command{INS: insSelect, P1: byName, P2: noAnswer, Data: jpki}
	r, err := c.send(ctx, selectAP)
	if err == nil && r.Status == apdu.NoPreciseCause { // seen as the answer to whatever comes first after power-on
		r, err = c.send(ctx, selectAP)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("selecting the JPKI application: %w", err)
	case r.Status == apdu.OK:
		return c, nil
	case r.Status == apdu.NotFound:
		return nil, ErrNotJPKI
	}
	// Cards of other kinds refuse the command in many ways; what they said stays in the chain.
	return nil, fmt.Errorf("%w: %w", ErrNotJPKI, &apdu.StatusError{Op: "SELECT JPKI AP", Status: r.Status})
}

func (c *Card) send(ctx context.Context, command apdu.Command) (apdu.Response, error) {
	return apdu.Send(ctx, c.t, command)
}
