package apdu

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The lines of a recording: what went to the card, what came back, or how the line broke.
const (
	sent    = "> "
	got     = "< "
	broke   = "! "
	comment = "#"

	secret  = "**" // a byte of a PIN, in a line that was sent
	removed = "removed"
	failed  = "failed"
)

// Recorder is a Transmitter that writes down what passes through it: a line "> hex" for a command, "< hex" for its
// response, "! removed" or "! failed" for a line that broke. The PIN of a VERIFY or a PIN change is written as "**"
// for each byte. Certificates are written as they are: a recording of a person's card is personal data.
type Recorder struct {
	t   Transmitter
	w   io.Writer
	err error
}

// NewRecorder returns a Recorder of t that writes to w. One goroutine at a time may use it.
func NewRecorder(t Transmitter, w io.Writer) *Recorder { return &Recorder{t: t, w: w} }

// Transmit passes the command to the card and writes both down. A recording that cannot be written stops the
// recording, not the card: see Err.
func (r *Recorder) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	r.line(sent + masked(command)) // before the card acts, so that the last line tells what it was doing
	response, err := r.t.Transmit(ctx, command)
	switch {
	case errors.Is(err, ErrRemoved):
		r.line(broke + removed)
	case err != nil:
		r.line(broke + failed)
	default:
		r.line(got + hex.EncodeToString(response))
	}
	return response, err
}

// Err returns the first failure to write, after which the recording has no further lines.
func (r *Recorder) Err() error { return r.err }

func (r *Recorder) line(s string) {
	if r.err != nil {
		return
	}
	if _, err := io.WriteString(r.w, s+"\n"); err != nil {
		r.err = fmt.Errorf("apdu: write recording: %w", err)
	}
}

// masked is a command in hexadecimal with its data as asterisks if that may be a PIN. Header and Lc stay.
func masked(command []byte) string {
	head := len(command)
	if head > 4 && carriesPIN(command[1]) {
		head = 5
		if command[4] == 0 { // extended length
			head = min(7, len(command))
		}
	}
	return hex.EncodeToString(command[:head]) + strings.Repeat(secret, len(command)-head)
}

// carriesPIN reports an instruction whose data is a PIN: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER
// (ISO/IEC 7816-4 §7.5), each also in its BER-TLV form with the odd code.
func carriesPIN(ins byte) bool {
	even := ins &^ 1
	return even == 0x20 || even == 0x24 || even == 0x2C
}
