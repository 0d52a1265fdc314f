package mailbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	sumdb "golang.org/x/mod/sumdb/note"

	"madoguchi/internal/jsonx"
	"madoguchi/mailbox/ledger"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
)

// ResendFile is the signed request of a restored mailbox to its kiosks; a serving mailbox publishes it.
const ResendFile = "resend.cms"

// restoredStep is how much the version of a keyring rises at a restore: above whatever was signed after the backup.
const restoredStep = 1000

// Restore makes a mailbox's folder from a backup, opened with an offline identity, and from a copy of the database if
// there is one (oldStore; empty: none). The ledger gets a new origin and key, since nobody can know what the lost one
// had signed after that copy: under the old name a shorter history would be a fork. A new origin continues the leaves of
// the copy, says so in a leaf, and stands in the next keyring beside the old one, whose receipts go on to verify. The
// kiosks are asked to send again what they still have (ResendFile). The new key is in a new backup, to be confirmed.
func Restore(dir string, sealed, identities io.Reader, oldStore string) error {
	if _, err := os.Stat(filepath.Join(dir, ConfigFile)); err == nil {
		return errors.New("mailbox: this folder has a mailbox already; it is not overwritten")
	}
	files, _, err := openBackup(sealed, identities)
	if err != nil {
		return err
	}
	if err := unpack(dir, files); err != nil {
		return err
	}
	if oldStore != "" {
		if err := copyFile(oldStore, filepath.Join(dir, storeFile)); err != nil {
			return err
		}
	}
	if err := newOrigin(dir, files[ConfigFile], files[registerFile], oldStore == ""); err != nil {
		return err
	}
	if err := writeFile(files[ConfigFile], dir, ConfigFile); err != nil { // last: a folder with one is whole
		return err
	}
	known := Backups{V: 1}
	if err := jsonx.UnmarshalLoose(files[recipientsFile], &known.Recipients); err != nil {
		return fmt.Errorf("mailbox: backup: recipients: %w", err)
	}
	_, err = MakeBackup(dir, known.Recipients)
	return err
}

// unpack writes everything but the configuration, which comes last, and what is the backup's alone.
func unpack(dir string, files map[string][]byte) error {
	for name, b := range files {
		if name == ConfigFile || name == registerFile || name == recipientsFile {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("mailbox: restore: %w", err)
		}
		if err := writeFile(b, path); err != nil {
			return err
		}
	}
	return os.MkdirAll(filepath.Join(dir, brokerDir), 0o700)
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("mailbox: restore: %w", err)
	}
	return nil
}

// newOrigin makes the new log's key, its keyring and its first leaf.
func newOrigin(dir string, config, register []byte, empty bool) error {
	c, err := parseConfig(config)
	if err != nil {
		return err
	}
	root, err := readRoot(dir)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	k, err := readKeyring(dir, root.Cert, now)
	if err != nil {
		return err
	}
	old, err := readLedger(filepath.Join(dir, keysDir))
	if err != nil {
		return err
	}
	secret, public, err := sumdb.GenerateKey(rand.Reader, fmt.Sprintf("%s/log/%d", c.Name, len(k.Ledgers)+1))
	if err != nil {
		return fmt.Errorf("mailbox: ledger key: %w", err)
	}
	if err := writeFile([]byte(secret), dir, keysDir, ledgerKeyFile); err != nil {
		return err
	}
	k.Version, k.IssuedAt, k.Ledgers = k.Version+restoredStep, now, append(k.Ledgers, public)
	s := &setUp{dir: dir, config: c, now: now, root: root}
	if err := s.signKeyring(*k); err != nil {
		return err
	}
	return restored(dir, k, old.Name(), register, empty, now)
}

func restored(dir string, k *keyring.Keyring, before string, register []byte, empty bool, now time.Time) error {
	key, err := readLedger(filepath.Join(dir, keysDir))
	if err != nil {
		return err
	}
	signer, err := readSigner(filepath.Join(dir, keysDir), "receipt")
	if err != nil {
		return err
	}
	var size int64
	err = withStore(dir, func(tx *store.Tx) error {
		if empty {
			var all []registry.Saved
			if err := jsonx.UnmarshalLoose(register, &all); err != nil {
				return fmt.Errorf("mailbox: backup: register: %w", err)
			}
			if err := registry.Load(tx, all); err != nil {
				return err
			}
		}
		if size, err = tx.Size(); err != nil {
			return err
		}
		return notice(tx, ledger.New(key.Name(), key), receipt.Notice{
			Kind: receipt.Restored, Mailbox: k.Mailbox, Subject: before, Why: "from-a-backup", At: now,
		})
	})
	if err != nil {
		return err
	}
	der, err := receipt.SignResend(context.Background(), receipt.Resend{
		Mailbox: k.Mailbox, Origin: key.Name(), Before: before, Size: size, At: now,
	}, signer)
	if err != nil {
		return err
	}
	return writeFile(der, dir, ResendFile)
}

// readResend returns the request to publish, nil where there is none.
func readResend(dir string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, ResendFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}
