// Package registry is the mailbox's register of kiosks: which terminal has which device keys and secret MQTT client
// ids, and what it may offer. What a terminal says of its own profile counts for nothing: the profile is the one here.
//
// Error model: ErrUnknown for a kiosk that is not enrolled, ErrStruck for one that was struck off, ErrTaken for an id
// or key that another has, ErrProfile for a profile that does not exist, ErrWhy for a reason that is no code,
// wire.ErrFormat for an id that could be a wildcard; the rest are the store's errors.
package registry

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

var (
	// ErrUnknown reports a kiosk that is not enrolled, or is not this one.
	ErrUnknown = errors.New("registry: no such kiosk")
	// ErrStruck reports a kiosk that was struck off.
	ErrStruck = errors.New("registry: kiosk was struck off")
	// ErrTaken reports an id or a device key that is enrolled already, the one without the other.
	ErrTaken = errors.New("registry: kiosk or key is enrolled already")
	// ErrProfile reports a profile that does not exist.
	ErrProfile = errors.New("registry: no such profile")
	// ErrWhy reports a reason that is no code: free text could name somebody.
	ErrWhy = errors.New("registry: a reason is a code of [a-z0-9-], such as lost, stolen or retired")
)

// Profiles are the kinds of terminals; which procedures each offers comes from here, not from the terminal.
var Profiles = []string{"city-hall", "reception", "portable", "desk"}

// Kiosk is one enrolled terminal.
type Kiosk struct {
	ID         string
	Profile    string
	EnrolledAt time.Time // the first time
	StruckAt   time.Time // zero: in use
	StruckWhy  string
	Devices    []Device // the newest first, at least one

	State   []byte    // the last that it said of itself (wire.KioskState), nil: nothing yet
	StateAt time.Time // when that came
}

// Device is one device key of a kiosk, ECDSA P-256.
type Device struct {
	Key        []byte // SubjectPublicKeyInfo
	EnrolledAt time.Time
	NotAfter   time.Time         // of its certificate; zero: not known
	client     [sha256.Size]byte // of the MQTT client id
}

// Is reports whether a client id is the secret one that was given with this key.
func (d Device) Is(clientID string) bool {
	sum := sha256.Sum256([]byte(clientID))
	return subtle.ConstantTimeCompare(sum[:], d.client[:]) == 1
}

// Struck reports whether the kiosk was struck off.
func (k Kiosk) Struck() bool { return !k.StruckAt.IsZero() }

// Device returns the device with this key (SubjectPublicKeyInfo).
func (k Kiosk) Device(key []byte) (Device, bool) {
	i := slices.IndexFunc(k.Devices, func(d Device) bool { return subtle.ConstantTimeCompare(d.Key, key) == 1 })
	if i < 0 {
		return Device{}, false
	}
	return k.Devices[i], true
}

// Signed reports whether one of the kiosk's keys, an earlier one too, made this signature (ECDSA / SHA-256, ASN.1).
func (k Kiosk) Signed(message, signature []byte) (bool, error) {
	digest := sha256.Sum256(message)
	for _, d := range k.Devices {
		parsed, err := x509.ParsePKIXPublicKey(d.Key)
		if err != nil {
			return false, fmt.Errorf("registry: device key: %w", err)
		}
		key, ok := parsed.(*ecdsa.PublicKey)
		if !ok {
			return false, errors.New("registry: device key is not ECDSA")
		}
		if ecdsa.VerifyASN1(key, digest[:], signature) {
			return true, nil
		}
	}
	return false, nil
}

// Request is what Add enrols.
type Request struct {
	ID       string
	Profile  string
	Device   []byte    // SubjectPublicKeyInfo
	NotAfter time.Time // of its certificate
	ClientID string    // secret; only its hash is kept
	At       time.Time
}

// Add enrols a kiosk, ErrTaken when its id is another's. The same kiosk with the same key may be enrolled again, for an
// operator whose first answer was lost; the earlier client id then no longer works. A further key is Renew's.
func Add(tx *store.Tx, r Request) error {
	k, err := Get(tx, r.ID)
	switch {
	case errors.Is(err, ErrUnknown):
		if err := r.check(); err != nil {
			return err
		}
		if _, err := tx.Exec("enrol", `INSERT INTO kiosks (id, profile, enrolled_at) VALUES (?, ?, ?)`, r.ID, r.Profile, r.At.Unix()); err != nil {
			return err
		}
		return put(tx, r)
	case err != nil:
		return err
	}
	if _, known := k.Device(r.Device); !known {
		return ErrTaken
	}
	return change(tx, k, r)
}

// Renew gives an enrolled kiosk a further device key, which works beside the earlier ones until their certificates end.
func Renew(tx *store.Tx, r Request) error {
	k, err := Get(tx, r.ID)
	if err != nil {
		return err
	}
	return change(tx, k, r)
}

