package intake

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"

	"madoguchi/forms"
	"madoguchi/internal/check"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/cms"
	"madoguchi/pki/evidence"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// Why something is held without an answer.
const (
	heldEnvelope   = "envelope-malformed"
	heldKiosk      = "envelope-of-another-kiosk"
	heldUnknown    = "kiosk-unknown"
	heldStruck     = "kiosk-struck-off" // whoever has its key now; an operator may look at what is held
	heldDevice     = "device-signature"
	heldKey        = "sealing-key-unknown" // temporary: never a refusal
	heldSealed     = "does-not-open"
	heldSubmission = "submission-malformed"
	heldManifest   = "manifest-unreadable" // there is no id that an answer could name
	heldReceipt    = "receipt-not-made"
	heldForm       = "form-unknown"               // it may yet be published here (TRUST §8): never a refusal
	heldSigner     = "manifest-of-another-signer" // received already, signed by another key
	heldTooOften   = "refused-too-often"
)

// verdict is what one message comes to before anything is written.
type verdict struct {
	kiosk  string
	raw    []byte // as it came
	sealed wire.Hash
	held   string // a reason code: quarantine, no answer

	id       wire.ID
	manifest wire.Hash // none: held, since there is nothing that an answer could name
	cms      wire.Hash
	signer   []byte // SubjectPublicKeyInfo of the key that made a sound signature, whoever certified it; nil: unsound
	claimed  string
	outcome  receipt.Outcome
	document store.Document  // when outcome is receipt.Received
	record   evidence.Record // its verification
}

// judge opens and checks one envelope. It reads the register and writes nothing; the error is the store's.
func (i *Intake) judge(ctx context.Context, kiosk string, raw []byte) (verdict, error) {
	v := verdict{kiosk: kiosk, raw: raw, sealed: wire.Sum(raw)}
	e, header, held := parse(kiosk, raw)
	if held != "" {
		v.held = held
		return v, nil
	}
	if held, err := i.fromDevice(ctx, kiosk, e); held != "" || err != nil {
		v.held = held
		return v, err
	}
	submission, held := i.open(e, header)
	if held != "" {
		v.held = held
		return v, nil
	}
	i.weigh(&v, submission)
	return v, nil
}

func parse(kiosk string, raw []byte) (wire.Envelope, wire.Header, string) {
	e, err := wire.ParseEnvelope(raw)
	if err != nil {
		return e, wire.Header{}, heldEnvelope
	}
	header, err := e.ParseHeader()
	if err != nil {
		return e, header, heldEnvelope
	}
	if header.Kiosk != kiosk && !check.Off(check.EnvelopeSignature) {
		return e, header, heldKiosk
	}
	return e, header, ""
}

// fromDevice requires the envelope to be signed by a device key that is enrolled for the topic's kiosk.
func (i *Intake) fromDevice(ctx context.Context, kiosk string, e wire.Envelope) (held string, err error) {
	k, err := registry.Lookup(ctx, i.c.Store, kiosk)
	switch {
	case errors.Is(err, registry.ErrUnknown):
		return heldUnknown, nil
	case errors.Is(err, registry.ErrStruck):
		return heldStruck, nil
	case err != nil:
		return "", err
	}
	signed, err := k.Signed(e.Signed(), e.Signature)
	if err != nil {
		return "", err
	}
	if !signed && !check.Off(check.EnvelopeSignature) {
		return heldDevice, nil
	}
	return "", nil
}

func (i *Intake) open(e wire.Envelope, h wire.Header) (wire.Submission, string) {
	key, ok := i.c.Keys(h.Key)
	if !ok {
		return wire.Submission{}, heldKey
	}
	plain, err := seal.Open(key, i.c.Mailbox, e.Header, e.Enc, e.Ciphertext)
	if err != nil {
		return wire.Submission{}, heldSealed
	}
	s, err := wire.ParseSubmission(plain)
	if err != nil {
		return wire.Submission{}, heldSubmission
	}
	return s, ""
}

// weigh comes to an outcome over an opened submission.
func (i *Intake) weigh(v *verdict, s wire.Submission) {
	v.cms = wire.Sum(s.CMS)
	signature, err := i.signature(s.CMS)
	var content []byte
	if signature != nil {
		content, v.signer = signature.Content, signature.Signer.RawSubjectPublicKeyInfo
	} else {
		content = peek(s.CMS)
	}
	m, merr := forms.ParseManifest(content)
	if merr != nil {
		v.held = heldManifest
		return
	}
	id, iderr := wire.ParseID(m.ID)
	authKey, akerr := wire.ParseHash(m.AuthKey)
	if iderr != nil || akerr != nil {
		v.held = heldManifest
		return
	}
	v.id, v.manifest, v.claimed = id, wire.Sum(content), m.ClaimedTime
	switch {
	case err != nil:
		v.outcome = receipt.SignatureUnsound
		return
	case m.Mailbox != i.c.Mailbox && !check.Off(check.Audience):
		v.outcome = receipt.WrongMailbox
		return
	}
	d, err := forms.Parse(content, s.Parts, i.c.Forms) // only now: the parts of what is refused already are not read
	switch {
	case errors.Is(err, forms.ErrUnknownForm):
		v.held = heldForm
	case err != nil || !bytes.Equal(d.Manifest(), content):
		v.outcome = receipt.FormInvalid
	default:
		v.outcome = receipt.Received
		v.document = i.document(*v, m, authKey, s, signature)
		v.record = i.record(*v, m, signature, d.Person())
	}
}

// signature requires a sound CAdES signature by a 署名用 certificate that a pinned CA issued. Whether the certificate
// had ended or was revoked is the result's business (TRUST §5). With an error there is a signature when it is sound
// and only its certificate is not.
func (i *Intake) signature(der []byte) (*cms.Signature, error) {
	message, err := cms.Parse(der)
	if err != nil {
		return nil, err
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return nil, err
	}
	return signature, profile.Issued(signature.Signer, profile.JPKISign, i.c.Anchors())
}

func (i *Intake) document(v verdict, m forms.Manifest, authKey wire.Hash, s wire.Submission, sig *cms.Signature) store.Document {
	return store.Document{
		ID: v.id, Manifest: v.manifest, Kiosk: v.kiosk, Form: m.Form.Name, Version: m.Form.Version,
		Signer: sig.Signer.RawSubjectPublicKeyInfo, AuthKey: authKey, CMS: s.CMS, Parts: s.Parts,
	}
}

func (i *Intake) record(v verdict, m forms.Manifest, sig *cms.Signature, applicant forms.Person) evidence.Record {
	r := evidence.Record{
		Mailbox: i.c.Mailbox, ID: v.id.String(), Manifest: v.manifest.String(),
		Form: m.Form.Name, FormVersion: m.Form.Version, FormDigest: m.Form.Digest,
		SigningTime: sig.SigningTime, Signer: sig.Signer.Raw, Checks: evidence.Checked,
		PersonMatches: evidence.SamePerson(sig.Signer, applicant),
	}
	for _, a := range i.c.Anchors() {
		if profile.Issued(sig.Signer, profile.JPKISign, []*x509.Certificate{a}) == nil {
			r.Anchor = a.Raw
			break
		}
	}
	return r
}
