package intake_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"madoguchi/forms"
	"madoguchi/pki/cms"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// The mailbox says one thing about a submission: a spoilt copy of what was received, from whichever kiosk, gets the
// first receipt and no refusal that contradicts it.
func TestSpoiltCopyAfterTheReceiptGetsTheFirstReceipt(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	good := r.city.Submission(t, d)
	first := r.deliver(r.k1, r.seal(r.k1, good))
	for what, bad := range spoiltCopies(good) {
		for _, k := range []string{"k1", "k2"} {
			kiosk := r.k1
			if k == "k2" {
				kiosk = r.k2
			}
			if got := r.deliver(kiosk, r.seal(kiosk, bad)); !bytes.Equal(got, first) {
				t.Errorf("%s from %s: another word", what, k)
			}
		}
	}
	if documents, leaves, held := r.counts(); documents != 1 || leaves != 1 || held != nil {
		t.Error(documents, leaves, held)
	}
}

// The receipt of a manifest stays its answer when its form is no longer known here.
func TestReceivedBeforeItsFormWasForgotten(t *testing.T) {
	r := newRig(t)
	e := r.seal(r.k1, r.submission())
	first := r.deliver(r.k1, e)
	r.config.Forms = &forms.Library{}
	r.start()
	if !bytes.Equal(r.deliver(r.k1, e), first) {
		t.Error("another word")
	}
}

// Whoever signs a received manifest with another key, certified or not, is not told of a receipt that is not theirs.
func TestReceivedManifestOfAnotherSigner(t *testing.T) {
	for what, signer := range map[string]func(r *rig) cms.Signer{
		"another card":                func(r *rig) cms.Signer { return card(r, r.city.Sign, profile.JPKISign, &r.city.Person) },
		"card of a foreign authority": foreignCard,
		"a 利用者証明用 key":                func(r *rig) cms.Signer { return card(r, r.city.Auth, profile.JPKIAuth, nil) },
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			d := r.city.Document(t, name)
			own := r.seal(r.k1, r.city.Submission(t, d))
			first := r.deliver(r.k1, own)
			der, err := cms.Sign(t.Context(), d.Manifest(), signer(r), time.Now())
			r.must(err)
			for _, parts := range [][][]byte{d.Parts(), d.Parts()[:1]} {
				if r.deliver(r.k2, r.seal(r.k2, wire.Submission{CMS: der, Parts: parts})) != nil {
					t.Error("answered")
				}
			}
			documents, leaves, held := r.counts()
			if documents != 1 || leaves != 1 || !slices.Equal(held, slices.Repeat([]string{"k2: manifest-of-another-signer"}, 2)) {
				t.Error(documents, leaves, held)
			}
			if !bytes.Equal(r.deliver(r.k1, own), first) {
				t.Error("the owner's first receipt is gone")
			}
		})
	}
}

// A kiosk settles a refusal of its own envelope only. Whoever delivers the same bytes first does not leave it without.
func TestForeignFirstDeliveryLeavesTheOwnerItsRefusal(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	bad := r.city.Submission(t, d)
	bad.Parts = bad.Parts[:1]
	foreign, own := r.seal(r.k2, bad), r.seal(r.k1, bad)
	r.said(r.deliver(r.k2, foreign), d.Manifest())
	answer := r.deliver(r.k1, own)
	if said := r.said(answer, d.Manifest()); said.Outcome != receipt.FormInvalid || said.Sealed != wire.Sum(own.Marshal()) || said.Kiosk != "k1" {
		t.Errorf("%+v", said)
	}
	if !bytes.Equal(r.deliver(r.k1, own), answer) {
		t.Error("the same envelope: another refusal")
	}
	if documents, leaves, held := r.counts(); documents != 0 || leaves != 2 || held != nil {
		t.Error(documents, leaves, held)
	}
}

// One kiosk cannot make the ledger grow without bound by sealing the same refused bytes again and again.
func TestRefusalsOfOneManifestAreBounded(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	bad := r.city.Submission(t, d)
	bad.Parts = bad.Parts[:1]
	first := r.seal(r.k1, bad)
	answer := r.deliver(r.k1, first)
	for range 15 {
		r.said(r.deliver(r.k1, r.seal(r.k1, bad)), d.Manifest())
	}
	r.ahead.Store(int64(24 * time.Hour))
	if r.deliver(r.k1, r.seal(r.k1, bad)) != nil {
		t.Error("the 17th was answered")
	}
	if _, leaves, held := r.counts(); leaves != 16 || !slices.Equal(held, []string{"k1: refused-too-often"}) {
		t.Error(leaves, held)
	}
	if !bytes.Equal(r.deliver(r.k1, first), answer) {
		t.Error("the first envelope lost its refusal")
	}
	r.said(r.deliver(r.k2, r.seal(r.k2, bad)), d.Manifest()) // another kiosk has its own
}

// Nor with ever new manifests; an hour later what was held is answered.
func TestRefusalsOfOneHourAreBounded(t *testing.T) {
	r := newRig(t)
	other := func() (manifest []byte, s wire.Submission) {
		d := r.city.Document(t, "mailbox.other.example")
		return d.Manifest(), r.city.Submission(t, d)
	}
	for range 64 {
		manifest, s := other()
		r.said(r.deliver(r.k1, r.seal(r.k1, s)), manifest)
	}
	manifest, s := other()
	e := r.seal(r.k1, s)
	if r.deliver(r.k1, e) != nil {
		t.Error("the 65th was answered")
	}
	d := r.city.Document(t, name)
	if said := r.said(r.deliver(r.k1, r.seal(r.k1, r.city.Submission(t, d))), d.Manifest()); said.Outcome != receipt.Received {
		t.Error("a sound submission:", said.Outcome)
	}
	foreign, s := other()
	r.said(r.deliver(r.k2, r.seal(r.k2, s)), foreign) // another kiosk has its own
	r.ahead.Store(int64(61 * time.Minute))
	r.said(r.deliver(r.k1, e), manifest)
	if _, _, held := r.counts(); held != nil {
		t.Error(held)
	}
}
