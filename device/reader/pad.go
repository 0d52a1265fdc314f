package reader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
)

// How an entry on the reader's own keys can end without the card having been asked. After each the person may try
// again, on the pad or on the screen: no try was spent.
var (
	// ErrNoPad reports a reader without keys, or a PIN that cannot be typed on them.
	ErrNoPad = errors.New("reader: no PIN pad for this PIN")
	// ErrPadTimeout reports that nobody typed in time (6400).
	ErrPadTimeout = errors.New("reader: nobody typed the PIN in time")
	// ErrPadCancelled reports the cancel key (6401).
	ErrPadCancelled = errors.New("reader: the entry was cancelled on the PIN pad")
	// ErrPadLength reports a PIN of the wrong length (6403).
	ErrPadLength = errors.New("reader: a PIN of the wrong length was typed on the PIN pad")
)

// The status words of a pad, which no card gives (PC/SC part 10 §2.5.2).
const (
	padTimeout   apdu.Status = 0x6400
	padCancelled apdu.Status = 0x6401
	padLength    apdu.Status = 0x6403

	padDigits = 4
	padTime   = 30 * time.Second
)

// Prompt is what the screen has to say while the reader's keys wait for a PIN: look at the reader Name, type so many
// Digits and press its OK key, Left is how long it waits.
type Prompt struct {
	Name   string
	Digits int
	Left   time.Duration
}

// PINPad is a session whose reader may have keys of its own.
type PINPad interface {
	apdu.Session
	// HasPad reports whether it has.
	HasPad() bool
	// VerifyPIN has the reader collect a PIN and send it behind header; the status is the card's or the pad's.
	// The PIN never comes here. ErrNoPad; any other error means that it is unknown what the card has got.
	VerifyPIN(ctx context.Context, header [4]byte, digits int, limit time.Duration) (apdu.Status, error)
	// ReaderName is the reader's name.
	ReaderName() string
}

// Pad is the line to a card in a reader with keys. The card is opened on it, so that it learns how the card's PINs are
// addressed; everything passes unchanged.
type Pad struct {
	PINPad
	query []byte // the last VERIFY without data: what the PIN goes behind
}

// NewPad returns the pad of a session, if its reader has one.
func NewPad(s apdu.Session) (*Pad, bool) {
	p, ok := s.(PINPad)
	if !ok || !p.HasPad() {
		return nil, false
	}
	return &Pad{PINPad: p}, true
}

// ATR is the card's answer to reset, nil if the session does not know it.
func (p *Pad) ATR() []byte {
	if r, ok := p.PINPad.(apdu.Resetter); ok {
		return r.ATR()
	}
	return nil
}

// Transmit passes the command.
func (p *Pad) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) == 4 && command[1] == 0x20 {
		p.query = append(p.query[:0], command...)
	}
	return p.PINPad.Transmit(ctx, command)
}

// Holder is a card with one of its applications selected: a *card.Card or *card.Face.
type Holder interface {
	Tries(ctx context.Context, k card.Key) (int, error)
}

// Verify has the person type the PIN of k, of 4 digits, on the reader's keys. c must have been opened on p. show is
// called at once and every second until the entry ends. The errors are those of c.Verify and the ErrPad ones; ErrNoPad
// for anything longer: it is typed on the screen.
func (p *Pad) Verify(ctx context.Context, c Holder, k card.Key, show func(Prompt)) error {
	if k != card.Auth && k != card.Attributes {
		return ErrNoPad
	}
	left, err := c.Tries(ctx, k) // also proves the way to address the PIN, and makes it the current file
	switch {
	case err != nil:
		return err
	case left == 0:
		return card.ErrBlocked
	case len(p.query) != 4:
		return ErrNoPad
	}
	status, err := p.collect(ctx, show)
	switch {
	case errors.Is(err, ErrNoPad):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", card.ErrUnknown, err)
	}
	return verdict(status)
}

func (p *Pad) collect(ctx context.Context, show func(Prompt)) (apdu.Status, error) {
	type answer struct {
		status apdu.Status
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		status, err := p.VerifyPIN(ctx, [4]byte(p.query), padDigits, padTime)
		done <- answer{status, err}
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for left := padTime; ; left = max(0, left-time.Second) {
		show(Prompt{Name: p.ReaderName(), Digits: padDigits, Left: left})
		select {
		case a := <-done:
			return a.status, a.err
		case <-tick.C:
		}
	}
}

// verdict says what the status word of an entry means.
func verdict(s apdu.Status) error {
	left, counted := s.Tries()
	switch {
	case s == apdu.OK:
		return nil
	case s == padTimeout:
		return ErrPadTimeout
	case s == padCancelled:
		return ErrPadCancelled
	case s == padLength:
		return ErrPadLength
	case s == apdu.ReferenceBlocked, s == apdu.MethodBlocked, counted && left == 0:
		return card.ErrBlocked
	case counted:
		return &card.PINError{Left: left}
	}
	err := &apdu.StatusError{Op: "VERIFY on the PIN pad", Status: s}
	if s.Failed() {
		return fmt.Errorf("%w: %w", card.ErrUnknown, err)
	}
	return err
}
