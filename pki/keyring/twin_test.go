//go:build twin

package keyring_test

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt/receipttest"
)

// TestTwins shows that each forgery is kept out by exactly the check that is named for it.
func TestTwins(t *testing.T) {
	m := receipttest.New(t)
	twins := 0
	for name, r := range refusals(t, m) {
		if r.check == "" {
			continue
		}
		twins++
		t.Run(name, func(t *testing.T) {
			check.Without(t, r.check)
			if _, err := keyring.Open(r.der, m.Root.Cert, r.at, r.newest); err != nil {
				t.Fatalf("still refused without %q: %v", r.check, err)
			}
		})
	}
	if twins != 2 {
		t.Errorf("%d twins", twins)
	}
}
