package intake_test

import (
	"crypto/rand"
	"testing"
	"time"

	"madoguchi/forms"
	"madoguchi/mailbox/store"
	"madoguchi/pki/evidence"
	"madoguchi/pki/receipt"
)

// TestASignerWhoIsNotTheApplicantIsReceivedAndRecorded: the result decides later what follows.
func TestASignerWhoIsNotTheApplicantIsReceivedAndRecorded(t *testing.T) {
	r := newRig(t)
	for applicant, matches := range map[string]bool{r.city.Person.Name: true, "別人　太郎": false} {
		draft := r.city.Draft(t)
		r.must(draft.Set("applicant/name", applicant))
		d, err := draft.Document(forms.Env{Now: time.Now(), Mailbox: name, AuthKey: r.city.AuthKey, Random: rand.Reader})
		r.must(err)
		said := r.said(r.deliver(r.k1, r.seal(r.k1, r.city.Submission(t, d))), d.Manifest())
		if said.Outcome != receipt.Received {
			t.Error(said.Outcome)
		}
		var kept store.Document
		r.must(r.store.View(t.Context(), func(tx *store.Tx) error {
			var err error
			kept, err = tx.DocumentOf(d.ID())
			return err
		}))
		record, err := evidence.ParseRecord(kept.Evidence)
		r.must(err)
		if record.PersonMatches != matches {
			t.Errorf("%t, not %t", record.PersonMatches, matches)
		}
	}
}
