// Package registry is the mailbox's register of kiosks: which terminal has which device key, which secret MQTT
// client id, and what it may offer.
//
// Error model: ErrUnknown for a kiosk that is not enrolled, ErrTaken for an id or key that already is,
// ErrProfile for a profile that does not exist, wire.ErrFormat for an id that could be a wildcard; the rest are
// the store's errors.
package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

var (
	// ErrUnknown reports a kiosk that is not enrolled, or is not this one.
	ErrUnknown = errors.New("registry: no such kiosk")
	// ErrTaken reports an id or a device key that is enrolled already, the one without the other.
	ErrTaken = errors.New("registry: kiosk or key is enrolled already")
	// ErrProfile reports a profile that does not exist.
	ErrProfile = errors.New("registry: no such profile")
)

// Profiles are the kinds of terminals; which procedures each offers comes from here, not from the terminal.
var Profiles = []string{"city-hall", "reception", "portable", "desk"}

// Kiosk is one enrolled terminal.
type Kiosk struct {
	ID         string
	Profile    string
	Device     []byte // SubjectPublicKeyInfo of its device key, ECDSA P-256
	EnrolledAt time.Time
	client     [sha256.Size]byte // of the MQTT client id
}

// Key returns the device key.
func (k Kiosk) Key() (*ecdsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(k.Device)
	if err != nil {
		return nil, fmt.Errorf("registry: device key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("registry: device key is not ECDSA")
	}
	return key, nil
}

// Is reports whether a client id is this kiosk's secret one.
func (k Kiosk) Is(clientID string) bool {
	sum := sha256.Sum256([]byte(clientID))
	return subtle.ConstantTimeCompare(sum[:], k.client[:]) == 1
}

// Add enrols a kiosk under a client id, of which only the hash is kept. The same kiosk with the same key may be
// enrolled again, for an operator whose first answer was lost; the earlier client id then no longer works.
func Add(tx *store.Tx, k Kiosk, clientID string) error {
	if err := wire.CheckKiosk(k.ID); err != nil {
		return err
	}
	if !slices.Contains(Profiles, k.Profile) {
		return ErrProfile
	}
	sum := sha256.Sum256([]byte(clientID))
	n, err := tx.Exec("enrol", `INSERT INTO kiosks (id, profile, client, device, enrolled_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, client = excluded.client WHERE device = excluded.device
		ON CONFLICT DO NOTHING`, k.ID, k.Profile, sum[:], k.Device, k.EnrolledAt.Unix())
	if err == nil && n == 0 {
		return ErrTaken
	}
	return err
}

// Get returns an enrolled kiosk, or ErrUnknown.
func Get(tx *store.Tx, id string) (Kiosk, error) {
	if err := wire.CheckKiosk(id); err != nil {
		return Kiosk{}, err
	}
	k := Kiosk{ID: id}
	var client []byte
	var at int64
	err := tx.Row("find kiosk", `SELECT profile, client, device, enrolled_at FROM kiosks WHERE id = ?`, []any{id},
		&k.Profile, &client, &k.Device, &at)
	if errors.Is(err, store.ErrNotFound) {
		return Kiosk{}, ErrUnknown
	}
	if err != nil {
		return Kiosk{}, err
	}
	copy(k.client[:], client)
	k.EnrolledAt = time.Unix(at, 0).UTC()
	return k, nil
}

// Lookup is Get in a transaction of its own.
func Lookup(ctx context.Context, s *store.Store, id string) (k Kiosk, err error) {
	err = s.View(ctx, func(tx *store.Tx) error {
		k, err = Get(tx, id)
		return err
	})
	return k, err
}
