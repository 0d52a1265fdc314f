package mailbox_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"madoguchi/mailbox"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/evidence"
	"madoguchi/pki/keyring"
	"madoguchi/wire"
)

// stamped is a mailbox that received two documents and stamped its ledger.
func stamped(t *testing.T) (r *rig, ids []wire.ID) {
	t.Helper()
	r = newRig(t)
	m, stop := r.serve()
	for range 2 {
		id, _ := r.file(m)
		ids = append(ids, id)
	}
	stop()
	r.serve() // stamps at its start
	r.until("stamped", func() bool { return strings.Contains(r.logged(), `"event":"ledger-stamped","size":2`) })
	return r, ids
}

func (r *rig) exportLedger() string {
	r.t.Helper()
	out := filepath.Join(r.t.TempDir(), "ledger")
	r.must(mailbox.ExportLedger(r.dir, out))
	return out
}

// TestWholeLedgerVerifiesOffline, and not when any of it is changed: nobody rewrites history that is stamped or receipted.
func TestWholeLedgerVerifiesOffline(t *testing.T) {
	r, ids := stamped(t)
	r.must(mailbox.Delete(r.dir, ids[0], "retention-ended"))
	out := r.exportLedger()
	report, err := evidence.VerifyLedger(out, r.root)
	r.must(err)
	if report.Size != 3 || report.Receipts != 2 || report.Deleted != 1 || report.Stamps != 1 || report.Independent || !report.Demo || report.Mailbox != name {
		t.Errorf("%+v", report)
	}
	searchedFolder(t, r, out)
	entries, err := os.ReadDir(out)
	r.must(err)
	for _, e := range entries {
		if e.Name() == "ledger.txt" {
			continue
		}
		for what, spoil := range map[string]func(name string, b []byte) error{
			"changed":   func(name string, b []byte) error { b[len(b)/2] ^= 1; return os.WriteFile(name, b, 0o600) },
			"cut short": func(name string, b []byte) error { return os.WriteFile(name, b[:len(b)-1], 0o600) },
			"missing":   func(name string, _ []byte) error { return os.Remove(name) },
			"added":     func(name string, b []byte) error { return os.WriteFile(name+".more", b, 0o600) },
		} {
			dir := filepath.Join(t.TempDir(), "copy")
			r.must(os.CopyFS(dir, os.DirFS(out)))
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			r.must(err)
			r.must(spoil(filepath.Join(dir, e.Name()), b))
			if _, err := evidence.VerifyLedger(dir, r.root); !errors.Is(err, evidence.ErrEvidence) {
				t.Errorf("%s %s: %v", e.Name(), what, err)
			}
		}
	}
	if _, err := evidence.VerifyLedger(out, newRig(t).root); !errors.Is(err, keyring.ErrSignature) {
		t.Error("another root:", err)
	}
}

// TestMailboxOperatorCannotRewriteStampedHistory: with every key of the mailbox, a leaf that was changed behind a stamp
// shows in the export, because the stamp is over a head that the new history never had.
func TestMailboxOperatorCannotRewriteStampedHistory(t *testing.T) {
	r, _ := stamped(t)
	before := r.exportLedger()
	other, _ := stamped(t) // as long, with other receipts
	out := other.exportLedger()
	if _, err := evidence.VerifyLedger(out, other.root); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{evidence.StampsFile, evidence.HeadFile} {
		b, err := os.ReadFile(filepath.Join(before, file))
		r.must(err)
		r.must(os.WriteFile(filepath.Join(out, file), b, 0o600))
	}
	if _, err := evidence.VerifyLedger(out, other.root); !errors.Is(err, evidence.ErrEvidence) {
		t.Error("a history under another's stamp:", err)
	}
}

