package flows

import (
	"errors"
	"fmt"
	"time"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// Counts says which time decides whether an application came in time.
type Counts string

// The times.
const (
	CountsClaimed  Counts = "claimed"  // when it was signed at the terminal
	CountsReceived Counts = "received" // when it reached the mailbox
)

// Round is one round of applications, as the office configured it.
type Round struct {
	Name   i18n.Text
	Closes time.Time     // applications are taken until then
	Grace  time.Duration // what was begun in time may still be signed so long after
	Counts Counts
	Next   i18n.Text // the next step after filing; zero: none of its own
	NextBy time.Time // and its date
}

var errRoundClosed = errors.New("flows: the round has closed")

// japan is where days are counted.
var japan = time.FixedZone("JST", 9*60*60)

// round returns the round of a form, if one is known.
func (t *Terminal) round(form string) (Round, bool) {
	if t.Round == nil {
		return Round{}, false
	}
	return t.Round(form)
}

// taken reports whether an application that was begun at that time may be signed now.
func (r Round) taken(now, began time.Time) bool {
	return now.Before(r.Closes) || began.Before(r.Closes) && now.Before(r.Closes.Add(r.Grace))
}

// inTime refuses to sign what came too late.
func (f *filing) inTime() error {
	r, ok := f.t.round(f.form.Name)
	if !ok || r.taken(f.t.Now(), f.began()) {
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

// until says when a round closes, and which time counts.
func (r Round) until() []i18n.Text {
	return []i18n.Text{i18n.T("visit.round.until", "Round", r.Name, "When", moment(r.Closes)), i18n.T("visit.round.counts." + string(r.Counts))}
}

// moment is a day and a time in Japan.
func moment(t time.Time) i18n.Text {
	t = t.In(japan)
	return i18n.T("visit.moment", "Day", day(t), "Clock", fmt.Sprintf("%d:%02d", t.Hour(), t.Minute()))
}

// day is a day in Japan.
func day(t time.Time) i18n.Text {
	t = t.In(japan)
	return i18n.T("visit.day", "Year", t.Year(), "Month", int(t.Month()), "Day", t.Day())
}

// daysBetween counts days in Japan.
func daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time {
		y, m, d := t.In(japan).Date()
		return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	}
	return int(noon(to).Sub(noon(from)).Hours() / 24)
}

// open offers a procedure until the round of its form closes.
func open(form string) func(*Terminal) bool {
	return func(t *Terminal) bool {
		r, ok := t.round(form)
		return !ok || t.Now().Before(r.Closes)
	}
}
