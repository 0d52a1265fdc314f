package flows

import "time"

// touch notes a sign of life and takes a warning back.
func (v *visit) touch() {
	v.alive = time.Now()
	if v.lock.IsZero() && !v.frame.Ends.IsZero() {
		v.frame.Ends = time.Time{}
		v.draw()
	}
}

// ends returns when the present session ends if nobody is there; zero: never.
func (v *visit) ends() time.Time {
	switch idle := v.r.idle(); {
	case v.op != nil || v.place.unlocked:
		return time.Time{}
	case !v.lock.IsZero():
		return v.lock
	case v.session != nil && v.session.Unhurried:
		return time.Time{}
	case idle > 0:
		return v.alive.Add(idle)
	}
	return time.Time{}
}

// closes returns when the round closes, in its last half hour; zero: not soon.
func (v *visit) closes() time.Time {
	switch {
	case v.op != nil:
		return v.frame.Closes
	case v.session == nil || v.session.Closes.IsZero() || v.beforeLast() > 0:
		return time.Time{}
	}
	return v.session.Closes
}

// beforeLast is how long it is until the last half hour of the round, by the terminal's clock.
func (v *visit) beforeLast() time.Duration {
	return v.session.Closes.Add(-closeSoon).Sub(v.r.Terminal.Now())
}

// alarm returns a channel that fires when tick has something to do, and what stops it.
func (v *visit) alarm() (<-chan time.Time, func()) {
	at := v.pollAt
	sooner := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if v.op != nil && !v.frame.Busy {
		sooner(v.busyAt)
	}
	if end := v.ends(); !end.IsZero() {
		if v.warns() {
			sooner(end.Add(-v.r.warn()))
		}
		sooner(end)
	}
	if v.op == nil && v.session != nil && !v.session.Closes.IsZero() && v.frame.Closes.IsZero() {
		sooner(time.Now().Add(v.beforeLast()))
	}
	if at.IsZero() {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Until(at))
	return timer.C, func() { timer.Stop() }
}

// warns reports whether the person is still to be warned. The start menu ends nothing and warns of nothing.
func (v *visit) warns() bool { return v.frame.Ends.IsZero() && v.session != nil }

// tick does what is due.
func (v *visit) tick() (happening, bool) {
	now := time.Now()
	if v.op != nil && !v.frame.Busy && !now.Before(v.busyAt) {
		v.draw()
	}
	if end := v.ends(); !end.IsZero() {
		if !now.Before(end) {
			v.alive = now
			return happening{what: idled}, true
		}
		if v.warns() && !now.Before(end.Add(-v.r.warn())) {
			v.frame.Ends = end
			v.draw()
		}
	}
	if v.op == nil && v.frame.Closes.IsZero() && !v.closes().IsZero() {
		v.draw()
	}
	if !v.pollAt.IsZero() && !now.Before(v.pollAt) {
		v.pollAt = time.Time{}
		return happening{what: polled}, true
	}
	return happening{}, false
}
