//go:build !linux

package linear

import (
	"errors"
	"io"
)

// tty is only known on Linux, the system of the terminals.
type tty struct{}

func terminal(io.Reader) *tty { return nil }

func (t *tty) echo(bool) error { return errors.ErrUnsupported }

func (t *tty) discard() {}
