//go:build twin

package path_test

import (
	"slices"
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/path"
)

// TestPathsPassWithoutTheirRule: with exactly the named rule off, each refused path is accepted. Where a policy is
// needed on the way, the end of the path asks for it again, and what maps anyPolicy maps to nothing; those have none.
func TestPathsPassWithoutTheirRule(t *testing.T) {
	for _, r := range slices.Concat(chainRules(), nameRules(), policyRules()) {
		if r.want == path.PolicyNeeded || r.want == path.MappingAny {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			check.Without(t, r.want)
			if err := r.refuse.run(t); err != nil {
				t.Error(err)
			}
		})
	}
}
