package evidence

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"madoguchi/forms"
	"madoguchi/internal/check"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// Report is what a folder shows. It names a person and is for the one who verifies, not for a log.
type Report struct {
	ID          wire.ID
	Manifest    wire.Hash
	Mailbox     string
	Demo        bool
	Form        string
	FormVersion int
	FormKnown   bool // this program has the form and judged the document by it; else its completeness is not judged
	Signer      profile.Holder
	SigningTime time.Time // a claim
	ReceivedAt  time.Time // the mailbox's word
	Kiosk       string
	WithinTerm  bool // the signer's certificate had not ended at ReceivedAt; revocation is not judged here
	// PersonMatches says that the signer is the document's applicant (Record); when not FormKnown, only what the
	// folder's record says, which nobody signed.
	PersonMatches bool
	Parts         int
	Leaf, Size    int64 // place in the ledger
}

// Verify checks an exported folder offline against the pinned root: the keyring under the root, the receipt under
// the keyring, the card's signature under the keyring's anchors, and that all of them are of this manifest and
// these parts. No file of the folder is believed otherwise: the mailbox's own record is made again from what was found
// and must be the same bytes.
// Certificates are judged at the time of what they signed, so that a folder verifies for as long as the root's key
// is trusted; today's date plays no part.
func Verify(dir string, root *x509.Certificate) (Report, error) {
	f, err := read(dir)
	if err != nil {
		return Report{}, err
	}
	r := Report{Manifest: wire.Sum(f.Manifest), Parts: len(f.Parts)}
	at, err := f.moment()
	if err != nil {
		return r, err
	}
	k, err := keyring.Open(f.Keyring, root, at, 0)
	if err != nil {
		return r, failed(KeyringFile, err)
	}
	r.Mailbox, r.Demo = k.Mailbox, k.Demo
	d, err := r.manifest(f, k)
	if err != nil {
		return r, err
	}
	if err := r.receipt(f, k, root); err != nil {
		return r, err
	}
	if err := r.signature(f, k, d.person); err != nil {
		return r, err
	}
	return r, r.record(f, d)
}

// moment is when the keyring must have been good: when the receipt was made, or, in an export with a younger
// keyring, when that was signed. Both are claims here and are checked as part of what they stand in. They do not
// help against a signing key that is stolen after its time; a time-stamped ledger head does.
func (f Folder) moment() (time.Time, error) {
	said, err := receipt.ParseLeaf(f.Receipt)
	if err != nil {
		return time.Time{}, failed(ReceiptFile, err)
	}
	message, err := cms.Parse(f.Keyring)
	if err != nil {
		return time.Time{}, failed(KeyringFile, err)
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return time.Time{}, failed(KeyringFile, err)
	}
	if signature.SigningTime.After(said.ReceivedAt) {
		return signature.SigningTime, nil
	}
	return said.ReceivedAt, nil
}

func failed(file string, err error) error { return fmt.Errorf("%w: %s: %w", ErrEvidence, file, err) }

// document is what the manifest says; person is empty when the form is not known.
type document struct {
	form   forms.FormRef
	person forms.Person
}

func (r *Report) manifest(f Folder, k *keyring.Keyring) (document, error) {
	m, err := forms.ParseManifest(f.Manifest)
	if err != nil {
		return document{}, failed(ManifestFile, err)
	}
	if m.Mailbox != k.Mailbox {
		return document{}, failed(ManifestFile, errors.New("of another mailbox"))
	}
	if r.ID, err = wire.ParseID(m.ID); err != nil {
		return document{}, failed(ManifestFile, err)
	}
	r.Form, r.FormVersion = m.Form.Name, m.Form.Version
	if err := listed(m, f.Parts); err != nil {
		return document{}, err
	}
	d, err := forms.Parse(f.Manifest, f.Parts, forms.Builtin())
	if errors.Is(err, forms.ErrUnknownForm) {
		return document{form: m.Form}, nil
	}
	r.FormKnown = true
	if err != nil {
		return document{}, failed(ManifestFile, err)
	}
	return document{m.Form, d.Person()}, nil
}

// listed requires each part's hash to be in the manifest, once. The manifest's further hashes are padding.
func listed(m forms.Manifest, parts [][]byte) error {
	left := map[string]bool{}
	for _, h := range m.Parts {
		left[h] = true
	}
	for n, part := range parts {
		h := wire.Sum(part).String()
		if !left[h] && !check.Off(check.PartHash) {
			return failed(PartFile(n+1), errors.New("its hash is not in the signed manifest"))
		}
		delete(left, h)
	}
	return nil
}

