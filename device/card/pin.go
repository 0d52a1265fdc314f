package card

import (
	"context"
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
	if !shaped(k, folded) {
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
	case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return byte(r)
	}
	return 0
}

func shaped(k Key, pin []byte) bool {
	p := k.profile()
	for _, b := range pin {
		digit, letter := b >= '0' && b <= '9', b >= 'A' && b <= 'Z'
		if !digit && (!letter || !p.letters) {
			return false
		}
	}
	return len(pin) >= p.minLength && len(pin) <= p.maxLength
}

// Tries asks the card how many tries the PIN of k has left, 0 if it is blocked: one APDU, a VERIFY without data,
// which never spends a try (ISO/IEC 7816-4 §7.5.6). It is also where the way to address the PIN proves itself, so
// that no VERIFY with a PIN is ever sent to try it out. ErrNoCertificate if the card has no such PIN.
func (c *Card) Tries(ctx context.Context, k Key) (int, error) {
	r, err := c.send(ctx, verifyCommand(k, nil))
	if err != nil {
		return 0, fmt.Errorf("asking the tries of the %v PIN: %w", k, err)
	}
	left, counted := r.Status.Tries()
	switch {
	case counted:
	case r.Status == apdu.OK: // verified already, and with that the counter was set back
		left = k.profile().tries
	case blocked(r.Status):
		left = 0
	case absent(r.Status):
		return 0, ErrNoCertificate
	default:
		return 0, &apdu.StatusError{Op: "VERIFY without data, " + k.String(), Status: r.Status}
	}
	c.asked[k.index()] = true
	return left, nil
}

// Verify presents the PIN of k: one APDU, before it one more if Tries has not been asked in this session. pin is as
// Fold returns it; it is not kept. *PINError for a wrong one, ErrBlocked if no try is left, ErrPINShape before the
// card is asked, ErrUnknown if the answer did not come or the card broke off.
func (c *Card) Verify(ctx context.Context, k Key, pin []byte) error {
	if !shaped(k, pin) { // also keeps an empty one out, which would be the query above
		return ErrPINShape
	}
	if !c.asked[k.index()] {
		switch left, err := c.Tries(ctx, k); {
		case err != nil:
			return err
		case left == 0:
			return ErrBlocked
		}
	}
	if err := ctx.Err(); err != nil { // nothing has been sent
		return fmt.Errorf("verifying the %v PIN: %w", k, err)
	}
	r, err := c.send(ctx, verifyCommand(k, pin))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return verified(k, r.Status)
}

func verifyCommand(k Key, pin []byte) apdu.Command {
	return apdu.Command{INS: insVerify, P2: short | k.profile().pin, Data: pin}
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
	if s.Failed() {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return err
}

// blocked covers both status words that are known for it; which one comes differs between the sources.
func blocked(s apdu.Status) bool { return s == apdu.ReferenceBlocked || s == apdu.MethodBlocked }

func absent(s apdu.Status) bool { return s == apdu.NotFound || s == apdu.ReferenceNotFound }

func (k Key) index() int {
	if k == Sign {
		return int(Sign)
	}
	return int(Auth)
}
