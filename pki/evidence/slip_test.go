package evidence_test

import (
	"errors"
	"strings"
	"testing"

	"madoguchi/pki/evidence"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

// slips is a mailbox with a signed keyring and codes of it.
type slips struct {
	*receipttest.Mailbox
	signed []byte
}

func newSlips(t testing.TB) slips {
	t.Helper()
	m := receipttest.New(t)
	signed, err := keyring.Sign(t.Context(), *m.Keyring, m.Issuer, receipttest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return slips{m, signed}
}

func (s slips) code(t testing.TB, r receipt.Receipt) string {
	t.Helper()
	compact, err := receipt.Compact(r, s.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Base45(compact)
}

func TestSlipSaysWhatItProves(t *testing.T) {
	s := newSlips(t)
	refusal := receipttest.Receipt(2)
	refusal.Outcome = receipt.FormInvalid
	for _, c := range []struct {
		of   receipt.Receipt
		said string
	}{{receipttest.Receipt(1), " received submission "}, {refusal, " refused (form-invalid) submission "}} {
		got, err := evidence.VerifySlip(s.code(t, c.of)+"\r\n", s.signed, s.Root.Cert)
		if err != nil || !got.Of(c.of) {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, want := range []string{receipttest.Name + c.said, wire.Number(c.of.ID), c.of.ID.String(), c.of.Manifest.Fingerprint(), "2026-11-02T09:30:00Z."} {
			if !strings.Contains(got.String(), want) {
				t.Errorf("%q does not say %q", got, want)
			}
		}
	}
}

func TestSlipIsRefusedWithItsReason(t *testing.T) {
	s, other := newSlips(t), newSlips(t)
	good := s.code(t, receipttest.Receipt(1))
	compact, err := wire.ParseBase45(good)
	if err != nil {
		t.Fatal(err)
	}
	later := append([]byte(nil), compact...)
	later[31]++ // the time
	renamed := *s.Keyring
	renamed.Mailbox = "mailbox.elsewhere.example"
	misnamed, err := keyring.Sign(t.Context(), renamed, s.Issuer, receipttest.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, code string
		signed     []byte
		says       string
	}{
		{"empty", "", s.signed, "not whole, with 0 characters instead of 150"},
		{"cut", good[:149], s.signed, "not whole, with 149 characters"},
		{"with more behind it", good + "0", s.signed, "not whole, with 151 characters"},
		{"mistyped", "a" + good[1:], s.signed, "mistyped or misread"},
		{"of no version", ":::" + good[3:], s.signed, "mistyped or misread"},
		{"other digits", "000" + good[3:], s.signed, "changed or forged"},
		{"forged", wire.Base45(later), s.signed, "changed or forged"},
		{"of another mailbox", good, other.signed, "keyring"},
		{"of another mailbox's key", other.code(t, receipttest.Receipt(1)), s.signed, "of another mailbox than " + receipttest.Name},
		{"under another name", good, misnamed, "changed or forged"},
		{"no keyring", good, []byte("x"), "keyring"},
	} {
		_, err := evidence.VerifySlip(c.code, c.signed, s.Root.Cert)
		if !errors.Is(err, evidence.ErrEvidence) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzSlip(f *testing.F) {
	s := newSlips(f)
	good := s.code(f, receipttest.Receipt(1))
	f.Add(good)
	f.Add(strings.Repeat("0", 150))
	f.Fuzz(func(t *testing.T, in string) {
		if got, err := evidence.VerifySlip(in, s.signed, s.Root.Cert); err == nil && strings.TrimRight(in, "\r\n") != good {
			t.Fatalf("%q holds: %s", in, got)
		}
	})
}
