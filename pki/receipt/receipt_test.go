package receipt_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/cms"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

func TestBundleVerifiesAfterItsJourney(t *testing.T) {
	m := receipttest.New(t)
	refusal := receipttest.Receipt(7)
	refusal.Outcome, refusal.ClaimedTime = receipt.SignatureUnsound, ""
	for _, r := range []receipt.Receipt{receipttest.Receipt(1), receipttest.Receipt(2), refusal, receipttest.Receipt(3)} {
		raw := m.Issue(t, r).Marshal()
		b, err := receipt.ParseBundle(raw)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := b.ID(); err != nil || id != r.ID {
			t.Errorf("bundle says it is of %s: %v", id, err)
		}
		got, err := receipt.Verify(b, m.Keyring, m.Root.Cert, receipttest.Want(r))
		if err != nil || got != r {
			t.Fatalf("got %+v, %v", got, err)
		}
		short, err := receipt.VerifyCompact(b.Compact, m.Keyring)
		if err != nil || !short.Of(r) {
			t.Errorf("compact %+v: %v", short, err)
		}
		out := got.Settles(raw)
		if (out.State == wire.Refused) != (r == refusal) || out.State == wire.Refused && out.Reason != "signature-unsound" || !bytes.Equal(out.Receipt, raw) {
			t.Errorf("settles as %s %q", out.State, out.Reason)
		}
	}
}

func TestCompactFitsTheSlip(t *testing.T) {
	if receipt.CompactSize > 102 {
		t.Errorf("%d bytes do not fit a QR code of version 5-L in base45", receipt.CompactSize)
	}
}

// forgery is a bundle that must be refused, and how it is told.
type forgery struct {
	bundle receipt.Bundle
	want   receipt.Want
	named  error
	inside error           // what else the error must wrap, nil: nothing
	check  check.Name      // the one check that keeps it out, "" where several do or none can be switched off
	as     receipt.Receipt // what it would be taken for
	failed check.Name      // what pki/cms says, "" elsewhere
}

func forgeries(t *testing.T, m *receipttest.Mailbox) map[string]forgery {
	t.Helper()
	r, other := receipttest.Receipt(1), receipttest.Receipt(2)
	good, second := m.Issue(t, r), m.Issue(t, other)
	want := receipttest.Want(r)
	out := map[string]forgery{}

	foreign := *m // the genuine ledger key, a receipt key under another root
	foreign.Receipts = receipttest.Signer(t, receipttest.Root(t, "Other"), profile.Receipt)
	out["wrong root"] = forgery{bundle: foreign.Issue(t, r), want: want, named: receipt.ErrSignature, inside: profile.ErrChain, check: check.Chain, as: r}

	kiosk := *m // a kiosk's key under the right root
	kiosk.Receipts = receipttest.Signer(t, m.Root, profile.Keyring)
	out["certificate of another profile"] = forgery{bundle: kiosk.Issue(t, r), want: want, named: receipt.ErrSignature}

	withdrawn := *m
	withdrawn.Receipts = receipttest.Signer(t, m.Root, profile.Receipt)
	out["certificate not in the keyring"] = forgery{bundle: withdrawn.Issue(t, r), want: want, named: receipt.ErrSignature, check: check.Chain, as: r}

	out["receipt of another submission"] = forgery{bundle: second, want: want, named: receipt.ErrMatch, check: check.ReceiptMatch, as: other}
	for name, w := range map[string]receipt.Want{
		"another id":       {Mailbox: want.Mailbox, ID: other.ID, Manifest: want.Manifest},
		"another manifest": {Mailbox: want.Mailbox, ID: want.ID, Manifest: other.Manifest},
		"another mailbox":  {Mailbox: "other.example", ID: want.ID, Manifest: want.Manifest},
	} {
		out[name] = forgery{bundle: good, want: w, named: receipt.ErrMatch, check: check.ReceiptMatch, as: r}
	}
	addLeafForgeries(t, m, out)
	addHeadForgeries(t, m, out)
	return out
}

