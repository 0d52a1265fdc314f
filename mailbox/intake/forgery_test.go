package intake_test

import (
	"bytes"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/forms"
	"madoguchi/internal/check"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/cms"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// forgery is a submission that is whole but for one thing.
type forgery struct {
	check check.Name // the one that keeps it out
	want  receipt.Outcome
	make  func(r *rig) (manifest []byte, s wire.Submission)
}

// forgeries are refused by name; twin_test.go shows each accepted when exactly its check is off.
var forgeries = map[string]forgery{
	"manifest changed after signing": {check.MessageDigest, receipt.SignatureUnsound, func(r *rig) ([]byte, wire.Submission) {
		d := r.city.Document(r.t, name)
		s := r.city.Submission(r.t, d)
		changed := replaceID(r, d.Manifest())
		s.CMS = replace(r, s.CMS, d.Manifest(), changed)
		return changed, s
	}},
	"card of a foreign authority": {check.Chain, receipt.SignatureUnsound, func(r *rig) ([]byte, wire.Submission) {
		d := r.city.Document(r.t, name)
		der, err := cms.Sign(r.t.Context(), d.Manifest(), foreignCard(r), time.Now())
		r.must(err)
		return d.Manifest(), wire.Submission{CMS: der, Parts: d.Parts()}
	}},
	"wrong audience": {check.Audience, receipt.WrongMailbox, func(r *rig) ([]byte, wire.Submission) {
		d := r.city.Document(r.t, "mailbox.other.example")
		return d.Manifest(), r.city.Submission(r.t, d)
	}},
	"swapped part": {check.PartHash, receipt.FormInvalid, func(r *rig) ([]byte, wire.Submission) {
		d := r.city.Document(r.t, name)
		s := r.city.Submission(r.t, d)
		s.Parts = slices.Clone(s.Parts)
		s.Parts[0] = r.city.Document(r.t, name).Parts()[0]
		return d.Manifest(), s
	}},
	"id of another document": {check.IDConflict, receipt.IDConflict, func(r *rig) ([]byte, wire.Submission) {
		d := r.city.Document(r.t, name)
		r.said(r.deliver(r.k1, r.seal(r.k1, r.city.Submission(r.t, d))), d.Manifest())
		other := r.city.Document(r.t, name)
		id, taken := wire.ID(other.ID()), wire.ID(d.ID())
		manifest := replace(r, other.Manifest(), []byte(id.String()), []byte(taken.String()))
		return manifest, wire.Submission{CMS: r.city.SignManifest(r.t, manifest), Parts: other.Parts()}
	}},
}

func TestForgeriesAreRefused(t *testing.T) {
	for what, f := range forgeries {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			manifest, s := f.make(r)
			before, _, _ := r.counts()
			e := r.seal(r.k1, s)
			answer := r.deliver(r.k1, e)
			if said := r.said(answer, manifest); said.Outcome != f.want {
				t.Error(said.Outcome)
			}
			if again := r.deliver(r.k1, e); !bytes.Equal(again, answer) {
				t.Error("the same envelope got another refusal")
			}
			if after, _, held := r.counts(); after != before || held != nil {
				t.Error(after-before, held)
			}
		})
	}
}

// A spoilt copy that comes first must not stand in the way of the person's own.
func TestRefusalOfABadCopyLeavesTheGoodOneFree(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	good := r.city.Submission(t, d)
	bad := spoiltCopies(good)
	bad["signed by 利用者証明用"] = wire.Submission{CMS: authSigned(r, d.Manifest()), Parts: good.Parts}
	for what, bad := range bad {
		if said := r.said(r.deliver(r.k2, r.seal(r.k2, bad)), d.Manifest()); !said.Refused() {
			t.Errorf("%s: %s", what, said.Outcome)
		}
	}
	if said := r.said(r.deliver(r.k1, r.seal(r.k1, good)), d.Manifest()); said.Outcome != receipt.Received {
		t.Error(said.Outcome)
	}
}

func spoiltCopies(good wire.Submission) map[string]wire.Submission {
	return map[string]wire.Submission{
		"without a part":    {CMS: good.CMS, Parts: good.Parts[:1]},
		"with another part": {CMS: good.CMS, Parts: append(slices.Clone(good.Parts), []byte("{}"))},
		"with a part twice": {CMS: good.CMS, Parts: append(slices.Clone(good.Parts), good.Parts[0])},
		"spoilt signature":  {CMS: flipLast(good.CMS), Parts: good.Parts},
		"part with a blank": {CMS: good.CMS, Parts: append([][]byte{append(slices.Clone(good.Parts[0]), ' ')}, good.Parts[1:]...)},
	}
}