func (r *Report) receipt(f Folder, k *keyring.Keyring, root *x509.Certificate) error {
	b, err := receipt.ParseBundle(f.Bundle)
	if err != nil {
		return failed(BundleFile, err)
	}
	said, err := receipt.Verify(b, k, root, receipt.Want{Mailbox: k.Mailbox, ID: r.ID, Manifest: r.Manifest})
	if err != nil {
		return failed(BundleFile, err)
	}
	leaf, err := said.Leaf()
	switch {
	case err != nil:
		return failed(BundleFile, err)
	case said.Outcome != receipt.Received:
		return failed(BundleFile, errors.New("a refusal, not a receipt"))
	case said.CMS != wire.Sum(f.Submission):
		return failed(SubmissionFile, errors.New("not the CMS that was receipted"))
	case !bytes.Equal(leaf, f.Receipt):
		return failed(ReceiptFile, errors.New("not what the bundle says"))
	case !bytes.Equal(b.CMS, f.ReceiptCMS):
		return failed(ReceiptCMSFile, errors.New("not what the bundle says"))
	}
	r.ReceivedAt, r.Kiosk, r.Leaf, r.Size = said.ReceivedAt, said.Kiosk, b.Index, b.Size
	return nil
}

func (r *Report) signature(f Folder, k *keyring.Keyring, applicant forms.Person) error {
	message, err := cms.Parse(f.Submission)
	if err != nil {
		return failed(SubmissionFile, err)
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return failed(SubmissionFile, err)
	}
	if !bytes.Equal(signature.Content, f.Manifest) {
		return failed(ManifestFile, errors.New("not the signed bytes"))
	}
	anchors, err := k.SignAnchors()
	if err != nil {
		return failed(KeyringFile, err)
	}
	signer := signature.Signer
	if err := profile.Issued(signer, profile.JPKISign, anchors); err != nil {
		return failed(SubmissionFile, err)
	}
	if !bytes.Equal(signer.Raw, f.SignerDER) {
		return failed(SignerFile, errors.New("not the signer's certificate"))
	}
	if !issued(signer, anchors, f.AnchorDER) {
		return failed(ChainFile, errors.New("not the certificate of the signer's issuer"))
	}
	if r.Signer, err = profile.HolderOf(signer); err != nil {
		return failed(SubmissionFile, err)
	}
	r.SigningTime, r.PersonMatches = signature.SigningTime, SamePerson(signer, applicant)
	r.WithinTerm = !r.ReceivedAt.Before(signer.NotBefore) && !r.ReceivedAt.After(signer.NotAfter)
	return nil
}

// issued reports whether der is one of the anchors and issued the signer's certificate. Several may have, when a CA
// renewed its certificate for the same key; the record names one of them.
func issued(signer *x509.Certificate, anchors []*x509.Certificate, der []byte) bool {
	return slices.ContainsFunc(anchors, func(a *x509.Certificate) bool {
		return bytes.Equal(a.Raw, der) && profile.Issued(signer, profile.JPKISign, []*x509.Certificate{a}) == nil
	})
}

// record requires the mailbox's record to say exactly what was verified here. Without the form it
// alone can tell whether signer and applicant are the same person; the report says that this is not verified.
func (r *Report) record(f Folder, d document) error {
	stored, err := ParseRecord(f.Verification)
	if err != nil {
		return failed(VerificationFile, err)
	}
	if !r.FormKnown {
		r.PersonMatches = stored.PersonMatches
	}
	want, err := Record{
		Mailbox: r.Mailbox, ID: r.ID.String(), Manifest: r.Manifest.String(),
		Form: d.form.Name, FormVersion: d.form.Version, FormDigest: d.form.Digest,
		ReceivedAt: r.ReceivedAt, SigningTime: r.SigningTime, Signer: f.SignerDER, Anchor: f.AnchorDER,
		WithinTerm: r.WithinTerm, Checks: Checked, PersonMatches: r.PersonMatches,
	}.Marshal()
	if err != nil {
		return failed(VerificationFile, err)
	}
	if !bytes.Equal(want, f.Verification) {
		return failed(VerificationFile, errors.New("not what was verified"))
	}
	return nil
}

// Write tells the report in lines that a person can read.
func (r Report) Write(w io.Writer) error {
	judged, by := "not known to this program: completeness not judged, answers not judged", "not compared here; the unsigned record of the export says: "
	if r.FormKnown {
		judged, by = "complete, answers are valid by it", ""
	}
	person := "the signer: name, birth date and address are the same"
	if !r.PersonMatches {
		person = "NOT the signer: name, birth date or address differ"
	}
	term := "had not ended when it was received"
	if !r.WithinTerm {
		term = "was outside its validity when it was received"
	}
	demo := ""
	if r.Demo {
		demo = " (a demo: proves nothing)"
	}
	_, err := fmt.Fprintf(w, `The evidence holds%s.
submission   %s
fingerprint  %s
mailbox      %s
form         %s, version %d; %s
signed by    %s, born %s, %s
             at %s by the signer's own clock; the certificate %s; revocation is not judged here
applicant    %s%s
received     %s through kiosk %s
ledger       leaf %d of %d
parts        %d
`, demo, r.ID, r.Manifest.Fingerprint(), r.Mailbox, r.Form, r.FormVersion, judged, r.Signer.Name, r.Signer.Birth, r.Signer.Address,
		r.SigningTime.UTC().Format(time.RFC3339), term, by, person, r.ReceivedAt.UTC().Format(time.RFC3339), r.Kiosk, r.Leaf, r.Size, r.Parts)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}
