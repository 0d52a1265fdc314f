//go:build twin

package profile_test

import (
	"crypto/x509"
	"errors"
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/profile"
)

// TestForeignRootPassesWithoutTheCheck shows that check.Chain is what refuses a foreign root, and nothing else.
func TestForeignRootPassesWithoutTheCheck(t *testing.T) {
	cert, pinned := foreign(t)
	check.Without(t, check.Chain)
	if err := profile.Chain(cert, profile.Receipt, []*x509.Certificate{pinned}, now); err != nil {
		t.Error(err)
	}
	if err := profile.Chain(cert, profile.Device, []*x509.Certificate{pinned}, now); !errors.Is(err, profile.ErrExtKeyUsage) {
		t.Errorf("another profile: %v", err)
	}
	if err := profile.Chain(cert, profile.Receipt, nil, now.AddDate(1, 0, 0)); !errors.Is(err, profile.ErrTime) {
		t.Errorf("after its end: %v", err)
	}
}
