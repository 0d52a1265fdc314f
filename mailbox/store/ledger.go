package store

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Size returns how many leaves the ledger has. With ReadHashes and Append it makes a transaction the ledger's
// store.
func (t *Tx) Size() (int64, error) {
	var n int64
	err := t.Row("ledger size", `SELECT COALESCE(MAX(n) + 1, 0) FROM leaves`, nil, &n)
	return n, err
}

// ReadHashes returns the hashes with these numbers, in this order.
func (t *Tx) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		var raw []byte
		if err := t.Row("ledger hash", `SELECT hash FROM hashes WHERE n = ?`, []any{n}, &raw); err != nil {
			return nil, err
		}
		if copy(out[i][:], raw) != len(raw) || len(raw) != tlog.HashSize {
			return nil, errors.New("store: ledger hash of the wrong length")
		}
	}
	return out, nil
}

// Append adds the leaf with number Size() and the hashes with the next numbers.
func (t *Tx) Append(leaf []byte, hashes []tlog.Hash) error {
	n, err := t.Size()
	if err != nil {
		return err
	}
	if _, err := t.Exec("ledger leaf", `INSERT INTO leaves (n, leaf) VALUES (?, ?)`, n, leaf); err != nil {
		return err
	}
	first := tlog.StoredHashCount(n)
	for i, h := range hashes {
		if _, err := t.Exec("ledger hash", `INSERT INTO hashes (n, hash) VALUES (?, ?)`, first+int64(i), h[:]); err != nil {
			return err
		}
	}
	return nil
}

// PutStatement keeps what was said of a leaf: a receipt.Bundle's bytes.
func (t *Tx) PutStatement(leaf int64, bundle []byte) error {
	_, err := t.Exec("put statement", `INSERT INTO statements (leaf, bundle) VALUES (?, ?)`, leaf, bundle)
	return err
}

// Statement returns what was said of a leaf.
func (t *Tx) Statement(leaf int64) ([]byte, error) {
	var bundle []byte
	if err := t.Row("read statement", `SELECT bundle FROM statements WHERE leaf = ?`, []any{leaf}, &bundle); err != nil {
		return nil, fmt.Errorf("statement of leaf %d: %w", leaf, err)
	}
	return bundle, nil
}
