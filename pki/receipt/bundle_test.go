package receipt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

func TestBytesThatAreNoBundle(t *testing.T) {
	place := func(index, size uint64) []byte {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, index), size)
	}
	compact := make([]byte, receipt.CompactSize)
	good := [][]byte{{1}, place(0, 1), nil, {2}, compact}
	if _, err := receipt.ParseBundle(wire.Pack("MGR1", good...)); err != nil {
		t.Fatal("the table's own bundle:", err)
	}
	with := func(n int, field []byte) []byte {
		f := append([][]byte(nil), good...)
		f[n] = field
		return wire.Pack("MGR1", f...)
	}
	for name, bad := range map[string][]byte{
		"nothing":             nil,
		"another magic":       wire.Pack("MGE1", good...),
		"a field less":        wire.Pack("MGR1", good[:4]...),
		"a field more":        wire.Pack("MGR1", append(append([][]byte(nil), good...), nil)...),
		"cut":                 wire.Pack("MGR1", good...)[:30],
		"place too short":     with(1, place(0, 1)[1:]),
		"index not in size":   with(1, place(1, 1)),
		"empty ledger":        with(1, place(0, 0)),
		"size without end":    with(1, place(0, 1<<63)),
		"index below zero":    with(1, place(1<<63, 5)),
		"proof not of hashes": with(2, make([]byte, 33)),
		"proof too long":      with(2, make([]byte, 49*32)),
		"head too long":       with(3, make([]byte, 5<<10)),
		"compact form short":  with(4, compact[1:]),
		"too long":            with(0, make([]byte, 40<<10)),
	} {
		if b, err := receipt.ParseBundle(bad); !errors.Is(err, receipt.ErrFormat) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

func TestBundleKeepsEveryByte(t *testing.T) {
	b := receipt.Bundle{CMS: []byte("cms"), Compact: make([]byte, receipt.CompactSize)}
	b = b.Place(5, 9, []tlog.Hash{{1}, {2}, {3}}, []byte("head"))
	back, err := receipt.ParseBundle(b.Marshal())
	if err != nil || !bytes.Equal(back.Marshal(), b.Marshal()) || back.Index != 5 || back.Size != 9 || len(back.Proof) != 3 {
		t.Error(back, err)
	}
}

func TestCompactForms(t *testing.T) {
	m := receipttest.New(t)
	r := receipttest.Receipt(1)
	good, err := receipt.Compact(r, m.Ledger)
	if err != nil || len(good) != receipt.CompactSize {
		t.Fatal(len(good), err)
	}
	if s, err := receipt.VerifyCompact(good, m.Keyring); err != nil || !s.Of(r) {
		t.Fatal(s, err)
	}
	for i := range good { // every byte is signed
		bad := bytes.Clone(good)
		bad[i] ^= 0x11
		if s, err := receipt.VerifyCompact(bad, m.Keyring); !errors.Is(err, receipt.ErrCompact) {
			t.Fatalf("byte %d changed: %+v, %v", i, s, err)
		}
	}
	elsewhere := *m.Keyring
	elsewhere.Mailbox = "other.example"
	if _, err := receipt.VerifyCompact(good, &elsewhere); !errors.Is(err, receipt.ErrCompact) {
		t.Error("holds for another mailbox:", err)
	}
	if _, err := receipt.VerifyCompact(good[1:], m.Keyring); !errors.Is(err, receipt.ErrCompact) {
		t.Error(err)
	}
	s, _ := receipt.VerifyCompact(good, m.Keyring)
	other := r
	other.Outcome = receipt.FormInvalid
	if s.Of(other) || s.Of(receipttest.Receipt(2)) {
		t.Error("a compact form is taken for another receipt's")
	}
}

func FuzzBundle(f *testing.F) {
	m := receipttest.New(f)
	r := receipttest.Receipt(1)
	f.Add(m.Issue(f, r).Marshal())
	f.Add(m.Issue(f, receipttest.Receipt(2)).Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := receipt.ParseBundle(in)
		if err != nil {
			return
		}
		if !bytes.Equal(b.Marshal(), in) {
			t.Fatal("another encoding of the same bundle")
		}
		_, _ = b.ID()
		if got, err := receipt.Verify(b, m.Keyring, m.Root.Cert, receipttest.Want(r)); err == nil && got != r {
			t.Fatalf("verified as %+v", got)
		}
	})
}

func FuzzLeaf(f *testing.F) {
	leaf, err := receipttest.Receipt(1).Leaf()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(leaf)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := receipt.ParseLeaf(in)
		if err != nil {
			return
		}
		if out, err := r.Leaf(); err != nil || !bytes.Equal(out, in) {
			t.Fatalf("another encoding of the same receipt: %v", err)
		}
	})
}

func FuzzCompact(f *testing.F) {
	m := receipttest.New(f)
	good, err := receipt.Compact(receipttest.Receipt(1), m.Ledger)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, in []byte) {
		if s, err := receipt.VerifyCompact(in, m.Keyring); err == nil && !bytes.Equal(in, good) {
			t.Fatalf("holds: %+v", s)
		}
	})
}

func FuzzHead(f *testing.F) {
	signer, vkey := receipttest.LedgerKey(f, receipttest.Origin)
	signed, err := receipt.Head{Origin: receipttest.Origin, Size: 3}.Sign(signer)
	if err != nil {
		f.Fatal(err)
	}
	known := verifiers(f, vkey)
	f.Add(signed)
	f.Fuzz(func(t *testing.T, in []byte) {
		if h, err := receipt.OpenHead(in, known); err == nil && (h.Size != 3 || h.Root != (tlog.Hash{})) {
			t.Fatalf("opened as %+v", h)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	m, r := receipttest.New(b), receipttest.Receipt(1)
	for b.Loop() {
		if _, _, err := receipt.Sign(b.Context(), r, m.Receipts, m.Ledger); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	m, r := receipttest.New(b), receipttest.Receipt(1)
	bundle := m.Issue(b, r)
	for b.Loop() {
		if _, err := receipt.Verify(bundle, m.Keyring, m.Root.Cert, receipttest.Want(r)); err != nil {
			b.Fatal(err)
		}
	}
}
