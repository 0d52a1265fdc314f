package flows

import (
	"errors"
	"fmt"
	"time"

	"madoguchi/fault"
	"madoguchi/forms/rounds"
	"madoguchi/i18n"
)

var errRoundClosed = errors.New("flows: the round has closed")

// round returns the round of a form that is open; false also where no rounds are known.
func (t *Terminal) round(form string) (rounds.Round, bool) {
	if t.Rounds == nil {
		return rounds.Round{}, false
	}
	return t.Rounds.At(form, t.Now())
}

// open offers a procedure while the form has a round, or needs none.
func open(form string) func(*Terminal) bool {
	return func(t *Terminal) bool {
		_, ok := t.round(form)
		return ok || t.Rounds == nil || !t.Rounds.Restricts(form)
	}
}

// ours is the round that the answers were begun in.
func (f *filing) ours() (rounds.Round, bool) {
	if f.t.Rounds == nil {
		return rounds.Round{}, false
	}
	return f.t.Rounds.At(f.form.Name, f.began())
}

// inTime refuses to sign what came too late: neither in a round nor in the grace of the one that it was begun in.
func (f *filing) inTime() error {
	if r, ok := f.ours(); ok && r.MaySign(f.began(), f.t.Now()) || open(f.form.Name)(f.t) {
		return nil
	}
	return fault.New(fault.RoundClosed, errRoundClosed)
}

// began is when the answers were begun: at another visit, or at this one.
func (f *filing) began() time.Time {
	if f.start.IsZero() {
		f.start = f.t.Now()
	}
	return f.start
}

// untilText says when a round closes.
func untilText(r rounds.Round) i18n.Text {
	return i18n.T("visit.round.until", "Round", r.Name, "When", moment(r.Closes))
}

// countsText says which time counts.
func countsText(r rounds.Round) i18n.Text { return i18n.T("visit.round.counts." + string(r.Counts)) }

// moment is a day and a time in Japan.
func moment(t time.Time) i18n.Text {
	t = t.In(rounds.Japan)
	return i18n.T("visit.moment", "Day", day(t), "Clock", fmt.Sprintf("%d:%02d", t.Hour(), t.Minute()))
}

// day is a day in Japan.
func day(t time.Time) i18n.Text {
	t = t.In(rounds.Japan)
	return i18n.T("visit.day", "Year", t.Year(), "Month", int(t.Month()), "Day", t.Day())
}

// daysBetween counts days in Japan.
func daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time {
		y, m, d := t.In(rounds.Japan).Date()
		return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	}
	return int(noon(to).Sub(noon(from)).Hours() / 24)
}
