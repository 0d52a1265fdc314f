//go:build twin

package cades_test

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/cades"
	"madoguchi/pki/cms"
)

// TestForgeriesPassWithoutTheirCheck shows that each named check is what refuses its forgery.
func TestForgeriesPassWithoutTheirCheck(t *testing.T) {
	s := newScene(t)
	all := forgeries(t, s)
	for name, der := range all {
		t.Run(string(name), func(t *testing.T) {
			check.Without(t, name)
			if got, err := cades.Verify(der, nil, s.policy); err != nil || len(got) != 1 {
				t.Errorf("with the check off: %d, %v", len(got), err)
			}
			for other, der := range all {
				if _, err := cades.Verify(der, nil, s.policy); other != name && cms.Failed(err) != other {
					t.Errorf("%s was not refused: %v", other, err)
				}
			}
		})
	}
}
