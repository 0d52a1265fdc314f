package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"madoguchi/forms"
	"madoguchi/internal/jsonx"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/pki/cms"
	"madoguchi/pki/evidence"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

// rig makes exports whose every statement is sound, so that what a test then changes is all that is false.
type rig struct {
	t    *testing.T
	box  *receipttest.Mailbox
	city *mailboxtest.City
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, box: receipttest.New(t), city: mailboxtest.NewCity(t)}
	r.box.Keyring.Demo = true
	r.box.Keyring.JPKISign, r.box.Keyring.JPKIAuth = [][]byte{r.city.Sign.Cert.Raw}, [][]byte{r.city.Auth.Cert.Raw}
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// document is a document of the city's person, after set changed answers.
func (r *rig) document(set ...[2]string) (manifest []byte, parts [][]byte) {
	r.t.Helper()
	draft := r.city.Draft(r.t)
	for _, s := range set {
		r.must(draft.Set(s[0], s[1]))
	}
	d, err := draft.Document(forms.Env{Now: time.Now(), Mailbox: receipttest.Name, AuthKey: r.city.AuthKey, Random: bytes.NewReader(noise())})
	r.must(err)
	return d.Manifest(), d.Parts()
}

// noise is enough for a document's id and salts.
func noise() []byte {
	var out []byte
	for n := range 256 {
		sum := sha256.Sum256([]byte{byte(n)})
		out = append(out, sum[:]...)
	}
	return out
}

// export signs, receipts and lays out; change makes the stored record false, nil for none.
func (r *rig) export(manifest []byte, parts [][]byte, change func(*evidence.Record)) string {
	r.t.Helper()
	m, err := forms.ParseManifest(manifest)
	r.must(err)
	id, err := wire.ParseID(m.ID)
	r.must(err)
	submission := r.city.SignManifest(r.t, manifest)
	said := receipttest.Receipt(1)
	said.ID, said.Manifest, said.CMS = id, wire.Sum(manifest), wire.Sum(submission)
	bundle := r.box.Issue(r.t, said)
	leaf, err := said.Leaf()
	r.must(err)
	ring, err := keyring.Sign(r.t.Context(), *r.box.Keyring, r.box.Issuer, receipttest.Now)
	r.must(err)
	message, err := cms.Parse(submission)
	r.must(err)
	signature, err := message.Verify(nil)
	r.must(err)
	signer := signature.Signer
	record := evidence.Record{
		Mailbox: receipttest.Name, ID: m.ID, Manifest: said.Manifest.String(), Form: m.Form.Name, FormVersion: m.Form.Version, FormDigest: m.Form.Digest,
		ReceivedAt: said.ReceivedAt, SigningTime: signature.SigningTime, Signer: signer.Raw, Anchor: r.city.Sign.Cert.Raw,
		WithinTerm:    !said.ReceivedAt.Before(signer.NotBefore) && !said.ReceivedAt.After(signer.NotAfter),
		PersonMatches: true, Checks: slices.Clone(evidence.Checked),
	}
	if change != nil {
		change(&record)
	}
	stored, err := record.Marshal()
	r.must(err)
	out := filepath.Join(r.t.TempDir(), "export")
	r.must(evidence.Folder{
		Manifest: manifest, Submission: submission, Parts: parts, Verification: stored, Bundle: bundle.Marshal(), ReceiptCMS: bundle.CMS,
		Receipt: leaf, Keyring: ring, SignerDER: record.Signer, AnchorDER: record.Anchor,
	}.Write(out))
	return out
}

// another is an authority of the same name as the city's, with a key of its own or the same.
func (r *rig) another(sameKey bool) []byte {
	r.t.Helper()
	key := r.city.Sign.Key
	if !sameKey {
		var err error
		key, err = issue.NewKey(profile.JPKISignCA)
		r.must(err)
	}
	from := r.city.Sign.Cert.NotBefore.AddDate(0, 0, 1)
	ca, err := issue.NewRoot(profile.JPKISignCA, pkix.Name{Country: []string{"JP"}, Organization: []string{profile.DemoOrganization}}, key, from, from.AddDate(9, 0, 0))
	r.must(err)
	return ca.Cert.Raw
}

func (r *rig) refuses(dir, file string) {
	r.t.Helper()
	_, err := evidence.Verify(dir, r.box.Root.Cert)
	if !errors.Is(err, evidence.ErrEvidence) || !strings.Contains(err.Error(), ": "+file+": ") {
		r.t.Errorf("want a fault of %s, got: %v", file, err)
	}
}

