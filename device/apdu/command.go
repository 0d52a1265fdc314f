package apdu

import (
	"context"
	"errors"
	"fmt"
)

const (
	// MaxShort is the largest Le of a short command; on the line it is the byte 00 (ISO/IEC 7816-3 §12.1.3).
	MaxShort = 256
	// MaxExtended is the largest Le of an extended command; on the line it is 0000.
	MaxExtended = 65536

	maxShortData    = 255
	maxExtendedData = 65535
)

// ErrCommand reports a command with more data or a larger Le than an APDU can carry.
var ErrCommand = errors.New("apdu: command data or Le out of range")

// Command is a command APDU (ISO/IEC 7816-4 §5.1).
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // 0 to 65535 bytes; none: no Lc field
	Le               int    // bytes expected, 1 to 65536; 0: no Le field
}

// Extended reports whether the command needs extended length fields.
func (c Command) Extended() bool { return len(c.Data) > maxShortData || c.Le > MaxShort }

// Bytes returns the command as it goes over the line, in a fresh slice of exactly its size; short length fields
// where they suffice. ErrCommand when it does not fit an APDU.
func (c Command) Bytes() ([]byte, error) {
	if len(c.Data) > maxExtendedData || c.Le < 0 || c.Le > MaxExtended {
		return nil, ErrCommand
	}
	// One allocation for all: growing would leave copies of a PIN behind.
	b := append(make([]byte, 0, 4+3+len(c.Data)+3), c.CLA, c.INS, c.P1, c.P2)
	if c.Extended() {
		return c.extended(b), nil
	}
	if len(c.Data) > 0 {
		b = append(append(b, byte(len(c.Data))), c.Data...)
	}
	if c.Le > 0 {
		b = append(b, byte(c.Le))
	}
	return b, nil
}

// extended adds Lc and Le as two bytes each; the one 00 that marks them stands before the first of them only.
func (c Command) extended(b []byte) []byte {
	b = append(b, 0)
	if n := len(c.Data); n > 0 {
		b = append(append(b, byte(n>>8), byte(n)), c.Data...)
	}
	if c.Le > 0 {
		b = append(b, byte(c.Le>>8), byte(c.Le))
	}
	return b
}

// Send transmits c and takes the answer apart. Its copy of the command is wiped before it returns, since it may
// hold a PIN. Any status word is an answer; errors are ErrCommand (nothing was sent), the line's, or ErrResponse.
func Send(ctx context.Context, t Transmitter, c Command) (Response, error) {
	command, err := c.Bytes()
	if err != nil {
		return Response{}, err
	}
	defer clear(command)
	answer, err := t.Transmit(ctx, command)
	if err != nil {
		return Response{}, fmt.Errorf("apdu: transmit: %w", err)
	}
	return ParseResponse(answer)
}
