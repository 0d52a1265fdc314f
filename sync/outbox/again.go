package outbox

import "madoguchi/wire"

// Held returns the submissions that have an outcome and whose sealed bytes are still kept, oldest first.
func (o *Outbox) Held() (all []wire.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.index.spent {
		all = append(all, e.id)
	}
	return all
}

// Reopen makes a received submission wait again: its mailbox has been restored from a backup and asks for it (TRUST
// §4, resend). The earlier receipt stays until another one comes. A submission that waits is left as it is; ErrGone: its
// sealed bytes are not kept any more; ErrSettled: it was refused.
func (o *Outbox) Reopen(id wire.ID) error {
	return o.commit(&change{
		do: func(b buckets) error {
			r, err := b.byID(id)
			switch {
			case err != nil:
				return err
			case r.Outcome.State == wire.Waiting:
				return nil
			case r.Outcome.State == wire.Refused:
				return refuse(ErrSettled)
			case b.row.Bucket(entryFor(r).sealedKey()) == nil:
				return refuse(ErrGone)
			}
			r.Outcome, r.Quarantined = wire.Outcome{State: wire.Waiting}, ""
			return b.update(r)
		},
		then: func(x *index) {
			if e, ok := x.find(id); ok && e.state == settled {
				x.reopen(id)
			}
		},
	})
}

// Release lets a submission that was set aside be sent again; one that waits or is settled is left as it is.
func (o *Outbox) Release(id wire.ID) error {
	released := false
	return o.commit(&change{
		do: func(b buckets) error {
			r, err := b.byID(id)
			if err != nil || r.Quarantined == "" || r.Outcome.State != wire.Waiting {
				return err
			}
			r.Quarantined, released = "", true
			return b.update(r)
		},
		then: func(x *index) {
			if released {
				x.set(id, waiting)
			}
		},
	})
}
