package flows

import (
	"context"
	"errors"
	"time"

	"madoguchi/i18n"
	"madoguchi/wire"
)

// takeaway is お預かりしました, which becomes 受け付けました on the same page when the receipt comes. The card must
// leave before the next visit.
func takeaway(id string, f *filing) Step {
	var shown wire.Outcome // the receipt may come just as the page before it is answered
	return Step{
		ID: id, Keep: MustLeave, Final: true,
		Show: func() Screen {
			shown = f.outcome
			return f.next(f.t.slip(Filed{Ticket: f.ticket, Outcome: f.outcome}))
		},
		Live: func(ctx context.Context) error {
			_ = f.t.Post.Shown(f.ticket.ID) // where that cannot be written down, the number is told once more after a crash
			if err := f.t.await(ctx, f.ticket.ID, &f.outcome); err != nil {
				return err
			}
			f.settle(f.outcome)
			return nil
		},
		Do: func(context.Context, Answer) error {
			f.t.told(f.ticket.ID, shown)
			return nil
		},
	}
}

// next says the next step of the round, with its date, on the slip of what has not been refused.
func (f *filing) next(s Screen) Screen {
	if r, ok := f.ours(); ok && !r.PapersUntil.IsZero() && s.Slip.State != wire.Refused {
		s.Slip.NextStep = i18n.T("visit.round.papers", "By", day(r.PapersUntil.Add(-time.Second))) // the end of that day
	}
	return s
}

// earlier shows, one page each, what has become of the person's earlier submissions from this terminal.
func earlier(id string, f *filing) Step {
	var filed []Filed
	var shown wire.Outcome // of the one at
	var err error
	at, asked, passed := 0, false, false
	look := func() { filed, err = f.t.Post.Earlier(f.s.Who); asked = true }
	return Step{
		ID: id,
		When: func() bool {
			if f.s.LoggedIn && !asked {
				look()
			}
			return f.s.LoggedIn && !passed && (len(filed) > 0 || err != nil)
		},
		Enter: func(context.Context, Card) error {
			if err != nil {
				look()
			}
			return err
		},
		Show: func() Screen {
			if len(filed) == 0 {
				return Screen{Kind: Message, Lines: []i18n.Text{i18n.T("flows.earlier.none")}, Next: i18n.T("flows.next")}
			}
			shown = filed[at].Outcome
			s := f.t.slip(filed[at])
			s.Lines = append([]i18n.Text{i18n.T("flows.earlier.which", "At", at+1, "Of", len(filed))}, s.Lines...)
			s.Next = i18n.T("flows.next")
			return s
		},
		Live: func(ctx context.Context) error {
			if len(filed) == 0 {
				return park(ctx)
			}
			return f.t.await(ctx, filed[at].Ticket.ID, &filed[at].Outcome)
		},
		Do: func(context.Context, Answer) error {
			if len(filed) > 0 {
				f.t.told(filed[at].Ticket.ID, shown)
			}
			if at++; at < len(filed) {
				return Stay
			}
			at, passed = 0, true
			return nil
		},
		Back: func() bool {
			at--
			moved := at >= 0
			at = max(at, 0)
			return moved
		},
	}
}

// slip is the page that a person leaves with: numbers, times and words, no name and no address.
func (t *Terminal) slip(f Filed) Screen {
	hash, state := f.Ticket.Manifest, f.Outcome.State
	if state == "" {
		state = wire.Waiting
	}
	key := "flows.slip." + string(state)
	s := Screen{
		Kind: Takeaway, Title: i18n.T(key + ".title"), Lines: []i18n.Text{i18n.T(key + ".what")},
		Slip: &Slip{
			Number: f.Ticket.Number, State: state, Reason: f.Outcome.Reason, KeptAt: f.Ticket.KeptAt,
			ReceivedAt: f.Outcome.ReceivedAt, Words: i18n.FourWords(hash), Mark: hash.Fingerprint(),
			NextStep: i18n.T(key + ".next"), Phone: t.Phone, Code: f.Outcome.Code,
		},
		Next: i18n.T("flows.slip.done"),
		Help: []i18n.Text{i18n.T("flows.slip.help"), i18n.T("flows.slip.help-words")},
	}
	if f.Outcome.Code != "" {
		s.Help = append(s.Help, i18n.T("flows.slip.help-code"))
	}
	if state == wire.Refused {
		s.Lines = append(s.Lines, reason(f.Outcome.Reason))
	}
	return s
}

// reason says a refusal's coarse code in words.
func reason(code string) i18n.Text {
	switch code {
	case "signature-unsound", "form-invalid", "id-conflict", "wrong-mailbox":
		return i18n.T("flows.slip.reason." + code)
	}
	return i18n.T("flows.slip.reason.unknown", "Code", code)
}

// await waits for the outcome of a submission that is under way, for a step's Live.
func (t *Terminal) await(ctx context.Context, id wire.ID, into *wire.Outcome) error {
	if into.State == wire.Received || into.State == wire.Refused {
		return park(ctx)
	}
	out, err := t.Post.Outcome(ctx, id)
	if err != nil {
		return err
	}
	if out.State != wire.Received && out.State != wire.Refused {
		return errors.New("flows: an outcome that is none")
	}
	*into = out
	return nil
}

func park(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// told notes that the person has seen the outcome and answered the page. Where that cannot be written down they see
// it once more on the next visit, which is no harm.
func (t *Terminal) told(id wire.ID, o wire.Outcome) {
	if o.State == wire.Received || o.State == wire.Refused {
		_ = t.Post.Told(id)
	}
}
