package mailbox

import "time"

// Cramp gives the broker little room and Serve little patience; before Serve.
func (m *Mailbox) Cramp(maxStore int64, patience time.Duration) {
	m.maxStore, m.patience = maxStore, patience
}
