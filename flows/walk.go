package flows

import (
	"context"

	"madoguchi/fault"
)

// move is where a visit goes from a step.
type move int

const (
	onward   move = iota
	backward      // to the due step before
	skipped       // onward: Enter said that there is nothing to show
	again         // into the same step from its beginning
	here          // stay and show the step again
	leave         // to the start menu
	closed        // the front or the context has ended
)

// walk runs one flow to its end.
func (v *visit) walk(flow Flow) move {
	v.flow, v.session = flow.ID, &Session{}
	var steps []Step
	cut, err := v.work(func(context.Context) (err error) {
		steps, err = flow.Steps(v.r.Terminal, v.session)
		return err
	})
	switch {
	case cut == shut:
		return closed
	case err != nil:
		v.report(flow.ID, err)
		v.trouble = fault.From(err)
		return leave
	}
	v.steps, v.seen = steps, make([]bool, len(steps))
	return v.march()
}

func (v *visit) march() move {
	var problem *fault.Error
	var m move
	for i := v.due(-1, 1); i < len(v.steps); {
		switch m, problem = v.step(i, problem); m {
		case onward:
			if v.steps[i].Keep == MustLeave && v.takeCard() == closed {
				return closed
			}
			v.barred = false
			i = v.due(i, 1)
		case backward:
			if i = v.due(i, -1); i < 0 {
				v.trouble = problem
				return leave
			}
		case again:
		default:
			return m
		}
	}
	return leave
}

// due returns the next step from i in a direction that is not skipped; -1 or the number of steps: none.
func (v *visit) due(i, by int) int {
	for i += by; i >= 0 && i < len(v.steps) && !v.isDue(i); i += by {
	}
	return i
}

func (v *visit) isDue(i int) bool {
	when := v.steps[i].When
	if when == nil {
		return true
	}
	due := false
	if err := guard(func() error { due = when(); return nil }); err != nil {
		v.report(v.steps[i].ID, err)
	}
	return due
}

// placeOf counts the steps that are due or have been seen, so that the count does not fall behind the person.
func (v *visit) placeOf(i int) place {
	p := place{step: v.steps[i].ID, stop: !v.steps[i].Final, back: v.canBack(i)}
	for j := range v.steps {
		if v.seen[j] || v.isDue(j) {
			p.of++
			if j <= i {
				p.at++
			}
		}
	}
	return p
}

func (v *visit) canBack(i int) bool {
	return !v.barred && !v.steps[i].Final && (v.steps[i].Back != nil || v.mayPass(i))
}

// mayPass reports whether the way back from step i to the one before is open. Behind the first lies the menu.
func (v *visit) mayPass(i int) bool {
	j := v.due(i, -1)
	return j < 0 || !v.steps[j].Final
}
