package main

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/pki/evidence"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

// TestVerifyTakesASlipsCode: as an argument, in a file, from the standard input; the keyring beside the root or named.
func TestVerifyTakesASlipsCode(t *testing.T) {
	m, dir := receipttest.New(t), t.TempDir()
	write := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	signed, err := keyring.Sign(t.Context(), *m.Keyring, m.Issuer, receipttest.Now)
	if err != nil {
		t.Fatal(err)
	}
	root := write("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Root.Cert.Raw}))
	write(evidence.KeyringFile, signed)
	compact, err := receipt.Compact(receipttest.Receipt(1), m.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	code := wire.Base45(compact)
	broken := write("broken.cms", signed[1:])
	for _, c := range []struct {
		name, what, in, keyring string
		says, fails             string
	}{
		{"argument", code, "", "", "The slip holds: " + receipttest.Name + " received submission ", ""},
		{"file", write("code.txt", []byte(code+"\n")), "", "", "The slip holds: ", ""},
		{"standard input", "-", code + "\n", "", "The slip holds: ", ""},
		{"cut", code[:140], "", "", "", "not whole"},
		{"no folder", filepath.Join(dir, "nowhere"), "", "", "", "no slip's code either"},
		{"broken keyring", code, "", broken, "", "keyring"},
		{"no keyring", code, "", filepath.Join(dir, "none.cms"), "", "the keyring, to check a slip against"},
	} {
		var out strings.Builder
		err := (&verifyCmd{What: c.what, Root: root, Keyring: c.keyring}).Run(strings.NewReader(c.in), &out)
		if c.fails == "" && (err != nil || !strings.HasPrefix(out.String(), c.says) || strings.Count(out.String(), "\n") != 1) {
			t.Errorf("%s: %v %q", c.name, err, out.String())
		}
		if c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails) || out.Len() > 0) {
			t.Errorf("%s: %v %q", c.name, err, out.String())
		}
	}
}
