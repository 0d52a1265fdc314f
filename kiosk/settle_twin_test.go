//go:build twin

package kiosk

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/wire"
)

// TestReceiptOfAnotherSubmissionTwin: with exactly its check off, the same forgery settles the submission. The
// twins of the other forgeries are in pki/receipt: more than one check keeps those out of a kiosk.
func TestReceiptOfAnotherSubmissionTwin(t *testing.T) {
	s := newSettling(t)
	payload := forgedReceipts(t, s)["receipt of another submission"]
	check.Without(t, check.ReceiptMatch)
	if err := s.courier.Receive("", payload); err != nil {
		t.Fatal(err)
	}
	if got := s.state(t, s.mine.ID); got != wire.Received {
		t.Errorf("still %s without %q", got, check.ReceiptMatch)
	}
}
