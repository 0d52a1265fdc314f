package store

import (
	"errors"
	"time"

	"madoguchi/wire"
)

// Draft is what a person has not finished, sealed under a key that the mailbox does not have (pki/draft).
type Draft struct {
	ID      wire.ID
	Version uint64
	Scheme  string
	Salt    string
	Sum     wire.Hash // of Sealed
	Kiosk   string    // which sent this version
	SavedAt time.Time // the mailbox's clock, whole seconds UTC
	Sealed  []byte
}

// Totals is how much there is.
type Totals struct {
	Count, Bytes int64
}

// Drafts returns an owner's drafts without their bytes, the newest first. The owner is the SHA-256 of the 利用者証明用
// key, of which only the HMAC is stored.
func (t *Tx) Drafts(owner wire.Hash) ([]Draft, error) {
	var all []Draft
	err := t.Rows("list drafts", `SELECT id, version, scheme, salt, sum, kiosk, saved_at FROM drafts WHERE owner = ? ORDER BY saved_at DESC, id`,
		[]any{t.s.tag(owner[:])}, func(scan func(...any) error) error {
			var d Draft
			err := d.scan(scan)
			all = append(all, d)
			return err
		})
	return all, err
}

func (d *Draft) scan(scan func(...any) error, more ...any) error {
	var id, sum []byte
	var at int64
	if err := scan(append([]any{&id, &d.Version, &d.Scheme, &d.Salt, &sum, &d.Kiosk, &at}, more...)...); err != nil {
		return err
	}
	if copy(d.ID[:], id) != len(id) || copy(d.Sum[:], sum) != len(sum) {
		return errors.New("store: draft: id or hash of the wrong length")
	}
	d.SavedAt = time.Unix(at, 0).UTC()
	return nil
}

// Draft returns one draft of an owner, or ErrNotFound.
func (t *Tx) Draft(owner wire.Hash, id wire.ID) (d Draft, err error) {
	err = d.scan(func(dest ...any) error {
		return t.Row("read draft", `SELECT id, version, scheme, salt, sum, kiosk, saved_at, sealed FROM drafts WHERE owner = ? AND id = ?`,
			[]any{t.s.tag(owner[:]), id[:]}, dest...)
	}, &d.Sealed)
	return d, err
}

// PutDraft keeps a draft in place of the one of its owner and id.
func (t *Tx) PutDraft(owner wire.Hash, d Draft) error {
	_, err := t.Exec("put draft", `INSERT OR REPLACE INTO drafts (owner, id, version, scheme, salt, sum, kiosk, saved_at, size, sealed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.s.tag(owner[:]), d.ID[:], d.Version, d.Scheme, d.Salt, d.Sum[:], d.Kiosk, d.SavedAt.Unix(), len(d.Sealed), d.Sealed)
	return err
}

// DropDraft deletes a draft; none is no error.
func (t *Tx) DropDraft(owner wire.Hash, id wire.ID) error {
	_, err := t.Exec("drop draft", `DELETE FROM drafts WHERE owner = ? AND id = ?`, t.s.tag(owner[:]), id[:])
	return err
}

// DraftTotals returns how much there is of an owner, and of a kiosk, beside one draft.
func (t *Tx) DraftTotals(owner wire.Hash, kiosk string, beside wire.ID) (own, sent Totals, err error) {
	tag := t.s.tag(owner[:])
	err = t.Row("count drafts", `SELECT
		(SELECT COUNT(*) FROM drafts WHERE owner = ?1 AND id <> ?3), (SELECT COALESCE(SUM(size), 0) FROM drafts WHERE owner = ?1 AND id <> ?3),
		(SELECT COUNT(*) FROM drafts WHERE kiosk = ?2 AND NOT (owner = ?1 AND id = ?3)),
		(SELECT COALESCE(SUM(size), 0) FROM drafts WHERE kiosk = ?2 AND NOT (owner = ?1 AND id = ?3))`,
		[]any{tag, kiosk, beside[:]}, &own.Count, &own.Bytes, &sent.Count, &sent.Bytes)
	return own, sent, err
}

// ExpireDrafts deletes what was saved before a time, and the held keys of owners who then have no draft, and returns
// how many drafts those were.
func (t *Tx) ExpireDrafts(before time.Time) (int64, error) {
	n, err := t.Exec("expire drafts", `DELETE FROM drafts WHERE saved_at < ?`, before.Unix())
	if err != nil {
		return 0, err
	}
	var blobs [][]byte
	err = t.Rows("find keys of drafts", `SELECT blob FROM draft_keys WHERE made_at < ? AND owner NOT IN (SELECT owner FROM drafts)`,
		[]any{before.Unix()}, func(scan func(...any) error) error {
			var blob []byte
			err := scan(&blob)
			blobs = append(blobs, blob)
			return err
		})
	for _, blob := range blobs {
		if err != nil {
			break
		}
		err = t.dropDraftKey(blob)
	}
	return n, err
}

func (t *Tx) dropDraftKey(blob []byte) error {
	for _, query := range []string{
		`DELETE FROM draft_keys WHERE blob = ?`, `DELETE FROM blob_keys WHERE blob = ?`, `DELETE FROM blobs WHERE id = ?`,
	} {
		if _, err := t.Exec("drop key of drafts", query, blob); err != nil {
			return err
		}
	}
	return nil
}

// DraftKey returns the key that is held for an owner whose card cannot rebuild one, and its salt, or ErrNotFound.
func (t *Tx) DraftKey(owner wire.Hash) (salt string, key []byte, err error) {
	var blob []byte
	if err := t.Row("find key of drafts", `SELECT salt, blob FROM draft_keys WHERE owner = ?`, []any{t.s.tag(owner[:])}, &salt, &blob); err != nil {
		return "", nil, err
	}
	key, err = t.Blob(DraftKey, blob)
	return salt, key, err
}

// PutDraftKey holds a key for an owner.
func (t *Tx) PutDraftKey(owner wire.Hash, salt string, key []byte, at time.Time) error {
	blob, err := t.PutBlob(DraftKey, key)
	if err != nil {
		return err
	}
	_, err = t.Exec("put key of drafts", `INSERT INTO draft_keys (owner, salt, blob, made_at) VALUES (?, ?, ?, ?)`, t.s.tag(owner[:]), salt, []byte(blob), at.Unix())
	return err
}
