package store

import (
	"time"

	"madoguchi/wire"
)

// Entry is one received document as an operator lists it: nothing of a person.
type Entry struct {
	ID         wire.ID
	Kiosk      string
	Form       string
	Version    int
	ReceivedAt time.Time
}

// Entries returns every received document, the oldest first.
func (t *Tx) Entries() ([]Entry, error) {
	var all []Entry
	err := t.Rows("list documents", `SELECT id, kiosk, form, version, received_at FROM documents ORDER BY leaf`, nil,
		func(scan func(dest ...any) error) error {
			var e Entry
			var id []byte
			var at int64
			if err := scan(&id, &e.Kiosk, &e.Form, &e.Version, &at); err != nil {
				return err
			}
			copy(e.ID[:], id)
			e.ReceivedAt = time.Unix(at, 0).UTC()
			all = append(all, e)
			return nil
		})
	return all, err
}
