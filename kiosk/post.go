package kiosk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/pki/receipt"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
)

var errForeignRefusal = errors.New("kiosk: refusal of another delivery")

// Room is asked before a PIN is.
func (k *Kiosk) Room() error {
	if _, err := k.trust.Load().SealingKey(k.time()); err != nil {
		return fault.New(fault.NoSealingKey, err)
	}
	return k.outbox.Room(wire.MaxSealed)
}

// Outcome waits for the verified receipt or refusal.
func (k *Kiosk) Outcome(ctx context.Context, id wire.ID) (wire.Outcome, error) {
	for {
		changed := k.outbox.Changed()
		r, err := k.outbox.Get(id)
		if err != nil {
			return wire.Outcome{}, err
		}
		if r.Outcome.State != wire.Waiting {
			return withCode(r.Outcome), nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return wire.Outcome{State: wire.Waiting}, ctx.Err()
		}
	}
}

// withCode adds what the slip's QR code says, which is not kept beside the receipt that it follows from.
func withCode(o wire.Outcome) wire.Outcome {
	o.Code = receipt.Code(o.Receipt)
	return o
}

// Earlier returns what this person handed in here and has not been told the end of.
func (k *Kiosk) Earlier(who flows.Identity) ([]flows.Filed, error) {
	records, err := k.outbox.Owned(k.owner(who))
	if err != nil {
		return nil, err
	}
	var filed []flows.Filed
	for _, r := range records {
		if !r.Told {
			filed = append(filed, flows.Filed{Ticket: r.Ticket, Outcome: withCode(r.Outcome)})
		}
	}
	return filed, nil
}

// Told records that the person has seen the outcome.
func (k *Kiosk) Told(id wire.ID) error { return k.outbox.Told(id) }

// Find returns a submission that was accepted here.
func (k *Kiosk) Find(id wire.ID) (flows.Filed, bool) {
	r, err := k.outbox.Get(id)
	return flows.Filed{Ticket: r.Ticket, Outcome: r.Outcome}, err == nil
}

// Unshown returns the newest ticket if a crash came before its takeaway was shown.
func (k *Kiosk) Unshown() (wire.Ticket, bool) {
	newest, err := k.outbox.Recent(1)
	if err != nil || len(newest) == 0 || newest[0].Shown || newest[0].Told {
		return wire.Ticket{}, false
	}
	return newest[0].Ticket, true
}

// Shown records that the takeaway has been shown.
func (k *Kiosk) Shown(id wire.ID) error { return k.outbox.Shown(id) }

// Online reports whether the line to the mailbox stands.
func (k *Kiosk) Online() bool { return k.line.Online() }

// Changed is closed when Online changes.
func (k *Kiosk) Changed() <-chan struct{} { return k.line.Changed() }

// owner is the tag under which a person's submissions are found again: it tells nobody else who they are.
func (k *Kiosk) owner(who flows.Identity) wire.Hash {
	mac := hmac.New(sha256.New, k.ownerKey)
	mac.Write(who.AuthKey[:])
	return wire.Hash(mac.Sum(nil))
}

// settle judges what came down: only a receipt or refusal that verifies and is of a submission kept here ends it.
func (k *Kiosk) settle(payload []byte, record func(wire.ID) (outbox.Record, error)) (wire.ID, wire.Outcome, error) {
	bundle, err := receipt.ParseBundle(payload)
	if err != nil {
		return wire.ID{}, wire.Outcome{}, err
	}
	id, err := bundle.ID()
	if err != nil {
		return wire.ID{}, wire.Outcome{}, err
	}
	kept, err := record(id)
	if err != nil {
		return wire.ID{}, wire.Outcome{}, err
	}
	r, err := receipt.Verify(bundle, k.trust.Load().Keyring, k.root, receipt.Want{Mailbox: k.mailbox(), ID: id, Manifest: kept.Manifest})
	if err != nil {
		return wire.ID{}, wire.Outcome{}, err
	}
	if r.Refused() && r.Sealed != kept.SealedSum {
		// Somebody else's delivery of this manifest was refused. A receipt may be of the first delivery, a refusal
		// must be of ours: or who holds the manifest could end the owner's submission with a spoilt copy.
		return wire.ID{}, wire.Outcome{}, errForeignRefusal
	}
	if err := k.seen(bundle, r); err != nil {
		return wire.ID{}, wire.Outcome{}, err
	}
	return id, r.Settles(payload), nil
}

// seen takes note of the ledger head and the time of a verified receipt. Of a forked ledger nothing settles: package
// witness says why.
func (k *Kiosk) seen(b receipt.Bundle, r receipt.Receipt) error {
	head, err := receipt.ReadHead(b.Head)
	if err != nil {
		return err
	}
	if err := k.witness.Seen(head, b.Head); err != nil {
		return err
	}
	return k.witness.Time(r.ReceivedAt)
}
