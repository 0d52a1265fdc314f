// Package card speaks to a My Number Card (個人番号カード): its JPKI application (公的個人認証AP) with the two keys,
// their certificates and PINs, and its 券面入力補助AP with the person's name, address, birth date and sex. It needs
// nothing but a line that carries APDUs. What differs between kinds of cards is a table (table.go).
//
// Error model: what a person can be told is one of the errors below or a *PINError; errors.Is and errors.As find
// them. A status word that has no such meaning is an *apdu.StatusError, an answer that makes no sense ErrAnswer, a
// line that breaks the line's own error. The exceptions are a line that breaks during VERIFY or CHANGE REFERENCE
// DATA: ErrUnknown and ErrChangeUnknown, with the line's error inside. No error holds a byte of a PIN, a certificate
// or a person's data. No answer of a card can panic the program or keep it reading for ever.
//
// A PIN is sent at most once for each call, to a file that has just answered how many tries it has left; everything
// that has to be found out about a card is found out with other commands.
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
	// ErrNoAttributes reports a card without the application that holds the person's data, as phones are.
	ErrNoAttributes = errors.New("card: no application with the person's data on the card")
	// ErrPINShape reports a PIN that this key cannot have; the card has not been asked.
	ErrPINShape = errors.New("card: not the shape of this PIN")
	// ErrBlocked reports a PIN without tries left.
	ErrBlocked = errors.New("card: the PIN is blocked")
	// ErrUnknown reports a VERIFY whose answer did not come: a try may have been spent. Ask Tries, never re-send.
	ErrUnknown = errors.New("card: unknown whether a try was spent")
	// ErrChangeUnknown reports a PIN change whose answer did not come: either the old PIN holds or the new one. No
	// try was spent on it.
	ErrChangeUnknown = errors.New("card: unknown whether the PIN was changed")
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
// verified stay so until the session that carries it is closed or another application is selected.
type Card struct{ ap application }

// Open selects the JPKI application: one APDU. extended says that the reader passes extended length; whether the
// card takes it is known from its answer to reset (apdu.Resetter) or found out at the first read. ErrNotJPKI for any
// other card.
func Open(ctx context.Context, t apdu.Transmitter, extended bool) (*Card, error) {
	ap, err := choose(ctx, t, extended, func(g *generation) *layout { return &g.keys })
	if err != nil {
		return nil, notThere(ErrNotJPKI, err)
	}
	return &Card{ap}, nil
}

// notThere says what an application that could not be selected means. Cards of other kinds refuse the command in many
// ways; what they said stays in the chain.
func notThere(what, err error) error {
	var status *apdu.StatusError
	if errors.As(err, &status) {
		return fmt.Errorf("%w: %w", what, err)
	}
	return err
}

// Extended reports whether reader and card take extended length, as far as the card has been asked. Given to the next
// Open of the same card it spares that the question.
func (c *Card) Extended() bool { return c.ap.extended }

// Shorten has everything read 256 bytes at a time from now on, for a card that is known to take no extended length.
func (c *Card) Shorten() { c.ap.extended = false }

// Tries asks the card how many tries the PIN of k has left, 0 if it is blocked: one APDU, a VERIFY without data,
// which never spends a try (ISO/IEC 7816-4 §7.5.6). It is also where the way to address the PIN proves itself, so
// that no VERIFY with a PIN is ever sent to try it out. ErrNoCertificate if the card has no such PIN, ErrAnswer for
// more tries than that PIN can have: it is another.
func (c *Card) Tries(ctx context.Context, k Key) (int, error) { return c.ap.tries(ctx, k) }

// Verify presents the PIN of k: one APDU, before it one more if Tries has not been asked in this session. pin is as
// Fold returns it; it is not kept. *PINError for a wrong one, ErrBlocked if no try is left, ErrPINShape before the
// card is asked, ErrUnknown if the answer did not come or the card broke off.
func (c *Card) Verify(ctx context.Context, k Key, pin []byte) error { return c.ap.verify(ctx, k, pin) }

// Change verifies the PIN of k and puts another in its place: four APDUs at most. Both are as Fold returns them. A
// new password must have letters and digits. The errors are Verify's, and ErrChangeUnknown; the new PIN's shape is
// judged before the card is asked.
func (c *Card) Change(ctx context.Context, k Key, old, fresh []byte) error {
	return c.ap.change(ctx, k, old, fresh)
}
