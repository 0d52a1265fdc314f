//go:build twin

package receipt_test

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
)

// TestTwins shows that each forgery is kept out by exactly the check that is named for it.
func TestTwins(t *testing.T) {
	m := receipttest.New(t)
	twins := 0
	for name, f := range forgeries(t, m) {
		if f.check == "" {
			continue
		}
		twins++
		t.Run(name, func(t *testing.T) {
			check.Without(t, f.check)
			got, err := receipt.Verify(f.bundle, m.Keyring, m.Root.Cert, f.want)
			if err != nil || got != f.as {
				t.Fatalf("still refused without %q: %+v, %v", f.check, got, err)
			}
		})
	}
	if twins < 6 {
		t.Errorf("%d twins", twins)
	}
}