func (r *rig) holds(dir string) evidence.Report {
	r.t.Helper()
	report, err := evidence.Verify(dir, r.box.Root.Cert)
	r.must(err)
	return report
}

// TestAFalseRecordIsRefused: the record says what was verified and nothing else, though it is the mailbox's own.
func TestAFalseRecordIsRefused(t *testing.T) {
	for name, lie := range map[string]func(*evidence.Record){
		"a check that nobody made": func(r *evidence.Record) { r.Checks = []string{"revocation-checked-good"} },
		"a check more":             func(r *evidence.Record) { r.Checks = append(r.Checks, "revocation-checked-good") },
		"a check less":             func(r *evidence.Record) { r.Checks = r.Checks[1:] },
		"another form":             func(r *evidence.Record) { r.Form = "other" },
		"another version":          func(r *evidence.Record) { r.FormVersion++ },
		"another digest":           func(r *evidence.Record) { r.FormDigest = strings.Repeat("0", 64) },
		"term inverted":            func(r *evidence.Record) { r.WithinTerm = !r.WithinTerm },
		"signing time moved":       func(r *evidence.Record) { r.SigningTime = r.SigningTime.Add(-time.Second) },
		"receipt moved":            func(r *evidence.Record) { r.ReceivedAt = r.ReceivedAt.Add(time.Second) },
		"another person":           func(r *evidence.Record) { r.PersonMatches = false },
		"another mailbox":          func(r *evidence.Record) { r.Mailbox = "other.example" },
		"another id":               func(r *evidence.Record) { r.ID = strings.Repeat("0", 32) },
		"another manifest":         func(r *evidence.Record) { r.Manifest = strings.Repeat("0", 64) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			manifest, parts := r.document()
			r.holds(r.export(manifest, parts, nil))
			r.refuses(r.export(manifest, parts, lie), evidence.VerificationFile)
		})
	}
}

func TestAnAnchorThatDidNotIssueTheSignerIsRefused(t *testing.T) {
	r := newRig(t)
	manifest, parts := r.document()
	stranger, renewed := r.another(false), r.another(true)
	names := func(der []byte) func(*evidence.Record) { return func(r *evidence.Record) { r.Anchor = der } }
	r.refuses(r.export(manifest, parts, names(stranger)), evidence.ChainFile)
	r.refuses(r.export(manifest, parts, names(renewed)), evidence.ChainFile)
	r.refuses(r.export(manifest, parts, names(r.city.Card.Certificate())), evidence.ChainFile)
	r.box.Keyring.JPKISign = [][]byte{stranger, renewed, r.city.Sign.Cert.Raw}
	r.refuses(r.export(manifest, parts, names(stranger)), evidence.ChainFile)
	r.holds(r.export(manifest, parts, nil))
	r.holds(r.export(manifest, parts, names(renewed))) // pinned, of the same key: it issued the signer as well
}

// TestARecordAndAChainThatDifferAreRefused: each is sound alone.
func TestARecordAndAChainThatDifferAreRefused(t *testing.T) {
	r := newRig(t)
	manifest, parts := r.document()
	renewed := r.another(true)
	r.box.Keyring.JPKISign = append(r.box.Keyring.JPKISign, renewed)
	dir := r.export(manifest, parts, nil)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: renewed})
	r.must(os.WriteFile(filepath.Join(dir, evidence.ChainFile), text, 0o600))
	r.refuses(dir, evidence.VerificationFile)
}

func TestAPEMFileHoldsExactlyOneCertificate(t *testing.T) {
	r := newRig(t)
	manifest, parts := r.document()
	dir := r.export(manifest, parts, nil)
	for _, file := range []string{evidence.SignerFile, evidence.ChainFile} {
		name := filepath.Join(dir, file)
		text, err := os.ReadFile(name)
		r.must(err)
		block, _ := pem.Decode(text)
		other := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.another(false)})
		for what, spoilt := range map[string][]byte{
			"text before": append([]byte("revoked: no\n"), text...),
			"text behind": append(slices.Clone(text), "revoked: no\n"...),
			"a second":    append(slices.Clone(text), other...),
			"one before":  append(slices.Clone(other), text...),
			"twice":       append(slices.Clone(text), text...),
			"a header":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"Revoked": "no"}, Bytes: block.Bytes}),
			"other type":  pem.EncodeToMemory(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: block.Bytes}),
			"CRLF":        bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
			"empty":       {},
		} {
			r.must(os.WriteFile(name, spoilt, 0o600))
			if _, err := evidence.Verify(dir, r.box.Root.Cert); !errors.Is(err, evidence.ErrEvidence) || !strings.Contains(err.Error(), file) {
				t.Errorf("%s: %s: %v", file, what, err)
			}
		}
		r.must(os.WriteFile(name, text, 0o600))
	}
	r.holds(dir)
}

