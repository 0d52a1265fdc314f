//go:build twin

package cms

import (
	"bytes"
	"testing"

	"madoguchi/internal/check"
)

// TestForgeriesPassWithoutTheirCheck shows that each named check is what refuses its forgery.
func TestForgeriesPassWithoutTheirCheck(t *testing.T) {
	forgeries := namedForgeries(t)
	for name, f := range forgeries {
		t.Run(string(name), func(t *testing.T) {
			check.Without(t, name)
			got, err := open(f.der, nil)
			if err != nil || !bytes.Equal(got.Content, f.expected) {
				t.Fatalf("with the check off: %v", err)
			}
			for other, g := range forgeries {
				if _, err := open(g.der, nil); other != name && Failed(err) != other {
					t.Errorf("%s was not refused: %v", other, err)
				}
			}
		})
	}
}
