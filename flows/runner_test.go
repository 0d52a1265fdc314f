package flows_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
	"madoguchi/i18n"
)

// trip is a flow of plain steps whose parts a test sets.
func trip(steps ...flows.Step) flows.Flow {
	for i := range steps {
		if steps[i].Show == nil {
			steps[i].Show = func() flows.Screen {
				return flows.Screen{Kind: flows.Message, Title: i18n.Own("t"), Next: i18n.Own("next")}
			}
		}
	}
	return flows.Flow{ID: "trip", Steps: func(*flows.Terminal, *flows.Session) ([]flows.Step, error) { return steps, nil }}
}

func terminal() *flows.Terminal {
	return &flows.Terminal{Cards: flowtest.NewCards(), Post: flowtest.NewPost(), Now: time.Now, Form: func(string) (*forms.Form, error) {
		return nil, errors.New("no forms here")
	}}
}

func runner(steps ...flows.Step) *flows.Runner {
	return &flows.Runner{Terminal: terminal(), Flows: []flows.Flow{trip(steps...)}}
}

// visit starts a trip and chooses it.
func visit(t *testing.T, r *flows.Runner) *flowtest.Visitor {
	v := flowtest.Visit(t, r)
	v.Choose("trip")
	return v
}

// bubble runs f where time stands until everything has settled.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestWalking(t *testing.T) {
	bubble(t, "to the end and back to the menu", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b"}))
		if f := v.Sees("a", flows.Message); f.At != 1 || f.Of != 2 || f.Flow != "trip" || !f.CanBack || !f.CanStop || !f.Online {
			t.Errorf("%+v", f)
		}
		v.Enter()
		if f := v.Sees("b", flows.Message); f.At != 2 || f.Of != 2 {
			t.Errorf("%d of %d", f.At, f.Of)
		}
		v.Enter()
		if f := v.Sees(flows.StepStart, flows.Menu); f.Flow != "" || f.At != 0 || f.Of != 0 || f.CanBack || f.CanStop {
			t.Errorf("%+v", f)
		}
	})
	bubble(t, "back skips what is not due, both ways", func(t *testing.T) {
		due := false
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b", When: func() bool { return due }}, flows.Step{ID: "c"}))
		v.Enter()
		if f := v.Sees("c", flows.Message); f.At != 2 || f.Of != 2 {
			t.Errorf("%d of %d", f.At, f.Of)
		}
		v.Back()
		v.Sees("a", flows.Message)
		due = true
		v.Enter()
		v.Sees("b", flows.Message)
		v.Enter()
		if f := v.Sees("c", flows.Message); f.At != 3 || f.Of != 3 {
			t.Errorf("%d of %d", f.At, f.Of)
		}
		v.Back()
		v.Sees("b", flows.Message)
		v.Back()
		v.Back()
		v.Sees(flows.StepStart, flows.Menu)
	})
	bubble(t, "Back inside a step comes first", func(t *testing.T) {
		inside := 1
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b", Back: func() bool { inside--; return inside >= 0 }}))
		v.Enter()
		v.Back()
		v.Sees("b", flows.Message)
		v.Back()
		v.Sees("a", flows.Message)
	})
	bubble(t, "no way back from Final or from behind it", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b", Final: true}, flows.Step{ID: "c"}))
		v.Enter()
		for _, step := range []string{"b", "c"} {
			if f := v.Sees(step, flows.Message); f.CanBack {
				t.Error(step, "offers the way back")
			}
			v.Back()
			v.Sees(step, flows.Message)
			v.Enter()
		}
	})
	bubble(t, "the flow cannot begin", func(t *testing.T) {
		r := runner()
		r.Flows = append(r.Flows, flows.Flow{ID: "broken", Steps: func(*flows.Terminal, *flows.Session) ([]flows.Step, error) {
			return nil, fault.New(fault.NoReader, nil)
		}})
		v := flowtest.Visit(t, r)
		v.Choose("broken")
		v.SeesProblem(flows.StepStart, flows.Menu, fault.NoReader)
		v.Choose("nothing of that name")
		v.Sees(flows.StepStart, flows.Menu)
	})
	bubble(t, "the front ends", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}))
		if err := v.Leave(); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatDoReturns(t *testing.T) {
	wrong := fault.New(fault.NotADate, nil)
	for _, c := range []struct {
		name, step string
		do         error
		problem    *fault.Error
	}{
		{"nil goes on", "c", nil, nil},
		{"Stay stays", "b", flows.Stay, nil},
		{"a fault is shown here", "b", wrong, wrong},
		{"GoBack goes back", "a", flows.GoBack, nil},
		{"GoBack takes a fault along", "a", errors.Join(flows.GoBack, wrong), wrong},
		{"Finish ends", flows.StepStart, flows.Finish, nil},
		{"anything else is unexpected", "b", errors.New("disk on fire"), fault.New(fault.Unexpected, nil)},
	} {
		bubble(t, c.name, func(t *testing.T) {
			v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b", Do: func(context.Context, flows.Answer) error { return c.do }}, flows.Step{ID: "c"}))
			v.Enter()
			v.Enter()
			f := v.Frame()
			if f.Step != c.step {
				t.Errorf("at %s", f.Step)
			}
			if (f.Problem == nil) != (c.problem == nil) || f.Problem != nil && f.Problem.Code != c.problem.Code {
				t.Errorf("problem %v, want %v", f.Problem, c.problem)
			}
		})
	}
	bubble(t, "a shown problem goes with the next good answer", func(t *testing.T) {
		answers := []error{fault.New(fault.NotADate, nil), flows.Stay}
		v := visit(t, runner(flows.Step{ID: "a", Do: func(context.Context, flows.Answer) error {
			err := answers[0]
			answers = answers[1:]
			return err
		}}))
		v.Enter()
		v.SeesProblem("a", flows.Message, fault.NotADate)
		v.Enter()
		v.Sees("a", flows.Message)
	})
}

func TestEnterFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fails := 1
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b", Enter: func(context.Context, flows.Card) error {
			if fails--; fails >= 0 {
				return fault.New(fault.OutboxFull, nil)
			}
			return nil
		}}))
		v.Enter()
		if f := v.SeesProblem("b", flows.Message, fault.OutboxFull); f.Screen.Next.IsZero() || !f.CanBack {
			t.Error("no way on from here")
		}
		v.Back()
		v.Sees("a", flows.Message)
		fails = 1
		v.Enter()
		v.Enter() // again
		v.Sees("b", flows.Message)
	})
}

func TestPanicsAreUnexpected(t *testing.T) {
	boom := func() { panic("窓口花子") }
	for name, step := range map[string]flows.Step{
		"Enter": {Enter: func(context.Context, flows.Card) error { boom(); return nil }},
		"Show":  {Show: func() flows.Screen { boom(); return flows.Screen{} }},
		"Do":    {Do: func(context.Context, flows.Answer) error { boom(); return nil }},
	} {
		bubble(t, name, func(t *testing.T) {
			step.ID = "a"
			v := visit(t, runner(step))
			if name == "Do" {
				v.Enter()
			}
			v.SeesProblem("a", flows.Message, fault.Unexpected)
			v.Back()
			v.Sees(flows.StepStart, flows.Menu)
		})
	}
	bubble(t, "Live and Back leave the screen as it is", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a",
			Live: func(context.Context) error { boom(); return nil }, Back: func() bool { boom(); return true }}))
		v.Sees("a", flows.Message)
		v.Back()
		v.Sees(flows.StepStart, flows.Menu)
	})
}

func TestStaleEventsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := 0
		v := visit(t, runner(flows.Step{ID: "a", Do: func(context.Context, flows.Answer) error { done++; return flows.Stay }}))
		first := v.Frame().Seq
		v.Enter()
		secret := []byte("1234")
		for _, e := range []flows.Event{
			{Seq: first, Do: flows.DoAnswer}, {Seq: first, Do: flows.DoBack}, {Seq: first, Do: flows.DoCancel}, {Do: flows.DoAnswer},
			{Seq: first + 100, Do: flows.DoAnswer}, {Seq: first, Do: flows.DoAnswer, Answer: flows.Answer{Secret: secret}},
			{Seq: v.Frame().Seq, Do: "no such thing"},
		} {
			v.Front.Send(e)
		}
		v.Sees("a", flows.Message)
		if done != 1 {
			t.Errorf("%d answers went through", done)
		}
		if !reflect.DeepEqual(secret, make([]byte, 4)) {
			t.Error("a dropped secret was not wiped")
		}
		// frames that only redraw do not make an answer stale
		seq := v.Frame().Seq
		v.Post.SetOnline(false)
		v.Language(i18n.En)
		v.Front.Send(flows.Event{Seq: seq, Do: flows.DoAnswer})
		v.Frame()
		if done != 2 {
			t.Error("the answer to the same screen was dropped")
		}
	})
}

func TestFramesRise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b"}))
		v.Language(i18n.En)
		v.Do(flows.DoHelp, flows.Answer{})
		v.Enter()
		v.Back()
		v.Cancel()
		v.Choose(flows.ChoiceGoOn)
		for i, f := range v.Front.Frames() {
			if f.Seq != uint64(i+1) {
				t.Fatalf("frame %d has the number %d", i+1, f.Seq)
			}
		}
	})
}

func TestSecretsAreWiped(t *testing.T) {
	for _, err := range []error{nil, flows.Stay, fault.New(fault.PINWrong, nil, "Tries", 1)} {
		bubble(t, "", func(t *testing.T) {
			got := ""
			v := visit(t, runner(flows.Step{ID: "a", Do: func(_ context.Context, a flows.Answer) error {
				got = string(a.Secret)
				return err
			}}))
			if secret := v.Secret("1234"); got != "1234" || string(secret) != "\x00\x00\x00\x00" {
				t.Errorf("Do saw %q, left %q", got, secret)
			}
		})
	}
	bubble(t, "on the menu", func(t *testing.T) {
		v := flowtest.Visit(t, runner())
		if secret := v.Secret("1234"); string(secret) != "\x00\x00\x00\x00" {
			t.Error("not wiped")
		}
	})
}

