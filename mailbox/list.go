package mailbox

import (
	"context"
	"path/filepath"

	"madoguchi/mailbox/store"
)

// List returns what the mailbox in dir has received, the oldest first. It may run beside a serving mailbox.
func List(dir string) ([]store.Entry, error) {
	key, err := readFile(dir, keysDir, storeKeyFile)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(dir, storeFile), key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	var all []store.Entry
	err = s.View(ctx, func(tx *store.Tx) error {
		all, err = tx.Entries()
		return err
	})
	return all, err
}
