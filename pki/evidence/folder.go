package evidence

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"madoguchi/internal/durable"
)

// The files of an exported folder.
const (
	ManifestFile     = "manifest.json"
	SubmissionFile   = "submission.cms" // openssl cms -verify -cades -binary -inform DER -CAfile chain.pem -purpose any
	SignerFile       = "signer.pem"
	ChainFile        = "chain.pem"
	VerificationFile = "verification.json"
	BundleFile       = "receipt.bundle"
	ReceiptCMSFile   = "receipt.cms"  // openssl … -CAfile with the pinned root
	ReceiptFile      = "receipt.json" // the ledger leaf
	KeyringFile      = "keyring.cms"
)

// PartFile names part n, from 1.
func PartFile(n int) string { return fmt.Sprintf("part-%d.json", n) }

// maxParts bounds what a folder may make Verify read.
const maxParts = 1024

// Folder is everything about one received submission. The root is not part of it: who verifies has his own.
type Folder struct {
	Manifest, Submission []byte // canonical JSON; CMS over it
	Parts                [][]byte
	Verification         []byte // Record.Marshal
	Bundle, ReceiptCMS   []byte // pki/receipt; its CMS again, for other tools
	Receipt, Keyring     []byte // its leaf again; CMS of pki/keyring
	SignerDER, AnchorDER []byte
}

// Write writes a new folder, readable by its owner alone; one that exists must be empty.
func (f Folder) Write(dir string) error {
	if err := emptyFolder(dir); err != nil {
		return err
	}
	files := map[string][]byte{
		ManifestFile: f.Manifest, SubmissionFile: f.Submission, VerificationFile: f.Verification, BundleFile: f.Bundle,
		ReceiptCMSFile: f.ReceiptCMS, ReceiptFile: f.Receipt, KeyringFile: f.Keyring,
		SignerFile: certPEM(f.SignerDER), ChainFile: certPEM(f.AnchorDER),
	}
	for n, part := range f.Parts {
		files[PartFile(n+1)] = part
	}
	for name, data := range files {
		if err := durable.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("evidence: %s: %w", name, err)
		}
	}
	return nil
}

// read reads a folder; a file that no export has is an error, so that nothing travels along unseen.
func read(dir string) (Folder, error) {
	var f Folder
	files := map[string]*[]byte{
		ManifestFile: &f.Manifest, SubmissionFile: &f.Submission, VerificationFile: &f.Verification, BundleFile: &f.Bundle,
		ReceiptCMSFile: &f.ReceiptCMS, ReceiptFile: &f.Receipt, KeyringFile: &f.Keyring,
		SignerFile: &f.SignerDER, ChainFile: &f.AnchorDER,
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return f, fmt.Errorf("evidence: %w", err)
	}
	n := len(entries) - len(files)
	if n < 1 || n > maxParts {
		return f, fmt.Errorf("%w: folder has files too few or too many", ErrEvidence)
	}
	f.Parts = make([][]byte, n)
	for i := range f.Parts {
		files[PartFile(i+1)] = &f.Parts[i]
	}
	for name, into := range files {
		if *into, err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return f, fmt.Errorf("%w: %s: %w", ErrEvidence, name, err)
		}
	}
	if f.SignerDER, err = fromPEM(f.SignerDER); err != nil {
		return f, failed(SignerFile, err)
	}
	if f.AnchorDER, err = fromPEM(f.AnchorDER); err != nil {
		return f, failed(ChainFile, err)
	}
	return f, nil
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// fromPEM requires exactly the text that certPEM writes: text around it, or a second certificate, would be read by
// other tools and not by Verify.
func fromPEM(text []byte) ([]byte, error) {
	block, _ := pem.Decode(text)
	if block == nil || !bytes.Equal(certPEM(block.Bytes), text) {
		return nil, errors.New("not exactly one certificate in PEM")
	}
	return block.Bytes, nil
}