// TestDeletedDocumentCannotBeRecovered: from the database with the store key, or from an earlier copy of it without. Its
// export says what became of it and verifies; the copy of the same submission still gets its first receipt.
func TestDeletedDocumentCannotBeRecovered(t *testing.T) {
	r := newRig(t)
	m, stop := r.serve()
	id, said := r.file(m)
	kept, _ := r.file(m)
	stop()
	backup := filepath.Join(t.TempDir(), "backup")
	r.must(os.CopyFS(backup, os.DirFS(r.dir)))

	if err := mailbox.Delete(r.dir, id, "花子の希望"); !errors.Is(err, registry.ErrWhy) {
		t.Error("a text as the reason:", err)
	}
	if err := mailbox.Delete(r.dir, wire.ID{1}, "mistake"); !errors.Is(err, store.ErrNotFound) {
		t.Error("unknown:", err)
	}
	for range 2 { // deleting it again changes nothing
		r.must(mailbox.Delete(r.dir, id, "retention-ended"))
	}
	key, err := os.ReadFile(filepath.Join(r.dir, "keys", "store.key"))
	r.must(err)
	s, err := store.Open(t.Context(), filepath.Join(r.dir, "store.db"), key)
	r.must(err)
	r.must(s.View(t.Context(), func(tx *store.Tx) error {
		if d, err := tx.DocumentOf(id); !errors.Is(err, store.ErrDeleted) || d.CMS != nil || d.Parts != nil {
			t.Errorf("with the store key: %v", err)
		}
		_, err := tx.DocumentOf(kept)
		return err
	}))
	r.must(s.Close())
	wrong, err := store.Open(t.Context(), filepath.Join(backup, "store.db"), bytes.Repeat([]byte{1}, store.KeySize))
	r.must(err)
	r.must(wrong.View(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.DocumentOf(id); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("from a copy without the store key: %v", err)
		}
		return nil
	}))
	r.must(wrong.Close())
	searched(t, r)

	out := filepath.Join(t.TempDir(), "export")
	r.must(mailbox.Export(r.dir, id, out))
	if !evidence.IsDeleted(out) {
		t.Fatal("the export does not say that it is deleted")
	}
	report, err := evidence.VerifyDeleted(out, r.root)
	r.must(err)
	if report.Receipt != said || report.Notice.Why != "retention-ended" {
		t.Errorf("%+v", report)
	}
	searchedFolder(t, r, out)
	spoiltDeletion(t, r, out)
	r.must(mailbox.Export(r.dir, kept, filepath.Join(t.TempDir(), "kept")))
}

func spoiltDeletion(t *testing.T, r *rig, out string) {
	entries, err := os.ReadDir(out)
	r.must(err)
	for _, e := range entries {
		dir := filepath.Join(t.TempDir(), "copy")
		r.must(os.CopyFS(dir, os.DirFS(out)))
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		r.must(err)
		b[len(b)/2] ^= 1
		r.must(os.WriteFile(filepath.Join(dir, e.Name()), b, 0o600))
		if _, err := evidence.VerifyDeleted(dir, r.root); !errors.Is(err, evidence.ErrEvidence) {
			t.Errorf("%s changed: %v", e.Name(), err)
		}
	}
}

func searchedFolder(t *testing.T, r *rig, dir string) {
	t.Helper()
	r.must(filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if bytes.Contains(b, []byte(r.city.Person.Name)) || bytes.Contains(b, []byte(r.city.Person.Address)) {
			t.Errorf("%s names the person", name)
		}
		return err
	}))
}

// TestRenewedKeyringIsTakenAndOldKeysAreDestroyed: a serving mailbox takes the next keyring; the keys of a month that is
// over stay for ninety days and go, with a leaf.
func TestRenewedKeyringIsTakenAndOldKeysAreDestroyed(t *testing.T) {
	r := newRig(t)
	first := r.keyring.Sealing[0]
	m, stop := r.serve()
	version, err := mailbox.Renew(r.dir, time.Now().AddDate(0, 2, 0))
	r.must(err)
	if version != 2 {
		t.Error("version", version)
	}
	r.until("taken", func() bool { return strings.Contains(r.logged(), `"event":"keyring-taken","version":2`) })
	r.file(m) // sealed to a key of the keyring before
	stop()
	keyFile := filepath.Join(r.dir, "keys", "seal-"+first.ID+".key")
	for _, days := range []int{89, 91} {
		r.must(mailbox.DestroyEnded(t.Context(), r.dir, first.NotAfter.AddDate(0, 0, days)))
		if _, err := os.Stat(keyFile); errors.Is(err, fs.ErrNotExist) != (days > 90) {
			t.Errorf("after %d days: %v", days, err)
		}
	}
	report, err := evidence.VerifyLedger(r.exportLedger(), r.root)
	if err != nil || report.KeysDestroyed != 1 {
		t.Errorf("%+v %v", report, err)
	}
	if _, err := mailbox.Renew(r.dir, time.Now().AddDate(0, 5, 0)); err != nil {
		t.Error(err)
	}
	k, err := os.ReadFile(filepath.Join(r.dir, mailbox.KeyringFile))
	r.must(err)
	now, err := keyring.Open(k, r.root, time.Now().AddDate(0, 5, 0), 3)
	r.must(err)
	for _, s := range now.Sealing {
		if s.ID == first.ID {
			t.Error("the next keyring lists the destroyed key")
		}
	}
}
