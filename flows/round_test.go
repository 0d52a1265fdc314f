package flows_test

import (
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
	"madoguchi/forms/rounds"
)

const oneRound = `[[round]]
id = "r"
form = "nursery-application"
name = { ja = "一次", ja-easy = "一次", en = "first" }
opens = 2026-11-01T08:30:00
closes = 2026-11-22T19:00:00
grace = "15m"
counts = "received"
papers_until = 2026-12-01
`

// closing is a visit that begins some time before the round closes.
func closing(t *testing.T, before time.Duration) *whoever {
	t.Helper()
	small, err := forms.Load(smallForm)
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := rounds.Load([]byte(oneRound))
	if err != nil {
		t.Fatal(err)
	}
	w := &whoever{card: flowtest.NewCard("hanako"), drafts: flowtest.NewDrafts(&flowtest.Disk{})}
	term := terminalWith(small, w.drafts)
	begin, start := calendar.Rounds[0].Closes.Add(-before), time.Now()
	term.Now = func() time.Time { return begin.Add(time.Since(start)) }
	term.Rounds = calendar
	w.Visitor = flowtest.Visit(t, &flows.Runner{Terminal: term, Flows: []flows.Flow{flows.Nursery, flows.GoOn}})
	return w
}

// says reports whether a frame has a line of that key.
func says(f flows.Frame, key string) bool {
	for _, l := range f.Screen.Lines {
		if l.Key == key {
			return true
		}
	}
	return false
}

func TestTheRoundAndItsDeadline(t *testing.T) {
	reaches := func(w *whoever, step string) flows.Frame {
		w.T.Helper()
		for range 40 {
			if f := w.Frame(); f.Step == step {
				return f
			}
			w.acts()
		}
		w.T.Fatalf("does not reach %s: %+v", step, w.Frame())
		return flows.Frame{}
	}
	bubble(t, "is told on the first pages and before signing; the slip says what is next, and until when", func(t *testing.T) {
		w := closing(t, 24*time.Hour)
		for _, step := range []string{flows.StepStart, "nursery.before", "nursery.confirm"} {
			f := reaches(w, step)
			if !says(f, "visit.round.until") || step != flows.StepStart && !says(f, "visit.round.counts.received") || !f.Closes.IsZero() {
				t.Errorf("%s: %+v", step, f)
			}
		}
		for w.acts() {
		}
		if next := w.Frame().Screen.Slip.NextStep; next.Key != "visit.round.papers" || next.Args["By"] == nil {
			t.Errorf("%+v", next)
		}
	})
	bubble(t, "in the last half hour the time left is shown", func(t *testing.T) {
		w := closing(t, 40*time.Minute)
		reaches(w, "nursery.input")
		w.Wait(10*time.Minute - time.Second)
		if f := w.Frame(); !f.Closes.IsZero() {
			t.Error("too early")
		}
		w.Wait(2 * time.Second)
		f := w.Frame()
		if f.Closes.IsZero() {
			t.Fatal("not shown")
		}
		w.acts()
		if again := w.Frame(); !again.Closes.Equal(f.Closes) {
			t.Error("gone on the next page")
		}
	})
	bubble(t, "what was begun in time may be signed within the grace", func(t *testing.T) {
		w := closing(t, 10*time.Minute)
		reaches(w, "nursery.confirm")
		w.Wait(20 * time.Minute)
		for w.acts() {
		}
		w.Sees("nursery.receipt", flows.Takeaway)
	})
	bubble(t, "and not after it", func(t *testing.T) {
		w := closing(t, 10*time.Minute)
		reaches(w, "nursery.confirm")
		w.Wait(26 * time.Minute)
		for range 10 {
			if w.Frame().Problem != nil {
				break
			}
			w.acts()
		}
		w.SeesProblem("nursery.confirm", flows.Review, fault.RoundClosed)
	})
	bubble(t, "after it nothing is offered but to go on", func(t *testing.T) {
		w := closing(t, -time.Minute)
		if c := w.Sees(flows.StepStart, flows.Menu).Screen.Choices; len(c) != 1 || c[0].ID != "go-on" {
			t.Errorf("%+v", c)
		}
		w.Choose("nursery")
		w.Sees(flows.StepStart, flows.Menu)
	})
}
