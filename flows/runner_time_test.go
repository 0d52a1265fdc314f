package flows_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/i18n"
)

func idle(steps ...flows.Step) *flows.Runner {
	r := runner(steps...)
	r.Idle, r.Warn = 2*time.Minute, 30*time.Second
	return r
}

func TestIdleEndsAfterAWarning(t *testing.T) {
	bubble(t, "nobody is there", func(t *testing.T) {
		v := visit(t, idle(flows.Step{ID: "a"}))
		v.Wait(90*time.Second - time.Millisecond)
		if !v.Frame().Ends.IsZero() {
			t.Error("warned too early")
		}
		v.Wait(time.Millisecond)
		if f := v.Sees("a", flows.Message); !f.Ends.Equal(time.Now().Add(30 * time.Second)) {
			t.Error("ends", f.Ends)
		}
		v.Wait(30 * time.Second)
		if f := v.Sees(flows.StepStart, flows.Menu); f.Screen.Lines[0].Key != "flows.start.idle" {
			t.Error("the menu does not say what happened")
		}
		v.Wait(2 * time.Minute)
		if f := v.Frame(); f.Screen.Lines[0].Key == "flows.start.idle" {
			t.Error("and says it for ever")
		}
		n := len(v.Front.Frames())
		v.Wait(time.Hour)
		if len(v.Front.Frames()) != n {
			t.Error("an idle menu draws")
		}
	})
	bubble(t, "a sign of life extends", func(t *testing.T) {
		v := visit(t, idle(flows.Step{ID: "a"}))
		for range 5 {
			v.Wait(100 * time.Second)
			if v.Frame().Ends.IsZero() {
				t.Fatal("not warned")
			}
			v.Do(flows.DoStillHere, flows.Answer{})
			if !v.Sees("a", flows.Message).Ends.IsZero() {
				t.Fatal("the warning stays")
			}
		}
	})
	bubble(t, "at least 20 s to answer", func(t *testing.T) {
		r := runner(flows.Step{ID: "a"})
		r.Idle, r.Warn = 5*time.Second, time.Second
		v := visit(t, r)
		v.Wait(19 * time.Second)
		if v.Sees("a", flows.Message).Ends.IsZero() {
			t.Error("not warned")
		}
	})
	bubble(t, "not while the terminal works", func(t *testing.T) {
		v := visit(t, idle(flows.Step{ID: "a", Do: func(context.Context, flows.Answer) error {
			time.Sleep(10 * time.Minute)
			return nil
		}}, flows.Step{ID: "b"}))
		v.Enter()
		v.Wait(5 * time.Minute)
		if !v.Frame().Ends.IsZero() {
			t.Error("warned while it works")
		}
		v.Wait(5 * time.Minute)
		v.Sees("b", flows.Message)
		v.Wait(89 * time.Second)
		v.Sees("b", flows.Message)
	})
	bubble(t, "also on the question whether to stop", func(t *testing.T) {
		v := visit(t, idle(flows.Step{ID: "a"}))
		v.Cancel()
		v.Wait(3 * time.Minute)
		v.Sees(flows.StepStart, flows.Menu)
	})
	bubble(t, "the menu forgets a language", func(t *testing.T) {
		v := flowtest.Visit(t, idle())
		v.Language(i18n.En)
		v.Wait(2 * time.Minute)
		if l := v.Frame().Lang; l != i18n.Ja {
			t.Error(l)
		}
	})
}

func needs(id string) flows.Step {
	return flows.Step{ID: id, Needs: flows.MyNumber, Keep: flows.Needed}
}

