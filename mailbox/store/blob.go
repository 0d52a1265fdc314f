package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
)

// Kind is what a blob holds.
type Kind string

// The kinds of blobs.
const (
	CMS      Kind = "cms"       // the signed submission
	Part     Kind = "part"      // one part
	DraftKey Kind = "draft-key" // of who has a card that cannot rebuild one
	Evidence Kind = "evidence"  // what was verified, and with which certificates
)

// BlobID names a blob: 128 random bits.
type BlobID []byte

// PutBlob encrypts plain under a key of its own (AES-256-GCM), and that key under the store key. Kind and id are
// bound to both, so that no blob and no key can stand in for another.
func (t *Tx) PutBlob(kind Kind, plain []byte) (BlobID, error) {
	id, key := make([]byte, 16), make([]byte, KeySize)
	defer clear(key)
	if _, err := rand.Read(id); err != nil {
		return nil, fmt.Errorf("store: draw blob id: %w", err)
	}
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("store: draw blob key: %w", err)
	}
	sealed, err := sealed(key, plain, kind, id, "blob")
	if err != nil {
		return nil, err
	}
	wrapped, err := sealedKey(t.s.wrap[:], key, kind, id)
	if err != nil {
		return nil, err
	}
	if _, err := t.Exec("put blob", `INSERT INTO blobs (id, kind, sealed) VALUES (?, ?, ?)`, id, string(kind), sealed); err != nil {
		return nil, err
	}
	_, err = t.Exec("put blob key", `INSERT INTO blob_keys (blob, wrapped) VALUES (?, ?)`, id, wrapped)
	return id, err
}

// Blob returns what PutBlob stored. ErrNotFound when blob or key are gone, ErrDamaged when they do not open.
func (t *Tx) Blob(kind Kind, id BlobID) ([]byte, error) {
	var data, wrapped []byte
	err := t.Row("read blob", `SELECT sealed, wrapped FROM blobs JOIN blob_keys ON blob = id WHERE id = ? AND kind = ?`,
		[]any{[]byte(id), string(kind)}, &data, &wrapped)
	if err != nil {
		return nil, err
	}
	key, err := opened(t.s.wrap[:], wrapped, kind, id, "key")
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return opened(key, data, kind, id, "blob")
}

func sealedKey(wrap, key []byte, kind Kind, id []byte) ([]byte, error) {
	return sealed(wrap, key, kind, id, "key")
}

func sealed(key, plain []byte, kind Kind, id []byte, what string) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, bound(kind, id, what)), nil //nolint:gosec // G407: it draws its own nonce
}

func opened(key, data []byte, kind Kind, id []byte, what string) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, data, bound(kind, id, what))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("store: cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("store: cipher: %w", err)
	}
	return aead, nil
}

func bound(kind Kind, id []byte, what string) []byte {
	return append([]byte("madoguchi/store/v1/"+what+"/"+string(kind)+"/"), id...)
}
