package flowtest

import (
	"context"
	"time"

	"madoguchi/flows"
)

// padTime is how long the keys wait.
const padTime = 30 * time.Second

// PadCard is a Card in a reader with keys of its own. Typed is what a person types there, or how the entry ends else.
type PadCard struct {
	*Card
	Typed func(ctx context.Context) ([]byte, error)
}

var _ flows.PadCard = (*PadCard)(nil)

// Pad names the reader.
func (p *PadCard) Pad() (string, bool) { return "Reader 7", true }

// PadLogin is Login with what Typed returns.
func (p *PadCard) PadLogin(ctx context.Context, waits func(until time.Time)) (flows.Identity, error) {
	waits(time.Now().Add(padTime))
	pin, err := p.Typed(ctx)
	if err != nil {
		return flows.Identity{}, err
	}
	return p.Login(ctx, pin)
}

// PadAttributes is Attributes with what Typed returns.
func (p *PadCard) PadAttributes(ctx context.Context, waits func(until time.Time)) (flows.Attributes, error) {
	waits(time.Now().Add(padTime))
	pin, err := p.Typed(ctx)
	if err != nil {
		return flows.Attributes{}, err
	}
	return p.Attributes(ctx, flows.InputKey, pin)
}