// What has no signed id, does not come from the kiosk that it names, or is of a form that is not published here (yet),
// is held without an answer.
func TestHeldWithoutAnAnswer(t *testing.T) {
	for what, test := range map[string]struct {
		reason string
		make   func(r *rig) wire.Envelope
	}{
		"another kiosk's envelope": {"envelope-of-another-kiosk", func(r *rig) wire.Envelope { return r.seal(r.k2, r.submission()) }},
		"signed by another device": {"device-signature", func(r *rig) wire.Envelope { return r.seal(impostor(r), r.submission()) }},
		"struck off": {"kiosk-struck-off", func(r *rig) wire.Envelope {
			r.must(r.store.Update(r.t.Context(), func(tx *store.Tx) error { return registry.Strike(tx, "k1", "stolen", time.Now()) }))
			return r.seal(r.k1, r.submission())
		}},
		"unknown sealing key": {"sealing-key-unknown", func(r *rig) wire.Envelope {
			return r.k1.Envelope(r.t, otherKey(r, "key-2").Public(), name, r.submission().Marshal())
		}},
		"sealed to another key of that id": {"does-not-open", func(r *rig) wire.Envelope {
			return r.k1.Envelope(r.t, otherKey(r, "key-1").Public(), name, r.submission().Marshal())
		}},
		"sealed for another mailbox": {"does-not-open", func(r *rig) wire.Envelope {
			return r.k1.Envelope(r.t, r.key.Public(), "mailbox.other.example", r.submission().Marshal())
		}},
		"header changed": {"does-not-open", func(r *rig) wire.Envelope {
			e := r.seal(r.k1, r.submission())
			var err error
			e.Header, err = wire.NewHeader(r.key.ID(), "k1", 4711)
			r.must(err)
			r.k1.Sign(r.t, &e)
			return e
		}},
		"no submission inside": {"submission-malformed", func(r *rig) wire.Envelope {
			return r.k1.Envelope(r.t, r.key.Public(), name, []byte("hello"))
		}},
		"no CMS inside": {"manifest-unreadable", func(r *rig) wire.Envelope {
			return r.seal(r.k1, wire.Submission{CMS: []byte("hello"), Parts: [][]byte{{1}}})
		}},
		"something else signed": {"manifest-unreadable", func(r *rig) wire.Envelope {
			return r.seal(r.k1, wire.Submission{CMS: r.city.SignManifest(r.t, []byte(`{"type":"local","v":1}`)), Parts: [][]byte{{1}}})
		}},
		"manifest not canonical": {"manifest-unreadable", func(r *rig) wire.Envelope {
			d := r.city.Document(r.t, name)
			return r.seal(r.k1, wire.Submission{CMS: r.city.SignManifest(r.t, append(d.Manifest(), '\n')), Parts: d.Parts()})
		}},
		"unpublished form": {"form-unknown", func(r *rig) wire.Envelope { _, s := unpublishedForm(r); return r.seal(r.k1, s) }},
		"unpublished version": {"form-unknown", func(r *rig) wire.Envelope {
			_, s := ofForm(r, `"version":1`, `"version":9`)
			return r.seal(r.k1, s)
		}},
		"unknown form": {"form-unknown", func(r *rig) wire.Envelope {
			_, s := ofForm(r, `"nursery-application"`, `"another-application"`)
			return r.seal(r.k1, s)
		}},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			e := test.make(r)
			for range 2 {
				if r.deliver(r.k1, e) != nil {
					t.Error("answered")
				}
			}
			documents, leaves, held := r.counts()
			if documents != 0 || leaves != 0 || !slices.Equal(held, []string{"k1: " + test.reason}) {
				t.Error(documents, leaves, held)
			}
		})
	}
}

