package mailbox

import (
	"context"
	"time"
)

// Cramp gives the broker little room and Serve little patience; before Serve.
func (m *Mailbox) Cramp(maxStore int64, patience time.Duration) {
	m.maxStore, m.patience = maxStore, patience
}

// DestroyEnded does what a serving mailbox does each minute, at another time.
func DestroyEnded(ctx context.Context, dir string, at time.Time) error {
	m, err := Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	m.Now = func() time.Time { return at }
	return m.destroyEnded(ctx)
}
