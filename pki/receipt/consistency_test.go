package receipt_test

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
)

// TestConsistencyIsNoHead: neither signed text can be taken for the other, and a foreign key signs neither.
func TestConsistencyIsNoHead(t *testing.T) {
	key, public := receipttest.LedgerKey(t, receipttest.Origin)
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	known := note.VerifierList(verifier)
	c := receipt.Consistency{Range: receipt.Range{Origin: receipttest.Origin, From: 1, To: 2}, Proof: []tlog.Hash{{1}}}
	answer, err := c.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	head, err := receipt.Head{Origin: receipttest.Origin, Size: 2}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := receipt.OpenConsistency(answer, known); err != nil || got.Range != c.Range || len(got.Proof) != 1 {
		t.Error(got, err)
	}
	if _, err := receipt.OpenHead(answer, known); err == nil {
		t.Error("an answer is taken for a head")
	}
	if _, err := receipt.OpenConsistency(head, known); err == nil {
		t.Error("a head is taken for an answer")
	}
	stranger, _ := receipttest.LedgerKey(t, "another/log")
	if _, err := c.Sign(stranger); err == nil {
		t.Error("signed by another log's key")
	}
}

// FuzzLedgerMessages: demands come from kiosks, proofs and notices from exports.
func FuzzLedgerMessages(f *testing.F) {
	f.Add(receipt.Range{Origin: "a", From: 1, To: 2}.Marshal())
	f.Add(receipt.Proof{Index: 1, Size: 2, Hashes: []tlog.Hash{{}}, Head: []byte("x")}.Marshal())
	f.Add([]byte(`{"at":"2026-11-02T09:30:00Z","mailbox":"m","origin":"o","subject":"2026-11","type":"key-destroyed","v":1,"why":"past-its-use"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := receipt.ParseRange(b); err == nil && !bytes.Equal(r.Marshal(), b) {
			t.Error("range has two spellings")
		}
		if p, err := receipt.ParseProof(b); err == nil && !bytes.Equal(p.Marshal(), b) {
			t.Error("proof has two spellings")
		}
		if n, err := receipt.ParseNotice(b); err == nil {
			if leaf, err := n.Leaf(); err != nil || !bytes.Equal(leaf, b) {
				t.Error("notice has two spellings")
			}
		}
		_, _ = receipt.ReadHead(b)
		_, _ = receipt.OpenConsistency(b, note.VerifierList())
	})
}
