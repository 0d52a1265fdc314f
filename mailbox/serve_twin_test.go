//go:build twin

package mailbox_test

import (
	"testing"
	"time"

	"madoguchi/internal/check"
	"madoguchi/wire"
)

// The retained submission does come again at the next start: only that a manifest counts once keeps it from counting.
func TestRetainedSubmissionCountsOnceTwin(t *testing.T) {
	r := newRig(t)
	m, stop := r.serve()
	d := r.city.Document(t, name)
	key, err := r.keyring.SealingKey(time.Now())
	r.must(err)
	r.retain(m.Addr(), wire.UpSubmission("k1"), r.kiosk.Envelope(t, key, name, r.city.Submission(t, d).Marshal()).Marshal())
	r.holds(m, 1)
	stop()
	check.Without(t, check.Replay)
	m, _ = r.serve()
	r.holds(m, 2)
}
