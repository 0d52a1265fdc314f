package store

import (
	"errors"
	"time"

	"madoguchi/wire"
)

// ErrDeleted reports a document whose keys are destroyed.
var ErrDeleted = errors.New("store: the document was deleted")

// PutNotice keeps the place of a leaf that is no receipt.
func (t *Tx) PutNotice(kind, subject string, leaf int64, proof []byte) error {
	_, err := t.Exec("put notice", `INSERT INTO notices (kind, subject, leaf, proof) VALUES (?, ?, ?, ?)`, kind, subject, leaf, proof)
	return err
}

// Notice returns the leaf and proof of a notice, or ErrNotFound.
func (t *Tx) Notice(kind, subject string) (leaf int64, proof []byte, err error) {
	err = t.Row("find notice", `SELECT leaf, proof FROM notices WHERE kind = ? AND subject = ?`, []any{kind, subject}, &leaf, &proof)
	return leaf, proof, err
}

// Leaf returns a leaf of the ledger.
func (t *Tx) Leaf(n int64) (leaf []byte, err error) {
	err = t.Row("read leaf", `SELECT leaf FROM leaves WHERE n = ?`, []any{n}, &leaf)
	return leaf, err
}

// Delete destroys the keys of a document's blobs, and the blobs: nothing that is left in this database opens them. That
// it was received, when and under which hash, stays.
func (t *Tx) Delete(id wire.ID) error {
	const blobs = `(SELECT cms FROM documents d JOIN claims c ON c.leaf = d.leaf WHERE c.id = ?1
		UNION SELECT evidence FROM documents d JOIN claims c ON c.leaf = d.leaf WHERE c.id = ?1
		UNION SELECT blob FROM parts p JOIN claims c ON c.leaf = p.leaf WHERE c.id = ?1)`
	n, err := t.Exec("destroy keys", `DELETE FROM blob_keys WHERE blob IN `+blobs, id[:])
	if err == nil && n == 0 {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	_, err = t.Exec("empty blobs", `UPDATE blobs SET sealed = x'' WHERE id IN `+blobs, id[:])
	return err
}

// Stamp is a time-stamped head of the ledger.
type Stamp struct {
	Size  int64
	Head  []byte // signed
	Token []byte
	At    time.Time
}

// PutStamp keeps a stamp.
func (t *Tx) PutStamp(s Stamp) error {
	_, err := t.Exec("put stamp", `INSERT INTO stamps (size, head, token, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, s.Size, s.Head, s.Token, s.At.Unix())
	return err
}

// Stamps returns every stamp, the oldest first.
func (t *Tx) Stamps() (all []Stamp, err error) {
	err = t.Rows("list stamps", `SELECT size, head, token, at FROM stamps ORDER BY at, size`, nil, func(scan func(...any) error) error {
		var s Stamp
		var at int64
		err := scan(&s.Size, &s.Head, &s.Token, &at)
		s.At = moment(at)
		all = append(all, s)
		return err
	})
	return all, err
}

// Stamped returns the size of the last stamped head and when that was; zero: none yet.
func (t *Tx) Stamped() (size int64, at time.Time, err error) {
	var unix int64
	err = t.Row("last stamp", `SELECT size, at FROM stamps ORDER BY at DESC, size DESC LIMIT 1`, nil, &size, &unix)
	if errors.Is(err, ErrNotFound) {
		return 0, time.Time{}, nil
	}
	return size, moment(unix), err
}

// Leaves calls each for every leaf in order, with its statement; nil for a leaf that has none.
func (t *Tx) Leaves(each func(n int64, leaf, statement []byte) error) error {
	return t.Rows("read ledger", `SELECT n, leaves.leaf, bundle FROM leaves LEFT JOIN statements ON statements.leaf = n ORDER BY n`, nil,
		func(scan func(...any) error) error {
			var n int64
			var leaf, statement []byte
			if err := scan(&n, &leaf, &statement); err != nil {
				return err
			}
			return each(n, leaf, statement)
		})
}

func moment(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

// Counts are what a database holds, for those who watch it.
type Counts struct {
	Documents, Refusals, Held, Leaves, Stamped int64
	StampedAt                                  time.Time // zero: never
}

// Counts returns them.
func (t *Tx) Counts() (c Counts, err error) {
	err = t.Row("count", `SELECT (SELECT COUNT(*) FROM documents), (SELECT COUNT(*) FROM refusals), (SELECT COUNT(*) FROM quarantine),
		(SELECT COALESCE(MAX(n) + 1, 0) FROM leaves)`, nil, &c.Documents, &c.Refusals, &c.Held, &c.Leaves)
	if err == nil {
		c.Stamped, c.StampedAt, err = t.Stamped()
	}
	return c, err
}
