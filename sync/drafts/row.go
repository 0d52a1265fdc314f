package drafts

import (
	"errors"
	"fmt"
	"time"

	"madoguchi/internal/jsonx"
	"madoguchi/wire"
)

// errDamaged reports a file that encode did not write.
var errDamaged = errors.New("drafts: damaged")

const magic = "MGR1"

// head is what stands of a row beside the sealed bytes.
type head struct {
	V       int    `json:"v"` // 1
	ID      string `json:"id"`
	Owner   string `json:"owner"`
	Version uint64 `json:"version"`
	SavedAt int64  `json:"savedAt"` // Unix seconds
	Base    uint64 `json:"base"`
	Sent    string `json:"sent"`
	Dropped bool   `json:"dropped"`
}

// encode writes magic, head, sealed bytes and the SHA-256 of all that.
func (r Row) encode() ([]byte, error) {
	text, err := jsonx.Marshal(head{
		V: 1, ID: r.ID.String(), Owner: r.Owner.String(), Version: r.Version, SavedAt: r.SavedAt.Unix(), Base: r.Base,
		Sent: r.Sent.String(), Dropped: r.Dropped,
	})
	if err != nil {
		return nil, fmt.Errorf("drafts: row: %w", err)
	}
	sum := wire.Sum(wire.Pack(magic, text, r.Sealed))
	return wire.Pack(magic, text, r.Sealed, sum[:]), nil
}

func decode(raw []byte) (Row, error) {
	f, err := wire.Unpack(magic, raw)
	if err != nil || len(f) != 3 {
		return Row{}, errDamaged
	}
	if sum := wire.Sum(wire.Pack(magic, f[0], f[1])); string(sum[:]) != string(f[2]) {
		return Row{}, errDamaged
	}
	var h head
	if jsonx.Unmarshal(f[0], &h) != nil || h.V != 1 {
		return Row{}, errDamaged
	}
	r := Row{Version: h.Version, SavedAt: time.Unix(h.SavedAt, 0).UTC(), Base: h.Base, Dropped: h.Dropped, Sealed: f[1]}
	var errs [3]error
	r.ID, errs[0] = wire.ParseID(h.ID)
	r.Owner, errs[1] = wire.ParseHash(h.Owner)
	r.Sent, errs[2] = wire.ParseHash(h.Sent)
	if errors.Join(errs[:]...) != nil {
		return Row{}, errDamaged
	}
	return r, nil
}
