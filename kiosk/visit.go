package kiosk

import (
	"context"
	"errors"
	"strings"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/internal/event"
	"madoguchi/pki/draft"
	"madoguchi/sync/drafts"
	"madoguchi/wire"
)

// quietTime is how long the mailbox is not asked after a call without an answer: whoever types must not wait at each
// answer for a line that is half dead.
const quietTime = 20 * time.Second

// visit is one person's session at this kiosk: keys, and what is known of the mailbox's side.
type visit struct {
	u       *unfinished
	who     flows.Identity
	owner   wire.Hash    // the tag of who, at this kiosk
	keys    []*draft.Key // the first seals
	session *session     // nil: a local log-in
	quiet   time.Time    // until when the mailbox is not asked

	known map[wire.ID]uint64  // versions that the mailbox has and this visit has seen
	moved map[wire.ID]wire.ID // drafts that go on under another id, since another kiosk changed the first
}

// now returns the id under which a draft goes on.
func (v *visit) now(id wire.ID) wire.ID {
	for {
		next, moved := v.moved[id]
		if !moved {
			return id
		}
		id = next
	}
}

func (v *visit) saw(id wire.ID, version uint64) {
	if v.known == nil {
		v.known = map[wire.ID]uint64{}
	}
	v.known[id] = version
}

// ask makes a call in the session. Without an answer the line is left alone for a while; a session that has ended is
// forgotten.
func (v *visit) ask(ctx context.Context, name string, ask, answer any) error {
	if v.session == nil || time.Now().Before(v.quiet) {
		return fault.New(fault.NotNow, nil)
	}
	err := v.u.kiosk.calls.call(ctx, name, v.session, ask, answer)
	switch {
	case errors.Is(err, errNoAnswer):
		v.quiet = time.Now().Add(quietTime)
	case strings.HasPrefix(refusedAs(err), "session-"):
		v.session = nil
	}
	if name := refusedAs(err); name != "" {
		event.DraftRefused.Log(v.u.kiosk.log, "reason", name)
	}
	return err
}

// send has the mailbox keep a row, or keeps it here; sent says that the mailbox has it.
func (v *visit) send(ctx context.Context, row drafts.Row) (sent bool, err error) {
	err = v.ask(ctx, wire.CallDraftPut, wire.DraftPutAsk{Base: row.Base, Prior: row.Sent.String(), Sealed: row.Sealed}, &wire.Empty{})
	switch {
	case err == nil:
		v.saw(row.ID, row.Version)
		return true, v.u.room.Remove(v.owner, row.ID)
	case refusedAs(err) == "draft-conflict" || refusedAs(err) == "draft-older":
		return v.fork(ctx, row)
	case errors.Is(err, errNoAnswer): // it may be there all the same
		row.Sent = wire.Sum(row.Sealed)
	}
	return false, v.u.room.Put(row)
}

// fork keeps a row under a new id: what the mailbox has under the old one came from another kiosk, and stays.
func (v *visit) fork(ctx context.Context, row drafts.Row) (sent bool, err error) {
	d, err := v.open(row.Sealed, row.ID, row.Version)
	if err != nil {
		return false, err
	}
	if d.ID, err = wire.NewID(v.u.kiosk.random); err != nil {
		return false, err
	}
	next := drafts.Row{ID: d.ID, Owner: v.owner, Version: 1, SavedAt: row.SavedAt}
	if next.Sealed, err = v.seal(d, next.Version); err != nil {
		return false, err
	}
	if err := v.u.room.Put(next); err != nil { // first: nothing may be lost in between
		return false, err
	}
	if v.moved == nil {
		v.moved = map[wire.ID]wire.ID{}
	}
	v.moved[row.ID] = d.ID
	if err := v.u.room.Remove(v.owner, row.ID); err != nil {
		return false, err
	}
	return v.send(ctx, next)
}

// deliver hands to the mailbox what only this kiosk has, and what is to be dropped there. What fails stays.
func (v *visit) deliver(ctx context.Context) {
	for _, row := range v.u.room.Owned(v.owner) {
		if v.session == nil {
			return
		}
		if row.Dropped {
			v.drop(ctx, row)
			continue
		}
		if row, err := v.renewed(row); err == nil {
			_, _ = v.send(ctx, row)
		}
	}
}

// renewed returns a row sealed under the first key, so that a person's drafts need few.
func (v *visit) renewed(row drafts.Row) (drafts.Row, error) {
	d, err := v.open(row.Sealed, row.ID, row.Version) // what is spoilt must not take a good one's place
	if err != nil {
		return row, err
	}
	h, _, err := draft.Parse(row.Sealed)
	if err != nil || h.Scheme == v.keys[0].Scheme && h.Salt == v.keys[0].Salt {
		return row, err
	}
	row.Version++
	if row.Sealed, err = v.seal(d, row.Version); err != nil {
		return row, err
	}
	return row, v.u.room.Put(row)
}

func (v *visit) drop(ctx context.Context, note drafts.Row) {
	err := v.ask(ctx, wire.CallDraftDrop, wire.DraftAsk{ID: note.ID.String()}, &wire.Empty{})
	if err == nil {
		_ = v.u.room.Remove(v.owner, note.ID)
	}
}

// there returns the drafts at the mailbox beside those that are here.
func (v *visit) there(ctx context.Context, here map[wire.ID]bool) (all []flows.Kept, damaged bool) {
	var list wire.DraftListAnswer
	if v.ask(ctx, wire.CallDraftList, wire.Empty{}, &list) != nil {
		return nil, false
	}
	for _, entry := range list.Drafts {
		id, err := wire.ParseID(entry.ID)
		if err != nil || here[id] {
			continue
		}
		kept, err := v.fetch(ctx, id, entry.Version)
		switch {
		case errors.Is(err, fault.NotNow):
			return all, damaged
		case err != nil:
			event.DraftUnreadable.Log(v.u.kiosk.log, "id", id, "err", err)
			damaged = true
			continue
		}
		all = append(all, kept)
	}
	return all, damaged
}

// fetch gets one draft. An older version than this visit has seen there is none.
func (v *visit) fetch(ctx context.Context, id wire.ID, version uint64) (flows.Kept, error) {
	if version < v.known[id] {
		return flows.Kept{}, errVersion
	}
	var answer wire.DraftAnswer
	if err := v.ask(ctx, wire.CallDraftGet, wire.DraftAsk{ID: id.String()}, &answer); err != nil {
		return flows.Kept{}, err
	}
	kept, err := v.open(answer.Sealed, id, version)
	if err == nil {
		v.saw(id, version)
	}
	return kept, err
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
