package calls

import (
	"context"
	"errors"
	"io"
	"time"

	"madoguchi/internal/check"
	"madoguchi/mailbox/store"
	"madoguchi/pki/draft"
	"madoguchi/wire"
)

// DraftTerm is how long a draft is kept after it was last saved, on the mailbox's clock.
const DraftTerm = 30 * 24 * time.Hour

// The bounds of drafts.
const (
	draftsOfPerson = 16
	bytesOfPerson  = 1 << 20
	draftsOfKiosk  = 20000 // whose last version a kiosk sent
	bytesOfKiosk   = 1 << 30
	saltsOfPerson  = 3 // each is one signature at a log-in
)

// refuse carries a refusal out of a transaction, which then changes nothing.
type refuse struct{ Refusal }

func (r refuse) Error() string { return "calls: " + string(r.Refusal) }

// in runs do in a transaction that may write, and on in one that may not.
func (s *Server) in(ctx context.Context, c *call, do func(*store.Tx) error) Refusal {
	return s.refusal(c, s.c.Store.Update(ctx, do))
}

func (s *Server) on(ctx context.Context, c *call, do func(*store.Tx) error) Refusal {
	return s.refusal(c, s.c.Store.View(ctx, do))
}

func (s *Server) refusal(c *call, err error) Refusal {
	var r refuse
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		return r.Refusal
	case errors.Is(err, store.ErrNotFound):
		return UnknownDraft
	}
	return s.failed(c, err)
}

func listDrafts(ctx context.Context, s *Server, c *call) (any, Refusal) {
	if _, refused := body[wire.Empty](c); refused != "" {
		return nil, refused
	}
	answer := wire.DraftListAnswer{Drafts: []wire.DraftEntry{}}
	refused := s.on(ctx, c, func(tx *store.Tx) error {
		all, err := tx.Drafts(c.who.owner)
		for _, d := range all {
			if !s.ended(d) {
				answer.Drafts = append(answer.Drafts, wire.DraftEntry{ID: d.ID.String(), Version: d.Version, Sum: d.Sum.String(), SavedAt: d.SavedAt.Unix()})
			}
		}
		return err
	})
	return answer, refused
}

func (s *Server) ended(d store.Draft) bool { return s.c.Now().Sub(d.SavedAt) > DraftTerm }

func getDraft(ctx context.Context, s *Server, c *call) (any, Refusal) {
	id, refused := draftID(c)
	if refused != "" {
		return nil, refused
	}
	var answer wire.DraftAnswer
	refused = s.on(ctx, c, func(tx *store.Tx) error {
		d, err := tx.Draft(c.who.owner, id)
		if err == nil && s.ended(d) {
			err = store.ErrNotFound
		}
		answer.Sealed = d.Sealed
		return err
	})
	return answer, refused
}

func draftID(c *call) (wire.ID, Refusal) {
	ask, refused := body[wire.DraftAsk](c)
	if refused != "" {
		return wire.ID{}, refused
	}
	id, err := wire.ParseID(ask.ID)
	if err != nil {
		return wire.ID{}, MalformedBody
	}
	return id, ""
}

func dropDraft(ctx context.Context, s *Server, c *call) (any, Refusal) {
	id, refused := draftID(c)
	if refused != "" {
		return nil, refused
	}
	return wire.Empty{}, s.in(ctx, c, func(tx *store.Tx) error { return tx.DropDraft(c.who.owner, id) })
}

func putDraft(ctx context.Context, s *Server, c *call) (any, Refusal) {
	ask, refused := body[wire.DraftPutAsk](c)
	if refused != "" {
		return nil, refused
	}
	prior, err := wire.ParseHash(ask.Prior)
	if err != nil {
		return nil, MalformedBody
	}
	header, id, err := draft.Parse(ask.Sealed)
	if err != nil || header.Scheme != draft.ByCard && header.Scheme != draft.ByMailbox {
		return nil, MalformedDraft
	}
	d := store.Draft{
		ID: id, Version: header.Version, Scheme: string(header.Scheme), Salt: header.Salt, Sum: wire.Sum(ask.Sealed), Kiosk: c.kiosk.ID,
		SavedAt: s.c.Now(), Sealed: ask.Sealed,
	}
	return wire.Empty{}, s.in(ctx, c, func(tx *store.Tx) error { return s.put(tx, c.who.owner, d, ask.Base, prior) })
}

func (s *Server) put(tx *store.Tx, owner wire.Hash, d store.Draft, base uint64, prior wire.Hash) error {
	old, err := tx.Draft(owner, d.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case old.Sum == d.Sum: // sent again, since the answer was lost
		return nil
	case old.Version != base && old.Sum != prior && !check.Off(check.DraftBase):
		return refuse{DraftConflict}
	case d.Version <= old.Version:
		return refuse{OlderDraft}
	}
	if err := bounded(tx, owner, d); err != nil {
		return err
	}
	return tx.PutDraft(owner, d)
}

// bounded keeps one person, or one kiosk, from filling the store.
func bounded(tx *store.Tx, owner wire.Hash, d store.Draft) error {
	own, sent, err := tx.DraftTotals(owner, d.Kiosk, d.ID)
	if err != nil {
		return err
	}
	size := int64(len(d.Sealed))
	switch {
	case own.Count >= draftsOfPerson || own.Bytes+size > bytesOfPerson:
		return refuse{TooManyDrafts}
	case sent.Count >= draftsOfKiosk || sent.Bytes+size > bytesOfKiosk:
		return refuse{KioskFull}
	}
	all, err := tx.Drafts(owner)
	if err != nil {
		return err
	}
	salts := map[string]bool{d.Salt: true}
	for _, other := range all {
		if other.ID != d.ID {
			salts[other.Salt] = true
		}
	}
	if len(salts) > saltsOfPerson {
		return refuse{TooManySalts}
	}
	return nil
}

// draftKey returns the key that is held for a person whose card cannot rebuild one, drawing it the first time.
func draftKey(ctx context.Context, s *Server, c *call) (any, Refusal) {
	if _, refused := body[wire.Empty](c); refused != "" {
		return nil, refused
	}
	var answer wire.DraftKeyAnswer
	refused := s.in(ctx, c, func(tx *store.Tx) (err error) {
		answer.Salt, answer.Key, err = tx.DraftKey(c.who.owner)
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		answer.Key = make([]byte, draft.KeySize)
		if _, err := io.ReadFull(s.c.Random, answer.Key); err != nil {
			return err
		}
		if answer.Salt, err = wire.NewNonce(s.c.Random); err != nil {
			return err
		}
		return tx.PutDraftKey(c.who.owner, answer.Salt, answer.Key, s.c.Now())
	})
	return answer, refused
}
