//go:build linux

package linear

import (
	"io"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// tty is the terminal that the lines come from. x/term can only turn the echo off around one reading of its own,
// but here a line is already being waited for when the screen that asks for a secret appears.
type tty struct{ fd int }

// terminal returns the terminal behind in, nil when there is none.
func terminal(in io.Reader) *tty {
	file, ok := in.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return &tty{fd: int(file.Fd())}
}

// echo turns the echo of typed characters on or off; the line's own editing stays with the terminal.
func (t *tty) echo(on bool) error {
	state, err := unix.IoctlGetTermios(t.fd, unix.TCGETS)
	if err != nil {
		return err
	}
	state.Lflag |= unix.ICANON | unix.ISIG
	state.Iflag |= unix.ICRNL
	if on {
		state.Lflag |= unix.ECHO
	} else {
		state.Lflag &^= unix.ECHO
	}
	return unix.IoctlSetTermios(t.fd, unix.TCSETS, state)
}

// discard drops what was typed before it was asked for.
func (t *tty) discard() { _ = unix.IoctlSetInt(t.fd, unix.TCFLSH, unix.TCIFLUSH) }
