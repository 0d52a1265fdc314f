package mailbox

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"madoguchi/internal/event"
	"madoguchi/mailbox/ledger"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/evidence"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// Delete destroys the keys of a received document's parts, signature and evidence, and says so in the ledger. That it was
// received, when, and under which hash, stays for ever: a copy of it is answered with the first receipt, and whoever
// holds one can still prove what it was. why is a code. Deleted already: nothing changes. It may run beside a serving
// mailbox. store.ErrNotFound: nothing with this id was received.
func Delete(dir string, id wire.ID, why string) error {
	if !registry.IsCode(why) {
		return registry.ErrWhy
	}
	config, err := LoadConfig(dir)
	if err != nil {
		return err
	}
	key, err := readLedger(filepath.Join(dir, keysDir))
	if err != nil {
		return err
	}
	deleted := false
	err = withStore(dir, func(tx *store.Tx) error {
		if _, err := tx.DocumentOf(id); errors.Is(err, store.ErrDeleted) {
			return nil
		} else if err != nil && !errors.Is(err, store.ErrDamaged) {
			return fmt.Errorf("mailbox: submission %s: %w", id, err)
		}
		if err := tx.Delete(id); err != nil {
			return err
		}
		deleted = true
		return notice(tx, ledger.New(key.Name(), key), receipt.Notice{
			Kind: receipt.Deletion, Mailbox: config.Name, Subject: id.String(), Why: why, At: time.Now().UTC().Truncate(time.Second),
		})
	})
	if err == nil && deleted {
		event.DocumentDeleted.Log(slog.Default(), "id", id.String(), "why", why)
	}
	return err
}

// ExportLedger writes the whole ledger into the new folder out, for evidence.VerifyLedger: every leaf with what was said
// of it, the newest signed head, every time-stamp, the keyring. It holds nothing of a person. It may run beside a
// serving mailbox.
func ExportLedger(dir, out string) error {
	signed, err := readFile(dir, KeyringFile)
	if err != nil {
		return err
	}
	key, err := readLedger(filepath.Join(dir, keysDir))
	if err != nil {
		return err
	}
	w, err := evidence.NewLedger(out, signed)
	if err != nil {
		return err
	}
	err = viewStore(dir, func(tx *store.Tx) error {
		if err := tx.Leaves(func(_ int64, leaf, statement []byte) error { return w.Leaf(leaf, statement) }); err != nil {
			return err
		}
		stamps, err := tx.Stamps()
		if err != nil {
			return err
		}
		for _, s := range stamps {
			if err := w.Stamp(s.Head, s.Token); err != nil {
				return err
			}
		}
		head, err := ledger.New(key.Name(), key).Head(tx)
		if err != nil {
			return err
		}
		return w.Head(head)
	})
	return errors.Join(err, w.Close())
}
