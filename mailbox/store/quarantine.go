package store

import (
	"time"

	"madoguchi/wire"
)

// PerKiosk is how many sealed submissions of one kiosk quarantine holds. The kiosk keeps its own copy until it
// has an answer, so nothing is lost by not holding more.
const PerKiosk = 256

// Held is a submission that could not be opened or answered.
type Held struct {
	Kiosk  string
	Reason string // a code, no input
	At     time.Time
	Sealed []byte
}

// Hold puts sealed bytes aside: once, and at most PerKiosk for a kiosk. It reports whether they are now held.
func (t *Tx) Hold(h Held) (bool, error) {
	sum := wire.Sum(h.Sealed)
	if h.Sealed == nil {
		h.Sealed = []byte{} // an empty message: NULL is not a value of the column
	}
	_, err := t.Exec("hold", `INSERT INTO quarantine (sealed_hash, kiosk, reason, held_at, sealed)
		SELECT ?1, ?2, ?3, ?4, ?5 WHERE (SELECT COUNT(*) FROM quarantine WHERE kiosk = ?2) < ?6
		ON CONFLICT (sealed_hash) DO NOTHING`, sum[:], h.Kiosk, h.Reason, h.At.Unix(), h.Sealed, PerKiosk)
	if err != nil {
		return false, err
	}
	var n int
	err = t.Row("hold", `SELECT COUNT(*) FROM quarantine WHERE sealed_hash = ?`, []any{sum[:]}, &n)
	return n > 0, err
}

// Release drops what has been answered after all.
func (t *Tx) Release(sealed wire.Hash) error {
	_, err := t.Exec("release", `DELETE FROM quarantine WHERE sealed_hash = ?`, sealed[:])
	return err
}

// HeldOf returns what quarantine holds of a kiosk, oldest first.
func (t *Tx) HeldOf(kiosk string) ([]Held, error) {
	var out []Held
	err := t.Rows("list quarantine", `SELECT reason, held_at, sealed FROM quarantine WHERE kiosk = ? ORDER BY held_at, sealed_hash`,
		[]any{kiosk}, func(scan func(...any) error) error {
			h := Held{Kiosk: kiosk}
			var at int64
			err := scan(&h.Reason, &at, &h.Sealed)
			h.At = time.Unix(at, 0).UTC()
			out = append(out, h)
			return err
		})
	return out, err
}
