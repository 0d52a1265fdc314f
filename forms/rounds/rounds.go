// Package rounds knows when an application is taken: the rounds of a form, the office's hours and holidays. Until
// catalogues bring them, they are a file on the terminal. All days and times in it are Japan's.
//
// Error model: a file that does not resolve is ErrRounds with the place in it. Nothing else fails.
package rounds

import (
	"errors"
	"slices"
	"time"

	"madoguchi/i18n"
)

// ErrRounds reports a file of rounds that does not resolve.
var ErrRounds = errors.New("rounds: bad file")

// Japan keeps one offset all year; no time zone data are needed.
var Japan = time.FixedZone("JST", 9*60*60)

// Counts says which time must lie before the end of a round.
type Counts string

// The times that may count.
const (
	Claimed  Counts = "claimed"  // when the document was made, by the terminal's clock
	Received Counts = "received" // when the mailbox received it
)

// Round is a time in which applications of a form are taken together.
type Round struct {
	ID          string
	Form        string // the form's name
	Name        i18n.Text
	Opens       time.Time
	Closes      time.Time
	Grace       time.Duration // for what was begun in time: it may be signed so long after the end
	Counts      Counts
	PapersUntil time.Time // by when what is missing must be there
}

// Contains reports whether a time lies in the round. The grace is not part of it.
func (r Round) Contains(t time.Time) bool { return !t.Before(r.Opens) && t.Before(r.Closes) }

// Left is how long the round is still open; 0: no more.
func (r Round) Left(now time.Time) time.Duration { return max(0, r.Closes.Sub(now)) }

// MaySign reports whether what was begun at one time may be signed at another: in the round, or, begun in it, within
// the grace.
func (r Round) MaySign(begun, now time.Time) bool {
	return r.Contains(begun) && !now.Before(begun) && now.Before(r.Closes.Add(r.Grace))
}

// Calendar are the rounds and the hours of one office.
type Calendar struct {
	Rounds []Round // by their opening
	Office Office
}

// At returns the round of a form that is open. The zero Calendar has none.
func (c *Calendar) At(form string, now time.Time) (Round, bool) {
	for _, r := range c.Rounds {
		if r.Form == form && r.Contains(now) {
			return r, true
		}
	}
	return Round{}, false
}

// Next returns the round of a form that opens next.
func (c *Calendar) Next(form string, now time.Time) (Round, bool) {
	for _, r := range c.Rounds {
		if r.Form == form && r.Opens.After(now) {
			return r, true
		}
	}
	return Round{}, false
}

// Restricts reports whether the file says anything of a form; one that it does not name is taken at any time.
func (c *Calendar) Restricts(form string) bool {
	return slices.ContainsFunc(c.Rounds, func(r Round) bool { return r.Form == form })
}

// Office is when people are there to help. The zero Office says nothing.
type Office struct {
	Name  i18n.Text
	Phone string

	days       map[time.Weekday]bool
	from, to   time.Duration // since midnight
	holidays   map[string]bool
	hasOpening bool
}

// Known reports whether the file says anything of the hours.
func (o Office) Known() bool { return o.hasOpening }

// Open reports whether the office is open, and until when.
func (o Office) Open(now time.Time) (closes time.Time, open bool) {
	from, to, ok := o.day(now)
	if !ok || now.Before(from) || !now.Before(to) {
		return time.Time{}, false
	}
	return to, true
}

// Opens returns when the office opens next; false where that is not within 30 days.
func (o Office) Opens(now time.Time) (time.Time, bool) {
	for i := range 31 {
		if from, _, ok := o.day(now.In(Japan).AddDate(0, 0, i)); ok && from.After(now) {
			return from, true
		}
	}
	return time.Time{}, false
}

// day are the hours of a day, if the office is open on it.
func (o Office) day(t time.Time) (from, to time.Time, ok bool) {
	t = t.In(Japan)
	if !o.hasOpening || !o.days[t.Weekday()] || o.holidays[t.Format(time.DateOnly)] {
		return time.Time{}, time.Time{}, false
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, Japan)
	return midnight.Add(o.from), midnight.Add(o.to), true
}