func (r Request) check() error {
	if !slices.Contains(Profiles, r.Profile) {
		return ErrProfile
	}
	return wire.CheckKiosk(r.ID)
}

func change(tx *store.Tx, k Kiosk, r Request) error {
	if err := r.check(); err != nil {
		return err
	}
	if k.Struck() {
		return ErrStruck
	}
	if _, err := tx.Exec("enrol again", `UPDATE kiosks SET profile = ? WHERE id = ?`, r.Profile, r.ID); err != nil {
		return err
	}
	return put(tx, r)
}

func put(tx *store.Tx, r Request) error {
	sum := sha256.Sum256([]byte(r.ClientID))
	n, err := tx.Exec("enrol key", `INSERT INTO device_keys (device, kiosk, client, enrolled_at, not_after) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (device) DO UPDATE SET client = excluded.client, not_after = excluded.not_after WHERE kiosk = excluded.kiosk
		ON CONFLICT DO NOTHING`, r.Device, r.ID, sum[:], r.At.Unix(), unix(r.NotAfter))
	if err == nil && n == 0 {
		return ErrTaken
	}
	return err
}

var code = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// IsCode reports whether a reason is a code and no text, which could name somebody.
func IsCode(why string) bool { return code.MatchString(why) }

// Strike takes a kiosk out of use for good; what is struck already stays as it was.
func Strike(tx *store.Tx, id, why string, at time.Time) error {
	if !IsCode(why) {
		return ErrWhy
	}
	if _, err := Get(tx, id); err != nil {
		return err
	}
	_, err := tx.Exec("strike off", `UPDATE kiosks SET struck_at = ?, struck_why = ? WHERE id = ? AND struck_at = 0`, at.Unix(), why, id)
	return err
}

// Said keeps what a kiosk said of itself.
func Said(tx *store.Tx, id string, state []byte, at time.Time) error {
	_, err := tx.Exec("keep state", `UPDATE kiosks SET state = ?, state_at = ? WHERE id = ?`, state, at.Unix(), id)
	return err
}

const columns = `id, profile, enrolled_at, struck_at, struck_why, state, state_at`

// Get returns an enrolled kiosk, one that was struck off too, or ErrUnknown.
func Get(tx *store.Tx, id string) (Kiosk, error) {
	if err := wire.CheckKiosk(id); err != nil {
		return Kiosk{}, err
	}
	all, err := query(tx, `SELECT `+columns+` FROM kiosks WHERE id = ?`, id)
	if err != nil {
		return Kiosk{}, err
	}
	if len(all) == 0 {
		return Kiosk{}, ErrUnknown
	}
	return all[0], nil
}

// All returns every kiosk, by id.
func All(tx *store.Tx) ([]Kiosk, error) {
	return query(tx, `SELECT `+columns+` FROM kiosks ORDER BY id`)
}

func query(tx *store.Tx, text string, args ...any) ([]Kiosk, error) {
	var all []Kiosk
	err := tx.Rows("read register", text, args, func(scan func(...any) error) error {
		var k Kiosk
		var enrolled, struck, said int64
		err := scan(&k.ID, &k.Profile, &enrolled, &struck, &k.StruckWhy, &k.State, &said)
		k.EnrolledAt, k.StruckAt, k.StateAt = moment(enrolled), moment(struck), moment(said)
		all = append(all, k)
		return err
	})
	for i := range all {
		if err == nil {
			all[i].Devices, err = devices(tx, all[i].ID)
		}
	}
	return all, err
}

func devices(tx *store.Tx, id string) ([]Device, error) {
	var all []Device
	err := tx.Rows("read device keys", `SELECT device, client, enrolled_at, not_after FROM device_keys WHERE kiosk = ?
		ORDER BY enrolled_at DESC, rowid DESC`, []any{id}, func(scan func(...any) error) error {
		var d Device
		var client []byte
		var enrolled, ends int64
		err := scan(&d.Key, &client, &enrolled, &ends)
		copy(d.client[:], client)
		d.EnrolledAt, d.NotAfter = moment(enrolled), moment(ends)
		all = append(all, d)
		return err
	})
	return all, err
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

// Lookup is Get in a transaction of its own, and ErrStruck for a kiosk that was struck off.
func Lookup(ctx context.Context, s *store.Store, id string) (k Kiosk, err error) {
	err = s.View(ctx, func(tx *store.Tx) error {
		k, err = Get(tx, id)
		if err == nil && k.Struck() {
			err = ErrStruck
		}
		return err
	})
	return k, err
}

// StruckIDs returns who was struck off.
func StruckIDs(ctx context.Context, s *store.Store) (ids []string, err error) {
	err = s.View(ctx, func(tx *store.Tx) error {
		return tx.Rows("read register", `SELECT id FROM kiosks WHERE struck_at > 0`, nil, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}
