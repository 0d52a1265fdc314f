// Package ledger appends leaves to the mailbox's tamper-evident log (RFC 6962 tree; x/mod/sumdb/tlog), signs its heads
// and proves what it holds. It only stores: what a leaf, a head and a proof mean is the business of pki/receipt.
//
// A Log has no state of its own. Each call works on a Store that the caller has bound to one transaction, so that a
// document, its leaf and its receipt are committed together. A head that was signed in a transaction that does not
// commit must not leave the process: it would be a fork. One appender at a time: the caller's write transaction sees
// to it.
//
// Error model: errors are the store's, wrapped with what was being done; ErrStore when the store gives an answer that
// cannot be right; ErrIndex for a leaf that the log does not hold. Leaves are never quoted.
package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/receipt"
)

var (
	// ErrStore reports a store that answers with another number of hashes than asked, or an impossible size.
	ErrStore = errors.New("ledger: store is damaged")
	// ErrIndex reports a leaf that the log does not hold.
	ErrIndex = errors.New("ledger: no such leaf")
	// ErrFull reports a log of receipt.MaxSize leaves.
	ErrFull = errors.New("ledger: full")
)

// Store keeps leaves and hashes, bound to one transaction by the caller. Hashes are numbered from 0 without gaps in
// the order in which Append brings them (tlog's storage index).
type Store interface {
	Size() (int64, error)                            // leaves
	ReadHashes(indexes []int64) ([]tlog.Hash, error) // in the order asked; an index that is not there is an error
	Append(leaf []byte, hashes []tlog.Hash) error    // the leaf gets number Size(), the hashes the next numbers
}

// Log names a ledger and holds its key.
type Log struct {
	origin string
	signer note.Signer
}

// New returns the log called origin. The signer's name must be the origin; Head reports it otherwise.
func New(origin string, signer note.Signer) *Log { return &Log{origin: origin, signer: signer} }

// Origin returns the log's name.
func (l *Log) Origin() string { return l.origin }

// Append adds leaves in order and returns the index of the first.
func (l *Log) Append(st Store, leaves ...[]byte) (first int64, err error) {
	return l.append(newCache(st), leaves)
}

// Head returns the signed head of the log as it now stands.
func (l *Log) Head(st Store) (signed []byte, err error) {
	c := newCache(st)
	n, err := c.size()
	if err != nil {
		return nil, err
	}
	return l.head(c, n)
}

// Prove returns the inclusion proof of a leaf in the log as it now stands, and that size.
func (l *Log) Prove(st Store, index int64) (size int64, proof []tlog.Hash, err error) {
	c := newCache(st)
	if size, err = c.size(); err != nil {
		return 0, nil, err
	}
	proof, err = l.prove(c, size, index)
	return size, proof, err
}

// ProveConsistency returns the proof that the log of size to continues that of size from (RFC 6962 §2.1.2).
func (l *Log) ProveConsistency(st Store, from, to int64) ([]tlog.Hash, error) {
	c := newCache(st)
	size, err := c.size()
	if err != nil {
		return nil, err
	}
	if from < 1 || from > to || to > size {
		return nil, ErrIndex
	}
	proof, err := tlog.ProveTree(to, from, c)
	if err != nil {
		return nil, fmt.Errorf("ledger: prove size %d in %d: %w", from, to, err)
	}
	return proof, nil
}

// Batch is what one transaction appended: leaf First+i has proof Proofs[i] in the log of that Size and Head.
type Batch struct {
	First, Size int64
	Proofs      [][]tlog.Hash
	Head        []byte
}

// Commit appends leaves and returns the head and every leaf's proof, reading no hash from the store twice. The caller
// commits the transaction before any of it leaves the process.
func (l *Log) Commit(st Store, leaves ...[]byte) (Batch, error) {
	c := newCache(st)
	first, err := l.append(c, leaves)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{First: first, Size: first + int64(len(leaves))}
	for i := range leaves {
		proof, err := l.prove(c, b.Size, first+int64(i))
		if err != nil {
			return Batch{}, err
		}
		b.Proofs = append(b.Proofs, proof)
	}
	b.Head, err = l.head(c, b.Size)
	return b, err
}

func (l *Log) append(c *cache, leaves [][]byte) (int64, error) {
	first, err := c.size()
	if err != nil {
		return 0, err
	}
	if first > receipt.MaxSize-int64(len(leaves)) {
		return 0, ErrFull
	}
	for i, leaf := range leaves {
		n := first + int64(i)
		hashes, err := tlog.StoredHashesForRecordHash(n, receipt.LeafHash(leaf), c)
		if err != nil {
			return 0, fmt.Errorf("ledger: hash leaf %d: %w", n, err)
		}
		if err := c.st.Append(leaf, hashes); err != nil {
			return 0, fmt.Errorf("ledger: append leaf %d: %w", n, err)
		}
		c.keep(tlog.StoredHashIndex(0, n), hashes)
	}
	return first, nil
}

func (l *Log) prove(c *cache, size, index int64) ([]tlog.Hash, error) {
	if index < 0 || index >= size {
		return nil, ErrIndex
	}
	proof, err := tlog.ProveRecord(size, index, c)
	if err != nil {
		return nil, fmt.Errorf("ledger: prove leaf %d: %w", index, err)
	}
	return proof, nil
}

func (l *Log) head(c *cache, size int64) ([]byte, error) {
	root, err := tlog.TreeHash(size, c)
	if err != nil {
		return nil, fmt.Errorf("ledger: hash of the log: %w", err)
	}
	return receipt.Head{Origin: l.origin, Size: size, Root: root}.Sign(l.signer)
}
