// Package reader is the real card reader, through PC/SC (pcscd and github.com/ebfe/scard): readers that come and go, a
// card in any of them, an exclusive session that ends with the card powered off, and the keys of a PIN-pad reader.
// It needs the build tag pcsc, and with it cgo; without the tag Open answers ErrNotBuilt.
//
// Error model: what keeps a card from being used is one of the errors below or one of package apdu's; errors.Is finds
// it, and the PC/SC code stands in the text. Every failure of a session ends it for good, because the card's security
// status is then unknown. Whatever happens to pcscd, the readers or a card shows as a State within a second; nothing
// but Close ends the monitor. No error holds a byte of a command.
package reader

import (
	"errors"
	"log/slog"

	"madoguchi/device/apdu"
)

var (
	// ErrNotBuilt reports a program built without the tag pcsc.
	ErrNotBuilt = errors.New("reader: built without PC/SC")
	// ErrOpen reports a second monitor in one process, which github.com/ebfe/scard cannot bear.
	ErrOpen = errors.New("reader: the process has a monitor already")
	// ErrNoService reports that pcscd does not run, or has ended.
	ErrNoService = errors.New("reader: pcscd does not answer")
	// ErrNoReader reports that no reader is plugged in.
	ErrNoReader = errors.New("reader: no reader")
	// ErrReaderLost reports a reader that was unplugged during a session.
	ErrReaderLost = errors.New("reader: the reader has gone")
	// ErrMute reports a card that gives no answer to reset, as one that lies the wrong way round.
	ErrMute = errors.New("reader: the card does not answer to reset")
)

// State is what can be said of a reader, or of all together.
type State int

// The states, in the order in which the best is chosen: a card that can be used comes first.
const (
	Ready     State = iota // a card that can be used
	Mute                   // a card that gives no answer to reset
	Busy                   // a card that another program holds for itself
	Empty                  // no card
	Lost                   // the reader does not answer
	NoReader               // no reader is plugged in
	NoService              // pcscd does not answer
)

// String returns the name for logs and for the operator.
func (s State) String() string {
	switch s {
	case Ready:
		return "ready"
	case Mute:
		return "mute"
	case Busy:
		return "busy"
	case Empty:
		return "empty"
	case Lost:
		return "lost"
	case NoReader:
		return "no reader"
	case NoService:
		return "no pcscd"
	}
	return "unknown"
}

// Err is why a reader in this state cannot be connected to; nil if it may be tried.
func (s State) Err() error {
	switch s {
	case Ready, Busy: // the connection tells whether it is still held
		return nil
	case Mute:
		return ErrMute
	case Lost:
		return ErrReaderLost
	case NoReader:
		return ErrNoReader
	case NoService:
		return ErrNoService
	case Empty:
	}
	return apdu.ErrNoCard
}

// Options say which readers.
type Options struct {
	Name string       // part of the reader's name; empty: every reader
	Log  *slog.Logger // nil: none
}

// Slot is one reader as PC/SC counts them: a slot has a name of its own.
type Slot struct {
	Name  string
	State State
}

// Device is all readers as one: the card is the one that was put in first. Sessions are also PINPads and
// apdu.Resetters.
type Device interface {
	apdu.Reader
	// State is the best state of all slots.
	State() State
	// Slots lists the readers by name.
	Slots() []Slot
	// StateChanged is closed when State or Slots change next; Changed is for the card alone.
	StateChanged() <-chan struct{}
	// Close ends the monitor. Sessions end by themselves.
	Close() error
}