func TestCardIsAskedFor(t *testing.T) {
	bubble(t, "and waited for", func(t *testing.T) {
		var got flows.Card
		step := needs("a")
		step.Enter = func(_ context.Context, c flows.Card) error { got = c; return nil }
		v := visit(t, runner(step))
		v.Sees("a", flows.InsertCard)
		if secret := v.Secret("1234"); string(secret) != "\x00\x00\x00\x00" {
			t.Error("not wiped")
		}
		v.Sees("a", flows.InsertCard)
		card := flowtest.NewCard("hanako")
		v.Insert(card)
		v.Sees("a", flows.Message)
		if got != flows.Card(card) {
			t.Error("another card")
		}
	})
	bubble(t, "not when it lies there", func(t *testing.T) {
		v := flowtest.Visit(t, runner(needs("a")))
		v.Insert(flowtest.NewCard("hanako"))
		v.Choose("trip")
		v.Sees("a", flows.Message)
		for _, f := range v.Front.Frames() {
			if f.Screen.Kind == flows.InsertCard {
				t.Error("asked for a card that lies there")
			}
		}
	})
	bubble(t, "said when the reader takes its time", func(t *testing.T) {
		r := runner(needs("a"))
		cards := r.Terminal.Cards.(*flowtest.Cards)
		cards.Slow = 300 * time.Millisecond
		v := flowtest.Visit(t, r)
		v.Insert(flowtest.NewCard("hanako"))
		v.Choose("trip")
		v.Wait(199 * time.Millisecond)
		v.Sees(flows.StepStart, flows.Menu)
		v.Wait(time.Millisecond)
		v.Sees("a", flows.InsertCard)
		v.Wait(100 * time.Millisecond) // the same look goes on
		v.Sees("a", flows.Message)
	})
	bubble(t, "back and cancel", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}, needs("b")))
		v.Enter()
		v.Back()
		v.Sees("a", flows.Message)
		v.Enter()
		v.Cancel()
		v.Choose(flows.ChoiceGoOn)
		v.Sees("b", flows.InsertCard)
		v.Cancel()
		v.Choose(flows.ChoiceStop)
		v.Sees(flows.StepStart, flows.Menu)
	})
	bubble(t, "what cannot be read is said once", func(t *testing.T) {
		v := visit(t, runner(needs("a")))
		v.Cards.InsertStrange(fault.New(fault.CardUnknown, nil))
		v.SeesProblem("a", flows.InsertCard, fault.CardUnknown)
		n := len(v.Front.Frames())
		v.Wait(10 * time.Second)
		if len(v.Front.Frames()) != n {
			t.Error("and again and again")
		}
		v.Cards.InsertStrange(fault.New(fault.CardUnreadable, nil))
		v.Wait(time.Second)
		v.SeesProblem("a", flows.InsertCard, fault.CardUnreadable)
		v.Cancel()
		v.Choose(flows.ChoiceGoOn)
		v.SeesProblem("a", flows.InsertCard, fault.CardUnreadable)
		v.Insert(flowtest.NewCard("hanako"))
		v.Wait(time.Second)
		v.Sees("a", flows.Message)
	})
}

