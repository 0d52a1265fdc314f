package store

import (
	"crypto/hmac"
	"errors"
	"time"

	"madoguchi/wire"
)

// Document is one received submission. Signer and AuthKey are indexed by HMAC and cannot be read back.
type Document struct {
	Leaf       int64 // its receipt in the ledger, and its key here
	ID         wire.ID
	Manifest   wire.Hash
	Kiosk      string // of the first delivery
	Form       string
	Version    int
	ReceivedAt time.Time // the mailbox's clock, whole seconds UTC
	Signer     []byte    // SubjectPublicKeyInfo of the 署名用 key
	AuthKey    wire.Hash // of the manifest
	CMS        []byte
	Parts      [][]byte
	Evidence   []byte
}

// Claimed is what a manifest and an id are already taken by.
type Claimed struct {
	Manifest bool  // this very manifest was received
	ID       bool  // its id was received, with this or another manifest
	Leaf     int64 // of the earlier document, when Manifest or ID
}

// Claimed looks up what was received before.
func (t *Tx) Claimed(id wire.ID, manifest wire.Hash) (Claimed, error) {
	var leaf int64
	err := t.Row("find claim", `SELECT leaf FROM claims WHERE manifest = ?`, []any{manifest[:]}, &leaf)
	if err == nil {
		return Claimed{Manifest: true, ID: true, Leaf: leaf}, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Claimed{}, err
	}
	err = t.Row("find claim", `SELECT leaf FROM claims WHERE id = ?`, []any{id[:]}, &leaf)
	if errors.Is(err, ErrNotFound) {
		return Claimed{}, nil
	}
	return Claimed{ID: err == nil, Leaf: leaf}, err
}

// Claim takes manifest and id for a document, for ever. The database refuses what is already taken.
func (t *Tx) Claim(id wire.ID, manifest wire.Hash, leaf int64) error {
	_, err := t.Exec("claim", `INSERT INTO claims (manifest, id, leaf) VALUES (?, ?, ?)`, manifest[:], id[:], leaf)
	return err
}

// PutDocument keeps a document whose leaf is in the ledger.
func (t *Tx) PutDocument(d Document) error {
	cms, err := t.PutBlob(CMS, d.CMS)
	if err != nil {
		return err
	}
	evidence, err := t.PutBlob(Evidence, d.Evidence)
	if err != nil {
		return err
	}
	_, err = t.Exec("put document", `INSERT INTO documents
		(leaf, id, manifest, kiosk, form, version, received_at, signer, auth_key, cms, evidence)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.Leaf, d.ID[:], d.Manifest[:], d.Kiosk, d.Form, d.Version, d.ReceivedAt.Unix(),
		t.s.tag(d.Signer), t.s.tag(d.AuthKey[:]), []byte(cms), []byte(evidence))
	if err != nil {
		return err
	}
	for i, part := range d.Parts {
		blob, err := t.PutBlob(Part, part)
		if err != nil {
			return err
		}
		if _, err := t.Exec("put part", `INSERT INTO parts (leaf, n, blob) VALUES (?, ?, ?)`, d.Leaf, i+1, []byte(blob)); err != nil {
			return err
		}
	}
	return nil
}

// DocumentOf returns the received document with this id, or ErrNotFound; ErrDeleted, and what is left, when its keys are
// destroyed.
func (t *Tx) DocumentOf(id wire.ID) (Document, error) {
	d := Document{ID: id}
	var manifest, cms, evidence []byte
	var at int64
	err := t.Row("find document", `SELECT d.leaf, d.manifest, kiosk, form, version, received_at, cms, evidence
		FROM claims JOIN documents d ON d.leaf = claims.leaf WHERE claims.id = ?`, []any{id[:]},
		&d.Leaf, &manifest, &d.Kiosk, &d.Form, &d.Version, &at, &cms, &evidence)
	if err != nil {
		return Document{}, err
	}
	if copy(d.Manifest[:], manifest) != len(manifest) {
		return Document{}, errors.New("store: manifest hash of the wrong length")
	}
	d.ReceivedAt = time.Unix(at, 0).UTC()
	if d.CMS, err = t.Blob(CMS, cms); errors.Is(err, ErrNotFound) {
		return d, ErrDeleted
	} else if err != nil {
		return Document{}, err
	}
	if d.Evidence, err = t.Blob(Evidence, evidence); err != nil {
		return Document{}, err
	}
	d.Parts, err = t.partsOf(d.Leaf)
	return d, err
}

func (t *Tx) partsOf(leaf int64) ([][]byte, error) {
	var blobs, parts [][]byte
	err := t.Rows("find parts", `SELECT blob FROM parts WHERE leaf = ? ORDER BY n`, []any{leaf}, func(scan func(...any) error) error {
		var blob []byte
		err := scan(&blob)
		blobs = append(blobs, blob)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, blob := range blobs {
		part, err := t.Blob(Part, blob)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// SignedBy reports whether a received document was signed by this key (SubjectPublicKeyInfo).
func (t *Tx) SignedBy(leaf int64, signer []byte) (bool, error) {
	var tag []byte
	err := t.Row("find signer", `SELECT signer FROM documents WHERE leaf = ?`, []any{leaf}, &tag)
	return hmac.Equal(tag, t.s.tag(signer)), err
}

// Count returns the number of received documents.
func (t *Tx) Count() (int64, error) {
	var n int64
	err := t.Row("count documents", `SELECT COUNT(*) FROM documents`, nil, &n)
	return n, err
}
