package apdu

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrMute reports a card that did not answer in time. Whether it has acted on the command is unknown.
var ErrMute = errors.New("apdu: the card does not answer")

// Limit returns a Transmitter that gives the card no longer than d for each command; then it is ErrMute. The line must
// obey its context. What is known of the answer to reset is kept.
func Limit(t Transmitter, d time.Duration) Transmitter {
	l := limited{t, d}
	if r, ok := t.(Resetter); ok {
		return resetLimited{l, r}
	}
	return l
}

type limited struct {
	t Transmitter
	d time.Duration
}

type resetLimited struct {
	limited
	Resetter
}

func (l limited) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, l.d, ErrMute)
	defer cancel()
	response, err := l.t.Transmit(ctx, command)
	if err != nil && errors.Is(context.Cause(ctx), ErrMute) {
		return nil, fmt.Errorf("%w within %v", ErrMute, l.d)
	}
	return response, err
}
