package flows

import (
	"context"
	"errors"
	"time"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// errCancelled is the cause of an operation's context when the person stopped it.
var errCancelled = errors.New("flows: cancelled")

// work runs Enter or Do beside the present screen, which becomes busy after 200 ms. It returns what cut it
// short, finished (nothing), cancelled, removed or shut, and its error. It always waits until do has returned.
func (v *visit) work(do func(context.Context) error) (what, error) {
	v.stopLive()
	ctx, cancel := context.WithCancelCause(v.ctx)
	defer cancel(nil)
	screens, done := make(chan Screen), make(chan error, 1)
	ctx = context.WithValue(ctx, screensKey{}, screens)
	go func() { done <- guard(func() error { return do(ctx) }) }()
	v.op, v.told, v.busyAt = done, screens, time.Now().Add(busyAfter)
	defer func() { v.op, v.told = nil, nil }()
	cut := finished
	for {
		h := v.wait()
		switch h.what {
		case finished:
			v.alive = time.Now() // nobody is idle while the terminal works
			return cut, h.err
		case shut:
			cancel(context.Canceled)
			return shut, <-done
		case cancelled:
			cut = cancelled
			cancel(errCancelled)
		case removed:
			cut = removed
			cancel(fault.CardRemoved)
		default: // it goes on
		}
	}
}

// startLive runs do beside the present screen; wait reports refreshed when it returns.
func (v *visit) startLive(do func(context.Context) error) {
	v.stopLive()
	ctx, cancel := context.WithCancel(v.ctx)
	l := &running{done: make(chan ended, 1), cancel: cancel}
	go func() { l.done <- ended{guard(func() error { return do(ctx) })} }()
	v.live = l
}

// stopLive ends what startLive began and waits for it.
func (v *visit) stopLive() {
	if v.live != nil {
		v.live.cancel()
		<-v.live.done
		v.live = nil
	}
}

// ask presents a screen and waits. It asks back when the person wants to stop, and presents the screen again
// when they go on; so it never returns cancelled.
func (v *visit) ask(present func()) happening {
	for {
		present()
		h := v.wait()
		if h.what != cancelled {
			return h
		}
		v.stopLive()
		if h = v.stop(); h.what != answered {
			return h
		}
	}
}

// stop asks whether to stop: stopped, answered (go on), or what came in between.
func (v *visit) stop() happening {
	filed, p := v.frame.Screen.Slip != nil, v.place
	p.step, p.back, p.stop = StepStop, true, false
	for {
		v.present(p, Screen{
			Kind: Menu, Title: i18n.T("flows.stop.title"), Lines: v.stopLines(filed),
			Choices: []Choice{
				{ID: ChoiceGoOn, Label: i18n.T("flows.stop.go-on")},
				{ID: ChoiceStop, Label: i18n.T("flows.stop.stop")},
			},
			Help: []i18n.Text{i18n.T("flows.stop.help")},
		}, nil)
		switch h := v.wait(); {
		case h.what == wentBack, h.what == answered && h.answer.Choice == ChoiceGoOn:
			return happening{what: answered}
		case h.what == answered && h.answer.Choice == ChoiceStop:
			return happening{what: stopped}
		case h.what == answered, h.what == resaved: // neither: ask again
			clear(h.answer.Secret)
		default:
			return h
		}
	}
}

// stopLines says what is kept, where and how long.
func (v *visit) stopLines(filed bool) []i18n.Text {
	switch {
	case filed:
		return []i18n.Text{i18n.T("flows.stop.saved")}
	case v.session == nil || v.session.keeper == nil:
		return []i18n.Text{i18n.T("flows.stop.lost")}
	}
	now, _ := v.session.keeper.now()
	return now.words()
}

// words says what is kept of a visit, where and how long.
func (k kept) words() []i18n.Text {
	where := i18n.T("visit.stop.box")
	if k.Here {
		where = i18n.T("visit.stop.here")
	}
	switch {
	case k.All:
		return []i18n.Text{where, i18n.T("visit.stop.not-filed")}
	case k.Err != nil && k.Any:
		return []i18n.Text{where, i18n.T("visit.stop.last-lost"), i18n.T("visit.stop.not-filed")}
	case k.Err != nil:
		return []i18n.Text{i18n.T("flows.stop.lost")}
	case k.Busy:
		return []i18n.Text{i18n.T("visit.stop.saving"), i18n.T("visit.stop.not-filed")}
	}
	return []i18n.Text{i18n.T("visit.stop.nothing")}
}

// depart ends the visit of a person: what they answered is on disk, then the key to it is wiped.
func (v *visit) depart() move {
	if v.session == nil || !v.session.LoggedIn || v.r.Terminal.Drafts == nil {
		return onward
	}
	defer v.r.Terminal.Drafts.Leave(v.session.Who)
	k := v.session.keeper
	if k == nil {
		return onward
	}
	cut, err := v.work(func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), partFor)
		defer cancel()
		return k.flush(ctx)
	})
	if cut == shut {
		return closed
	}
	if err != nil {
		v.report(v.place.step, err)
		v.trouble = fault.From(err)
	}
	return onward
}

