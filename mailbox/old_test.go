package mailbox_test

import (
	"crypto/x509/pkix"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/forms"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/pki/cms"
	"madoguchi/pki/evidence"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

// old is a mailbox's key material from long ago: both signers' certificates lasted from day 0 to day 30.
type old struct {
	t     *testing.T
	box   *receipttest.Mailbox
	day0  time.Time
	cards *mailboxtest.City
}

func newOld(t *testing.T) *old {
	t.Helper()
	o := &old{t: t, box: receipttest.New(t), cards: mailboxtest.NewCity(t)}
	o.day0 = o.box.Root.Cert.NotBefore
	o.box.Issuer, o.box.Receipts = o.signer(profile.Keyring, 0, 30), o.signer(profile.Receipt, 0, 30)
	o.box.Keyring.Receipt = [][]byte{o.box.Receipts.Certificate()}
	o.box.Keyring.Demo = true
	o.box.Keyring.JPKISign = [][]byte{o.cards.Sign.Cert.Raw}
	o.box.Keyring.JPKIAuth = [][]byte{o.cards.Auth.Cert.Raw}
	if time.Now().Before(o.day(30)) {
		t.Fatal("not old")
	}
	return o
}

func (o *old) day(n int) time.Time { return o.day0.AddDate(0, 0, n) }

func (o *old) signer(p *profile.Profile, from, to int) cms.Signer {
	o.t.Helper()
	key := receipttest.Key(o.t)
	der, err := o.box.Root.Issue(p, issue.Request{Subject: pkix.Name{CommonName: p.Name}, Public: key.Public(), From: o.day(from), To: o.day(to)})
	if err != nil {
		o.t.Fatal(err)
	}
	return cms.NewSigner(key, der)
}

// export writes a submission received on one day with a keyring signed on another.
func (o *old) export(received, signed int) string {
	o.t.Helper()
	must := func(err error) {
		o.t.Helper()
		if err != nil {
			o.t.Fatal(err)
		}
	}
	d := o.cards.Document(o.t, receipttest.Name)
	s := o.cards.Submission(o.t, d)
	r := receipttest.Receipt(1)
	r.ID, r.Manifest, r.CMS, r.ReceivedAt = d.ID(), d.ManifestHash(), wire.Sum(s.CMS), o.day(received)
	bundle := o.box.Issue(o.t, r)
	leaf, err := r.Leaf()
	must(err)
	o.box.Keyring.IssuedAt = o.day(signed)
	ring, err := keyring.Sign(o.t.Context(), *o.box.Keyring, o.box.Issuer, o.day(signed))
	must(err)
	m, err := forms.ParseManifest(d.Manifest())
	must(err)
	message, err := cms.Parse(s.CMS)
	must(err)
	signature, err := message.Verify(nil)
	must(err)
	record, err := evidence.Record{
		Mailbox: receipttest.Name, ID: r.ID.String(), Manifest: r.Manifest.String(),
		Form: m.Form.Name, FormVersion: m.Form.Version, FormDigest: m.Form.Digest,
		ReceivedAt: r.ReceivedAt, SigningTime: signature.SigningTime, Signer: o.cards.Card.Certificate(), Anchor: o.cards.Sign.Cert.Raw,
		WithinTerm:    !r.ReceivedAt.Before(signature.Signer.NotBefore) && !r.ReceivedAt.After(signature.Signer.NotAfter),
		PersonMatches: true, Checks: evidence.Checked,
	}.Marshal()
	must(err)
	out := filepath.Join(o.t.TempDir(), "export")
	must(evidence.Folder{
		Manifest: d.Manifest(), Submission: s.CMS, Parts: s.Parts, Verification: record, Bundle: bundle.Marshal(),
		ReceiptCMS: bundle.CMS, Receipt: leaf, Keyring: ring, SignerDER: o.cards.Card.Certificate(), AnchorDER: o.cards.Sign.Cert.Raw,
	}.Write(out))
	return out
}

func TestAnOldExportStillVerifies(t *testing.T) {
	for _, test := range []struct {
		name             string
		received, signed int
		change           func(o *old)
		want             error
	}{
		{"keyring before the receipt", 20, 1, nil, nil},
		{"younger keyring", 1, 20, nil, nil},
		{"younger keyring by a younger signer", 20, 40, func(o *old) { o.box.Issuer = o.signer(profile.Keyring, 25, 55) }, nil},
		{"receipt after its signer's end", 31, 1, func(o *old) { o.box.Issuer = o.signer(profile.Keyring, 0, 60) }, receipt.ErrSignature},
		{"keyring signed after its signer's end", 20, 31, nil, keyring.ErrSignature},
		{"keyring's signer ended before the receipt", 20, 1, func(o *old) { o.box.Issuer = o.signer(profile.Keyring, 0, 10) }, keyring.ErrSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOld(t)
			if test.change != nil {
				test.change(o)
			}
			report, err := evidence.Verify(o.export(test.received, test.signed), o.box.Root.Cert)
			if !errors.Is(err, test.want) {
				t.Fatal(err)
			}
			if err == nil && !report.ReceivedAt.Equal(o.day(test.received)) {
				t.Error(report.ReceivedAt)
			}
		})
	}
}
