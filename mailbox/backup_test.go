package mailbox_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"madoguchi/mailbox"
	"madoguchi/mailbox/store"
	"madoguchi/pki/evidence"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt"
)

// realAnchors are card authorities that are not marked as a demo's.
func realAnchors(t *testing.T) (all []*x509.Certificate) {
	t.Helper()
	for _, p := range []*profile.Profile{profile.JPKISignCA, profile.JPKIAuthCA} {
		key, err := issue.NewKey(p)
		if err != nil {
			t.Fatal(err)
		}
		ca, err := issue.NewRoot(p, pkix.Name{Country: []string{"JP"}, Organization: []string{"JPKI"}}, key, time.Now().AddDate(-1, 0, 0), time.Now().AddDate(9, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ca.Cert)
	}
	return all
}

func identity(t *testing.T) *age.HybridIdentity {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestServesOnlyWithAConfirmedBackup: a mailbox that counts has recipients from the start, and serves when somebody has
// opened its backup elsewhere; a key that is made later must be in a confirmed backup too.
func TestServesOnlyWithAConfirmedBackup(t *testing.T) {
	dir, id := filepath.Join(t.TempDir(), "mailbox"), identity(t)
	o := mailbox.Options{Name: name, Listen: "127.0.0.1:0", Anchors: realAnchors(t)}
	if err := mailbox.Init(dir, o); !errors.Is(err, mailbox.ErrRecipients) {
		t.Fatal("without recipients:", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a failed init left its folder")
	}
	o.Recipients = []string{id.Recipient().String()}
	if err := mailbox.Init(dir, o); err != nil {
		t.Fatal(err)
	}
	serve := func() error {
		m, err := mailbox.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = m.Close() }()
		m.Listen = "no address" // Serve is to get as far as its broker, and no further
		return m.Serve(t.Context())
	}
	if err := serve(); !errors.Is(err, mailbox.ErrBackup) {
		t.Fatal("unconfirmed:", err)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, mailbox.BackupDir, "keys-001.age"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mailbox.OpenBackup(bytes.NewReader(sealed), strings.NewReader(identity(t).String())); err == nil {
		t.Error("another identity opens it")
	}
	code, err := mailbox.OpenBackup(bytes.NewReader(sealed), strings.NewReader(id.String()))
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(filepath.Join(dir, mailbox.BackupFile)); err != nil || bytes.Contains(raw, []byte(code)) {
		t.Error("the code lies beside the mailbox:", err)
	}
	if err := mailbox.ConfirmBackup(dir, strings.Repeat("0", 32)); !errors.Is(err, mailbox.ErrCode) {
		t.Error("a wrong code:", err)
	}
	if err := mailbox.ConfirmBackup(dir, strings.ToUpper(code[:4])+" "+code[4:]+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := serve(); err == nil || errors.Is(err, mailbox.ErrBackup) {
		t.Error("confirmed:", err)
	}
	if _, err := mailbox.Renew(dir, time.Now().AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := serve(); !errors.Is(err, mailbox.ErrBackup) {
		t.Error("with a key of next year that is in no backup:", err)
	}
}

// TestRestoredMailboxGoesOn: from the backup and an older copy of the database. The new ledger continues the old leaves
// under a new origin, receipts of the old one verify, what came after the copy is received again, the kiosk need not be
// enrolled again, and the whole export holds.
func TestRestoredMailboxGoesOn(t *testing.T) {
	r, id := newRig(t), identity(t)
	file, err := mailbox.MakeBackup(r.dir, []string{id.Recipient().String()})
	r.must(err)
	m, stop := r.serve()
	kept, _ := r.file(m)
	stop()
	copied := filepath.Join(t.TempDir(), "store.db")
	b, err := os.ReadFile(filepath.Join(r.dir, "store.db"))
	r.must(err)
	r.must(os.WriteFile(copied, b, 0o600))
	m, stop = r.serve()
	lost, _ := r.file(m)
	stop()

	for what, test := range map[string]struct {
		store            string
		leaves, receipts int64
	}{"with a copy of the database": {copied, 2, 1}, "without": {"", 1, 0}} {
		t.Run(what, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "restored")
			sealed, err := os.ReadFile(file)
			r.must(err)
			r.must(mailbox.Restore(dir, bytes.NewReader(sealed), strings.NewReader(id.String()), test.store))
			if err := mailbox.Restore(dir, bytes.NewReader(sealed), strings.NewReader(id.String()), ""); err == nil {
				t.Error("restored over a mailbox")
			}
			der, err := os.ReadFile(filepath.Join(dir, mailbox.KeyringFile))
			r.must(err)
			k, err := keyring.Open(der, r.root, time.Now(), r.keyring.Version+1)
			r.must(err)
			if len(k.Ledgers) != 2 || k.Ledgers[0] != r.keyring.Ledgers[0] {
				t.Error("ledgers", k.Ledgers)
			}
			checkResend(t, r, dir, k)
			after := *r
			after.t, after.dir, after.keyring = t, dir, k
			m, stop := after.serve()
			again, said := after.file(m) // by the kiosk's old enrolment
			if said.Origin == r.keyring.Ledgers[0] || !strings.HasSuffix(said.Origin, "/log/2") {
				t.Error("origin", said.Origin)
			}
			stop()
			out := filepath.Join(t.TempDir(), "ledger")
			r.must(mailbox.ExportLedger(dir, out))
			report, err := evidence.VerifyLedger(out, r.root)
			if err != nil || report.Size != test.leaves+1 || int64(report.Receipts) != test.receipts+1 || report.Restored != 1 {
				t.Errorf("%+v %v", report, err)
			}
			r.must(mailbox.Export(dir, again, filepath.Join(t.TempDir(), "again")))
			if err := mailbox.Export(dir, lost, filepath.Join(t.TempDir(), "lost")); !errors.Is(err, store.ErrNotFound) {
				t.Error("what came after the copy:", err)
			}
			if test.store != "" {
				old := filepath.Join(t.TempDir(), "old")
				r.must(mailbox.Export(dir, kept, old))
				_, err := evidence.Verify(old, r.root)
				r.must(err)
			}
		})
	}
}

func checkResend(t *testing.T, r *rig, dir string, k *keyring.Keyring) {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(dir, mailbox.ResendFile))
	r.must(err)
	if asked, err := receipt.OpenResend(der, k, r.root); err != nil || !strings.HasSuffix(asked.Origin, "/log/2") || !strings.HasSuffix(asked.Before, "/log/1") {
		t.Errorf("%+v %v", asked, err)
	}
	other := newRig(t)
	if _, err := receipt.OpenResend(der, other.keyring, other.root); !errors.Is(err, receipt.ErrSignature) {
		t.Error("believed by another mailbox's kiosk:", err)
	}
	der[len(der)/2] ^= 1
	if _, err := receipt.OpenResend(der, k, r.root); err == nil {
		t.Error("changed and believed")
	}
}

// TestObserveIsForThisMachineAlone: health and metrics tell how a city is served.
func TestObserveIsForThisMachineAlone(t *testing.T) {
	r := newRig(t)
	for _, addr := range []string{"0.0.0.0:0", ":9464", "192.0.2.1:9464", "localhost:9464"} {
		m, err := mailbox.Open(r.dir)
		r.must(err)
		m.Listen, m.Observe = "127.0.0.1:0", addr
		if err := m.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%s: %v", addr, err)
		}
		r.must(m.Close())
	}
}
