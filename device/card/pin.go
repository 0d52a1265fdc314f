package card

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"madoguchi/device/apdu"
)

// Fold returns what a person typed as the card wants it, in a fresh slice that the caller wipes: full-width digits
// and letters as ASCII, small letters as capitals. pin is UTF-8 and stays as it is. ErrPINShape if the result is
// no PIN of k: 4 digits, or 6 to 16 capitals and digits.
func Fold(k Key, pin []byte) ([]byte, error) {
	folded := make([]byte, 0, len(pin)) // never longer, so never grown: no copy is left behind
	for rest := pin; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		rest = rest[n:]
		folded = append(folded, foldRune(r))
	}
	if !ruleOf(k).fits(folded) {
		clear(folded)
		return nil, ErrPINShape
	}
	return folded, nil
}

// foldRune returns the capital or digit that r stands for, or 0, which no PIN holds.
func foldRune(r rune) byte {
	const fullWidth = '！' - '!' // U+FF01 to U+FF5E are ASCII 21 to 7E in full width
	if r >= '！' && r <= '～' {
		r -= fullWidth
	}
	switch {
	case r >= 'a' && r <= 'z':
		return byte(r - 'a' + 'A')
	case isLetter(r), isDigit(r):
		return byte(r)
	}
	return 0
}

func isDigit[T rune | byte](c T) bool  { return c >= '0' && c <= '9' }
func isLetter[T rune | byte](c T) bool { return c >= 'A' && c <= 'Z' }

func (r rule) fits(pin []byte) bool {
	for _, b := range pin {
		if !isDigit(b) && (!isLetter(b) || !r.letters) {
			return false
		}
	}
	return len(pin) > 0 && len(pin) >= r.min && len(pin) <= r.max
}

// fitsNew is fits for a PIN that a person chooses.
func (r rule) fitsNew(pin []byte) bool {
	return r.fits(pin) && (!r.mixed || bytes.ContainsFunc(pin, isDigit) && bytes.ContainsFunc(pin, isLetter))
}

func (a *application) tries(ctx context.Context, k Key) (int, error) {
	slot := a.layout.slot(k)
	r, err := a.at(ctx, toVerify, slot.pin, verifyCommand(short|byte(slot.pin), nil), verifyCommand(chosen, nil))
	if err != nil {
		return 0, fmt.Errorf("asking the tries of the %v PIN: %w", k, err)
	}
	left, counted := r.Status.Tries()
	switch {
	case counted && left > slot.rule.tries:
		return 0, fmt.Errorf("asking the tries of the %v PIN: %w", k, ErrAnswer)
	case counted:
	case r.Status == apdu.OK: // verified already, and with that the counter was set back
		left = slot.rule.tries
	case blocked(r.Status):
		left = 0
	case absent(r.Status):
		return 0, ErrNoCertificate
	default:
		return 0, &apdu.StatusError{Op: "VERIFY without data, " + k.String(), Status: r.Status}
	}
	a.asked[k] = true
	if a.selects[toVerify] { // this card knows no short identifiers; the next commands need not find out again
		a.selects = [uses]bool{true, true, true}
	}
	return left, nil
}

func (a *application) verify(ctx context.Context, k Key, pin []byte) error {
	slot := a.layout.slot(k)
	if !slot.present() {
		return ErrNoCertificate
	}
	if !slot.rule.fits(pin) { // also keeps an empty one out, which would be the query above
		return ErrPINShape
	}
	if !a.asked[k] {
		switch left, err := a.tries(ctx, k); {
		case err != nil:
			return err
		case left == 0:
			return ErrBlocked
		}
	}
	reference, err := a.reference(ctx, slot.pin, a.selects[toVerify])
	if err == nil {
		err = ctx.Err()
	}
	if err != nil { // the PIN has not been sent
		return fmt.Errorf("verifying the %v PIN: %w", k, err)
	}
	r, err := a.send(ctx, verifyCommand(reference, pin))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	a.current = slot.pin
	return verified(k, r.Status)
}

func (s *slot) present() bool { return s.pin != 0 }

// reference returns P2 for a command with a PIN. Without short identifiers the file must be the current one: it is
// selected unless it is known to be, for a PIN sent to another file spends that one's try.
func (a *application) reference(ctx context.Context, pin file, selects bool) (byte, error) {
	if !selects {
		return short | byte(pin), nil
	}
	err := a.selectFile(ctx, pin)
	var refused *apdu.StatusError
	if errors.As(err, &refused) { // it was there when its tries were asked
		err = fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return chosen, err
}

func verifyCommand(reference byte, pin []byte) apdu.Command {
	return apdu.Command{INS: insVerify, P2: reference, Data: pin}
}

// verified says what the answer to a VERIFY means.
func verified(k Key, s apdu.Status) error {
	left, counted := s.Tries()
	switch {
	case s == apdu.OK:
		return nil
	case blocked(s), counted && left == 0:
		return ErrBlocked
	case counted:
		return &PINError{Left: left}
	}
	err := &apdu.StatusError{Op: "VERIFY " + k.String(), Status: s}
	if s.Failed() || !s.Known() {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return err
}

// change always selects the PIN's file: CHANGE REFERENCE DATA by short identifier is documented nowhere.
func (a *application) change(ctx context.Context, k Key, old, fresh []byte) error {
	slot := a.layout.slot(k)
	if slot.present() && !slot.rule.fitsNew(fresh) {
		return ErrPINShape
	}
	if err := a.verify(ctx, k, old); err != nil {
		return err
	}
	if !a.selects[toVerify] {
		a.current = 0 // a short identifier need not have made it the current file
	}
	reference, err := a.reference(ctx, slot.pin, true)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("changing the %v PIN: %w", k, err)
	}
	r, err := a.send(ctx, apdu.Command{INS: insChange, P1: newOnly, P2: reference, Data: fresh})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrChangeUnknown, err)
	}
	return changed(k, r.Status)
}

// changed says what the answer to a CHANGE REFERENCE DATA means.
func changed(k Key, s apdu.Status) error {
	err := &apdu.StatusError{Op: "CHANGE REFERENCE DATA " + k.String(), Status: s}
	switch {
	case s == apdu.OK:
		return nil
	case s == apdu.NotSatisfied:
		return ErrNotVerified
	case s.Failed(), !s.Known():
		return fmt.Errorf("%w: %w", ErrChangeUnknown, err)
	}
	return err
}

// blocked covers both status words that are known for it; which one comes differs between the sources.
func blocked(s apdu.Status) bool { return s == apdu.ReferenceBlocked || s == apdu.MethodBlocked }
