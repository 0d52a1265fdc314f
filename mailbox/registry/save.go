package registry

import (
	"madoguchi/mailbox/store"
)

// Saved is a kiosk as it is kept in a backup.
type Saved struct {
	ID         string        `json:"id"`
	Profile    string        `json:"profile"`
	EnrolledAt int64         `json:"enrolledAt"`
	StruckAt   int64         `json:"struckAt"`
	StruckWhy  string        `json:"struckWhy"`
	Devices    []SavedDevice `json:"devices"`
}

// SavedDevice is one of its keys.
type SavedDevice struct {
	Key        []byte `json:"key"`
	Client     []byte `json:"client"` // hash
	EnrolledAt int64  `json:"enrolledAt"`
	NotAfter   int64  `json:"notAfter"`
}

// Save returns the whole register for a backup.
func Save(tx *store.Tx) ([]Saved, error) {
	kiosks, err := All(tx)
	all := make([]Saved, 0, len(kiosks))
	for _, k := range kiosks {
		s := Saved{ID: k.ID, Profile: k.Profile, EnrolledAt: unix(k.EnrolledAt), StruckAt: unix(k.StruckAt), StruckWhy: k.StruckWhy}
		for _, d := range k.Devices {
			s.Devices = append(s.Devices, SavedDevice{d.Key, d.client[:], unix(d.EnrolledAt), unix(d.NotAfter)})
		}
		all = append(all, s)
	}
	return all, err
}

// Load fills an empty register from a backup.
func Load(tx *store.Tx, all []Saved) error {
	for _, s := range all {
		if _, err := tx.Exec("restore register", `INSERT INTO kiosks (id, profile, enrolled_at, struck_at, struck_why) VALUES (?, ?, ?, ?, ?)`,
			s.ID, s.Profile, s.EnrolledAt, s.StruckAt, s.StruckWhy); err != nil {
			return err
		}
		for _, d := range s.Devices {
			if _, err := tx.Exec("restore register", `INSERT INTO device_keys (device, kiosk, client, enrolled_at, not_after) VALUES (?, ?, ?, ?, ?)`,
				d.Key, s.ID, d.Client, d.EnrolledAt, d.NotAfter); err != nil {
				return err
			}
		}
	}
	return nil
}
