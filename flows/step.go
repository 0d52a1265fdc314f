package flows

import (
	"context"
	"errors"
	"time"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// step runs one step from its beginning, the card and Enter, until it is left.
func (v *visit) step(i int, problem *fault.Error) (move, *fault.Error) {
	s := &v.steps[i]
	v.seen[i] = true
	v.session.known(v.r.Terminal)
	defer v.leaveStep()
	if h := v.fetchCard(s, v.placeOf(i), problem); h.what != answered {
		return v.turn(i, h)
	}
	if problem != nil && (problem.Code == fault.CardRemoved || problem.Code == fault.NoReader) {
		problem = nil // it is back
	}
	if m, p := v.enter(i); m != onward {
		if m == skipped {
			v.seen[i], m = false, onward
		}
		return m, p
	}
	return v.stay(i, problem)
}

func (v *visit) leaveStep() {
	v.stopLive()
	v.gone = nil
}

// enter runs Enter until it succeeds; a failure is shown on a page of its own, where the person may try again.
func (v *visit) enter(i int) (move, *fault.Error) {
	s := &v.steps[i]
	for s.Enter != nil {
		m, problem := v.settle(i, func(ctx context.Context) error {
			err := s.Enter(ctx, v.card)
			if errors.Is(err, Stay) {
				return fault.New(fault.Unexpected, errors.New("enter returned Stay"))
			}
			return err
		})
		if m != here {
			return m, problem
		}
		if problem == nil { // stopped, then gone on
			continue
		}
		if m, problem = v.hurdle(i, problem); m != here {
			return m, problem
		}
	}
	return onward, nil
}

// hurdle shows why a step cannot be shown; here: try again.
func (v *visit) hurdle(i int, problem *fault.Error) (move, *fault.Error) {
	h := v.ask(func() {
		v.present(v.placeOf(i), Screen{Kind: Message, Title: v.title(i), Next: i18n.T("flows.again")}, problem)
	})
	if h.what == answered {
		clear(h.answer.Secret)
		return here, nil
	}
	return v.turn(i, h)
}

// stay shows the step until it is left.
func (v *visit) stay(i int, problem *fault.Error) (move, *fault.Error) {
	s := &v.steps[i]
	for {
		h := v.ask(func() { v.show(i, problem) })
		m, p := here, problem
		switch {
		case h.what == answered:
			m, p = v.answer(i, h.answer)
		case h.what == refreshed: // shown again
		case h.what == wentBack && v.backInside(s):
			p = nil
		default:
			if m, p = v.turn(i, h); m == here {
				p = problem
			}
		}
		if m != here {
			return m, p
		}
		problem = p
	}
}

// show presents the step and starts its Live.
func (v *visit) show(i int, problem *fault.Error) {
	s := &v.steps[i]
	v.stopLive()
	var screen Screen
	if err := guard(func() error { screen = s.Show(); return nil }); err != nil {
		v.report(s.ID, err)
		screen, problem = Screen{Kind: Message}, fault.From(err)
	}
	if screen.Title.IsZero() {
		screen.Title = v.title(i)
	}
	v.present(v.placeOf(i), screen, problem)
	if s.Live != nil {
		v.startLive(s.Live)
	}
}

func (v *visit) title(i int) i18n.Text {
	s := &v.steps[i]
	title := i18n.T(s.ID + ".title")
	if s.Title != nil {
		_ = guard(func() error { title = s.Title(); return nil })
	}
	return title
}

// answer gives the person's answer to Do and wipes its secret.
func (v *visit) answer(i int, a Answer) (move, *fault.Error) {
	defer clear(a.Secret)
	do := v.steps[i].Do
	if do == nil {
		return onward, nil
	}
	return v.settle(i, func(ctx context.Context) error { return do(ctx, a) })
}

func (v *visit) backInside(s *Step) bool {
	v.stopLive()
	moved := false
	if s.Back != nil {
		if err := guard(func() error { moved = s.Back(); return nil }); err != nil {
			v.report(s.ID, err)
		}
	}
	return moved
}

// settle runs Enter or Do and says what its end means.
func (v *visit) settle(i int, do func(context.Context) error) (move, *fault.Error) {
	cut, err := v.work(do)
	switch {
	case cut == shut:
		return closed, nil
	case err == nil:
		return onward, nil
	case cut == removed:
		return v.turn(i, happening{what: removed})
	case cut == cancelled:
		if h := v.stop(); h.what != answered {
			return v.turn(i, h)
		}
		return here, nil
	case errors.Is(err, Skip):
		return skipped, nil
	case errors.Is(err, Stay):
		return here, nil
	case errors.Is(err, Finish):
		return leave, nil
	}
	var problem *fault.Error
	if back := errors.Is(err, GoBack); !back || errors.As(err, &problem) {
		problem = fault.From(err)
		v.report(v.steps[i].ID, err)
		if !back {
			return here, problem
		}
	}
	return backward, problem
}

// turn says where the visit goes after anything but an answer.
func (v *visit) turn(i int, h happening) (move, *fault.Error) {
	switch h.what {
	case shut:
		return closed, nil
	case removed:
		if v.session.LoggedIn {
			v.lock, v.barred = time.Now().Add(lockFor), true
		}
		if err := v.r.Terminal.Cards.Trouble(); err != nil { // not the card has gone but the reader
			return again, fault.From(err)
		}
		return again, fault.New(fault.CardRemoved, nil)
	case idled:
		v.note, v.left = i18n.T("flows.start.idle"), true
		return leave, nil
	case stopped:
		return leave, nil
	case wentBack:
		return v.goBack(i)
	default:
		return here, nil
	}
}

// goBack leaves the step backwards where the way is open. Behind the first step of somebody who has logged in
// lies the end of the visit, so they are asked.
func (v *visit) goBack(i int) (move, *fault.Error) {
	if !v.mayPass(i) {
		return here, nil
	}
	if v.due(i, -1) < 0 && v.session.LoggedIn {
		v.stopLive()
		if h := v.stop(); h.what != answered {
			return v.turn(i, h)
		}
		return here, nil
	}
	return backward, nil
}