func addLeafForgeries(t *testing.T, m *receipttest.Mailbox, out map[string]forgery) {
	t.Helper()
	r, other := receipttest.Receipt(3), receipttest.Receipt(4)
	good, second := m.Issue(t, r), m.Issue(t, other)

	moved := good.Place(second.Index, second.Size, second.Proof, second.Head)
	out["proof of another leaf"] = forgery{bundle: moved, want: receipttest.Want(r), named: receipt.ErrProof, check: check.InclusionProof, as: r}

	unlogged, _, err := receipt.Sign(t.Context(), receipttest.Receipt(5), m.Receipts, m.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	unlogged = unlogged.Place(good.Index, good.Size, good.Proof, good.Head)
	out["never logged"] = forgery{
		bundle: unlogged, want: receipttest.Want(receipttest.Receipt(5)), named: receipt.ErrProof, check: check.InclusionProof, as: receipttest.Receipt(5),
	}

	// The leaf inside the CMS is changed, and a rogue ledger holds the changed one: only the CMS stands against it.
	honest := receipttest.Receipt(6)
	changed := honest
	changed.Kiosk = "kiosk-9"
	b, leaf, err := receipt.Sign(t.Context(), honest, m.Receipts, m.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := changed.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	b.CMS = bytes.Replace(b.CMS, leaf, forged, 1)
	b = m.Place(t, b, m.Append(t, forged))
	out["tampered leaf"] = forgery{
		bundle: b, want: receipttest.Want(honest), named: receipt.ErrSignature, failed: check.MessageDigest, check: check.MessageDigest, as: changed,
	}

	short := good
	short.Compact = second.Compact
	out["compact form of another"] = forgery{bundle: short, want: receipttest.Want(r), named: receipt.ErrCompact}
	broken := good
	broken.Compact = bytes.Clone(good.Compact)
	broken.Compact[20] ^= 1
	out["compact form changed"] = forgery{bundle: broken, want: receipttest.Want(r), named: receipt.ErrCompact}
}

func addHeadForgeries(t *testing.T, m *receipttest.Mailbox, out map[string]forgery) {
	t.Helper()
	r := receipttest.Receipt(8)
	good := m.Issue(t, r)

	foreign := *m
	foreign.Ledger, _ = receipttest.LedgerKey(t, receipttest.Origin)
	out["foreign head"] = forgery{bundle: foreign.Place(t, good, good.Index), want: receipttest.Want(r), named: receipt.ErrHead}

	elsewhere := *m
	var vkey string
	elsewhere.Ledger, vkey = receipttest.LedgerKey(t, "other.example/ledger")
	m.Keyring.Ledgers = append(m.Keyring.Ledgers, vkey)
	out["head of another log"] = forgery{bundle: elsewhere.Place(t, good, good.Index), want: receipttest.Want(r), named: receipt.ErrHead}

	resized := good
	resized.Size++
	out["head of another size"] = forgery{bundle: resized, want: receipttest.Want(r), named: receipt.ErrHead}
}

func TestForgeriesAreRefusedByName(t *testing.T) {
	m := receipttest.New(t)
	for name, f := range forgeries(t, m) {
		t.Run(name, func(t *testing.T) {
			got, err := receipt.Verify(f.bundle, m.Keyring, m.Root.Cert, f.want)
			if !errors.Is(err, f.named) || f.inside != nil && !errors.Is(err, f.inside) || got != (receipt.Receipt{}) {
				t.Fatalf("got %+v, %v; want %v", got, err, f.named)
			}
			if cms.Failed(err) != f.failed {
				t.Errorf("cms says %q, want %q", cms.Failed(err), f.failed)
			}
		})
	}
}

func TestCertificateIsJudgedAtTheReceiptsTime(t *testing.T) {
	m := receipttest.New(t)
	r := receipttest.Receipt(1)
	r.ReceivedAt = receipttest.Now.AddDate(2, 0, 0) // after the receipt certificate, within the root
	_, err := receipt.Verify(m.Issue(t, r), m.Keyring, m.Root.Cert, receipttest.Want(r))
	if !errors.Is(err, receipt.ErrSignature) || !errors.Is(err, profile.ErrTime) {
		t.Error(err)
	}
}

func TestLeafIsTheOnlyEncoding(t *testing.T) {
	leaf, err := receipttest.Receipt(1).Leaf()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := receipt.ParseLeaf(leaf); err != nil || got != receipttest.Receipt(1) {
		t.Fatal(got, err)
	}
	for name, swap := range map[string][2]string{
		"a space":              {`,"id"`, `, "id"`},
		"upper case":           {`"sealed":"`, `"sealed":"A`},
		"type and outcome":     {`"type":"receipt"`, `"type":"refusal"`},
		"unknown type":         {`"type":"receipt"`, `"type":"result"`},
		"unknown outcome":      {`"outcome":"received"`, `"outcome":"accepted"`},
		"version":              {`"v":1`, `"v":2`},
		"kiosk":                {`"kiosk":"kiosk-1"`, `"kiosk":"*"`},
		"time with a zone":     {`"receivedAt":"2026-11-02T09:30:00Z"`, `"receivedAt":"2026-11-02T09:30:00+00:00"`},
		"time with a fraction": {`"receivedAt":"2026-11-02T09:30:00Z"`, `"receivedAt":"2026-11-02T09:30:00.5Z"`},
		"time before 1970":     {`"receivedAt":"2026-`, `"receivedAt":"1926-`},
		"claim is no time":     {`"claimedTime":"2026-11-02T09:29:00Z"`, `"claimedTime":"soon"`},
		"no mailbox":           {`"mailbox":"mailbox.city.example"`, `"mailbox":""`},
		"no origin":            {`"origin":"mailbox.city.example/ledger/1"`, `"origin":""`},
		"a member more":        {`{"claimedTime"`, `{"a":1,"claimedTime"`},
		"something after it":   {`"v":1}`, `"v":1}{}`},
		"id too short":         {`"id":"00`, `"id":"`},
		"not even JSON":        {`{`, ``},
	} {
		changed := strings.Replace(string(leaf), swap[0], swap[1], 1)
		if changed == string(leaf) {
			t.Errorf("%s: nothing changed", name)
		}
		if got, err := receipt.ParseLeaf([]byte(changed)); !errors.Is(err, receipt.ErrFormat) || got != (receipt.Receipt{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestSignRefusesWhatNobodyCouldVerify(t *testing.T) {
	m := receipttest.New(t)
	other, _ := receipttest.LedgerKey(t, "other.example")
	if _, _, err := receipt.Sign(t.Context(), receipttest.Receipt(1), m.Receipts, other); !errors.Is(err, receipt.ErrHead) {
		t.Error(err)
	}
	for name, change := range map[string]func(*receipt.Receipt){
		"outcome": func(r *receipt.Receipt) { r.Outcome = "accepted" },
		"mailbox": func(r *receipt.Receipt) { r.Mailbox = "" },
		"kiosk":   func(r *receipt.Receipt) { r.Kiosk = "+" },
		"time":    func(r *receipt.Receipt) { r.ReceivedAt = time.Time{} },
		"claim":   func(r *receipt.Receipt) { r.ClaimedTime = "yesterday" },
	} {
		r := receipttest.Receipt(1)
		change(&r)
		if _, _, err := receipt.Sign(t.Context(), r, m.Receipts, m.Ledger); !errors.Is(err, receipt.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFractionsOfASecondAreDropped(t *testing.T) {
	m := receipttest.New(t)
	r := receipttest.Receipt(1)
	r.ReceivedAt = receipttest.Now.Add(999 * time.Millisecond).In(time.FixedZone("JST", 9*3600))
	got, err := receipt.Verify(m.Issue(t, r), m.Keyring, m.Root.Cert, receipttest.Want(r))
	if err != nil || got != receipttest.Receipt(1) {
		t.Error(got, err)
	}
}
