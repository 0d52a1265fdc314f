//go:build twin

package revocation_test

import (
	"slices"
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/revocation"
)

// TestResponsesPassWithoutTheirCheck: with exactly the named check off, each refused response is accepted.
func TestResponsesPassWithoutTheirCheck(t *testing.T) {
	w := newTown(t)
	// What cannot be read, what nobody signed for and what fails two checks have no twin.
	without := []check.Name{"", revocation.OCSPStatus, revocation.OCSPResponder, revocation.Format, revocation.NotFuture}
	tried := 0
	for _, c := range ocspCases(t, w) {
		if slices.Contains(without, c.want) || c.label == "no answer" || c.label == "person answers" {
			continue
		}
		tried++
		t.Run(c.label, func(t *testing.T) {
			check.Without(t, c.want)
			if _, err := c.judge(t, w); err != nil {
				t.Error(err)
			}
		})
	}
	if tried < 20 {
		t.Errorf("only %d were tried", tried)
	}
}

// TestListsPassWithoutTheirCheck is the same for the lists of §6.3.
func TestListsPassWithoutTheirCheck(t *testing.T) {
	rules := crlRules(t)
	for _, name := range []check.Name{
		revocation.Current, revocation.NotFuture, revocation.CRLIssuer, revocation.CRLPoint, revocation.CRLUserOnly, revocation.CRLCAOnly,
		revocation.CRLAttributes, revocation.CRLDeltaScope, revocation.CRLDeltaKey, revocation.CRLDeltaBase, revocation.CRLUsage,
		revocation.CRLSignature, revocation.CRLDeltaHolds, revocation.KnownMarked, revocation.CRLEnded,
	} {
		t.Run(string(name), func(t *testing.T) {
			check.Without(t, name)
			refused := rules[name].refuse
			if got, err := revocation.JudgeCRL(refused.lists, refused.q); err != nil || got.State != revocation.Good {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