func TestCancelAsks(t *testing.T) {
	bubble(t, "between", func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b"}))
		v.Enter()
		v.Cancel()
		if f := v.Sees(flows.StepStop, flows.Menu); f.At != 2 || f.CanStop || len(f.Screen.Choices) != 2 {
			t.Errorf("%+v", f)
		}
		v.Choose(flows.ChoiceGoOn)
		v.Sees("b", flows.Message)
		v.Cancel()
		v.Back()
		v.Sees("b", flows.Message)
		v.Cancel()
		v.Choose("neither")
		v.Choose(flows.ChoiceStop)
		v.Sees(flows.StepStart, flows.Menu)
	})
	for _, c := range []struct {
		name string
		heed bool
		step string
	}{{"Do that heeds it", true, flows.StepStop}, {"Do that is done all the same", false, "b"}} {
		bubble(t, c.name, func(t *testing.T) {
			v := visit(t, runner(flows.Step{ID: "a", Do: func(ctx context.Context, _ flows.Answer) error {
				select {
				case <-time.After(time.Minute):
				case <-ctx.Done():
					if c.heed {
						return ctx.Err()
					}
				}
				return nil
			}}, flows.Step{ID: "b"}))
			v.Enter()
			v.Cancel()
			v.Sees(c.step, v.Frame().Screen.Kind)
			if c.heed {
				v.Choose(flows.ChoiceGoOn)
				v.Sees("a", flows.Message)
			}
		})
	}
	bubble(t, "a long Enter", func(t *testing.T) {
		entered := 0
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b", Enter: func(ctx context.Context, _ flows.Card) error {
			if entered++; entered > 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}}))
		v.Enter()
		v.Cancel()
		v.Sees(flows.StepStop, flows.Menu)
		v.Choose(flows.ChoiceGoOn)
		v.Sees("b", flows.Message)
	})
}

func TestBusyAfter200ms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := 0
		v := visit(t, runner(flows.Step{ID: "a", Do: func(context.Context, flows.Answer) error {
			done++
			time.Sleep(500 * time.Millisecond)
			return nil
		}}, flows.Step{ID: "b"}))
		v.Enter()
		v.Wait(199 * time.Millisecond)
		if v.Frame().Busy {
			t.Error("busy too early")
		}
		v.Wait(time.Millisecond)
		if f := v.Frame(); !f.Busy || f.Step != "a" {
			t.Errorf("%s, busy %v", f.Step, f.Busy)
		}
		v.Enter() // impatient
		v.Language(i18n.En)
		if f := v.Frame(); !f.Busy || f.Lang != i18n.En {
			t.Errorf("%s, busy %v", f.Lang, f.Busy)
		}
		v.Wait(time.Second)
		if f := v.Sees("b", flows.Message); f.Busy || done != 1 {
			t.Errorf("busy %v, done %d", f.Busy, done)
		}
	})
}

func TestLanguageKeepsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		value, entered := "", 0
		r := runner(flows.Step{ID: "a",
			Enter: func(context.Context, flows.Card) error { entered++; return nil },
			Show: func() flows.Screen {
				return flows.Screen{Kind: flows.QuestionPage, Title: i18n.T("flows.stop.title"), Value: value, Question: &forms.Question{Path: "p"}}
			},
			Do: func(_ context.Context, a flows.Answer) error { value = a.Value; return fault.New(fault.NotKana, nil) }})
		v := visit(t, r)
		v.Type("ア")
		before := v.Frame()
		v.Language(i18n.En)
		after := v.Frame()
		if after.Lang != i18n.En || after.Screen.Title.Say(after.Lang) == before.Screen.Title.Say(before.Lang) {
			t.Error("the language did not change")
		}
		after.Lang, after.Seq = before.Lang, before.Seq
		if !reflect.DeepEqual(before, after) || entered != 1 {
			t.Errorf("something else changed (entered %d times):\n%+v\n%+v", entered, before, after)
		}
		v.Do(flows.DoLanguage, flows.Answer{})
		if l := v.Frame().Lang; l != i18n.Ja {
			t.Error(l)
		}
		v.Language("tlh")
		if l := v.Frame().Lang; l != i18n.Ja {
			t.Error(l)
		}
		v.Language(i18n.En)
		v.Cancel()
		v.Choose(flows.ChoiceStop)
		if f := v.Sees(flows.StepStart, flows.Menu); f.Lang != i18n.Ja {
			t.Error("the next person finds", f.Lang)
		}
	})
}

func TestHelpAndLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := visit(t, runner(flows.Step{ID: "a"}, flows.Step{ID: "b"}))
		v.Enter()
		v.Do(flows.DoHelp, flows.Answer{})
		if f := v.Sees("b", flows.Message); !f.Help || len(f.Screen.Help) == 0 {
			t.Error("no help")
		}
		v.Back()
		if f := v.Sees("b", flows.Message); f.Help {
			t.Error("back did not close the help")
		}
		v.Post.SetOnline(false)
		if v.Frame().Online {
			t.Error("still online")
		}
		v.Post.SetOnline(true)
		if !v.Frame().Online {
			t.Error("still offline")
		}
	})
}