func TestMalformedMessages(t *testing.T) {
	r := newRig(t)
	for _, payload := range [][]byte{nil, []byte("x"), []byte("MGE1"), make([]byte, wire.MaxSealed+1)} {
		r.must(r.intake.Handle(t.Context(), wire.UpSubmission("k1"), payload))
	}
	for _, topic := range []string{"", "kiosk", "kiosk/*/up/submission", "catalogue/a/b"} {
		r.must(r.intake.Handle(t.Context(), topic, []byte("x")))
	}
	stranger := mailboxtest.NewKiosk(t, "k9")
	r.must(r.intake.Handle(t.Context(), wire.UpSubmission("k9"), r.seal(stranger, r.submission()).Marshal()))
	if documents, leaves, held := r.counts(); documents != 0 || leaves != 0 || len(held) != 4 {
		t.Error(documents, leaves, held)
	}
}

// An unknown key is temporary: when it is there the same envelope is received, and quarantine lets it go.
func TestHeldUntilTheKeyIsKnown(t *testing.T) {
	r := newRig(t)
	key := otherKey(r, "key-2")
	d := r.city.Document(t, name)
	e := r.k1.Envelope(t, key.Public(), name, r.city.Submission(t, d).Marshal())
	if r.deliver(r.k1, e) != nil {
		t.Fatal("answered")
	}
	r.keys[key.ID()] = key
	if said := r.said(r.deliver(r.k1, e), d.Manifest()); said.Outcome != receipt.Received {
		t.Error(said.Outcome)
	}
	if _, _, held := r.counts(); held != nil {
		t.Error(held)
	}
}

func (r *rig) submission() wire.Submission { return r.city.Submission(r.t, r.city.Document(r.t, name)) }

func replace(r *rig, in, old, new []byte) []byte {
	r.t.Helper()
	if bytes.Count(in, old) != 1 || len(old) != len(new) {
		r.t.Fatal("cannot replace")
	}
	return bytes.Replace(in, old, new, 1)
}

// ofForm is a submission of another form than ours.
func ofForm(r *rig, old, other string) (manifest []byte, s wire.Submission) {
	r.t.Helper()
	d := r.city.Document(r.t, name)
	manifest = bytes.Replace(d.Manifest(), []byte(old), []byte(other), 1)
	if bytes.Equal(manifest, d.Manifest()) {
		r.t.Fatal("cannot replace")
	}
	return manifest, wire.Submission{CMS: r.city.SignManifest(r.t, manifest), Parts: d.Parts()}
}

func unpublishedForm(r *rig) (manifest []byte, s wire.Submission) {
	form, err := forms.Builtin().Version("nursery-application", 1)
	r.must(err)
	return ofForm(r, form.Digest.String(), strings.Repeat("0", len(form.Digest.String())))
}

func replaceID(r *rig, manifest []byte) []byte {
	other := wire.ID(r.city.Document(r.t, name).ID())
	i := bytes.Index(manifest, []byte(`"id":"`)) + len(`"id":"`)
	out := slices.Clone(manifest)
	copy(out[i:], other.String())
	return out
}

func flipLast(b []byte) []byte {
	out := slices.Clone(b)
	out[len(out)-1] ^= 1
	return out
}

func impostor(r *rig) *mailboxtest.Kiosk { return mailboxtest.NewKiosk(r.t, "k1") }

func otherKey(r *rig, id string) *seal.PrivateKey {
	key, err := seal.Generate(id)
	r.must(err)
	return key
}

// foreignCard is a card of the same shape whose CA is not pinned.
func foreignCard(r *rig) cms.Signer {
	ca := authority(r, profile.JPKISignCA)
	return card(r, ca, profile.JPKISign, &r.city.Person)
}

func authSigned(r *rig, manifest []byte) []byte {
	der, err := cms.Sign(r.t.Context(), manifest, card(r, r.city.Auth, profile.JPKIAuth, nil), time.Now())
	r.must(err)
	return der
}

func authority(r *rig, p *profile.Profile) *issue.CA {
	key, err := issue.NewKey(p)
	r.must(err)
	now := time.Now()
	ca, err := issue.NewRoot(p, pkix.Name{Country: []string{"JP"}, Organization: []string{profile.DemoOrganization}}, key, now.Add(-time.Hour), now.Add(time.Hour))
	r.must(err)
	return ca
}

func card(r *rig, ca *issue.CA, p *profile.Profile, holder *profile.Holder) cms.Signer {
	key, err := issue.NewKey(p)
	r.must(err)
	der, err := ca.Issue(p, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, CommonName: "card"}, Public: key.Public(), Holder: holder,
		From: time.Now().Add(-time.Minute), To: time.Now().Add(time.Minute),
	})
	r.must(err)
	return cms.NewSigner(key, der)
}