func written(t *testing.T, report evidence.Report) string {
	t.Helper()
	var out strings.Builder
	if err := report.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestWithoutTheFormCompletenessIsNotJudged: a part may then be missing and nobody here can tell.
func TestWithoutTheFormCompletenessIsNotJudged(t *testing.T) {
	const notJudged = "completeness not judged"
	r := newRig(t)
	manifest, parts := r.document()
	if known := written(t, r.holds(r.export(manifest, parts, nil))); strings.Contains(known, notJudged) {
		t.Error(known)
	}
	m, err := forms.ParseManifest(manifest)
	r.must(err)
	m.Form.Digest = hex.EncodeToString(make([]byte, sha256.Size))
	manifest, err = jsonx.Marshal(m)
	r.must(err)
	for _, matches := range []bool{true, false} { // not verified, and told as such
		report := r.holds(r.export(manifest, parts[:1], func(r *evidence.Record) { r.PersonMatches = matches }))
		text := written(t, report)
		if report.FormKnown || report.PersonMatches != matches || !strings.Contains(text, notJudged) || !strings.Contains(text, "not compared here") {
			t.Errorf("%+v\n%s", report, text)
		}
	}
	r.refuses(r.export(manifest, parts[:1], func(r *evidence.Record) { r.FormDigest = "" }), evidence.VerificationFile)
}

// TestASignerWhoIsNotTheApplicantIsReported: such a document is evidence, and says so.
func TestASignerWhoIsNotTheApplicantIsReported(t *testing.T) {
	r := newRig(t)
	manifest, parts := r.document()
	if report := r.holds(r.export(manifest, parts, nil)); !report.PersonMatches || !strings.Contains(written(t, report), "applicant    the signer") {
		t.Errorf("%+v", report)
	}
	manifest, parts = r.document([2]string{"applicant/name", "別人　太郎"})
	report := r.holds(r.export(manifest, parts, func(r *evidence.Record) { r.PersonMatches = false }))
	if report.PersonMatches || !report.FormKnown || !strings.Contains(written(t, report), "applicant    NOT the signer") {
		t.Errorf("%+v", report)
	}
	r.refuses(r.export(manifest, parts, nil), evidence.VerificationFile)
}

// TestOpenSSLAgreesAtTheTimeOfTheReceipt: docs/operating.md, for certificates that have ended since.
func TestOpenSSLAgreesAtTheTimeOfTheReceipt(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("this test needs the Debian package openssl: make test installs it")
	}
	r := newRig(t)
	key := receipttest.Key(t)
	der, err := r.box.Root.Issue(profile.Receipt, issue.Request{
		Subject: pkix.Name{CommonName: "ended"}, Public: key.Public(), From: receipttest.Now.AddDate(0, 0, -2), To: receipttest.Now.AddDate(0, 0, 2),
	})
	r.must(err)
	r.box.Receipts, r.box.Keyring.Receipt = cms.NewSigner(key, der), [][]byte{der}
	manifest, parts := r.document()
	dir := r.export(manifest, parts, nil)
	r.holds(dir)
	root := filepath.Join(t.TempDir(), "root.pem")
	r.must(os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.box.Root.Cert.Raw}), 0o600))
	judge := func(more ...string) ([]byte, error) {
		args := append([]string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-CAfile", root,
			"-in", filepath.Join(dir, evidence.ReceiptCMSFile), "-out", os.DevNull}, more...)
		return exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput()
	}
	ended := receipttest.Now.AddDate(0, 0, 3).Unix()
	if text, err := judge("-attime", strconv.FormatInt(ended, 10)); err == nil || !strings.Contains(string(text), "expired") {
		t.Errorf("after the certificate's end: %v\n%s", err, text)
	}
	if text, err := judge("-attime", strconv.FormatInt(receipttest.Now.Unix(), 10)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}