func TestRemovalOfANeededCard(t *testing.T) {
	card := flowtest.NewCard("hanako")
	slow := func(ctx context.Context) error {
		select {
		case <-time.After(time.Minute):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for name, step := range map[string]flows.Step{
		"while shown":  {},
		"during Enter": {Enter: func(ctx context.Context, _ flows.Card) error { return slow(ctx) }},
		"during Do":    {Do: func(ctx context.Context, _ flows.Answer) error { return slow(ctx) }},
	} {
		bubble(t, name, func(t *testing.T) {
			step.ID, step.Needs, step.Keep = "a", flows.MyNumber, flows.Needed
			v := visit(t, runner(step, flows.Step{ID: "b"}))
			v.Insert(card)
			if step.Do != nil {
				v.Enter()
			}
			v.Remove()
			v.SeesProblem("a", flows.InsertCard, fault.CardRemoved)
			v.Insert(card)
			v.Wait(time.Minute)
			v.Sees("a", flows.Message)
		})
	}
	bubble(t, "while asked whether to stop", func(t *testing.T) {
		v := visit(t, runner(needs("a")))
		v.Insert(card)
		v.Cancel()
		v.Remove()
		v.SeesProblem("a", flows.InsertCard, fault.CardRemoved)
	})
	bubble(t, "what is done is done", func(t *testing.T) {
		step := needs("a")
		step.Do = func(ctx context.Context, _ flows.Answer) error { _ = slow(ctx); return nil }
		v := visit(t, runner(step, flows.Step{ID: "b"}))
		v.Insert(card)
		v.Enter()
		v.Remove()
		v.Sees("b", flows.Message)
	})
	bubble(t, "of a person: locked, then ended", func(t *testing.T) {
		r := runner()
		r.Flows = []flows.Flow{{ID: "trip", Steps: func(_ *flows.Terminal, s *flows.Session) ([]flows.Step, error) {
			s.LoggedIn = true
			return trip(flows.Step{ID: "a"}, needs("b"), flows.Step{ID: "c"}).Steps(nil, nil)
		}}}
		v := visit(t, r)
		v.Enter()
		v.Insert(card)
		v.Remove()
		if f := v.SeesProblem("b", flows.InsertCard, fault.CardRemoved); f.CanBack {
			t.Error("the way back to what was shown is open")
		}
		v.Do(flows.DoStillHere, flows.Answer{}) // somebody; not the card
		v.Insert(card)
		if f := v.Sees("b", flows.Message); f.CanBack {
			t.Error("the way back is open before anything has been proved")
		}
		v.Remove()
		v.Wait(99 * time.Second)
		v.Do(flows.DoStillHere, flows.Answer{})
		if v.SeesProblem("b", flows.InsertCard, fault.CardRemoved).Ends.IsZero() {
			t.Error("not warned")
		}
		v.Wait(20 * time.Second)
		v.Sees(flows.StepStart, flows.Menu)
	})
}

func TestCardMayOrMustLeave(t *testing.T) {
	bubble(t, "may", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a", Needs: flows.MyNumber, Keep: flows.MayLeave}))
		v.Insert(flowtest.NewCard("hanako"))
		v.Remove()
		v.Sees("a", flows.Message)
	})
	bubble(t, "must", func(t *testing.T) {
		v := visit(t, idle(flows.Step{ID: "a", Keep: flows.MustLeave}, flows.Step{ID: "b"}))
		v.Insert(flowtest.NewCard("hanako"))
		v.Enter()
		v.Sees(flows.StepTakeCard, flows.Message)
		v.Wait(14 * time.Second)
		if v.Frame().Screen.Alarm {
			t.Error("called after while the hand still reaches for it")
		}
		v.Wait(time.Second)
		if !v.Frame().Screen.Alarm {
			t.Error("nobody is called")
		}
		n := len(v.Front.Frames())
		v.Enter()
		v.Wait(time.Hour)
		if f := v.Sees(flows.StepTakeCard, flows.Message); !f.Screen.Alarm || len(v.Front.Frames()) != n {
			t.Error("the page does not stand still")
		}
		v.Remove()
		v.Sees("b", flows.Message)
	})
	bubble(t, "before the next visit", func(t *testing.T) {
		v := visit(t, idle(needs("a")))
		v.Insert(flowtest.NewCard("hanako"))
		v.Wait(2 * time.Minute)
		if !v.Sees(flows.StepTakeCard, flows.Message).Screen.Alarm {
			t.Error("a card that was left behind calls nobody")
		}
		v.Choose("trip")
		v.Sees(flows.StepTakeCard, flows.Message) // no new session
		v.Remove()
		v.Sees(flows.StepStart, flows.Menu)
	})
	bubble(t, "before the first menu", func(t *testing.T) {
		r := idle(needs("a"))
		r.Terminal.Cards.(*flowtest.Cards).Insert(flowtest.NewCard("hanako"))
		v := flowtest.Visit(t, r)
		v.Sees(flows.StepTakeCard, flows.Message)
		v.Remove()
		v.Sees(flows.StepStart, flows.Menu)
	})
}

func TestLive(t *testing.T) {
	bubble(t, "its return shows the step again and makes older answers stale", func(t *testing.T) {
		news, n, beside := make(chan string), "none", false
		v := visit(t, runner(flows.Step{ID: "a",
			Show: func() flows.Screen { return flows.Screen{Kind: flows.Takeaway, Lines: []i18n.Text{i18n.Own(n)}} },
			Live: func(ctx context.Context) error {
				beside = true
				defer func() { beside = false }()
				select {
				case n = <-news:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			},
			Do: func(context.Context, flows.Answer) error {
				if beside {
					t.Error("Live runs beside Do")
				}
				return nil
			}}))
		old := v.Frame().Seq
		for _, word := range []string{"one", "two"} {
			news <- word
			if f := v.Sees("a", flows.Takeaway); f.Screen.Lines[0].Own != word {
				t.Error(f.Screen.Lines[0].Own)
			}
		}
		v.Front.Send(flows.Event{Seq: old, Do: flows.DoAnswer})
		v.Sees("a", flows.Takeaway)
		v.Enter()
		v.Sees(flows.StepStart, flows.Menu)
	})
	bubble(t, "its error leaves the screen", func(t *testing.T) {
		runs := 0
		v := visit(t, runner(flows.Step{ID: "a", Live: func(context.Context) error { runs++; return errors.New("no") }}))
		v.Wait(time.Minute)
		if v.Sees("a", flows.Message); runs != 1 {
			t.Errorf("ran %d times", runs)
		}
	})
}

func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		front, done := flowtest.NewFront(), make(chan error, 1)
		step := flows.Step{ID: "a", Do: func(ctx context.Context, _ flows.Answer) error { <-ctx.Done(); return ctx.Err() }}
		go func() { done <- runner(step).Run(ctx, front) }()
		for _, a := range []flows.Answer{{Choice: "trip"}, {}} {
			synctest.Wait()
			all := front.Frames()
			front.Send(flows.Event{Seq: all[len(all)-1].Seq, Do: flows.DoAnswer, Answer: a})
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
