package timestamp_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/pki/pkitest"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/pki/timestamp"
)

// TestOwnAuthority: our own verifier and openssl accept its tokens, for what it stamped and nothing else.
func TestOwnAuthority(t *testing.T) {
	root := receipttest.Root(t, "Test City")
	a := timestamp.Authority{Signer: receipttest.Signer(t, root, profile.TSA), Now: func() time.Time { return receipttest.Now }}
	data := []byte("a ledger head")
	token, err := a.Stamp(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	o := timestamp.Options{Anchors: []*x509.Certificate{root.Cert}, Now: receipttest.Now.Add(time.Hour)}
	stamp, err := timestamp.Verify(token, data, o)
	if err != nil || !stamp.Time.Equal(receipttest.Now) || stamp.Accuracy != time.Second {
		t.Errorf("%+v, %v", stamp, err)
	}
	if _, err := timestamp.Verify(token, []byte("another"), o); err == nil {
		t.Error("accepted for other bytes")
	}
	dir := t.TempDir()
	pkitest.WritePEM(t, dir, "root.pem", root.Cert)
	for name, b := range map[string][]byte{"token": token, "data": data} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := pkitest.OpenSSL(t, dir, "ts", "-verify", "-token_in", "-in", "token", "-data", "data", "-CAfile", "root.pem",
		"-attime", "1793611800"); err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}
