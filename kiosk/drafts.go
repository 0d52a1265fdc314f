package kiosk

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/internal/event"
	"madoguchi/pki/draft"
	"madoguchi/sync/drafts"
	"madoguchi/wire"
)

// unfinished is flows.Drafts over the kiosk's own room. It belongs to the one person who has logged in.
type unfinished struct {
	kiosk *Kiosk
	room  *drafts.Room

	mu    sync.Mutex
	visit *visit // nil: nobody has logged in
}

// visit is one person's session at this kiosk.
type visit struct {
	who  flows.Identity
	keys []*draft.Key // the first seals
}

var _ flows.Drafts = (*unfinished)(nil)

func (k *Kiosk) openDrafts(dir string) error {
	room, err := drafts.Open(filepath.Join(dir, draftsDir), drafts.Limits{})
	if err != nil {
		return err
	}
	k.drafts = &unfinished{kiosk: k, room: room}
	return nil
}

// enter begins a visit; the one before is forgotten.
func (u *unfinished) enter(v *visit) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.end()
	u.visit = v
}

// end wipes the keys of the present visit.
func (u *unfinished) end() {
	if u.visit == nil {
		return
	}
	for _, key := range u.visit.keys {
		key.Wipe()
	}
	u.visit = nil
}

// forget ends whatever visit there is.
func (u *unfinished) forget() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.end()
}

// Leave ends the session of who has logged in.
func (u *unfinished) Leave(who flows.Identity) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.visit != nil && u.visit.who == who {
		u.end()
	}
}

// of returns the visit of a person, or fault.DraftKeyless.
func (u *unfinished) of(who flows.Identity) (*visit, error) {
	if u.visit == nil || u.visit.who != who || len(u.visit.keys) == 0 {
		return nil, fault.New(fault.DraftKeyless, nil)
	}
	return u.visit, nil
}

// salts returns the salts of a person's drafts here, the newest draft's first.
func (u *unfinished) salts(who flows.Identity) (all []string) {
	for _, row := range u.room.Owned(u.kiosk.owner(who)) {
		h, _, err := draft.Parse(row.Sealed)
		if err == nil && h.Scheme == draft.ByCard && !slices.Contains(all, h.Salt) {
			all = append(all, h.Salt)
		}
	}
	return all
}

// All returns the person's drafts, the newest first. What does not open is left out, unless nothing does.
func (u *unfinished) All(_ context.Context, who flows.Identity) ([]flows.Kept, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	v, err := u.of(who)
	if err != nil {
		return nil, err
	}
	var all []flows.Kept
	var spoilt error
	for _, row := range u.room.Owned(u.kiosk.owner(who)) {
		if row.Dropped {
			continue
		}
		kept, err := v.open(row.Sealed, row.ID, row.Version)
		if err != nil {
			spoilt = fault.New(fault.DraftUnreadable, err)
			event.DraftUnreadable.Log(u.kiosk.log, "id", row.ID, "err", err)
			continue
		}
		kept.Here = true
		all = append(all, kept)
	}
	if len(all) > 0 {
		spoilt = nil
	}
	slices.SortStableFunc(all, func(a, b flows.Kept) int { return b.SavedAt.Compare(a.SavedAt) })
	return all, spoilt
}

// Keep replaces the draft of its id.
func (u *unfinished) Keep(_ context.Context, who flows.Identity, d flows.Kept) (here bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	v, err := u.of(who)
	if err != nil {
		return false, err
	}
	owner, version := u.kiosk.owner(who), uint64(1)
	d.SavedAt = cmp.Or(d.SavedAt, u.kiosk.now())
	if row, known := u.row(owner, d.ID); known {
		version = row.Version + 1
	}
	sealed, err := v.seal(d, version)
	if err != nil {
		return false, err
	}
	return true, u.room.Put(drafts.Row{ID: d.ID, Owner: owner, Version: version, SavedAt: d.SavedAt, Sealed: sealed})
}

func (u *unfinished) row(owner wire.Hash, id wire.ID) (drafts.Row, bool) {
	rows := u.room.Owned(owner)
	if i := slices.IndexFunc(rows, func(r drafts.Row) bool { return r.ID == id }); i >= 0 {
		return rows[i], true
	}
	return drafts.Row{}, false
}

// Drop deletes a draft.
func (u *unfinished) Drop(_ context.Context, who flows.Identity, id wire.ID) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.room.Remove(u.kiosk.owner(who), id)
}

func (v *visit) seal(d flows.Kept, version uint64) ([]byte, error) {
	plain, err := packKept(d)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	sealed, err := draft.Seal(v.keys[0], v.who.AuthKey, d.ID, version, plain)
	if errors.Is(err, draft.ErrSize) {
		return nil, fault.New(fault.TooLarge, err)
	}
	return sealed, err
}

// errVersion reports a draft that is not the one it was kept as.
var errVersion = errors.New("kiosk: another draft or an older version")

func (v *visit) open(sealed []byte, id wire.ID, version uint64) (flows.Kept, error) {
	h, plain, err := draft.Open(v.keys, v.who.AuthKey, sealed)
	if err != nil {
		return flows.Kept{}, err
	}
	if h.ID != id.String() || h.Version != version {
		return flows.Kept{}, errVersion
	}
	return unpackKept(id, plain)
}
