package receipt_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
)

func verifiers(t testing.TB, keys ...string) note.Verifiers {
	t.Helper()
	var list []note.Verifier
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return note.VerifierList(list...)
}

func TestHeads(t *testing.T) {
	signer, vkey := receipttest.LedgerKey(t, receipttest.Origin)
	other, otherKey := receipttest.LedgerKey(t, "other.example")
	twin, _ := receipttest.LedgerKey(t, receipttest.Origin) // the same name, another key
	known := verifiers(t, vkey, otherKey)
	head := receipt.Head{Origin: receipttest.Origin, Size: 12, Root: tlog.Hash{1, 2, 3}}
	signed, err := head.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := receipt.OpenHead(signed, known); err != nil || got != head {
		t.Fatal(got, err)
	}
	if _, err := head.Sign(other); !errors.Is(err, receipt.ErrHead) {
		t.Error("signed a head of another log:", err)
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	sign := func(text string, by ...note.Signer) []byte {
		n, err := note.Sign(&note.Note{Text: text}, by...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, bad := range map[string][]byte{
		"by a stranger of the same name": sign(text+"\n", twin),
		"by another log's key":           sign(text+"\n", other),
		"unsigned":                       []byte(text + "\n\n"),
		"size changed":                   []byte(strings.Replace(string(signed), "\n12\n", "\n13\n", 1)),
		"a line more":                    sign(text+"\nmore\n", signer),
		"a line less":                    sign(receipttest.Origin+"\n12\n", signer),
		"size with a plus":               sign(strings.Replace(text, "\n12\n", "\n+12\n", 1)+"\n", signer),
		"size with a zero":               sign(strings.Replace(text, "\n12\n", "\n012\n", 1)+"\n", signer),
		"size negative":                  sign(strings.Replace(text, "\n12\n", "\n-1\n", 1)+"\n", signer),
		"size without end":               sign(strings.Replace(text, "\n12\n", "\n9223372036854775807\n", 1)+"\n", signer),
		"root too short":                 sign(receipttest.Origin+"\n12\nAAAA\n", signer),
		"no origin":                      sign(strings.Replace(text, receipttest.Origin, "", 1)+"\n", signer),
		"far too long":                   make([]byte, 1<<20),
		"nothing":                        nil,
	} {
		if got, err := receipt.OpenHead(bad, known); !errors.Is(err, receipt.ErrHead) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