// fetchCard returns the card that a step needs, asking for it when none lies there. The happening is answered
// when the card is there.
func (v *visit) fetchCard(s *Step, p place, problem *fault.Error) happening {
	v.card, v.gone = nil, nil
	if s.Needs == NoCard {
		return happening{what: answered}
	}
	var gap time.Duration
	quiet := problem == nil && v.r.Terminal.Cards.Present() // no flash of "insert a card" over a card that lies there
	if quiet {
		v.pollAt = time.Now().Add(busyAfter)
	}
	defer func() { v.pollAt = time.Time{} }()
	defer v.stopLive()
	var look looked
	for {
		h := v.ask(func() {
			if !quiet {
				v.present(p, insertCard(s), problem)
			}
			quiet = false // after the question whether to stop it must be drawn
			if v.live == nil {
				after := gap
				v.startLive(func(ctx context.Context) error { look = v.look(ctx, s.Needs, after); return nil })
			}
		})
		switch {
		case h.what == refreshed && look.err == nil:
			return v.hold(s, look.card)
		case h.what == refreshed:
			f := fault.From(look.err)
			if quiet = problem != nil && problem.Code == f.Code; !quiet {
				v.report(s.ID, look.err)
			}
			problem, gap = f, awaitGap
		case h.what == answered:
			clear(h.answer.Secret)
			quiet = true
		case h.what != polled:
			return h
		}
	}
}

// looked is what one look at the reader found.
type looked struct {
	card Card
	err  error
}

// look waits for a card of a kind, after a pause where the last look failed.
func (v *visit) look(ctx context.Context, k Kind, after time.Duration) (l looked) {
	select {
	case <-time.After(after):
	case <-ctx.Done():
		return looked{err: ctx.Err()}
	}
	l.err = guard(func() (err error) {
		l.card, err = v.r.Terminal.Cards.Await(ctx, k)
		return err
	})
	return l
}

func (v *visit) hold(s *Step, card Card) happening {
	v.card, v.lock = card, time.Time{}
	if s.Keep == Needed {
		v.gone = v.r.Terminal.Cards.Gone(card)
	}
	return happening{what: answered}
}

func insertCard(s *Step) Screen {
	kind := string(s.Needs)
	return Screen{
		Kind: InsertCard, Title: i18n.T("flows.card.title." + kind),
		Lines: []i18n.Text{i18n.T("flows.card.where"), i18n.T("flows.card.by-itself")},
		Help:  []i18n.Text{i18n.T("flows.card.help." + kind)},
	}
}

// takeCard waits, as long as it takes, until no card lies on the reader. One that stays there is called after.
func (v *visit) takeCard() move {
	cards := v.r.Terminal.Cards
	v.stopLive()
	v.lock, v.gone = time.Time{}, nil
	left := v.left
	var since time.Time // zero: nothing is shown yet
	for v.left = false; cards.Present(); {
		if late := !since.IsZero() && time.Since(since) >= leftAfter; since.IsZero() || late && !left {
			left = left || late
			since = time.Now()
			v.present(place{step: StepTakeCard, unlocked: true}, takeScreen(left), nil)
		}
		v.pollAt = time.Now().Add(leaveGap)
		h := v.wait()
		if h.what == shut {
			return closed
		}
		clear(h.answer.Secret)
	}
	v.pollAt = time.Time{}
	return onward
}

func takeScreen(left bool) Screen {
	s := Screen{
		Kind: Message, Title: i18n.T("flows.take.title"), Lines: []i18n.Text{i18n.T("flows.take.why")},
		Help: []i18n.Text{i18n.T("flows.take.help")},
	}
	if left {
		s.Alarm, s.Lines = true, []i18n.Text{i18n.T("visit.left"), i18n.T("flows.take.why")}
	}
	return s
}
