package flows

import (
	"context"
	"errors"
	"time"
)

// PadCard is a Card whose reader may have keys of its own. A PIN of 4 digits that is typed there never comes to the
// terminal.
type PadCard interface {
	Card
	// Pad reports whether it has them, and the reader's name.
	Pad() (name string, has bool)
	// PadLogin is Login with the PIN typed on the reader; waits is told at once until when the reader waits for it.
	// fault.PadCancelled, PadTimeout and PadLength are ends of the entry for which no try was spent.
	PadLogin(ctx context.Context, waits func(until time.Time)) (Identity, error)
	// PadAttributes is Attributes by InputKey, in the same way.
	PadAttributes(ctx context.Context, waits func(until time.Time)) (Attributes, error)
}

// ChoiceScreen has a PIN typed on the screen although the reader has keys.
const ChoiceScreen = "screen"

// patient is ctx without the person's wish to stop: nothing can take an entry back from the reader's keys but the
// reader's own cancel key, and the card stays taken until then.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if cause := context.Cause(ctx); !errors.Is(cause, errCancelled) {
			cancel(cause)
		}
	})
	return inner, func() { stop(); cancel(nil) }
}

// screensKey is under which the context of Enter and Do carries tell's way to the runner.
type screensKey struct{}

// tell shows another screen while Enter or Do is at work, without ending it.
func tell(ctx context.Context, s Screen) {
	if screens, ok := ctx.Value(screensKey{}).(chan Screen); ok {
		select {
		case screens <- s:
		case <-ctx.Done():
		}
	}
}
