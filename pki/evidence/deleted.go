package evidence

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/internal/durable"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
)

// The files of the export of a deleted document, beside BundleFile, ReceiptFile and KeyringFile.
const (
	DeletionFile      = "deletion.json" // the ledger leaf
	DeletionProofFile = "deletion.proof"
)

// Deleted is what is left of a received document whose keys are destroyed.
type Deleted struct {
	Bundle, Receipt []byte // pki/receipt; its leaf again
	Keyring         []byte
	Notice, Proof   []byte // the leaf of the deletion and its place
}

func (d *Deleted) files() map[string]*[]byte {
	return map[string]*[]byte{
		BundleFile: &d.Bundle, ReceiptFile: &d.Receipt, KeyringFile: &d.Keyring, DeletionFile: &d.Notice, DeletionProofFile: &d.Proof,
	}
}

// Write writes a new folder; one that exists must be empty.
func (d Deleted) Write(dir string) error {
	if err := emptyFolder(dir); err != nil {
		return err
	}
	for name, data := range d.files() {
		if err := durable.WriteFile(filepath.Join(dir, name), *data, 0o600); err != nil {
			return fmt.Errorf("evidence: %s: %w", name, err)
		}
	}
	return nil
}

// IsDeleted reports whether a folder is the export of a deleted document.
func IsDeleted(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, DeletionFile))
	return err == nil
}

// DeletedReport is what the export of a deleted document shows.
type DeletedReport struct {
	Receipt receipt.Receipt
	Notice  receipt.Notice
}

// VerifyDeleted checks the export of a deleted document offline against the pinned root: its receipt, and the deletion's
// place in the same mailbox's ledger.
func VerifyDeleted(dir string, root *x509.Certificate) (DeletedReport, error) {
	var d Deleted
	var r DeletedReport
	if err := onlyThese(dir, BundleFile, ReceiptFile, KeyringFile, DeletionFile, DeletionProofFile); err != nil {
		return r, err
	}
	for name, into := range d.files() {
		var err error
		if *into, err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return r, failed(name, err)
		}
	}
	at, err := (Folder{Receipt: d.Receipt, Keyring: d.Keyring}).moment()
	if err != nil {
		return r, err
	}
	k, err := keyring.Open(d.Keyring, root, at, 0)
	if err != nil {
		return r, failed(KeyringFile, err)
	}
	if err := r.receipt(d, k, root); err != nil {
		return r, err
	}
	return r, r.notice(d, k)
}

func (r *DeletedReport) receipt(d Deleted, k *keyring.Keyring, root *x509.Certificate) error {
	said, err := receipt.ParseLeaf(d.Receipt)
	if err != nil {
		return failed(ReceiptFile, err)
	}
	b, err := receipt.ParseBundle(d.Bundle)
	if err != nil {
		return failed(BundleFile, err)
	}
	if r.Receipt, err = receipt.Verify(b, k, root, receipt.Want{Mailbox: k.Mailbox, ID: said.ID, Manifest: said.Manifest}); err != nil {
		return failed(BundleFile, err)
	}
	if leaf, err := r.Receipt.Leaf(); err != nil || !bytes.Equal(leaf, d.Receipt) {
		return failed(ReceiptFile, errors.New("not what the bundle says"))
	}
	return nil
}

func (r *DeletedReport) notice(d Deleted, k *keyring.Keyring) error {
	var err error
	if r.Notice, err = receipt.ParseNotice(d.Notice); err != nil {
		return failed(DeletionFile, err)
	}
	if r.Notice.Kind != receipt.Deletion || r.Notice.Mailbox != k.Mailbox || r.Notice.Subject != r.Receipt.ID.String() {
		return failed(DeletionFile, errors.New("of something else"))
	}
	p, err := receipt.ParseProof(d.Proof)
	if err != nil {
		return failed(DeletionProofFile, err)
	}
	keys, err := k.LedgerKeys()
	if err != nil {
		return failed(KeyringFile, err)
	}
	head, err := p.Verify(d.Notice, note.VerifierList(keys...))
	if err != nil {
		return failed(DeletionProofFile, err)
	}
	if head.Origin != r.Notice.Origin {
		return failed(DeletionProofFile, errors.New("of another log"))
	}
	return nil
}

// Write tells the report in lines that a person can read.
func (r DeletedReport) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, `The document was received and is deleted.
submission   %s
fingerprint  %s
received     %s through kiosk %s
deleted      %s, %s
Its content cannot be shown any more. Whoever has a copy can still compare it with the fingerprint.
`, r.Receipt.ID, r.Receipt.Manifest.Fingerprint(), r.Receipt.ReceivedAt.UTC().Format(time.RFC3339), r.Receipt.Kiosk,
		r.Notice.At.Format(time.RFC3339), r.Notice.Why)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

// Told is a report in words.
type Told interface{ Write(w io.Writer) error }

// VerifyAny checks whatever export a folder is: a submission's, a deleted one's, a whole ledger.
func VerifyAny(dir string, root *x509.Certificate) (Told, error) {
	switch {
	case IsLedger(dir):
		return VerifyLedger(dir, root)
	case IsDeleted(dir):
		return VerifyDeleted(dir, root)
	}
	return Verify(dir, root)
}
