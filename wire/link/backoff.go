package link

import (
	"math/rand/v2"
	"time"
)

// backoff pauses between attempts with full jitter: uniformly between 0 and a ceiling that doubles, so that many
// kiosks that lost one broker at once do not come back at once.
type backoff struct {
	min, max time.Duration
	attempt  int
}

func (b *backoff) ceiling() time.Duration {
	d := b.min
	for range b.attempt {
		if d *= 2; d >= b.max {
			return b.max
		}
	}
	return min(d, b.max)
}

func (b *backoff) reset() { b.attempt = 0 }

// wait pauses and reports true, or false at once when stop is closed.
func (b *backoff) wait(stop <-chan struct{}) bool {
	t := time.NewTimer(rand.N(b.ceiling()) + 1) //nolint:gosec // spread, not secrecy
	defer t.Stop()
	b.attempt++
	select {
	case <-t.C:
		return true
	case <-stop:
		return false
	}
}
