package kiosk

import (
	"cmp"
	"context"
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

// unfinished is flows.Drafts: at the mailbox where a session stands, and in this kiosk's own room where none does. It
// belongs to the one person who has logged in.
type unfinished struct {
	kiosk *Kiosk
	room  *drafts.Room

	mu    sync.Mutex
	visit *visit // nil: nobody has logged in
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
	v.u, v.owner = u, u.kiosk.owner(v.who)
	u.visit = v
}

// end wipes the keys of the present visit, and tells the mailbox.
func (u *unfinished) end() {
	if u.visit == nil {
		return
	}
	for _, key := range u.visit.keys {
		key.Wipe()
	}
	if s := u.visit.session; s != nil {
		go func() { // nobody waits for it: a session that is not ended ends by itself
			_ = u.kiosk.calls.call(context.Background(), wire.CallEnd, s, wire.Empty{}, &wire.Empty{})
		}()
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

// All returns the person's drafts, the newest first: those at the mailbox where a session stands, and those that only
// this kiosk has. What does not open is left out, unless nothing does.
func (u *unfinished) All(ctx context.Context, who flows.Identity) ([]flows.Kept, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	v, err := u.of(who)
	if err != nil {
		return nil, err
	}
	v.deliver(ctx)
	var all []flows.Kept
	spoilt := false
	here := map[wire.ID]bool{}
	for _, row := range u.room.Owned(v.owner) {
		here[row.ID] = true
		if row.Dropped {
			continue
		}
		kept, err := v.open(row.Sealed, row.ID, row.Version)
		if err != nil {
			event.DraftUnreadable.Log(u.kiosk.log, "id", row.ID, "err", err)
			spoilt = true
			continue
		}
		kept.Here = true
		all = append(all, kept)
	}
	there, damaged := v.there(ctx, here)
	all = append(all, there...)
	if (spoilt || damaged) && len(all) == 0 {
		return nil, fault.New(fault.DraftUnreadable, nil)
	}
	slices.SortStableFunc(all, func(a, b flows.Kept) int { return b.SavedAt.Compare(a.SavedAt) })
	return all, nil
}

// Keep replaces the draft of its id. Where the mailbox has a newer one from another kiosk, both are kept: this one goes
// on under an id of its own.
func (u *unfinished) Keep(ctx context.Context, who flows.Identity, d flows.Kept) (here bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	v, err := u.of(who)
	if err != nil {
		return false, err
	}
	d.ID = v.now(d.ID)
	d.SavedAt = cmp.Or(d.SavedAt, u.kiosk.now())
	row, _ := u.row(v.owner, d.ID)
	known := v.known[d.ID]
	next := drafts.Row{
		ID: d.ID, Owner: v.owner, Version: max(row.Version, known) + 1, SavedAt: u.kiosk.now(), Base: max(row.Base, known), Sent: row.Sent,
	}
	if next.Sealed, err = v.seal(d, next.Version); err != nil {
		return false, err
	}
	sent, err := v.send(ctx, next)
	if err != nil || sent {
		return false, err
	}
	return true, nil
}

func (u *unfinished) row(owner wire.Hash, id wire.ID) (drafts.Row, bool) {
	rows := u.room.Owned(owner)
	if i := slices.IndexFunc(rows, func(r drafts.Row) bool { return r.ID == id }); i >= 0 {
		return rows[i], true
	}
	return drafts.Row{}, false
}

// Drop deletes a draft here and at the mailbox; where that cannot be asked now it is noted and asked later.
func (u *unfinished) Drop(ctx context.Context, who flows.Identity, id wire.ID) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	v, err := u.of(who)
	if err != nil {
		return err
	}
	id = v.now(id)
	row, known := u.row(v.owner, id)
	if known && row.Base == 0 && row.Sent == (wire.Hash{}) && v.known[id] == 0 {
		return u.room.Remove(v.owner, id) // the mailbox never had it
	}
	note := drafts.Row{ID: id, Owner: v.owner, Version: row.Version, SavedAt: u.kiosk.now(), Dropped: true}
	if err := u.room.Put(note); err != nil {
		return err
	}
	v.drop(ctx, note)
	return nil
}
