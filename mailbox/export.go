package mailbox

import (
	"errors"
	"fmt"

	"madoguchi/mailbox/store"
	"madoguchi/pki/cms"
	"madoguchi/pki/evidence"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// Export writes everything about one received submission into the new folder out, for pki/evidence to verify.
// It needs the store key and may run beside a serving mailbox. store.ErrNotFound: nothing with this id was received. Of a
// deleted one it writes what is left (evidence.Deleted).
func Export(dir string, id wire.ID, out string) error {
	d, statement, err := received(dir, id)
	if errors.Is(err, store.ErrDeleted) {
		return exportDeleted(dir, id, statement, out)
	}
	if err != nil {
		return err
	}
	f, err := folder(d, statement)
	if err != nil {
		return err
	}
	if f.Keyring, err = readFile(dir, KeyringFile); err != nil {
		return err
	}
	return f.Write(out)
}

func received(dir string, id wire.ID) (d store.Document, statement []byte, err error) {
	err = viewStore(dir, func(tx *store.Tx) error {
		var found error
		if d, found = tx.DocumentOf(id); found != nil && !errors.Is(found, store.ErrDeleted) {
			return fmt.Errorf("mailbox: submission %s: %w", id, found)
		}
		if statement, err = tx.Statement(d.Leaf); err != nil {
			return err
		}
		return found
	})
	return d, statement, err
}

// exportDeleted writes what is left of a document whose keys are destroyed: its receipt, and that it was deleted.
func exportDeleted(dir string, id wire.ID, statement []byte, out string) error {
	bundle, err := receipt.ParseBundle(statement)
	if err != nil {
		return fmt.Errorf("mailbox: statement: %w", err)
	}
	d := evidence.Deleted{Bundle: statement}
	if d.Receipt, err = content(bundle.CMS); err != nil {
		return err
	}
	if d.Keyring, err = readFile(dir, KeyringFile); err != nil {
		return err
	}
	err = viewStore(dir, func(tx *store.Tx) error {
		var leaf int64
		if leaf, d.Proof, err = tx.Notice(receipt.Deletion, id.String()); err != nil {
			return err
		}
		d.Notice, err = tx.Leaf(leaf)
		return err
	})
	if err != nil {
		return err
	}
	return d.Write(out)
}

// folder lays a stored document out: what other tools read on its own is taken out of the bundle and the CMS.
func folder(d store.Document, statement []byte) (evidence.Folder, error) {
	var f evidence.Folder
	bundle, err := receipt.ParseBundle(statement)
	if err != nil {
		return f, fmt.Errorf("mailbox: statement: %w", err)
	}
	leaf, err := content(bundle.CMS)
	if err != nil {
		return f, err
	}
	manifest, err := content(d.CMS)
	if err != nil {
		return f, err
	}
	record, err := evidence.ParseRecord(d.Evidence)
	if err != nil {
		return f, err
	}
	return evidence.Folder{
		Manifest: manifest, Submission: d.CMS, Parts: d.Parts, Verification: d.Evidence, Bundle: statement,
		ReceiptCMS: bundle.CMS, Receipt: leaf, SignerDER: record.Signer, AnchorDER: record.Anchor,
	}, nil
}

func content(der []byte) ([]byte, error) {
	m, err := cms.Parse(der)
	if err != nil {
		return nil, err
	}
	s, err := m.Verify(nil)
	if err != nil {
		return nil, err
	}
	return s.Content, nil
}
