package store

import (
	"time"

	"madoguchi/wire"
)

// Refusal is one envelope that was refused for good.
type Refusal struct {
	Sealed   wire.Hash // SHA-256 of the envelope as it came
	Leaf     int64
	Kiosk    string
	Manifest wire.Hash
	At       time.Time // the mailbox's clock, whole seconds UTC
}

// RefusalOf returns the leaf under which exactly this envelope was refused, or ErrNotFound.
func (t *Tx) RefusalOf(sealed wire.Hash) (int64, error) {
	var leaf int64
	err := t.Row("find refusal", `SELECT leaf FROM refusals WHERE sealed = ?`, []any{sealed[:]}, &leaf)
	return leaf, err
}

// Refusals counts what was refused of a kiosk: of one manifest ever, and of all since a time.
func (t *Tx) Refusals(kiosk string, manifest wire.Hash, since time.Time) (ofManifest, recent int, err error) {
	err = t.Row("count refusals", `SELECT
		(SELECT COUNT(*) FROM refusals WHERE kiosk = ?1 AND manifest = ?2), (SELECT COUNT(*) FROM refusals WHERE kiosk = ?1 AND at > ?3)`,
		[]any{kiosk, manifest[:], since.Unix()}, &ofManifest, &recent)
	return ofManifest, recent, err
}

// PutRefusal records a refusal.
func (t *Tx) PutRefusal(r Refusal) error {
	_, err := t.Exec("put refusal", `INSERT INTO refusals (sealed, leaf, kiosk, manifest, at) VALUES (?, ?, ?, ?, ?)`,
		r.Sealed[:], r.Leaf, r.Kiosk, r.Manifest[:], r.At.Unix())
	return err
}
