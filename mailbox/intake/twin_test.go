//go:build twin

package intake_test

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// The same forgery is received when exactly its check is off: nothing else keeps it out.
func TestForgeriesTwin(t *testing.T) {
	for what, f := range forgeries {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			manifest, s := f.make(r)
			before, _, _ := r.counts()
			check.Without(t, f.check)
			answer := r.deliver(r.k1, r.seal(r.k1, s))
			if answer == nil {
				t.Fatal("held")
			}
			if said := r.said(answer, manifest); said.Outcome != receipt.Received {
				t.Error(said.Outcome)
			}
			if after, _, _ := r.counts(); after != before+1 {
				t.Error("not counted")
			}
		})
	}
}

func TestUnpublishedFormTwin(t *testing.T) {
	r := newRig(t)
	manifest, s := unpublishedForm(r)
	e := r.seal(r.k1, s)
	if r.deliver(r.k1, e) != nil {
		t.Fatal("answered")
	}
	check.Without(t, check.FormDigest)
	if said := r.said(r.deliver(r.k1, e), manifest); said.Outcome != receipt.Received {
		t.Error(said.Outcome)
	}
}

func TestReplayTwin(t *testing.T) {
	r := newRig(t)
	e := r.seal(r.k1, r.submission())
	r.deliver(r.k1, e)
	check.Without(t, check.Replay)
	r.deliver(r.k1, e)
	if documents, leaves, _ := r.counts(); documents != 2 || leaves != 2 {
		t.Error("something else keeps the replay from counting twice:", documents, leaves)
	}
}

func TestEnvelopeTwin(t *testing.T) {
	for what, forge := range map[string]func(r *rig, s wire.Submission) wire.Envelope{
		"another kiosk's envelope": func(r *rig, s wire.Submission) wire.Envelope { return r.seal(r.k2, s) },
		"signed by another device": func(r *rig, s wire.Submission) wire.Envelope { return r.seal(impostor(r), s) },
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			d := r.city.Document(t, name)
			e := forge(r, r.city.Submission(t, d))
			if r.deliver(r.k1, e) != nil {
				t.Fatal("answered")
			}
			check.Without(t, check.EnvelopeSignature)
			if said := r.said(r.deliver(r.k1, e), d.Manifest()); said.Outcome != receipt.Received {
				t.Error(said.Outcome)
			}
		})
	}
}
