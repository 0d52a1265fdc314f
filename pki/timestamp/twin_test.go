//go:build twin

package timestamp_test

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/timestamp"
)

// TestTokensPassWithoutTheirCheck: with exactly the named check off, each refused token is accepted.
func TestTokensPassWithoutTheirCheck(t *testing.T) {
	s := newStamped(t, "p256", pkitest.TSA)
	for _, c := range tokenCases(t) {
		t.Run(c.label, func(t *testing.T) {
			check.Without(t, c.want)
			o := s.options
			c.change(&o)
			if _, err := timestamp.Verify(s.token, c.data, o); err != nil {
				t.Error(err)
			}
		})
	}
	for _, c := range authorityCases() {
		t.Run(c.label, func(t *testing.T) {
			check.Without(t, c.want)
			if err := c.judge(t); err != nil {
				t.Error(err)
			}
		})
	}
}
