package receipt_test

import (
	"bytes"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"madoguchi/internal/durable"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
)

// openssl runs openssl on a receipt's CMS with a root and returns what the CMS holds.
func openssl(t *testing.T, der []byte, root []byte) ([]byte, string, error) {
	t.Helper()
	bin, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("this test needs openssl (Debian package openssl), which make test installs")
	}
	dir := t.TempDir()
	in, ca, out := filepath.Join(dir, "receipt.cms"), filepath.Join(dir, "root.pem"), filepath.Join(dir, "receipt.json")
	if err := durable.WriteFile(in, der, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", in, "-CAfile", ca,
		"-purpose", "any", "-attime", strconv.FormatInt(receipttest.Now.Unix(), 10), "-out", out)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return nil, string(said), err
	}
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return content, string(said), nil
}

func TestOpenSSLAcceptsAReceipt(t *testing.T) {
	m := receipttest.New(t)
	r := receipttest.Receipt(1)
	b, leaf, err := receipt.Sign(t.Context(), r, m.Receipts, m.Ledger)
	if err != nil {
		t.Fatal(err)
	}
	content, said, err := openssl(t, b.CMS, m.Root.Cert.Raw)
	if err != nil || !bytes.Equal(content, leaf) {
		t.Fatalf("openssl: %v\n%s", err, said)
	}
	if _, said, err := openssl(t, b.CMS, receipttest.Root(t, "Other").Cert.Raw); err == nil {
		t.Errorf("openssl accepts it under another root: %s", said)
	}
	if _, said, err := openssl(t, bytes.Replace(b.CMS, []byte("kiosk-1"), []byte("kiosk-2"), 1), m.Root.Cert.Raw); err == nil {
		t.Errorf("openssl accepts a tampered receipt: %s", said)
	}
}
