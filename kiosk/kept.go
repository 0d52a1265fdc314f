package kiosk

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/internal/jsonx"
	"madoguchi/wire"
)

// errKept reports an opened draft that packKept did not write.
var errKept = errors.New("kiosk: malformed draft")

const magicKept = "MGK1"

// keptHead is what stands beside a draft's content, inside the sealing.
type keptHead struct {
	V        int           `json:"v"` // 1
	Flow     string        `json:"flow"`
	Form     forms.FormRef `json:"form"`
	SavedAt  int64         `json:"savedAt"` // Unix milliseconds
	Answered int           `json:"answered"`
	Of       int           `json:"of"`
	Reason   string        `json:"reason"`
}

func packKept(d flows.Kept) ([]byte, error) {
	head, err := jsonx.Marshal(keptHead{
		V: 1, Flow: d.Flow, Form: d.Form, SavedAt: d.SavedAt.UnixMilli(), Answered: d.Answered, Of: d.Of, Reason: d.Reason,
	})
	if err != nil {
		return nil, fmt.Errorf("kiosk: draft: %w", err)
	}
	return wire.Pack(magicKept, head, d.Content), nil
}

func unpackKept(id wire.ID, plain []byte) (flows.Kept, error) {
	f, err := wire.Unpack(magicKept, plain)
	if err != nil || len(f) != 2 {
		return flows.Kept{}, errKept
	}
	var h keptHead
	if jsonx.Unmarshal(f[0], &h) != nil || h.V != 1 {
		return flows.Kept{}, errKept
	}
	d := flows.Kept{
		ID: id, Flow: h.Flow, Form: h.Form, SavedAt: time.UnixMilli(h.SavedAt).UTC(), Answered: h.Answered, Of: h.Of, Reason: h.Reason, Content: f[1],
	}
	if again, err := packKept(d); err != nil || !bytes.Equal(again, plain) { // a member that is left out is no empty one
		return flows.Kept{}, errKept
	}
	return d, nil
}
