package flows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/i18n"
)

// hasLine reports whether a screen has a line by that key.
func hasLine(s flows.Screen, key string) bool {
	return slices.ContainsFunc(s.Lines, func(l i18n.Text) bool { return l.Key == key })
}

func offers(s flows.Screen, id string) bool {
	return slices.ContainsFunc(s.Choices, func(c flows.Choice) bool { return c.ID == id })
}

// TestLoginSaysBeforeThePINWhatTheCardCanFinish: no secret is asked for before.
func TestLoginSaysBeforeThePINWhatTheCardCanFinish(t *testing.T) {
	no := func(code fault.Code) func(*flowtest.Card) {
		return func(c *flowtest.Card) { c.TriesErr = map[flows.Key]error{flows.SignKey: fault.New(code, nil)} }
	}
	for _, c := range []struct {
		name   string
		card   func(*flowtest.Card)
		lines  []string
		choice string // "": the main action leads on
	}{
		{"nothing wrong", func(*flowtest.Card) {}, []string{"flows.check.auth", "flows.check.sign", "flows.check.fit"}, ""},
		{"PIN blocked", func(c *flowtest.Card) { c.AuthLeft = 0 }, []string{"flows.pin.blocked.auth", "flows.office.any"}, flows.ChoiceLeave},
		{"password blocked", func(c *flowtest.Card) { c.SignLeft = 0 }, []string{"flows.check.cannot.blocked", "flows.check.mend.blocked", "flows.office.any"}, flows.ChoiceDraft},
		{"no certificate for signing", no(fault.NoSignKey), []string{"flows.check.cannot.no-key", "flows.check.mend.no-key", "flows.office.any"}, flows.ChoiceDraft},
		{"a phone", no(fault.PhoneCannotSign), []string{"flows.check.cannot.phone", "flows.check.mend.phone"}, flows.ChoiceDraft},
	} {
		bubble(t, c.name, func(t *testing.T) {
			card := flowtest.NewCard("hanako")
			c.card(card)
			v := filingAt(t)
			v.Insert(card)
			s := v.Sees("nursery.login", flows.Message).Screen
			for _, line := range c.lines {
				if !hasLine(s, line) {
					t.Errorf("does not say %s", line)
				}
			}
			if c.choice != "" && (!s.Next.IsZero() || !offers(s, c.choice) || !offers(s, flows.ChoiceLeave)) {
				t.Errorf("%+v", s.Choices)
			}
			v.Choose(c.choice)
			if c.choice == flows.ChoiceLeave {
				v.Sees(flows.StepTakeCard, flows.Message)
				return
			}
			v.Sees("nursery.login", flows.SecretPage)
			v.Back()
			v.Sees("nursery.login", flows.Message)
		})
	}
	bubble(t, "a card that cannot sign is not gone on with unasked", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.SignLeft = 0
		v := filingAt(t)
		v.Insert(card)
		v.Enter()
		v.Sees("nursery.login", flows.Message)
		v.Choose(flows.ChoiceLeave)
		v.Sees(flows.StepTakeCard, flows.Message)
	})
}

// TestNameAndAddressAreReadOnlyWhereTicked: the box is there, is not ticked, tells the tries of its own PIN, and the same
// digits go to that PIN only after they have logged in.
func TestNameAndAddressAreReadOnlyWhereTicked(t *testing.T) {
	bubble(t, "not ticked", func(t *testing.T) {
		card := flowtest.NewCard("窓口 花子")
		card.InputPIN = []byte("9999") // a try would show
		v := filingAt(t)
		proves(v, card)
		tick := v.Sees("nursery.login", flows.SecretPage).Screen.Tick
		if tick == nil || tick.On || tick.ID != flows.TickRead || tick.Hint.Args["Tries"] != 3 {
			t.Fatalf("%+v", tick)
		}
		v.Secret("1234")
		if v.Sees("nursery.input", flows.Contents); card.Asked != 1 || card.InputLeft != 3 {
			t.Error("read unasked")
		}
	})
	bubble(t, "ticked, and ticked off again", func(t *testing.T) {
		card := flowtest.NewCard("窓口 花子")
		v := filingAt(t)
		proves(v, card)
		for _, on := range []bool{true, false} {
			v.Choose(flows.TickRead)
			if tick := v.Sees("nursery.login", flows.SecretPage).Screen.Tick; tick.On != on {
				t.Errorf("ticked %v", tick.On)
			}
		}
		v.Secret("1234")
		if v.Sees("nursery.input", flows.Contents); card.Asked != 1 {
			t.Error("read unasked")
		}
	})
	bubble(t, "ticked", func(t *testing.T) {
		card := flowtest.NewCard("窓口 花子")
		v := filingAt(t)
		proves(v, card)
		v.Choose(flows.TickRead)
		v.Secret("9999") // mistyped: costs one try of one PIN, not of two
		v.SeesProblem("nursery.login", flows.SecretPage, fault.PINWrong)
		if card.AuthLeft != 2 || card.InputLeft != 3 {
			t.Errorf("%d and %d tries left", card.AuthLeft, card.InputLeft)
		}
		v.Secret("1234")
		if v.Sees("nursery.input", flows.Contents); card.Asked != 3 {
			t.Errorf("asked %d times", card.Asked)
		}
	})
	for name, change := range map[string]func(*flowtest.Card){
		"no such data": func(c *flowtest.Card) { c.Person = nil },
		"its last try": func(c *flowtest.Card) { c.InputLeft = 1 },
		"blocked":      func(c *flowtest.Card) { c.InputLeft = 0 },
		"a card that does not tell": func(c *flowtest.Card) {
			c.TriesErr = map[flows.Key]error{flows.InputKey: fault.New(fault.CardUnreadable, nil)}
		},
	} {
		bubble(t, name, func(t *testing.T) {
			card := flowtest.NewCard("hanako")
			change(card)
			v := filingAt(t)
			proves(v, card)
			if s := v.Sees("nursery.login", flows.SecretPage).Screen; s.Tick != nil {
				t.Error("offered")
			}
			v.Choose(flows.TickRead) // of a front that has not noticed
			v.Secret("1234")
			if v.Sees("nursery.input", flows.Contents); card.Asked != 1 {
				t.Error("read")
			}
		})
	}
}

// TestNameAndAddressThatCannotBeReadStopNobody: the log-in holds; the digits may be others, or one goes on without.
func TestNameAndAddressThatCannotBeReadStopNobody(t *testing.T) {
	ticks := func(t *testing.T, card flows.Card) *flowtest.Visitor {
		v := filingAt(t)
		proves(v, card)
		v.Choose(flows.TickRead)
		v.Secret("1234")
		return v
	}
	bubble(t, "other digits", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.InputPIN = []byte("5678")
		v := ticks(t, card)
		s := v.SeesProblem("nursery.login", flows.Message, fault.PINWrong).Screen
		if !hasLine(s, "flows.read.failed") || !offers(s, flows.ChoiceSkip) || !offers(s, flows.ChoiceTry) || card.InputLeft != 2 {
			t.Errorf("%+v", s)
		}
		v.Choose(flows.ChoiceTry)
		if secret := v.Sees("nursery.login", flows.SecretPage).Screen.Secret; secret.Tries != 2 || secret.Label.Key != "flows.pin.label.input" {
			t.Errorf("%+v", secret)
		}
		v.Back()
		v.Sees("nursery.login", flows.Message)
		v.Choose(flows.ChoiceTry)
		v.Secret("5678")
		v.Sees("nursery.input", flows.Contents)
	})
	bubble(t, "the last try of that PIN is not spent here", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.InputPIN, card.InputLeft = []byte("5678"), 2
		v := ticks(t, card)
		if s := v.SeesProblem("nursery.login", flows.Message, fault.PINWrong).Screen; offers(s, flows.ChoiceTry) {
			t.Error("offered")
		}
		v.Choose(flows.ChoiceTry)
		v.Sees("nursery.login", flows.Message)
		v.Choose(flows.ChoiceSkip)
		if v.Sees("nursery.input", flows.Contents); card.InputLeft != 1 {
			t.Error("spent")
		}
	})
	bubble(t, "the card is taken meanwhile", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.Slow = time.Second
		v := filingAt(t)
		proves(v, card)
		v.Choose(flows.TickRead)
		v.Secret("1234")
		v.Wait(time.Second + time.Second/2) // logged in; name and address are being read
		v.Remove()
		v.Sees("nursery.input", flows.Contents)
	})
	bubble(t, "the card is taken when they could not be read", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.InputPIN = []byte("5678")
		v := ticks(t, card)
		v.Remove()
		v.SeesProblem("nursery.login", flows.InsertCard, fault.CardRemoved)
		v.Insert(card)
		v.Sees("nursery.login", flows.Message)
		v.Choose(flows.ChoiceSkip)
		v.Sees("nursery.input", flows.Contents)
	})
}

func TestSimilarCharactersAreNamedAfterAWrongPassword(t *testing.T) {
	for secret, want := range map[string]bool{"ABC12O": true, "ABCD2L": true, "XYZ987": false} {
		bubble(t, secret, func(t *testing.T) {
			v := reachesSigning(t, flowtest.NewCard("hanako"))
			v.Secret(secret)
			f := v.SeesProblem("nursery.sign", flows.SecretPage, fault.PINWrong)
			if hasLine(f.Screen, "flows.pin.alike") != want {
				t.Errorf("%+v", f.Screen.Lines)
			}
			v.Secret("12")
			if f := v.SeesProblem("nursery.sign", flows.SecretPage, fault.PINShape); hasLine(f.Screen, "flows.pin.alike") {
				t.Error("said of what the card has not seen")
			}
		})
	}
}

// TestLastTryStandsBesideLeaving: neither a PIN nor the main action spends it.
func TestLastTryStandsBesideLeaving(t *testing.T) {
	for _, leave := range []string{"flows.pin.leave-unsaved"} {
		bubble(t, leave, func(t *testing.T) {
			card := flowtest.NewCard("hanako")
			card.SignLeft = 1
			v := filingAt(t)
			logsIn(v, card)
			answers(v, hanako)
			ticks(v)
			v.Enter()
			s := v.Sees("nursery.sign", flows.Message).Screen
			if s.Choices[0].ID != flows.ChoiceLeave || s.Choices[0].Label.Key != leave || !hasLine(s, "flows.office.any") {
				t.Errorf("%+v", s)
			}
			v.Enter()
			v.Secret("WRONG1")
			v.Sees("nursery.sign", flows.Message)
			if card.SignLeft != 1 {
				t.Fatal("spent")
			}
			v.Choose(flows.ChoiceTry)
			v.Secret("WRONG1")
			if s := v.SeesProblem("nursery.sign", flows.Message, fault.PINBlocked).Screen; !hasLine(s, "flows.pin.blocked.sign") || !hasLine(s, "flows.office.any") {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestPINIsTypedOnTheReadersKeys(t *testing.T) {
	after := func(d time.Duration, pin string, err error) func(context.Context) ([]byte, error) {
		return func(ctx context.Context) ([]byte, error) {
			select {
			case <-time.After(d):
				return []byte(pin), err
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	}
	begins := func(t *testing.T, card *flowtest.PadCard) *flowtest.Visitor {
		v := filingAt(t)
		proves(v, card)
		if s := v.Sees("nursery.login", flows.SecretPage).Screen; !s.Secret.Pad || !offers(s, flows.ChoiceScreen) || s.Lines[0].Args["Reader"].(i18n.Text).Own != "Reader 7" {
			t.Fatalf("%+v", s)
		}
		return v
	}
	bubble(t, "the screen says where to look and how long", func(t *testing.T) {
		card := &flowtest.PadCard{Card: flowtest.NewCard("hanako"), Typed: after(10*time.Second, "1234", nil)}
		v := begins(t, card)
		v.Enter()
		f := v.Sees("nursery.login", flows.SecretPage)
		if left := time.Until(f.Screen.Secret.PadEnds); left != 30*time.Second || !hasLine(f.Screen, "flows.pad.type.auth") || !hasLine(f.Screen, "flows.pad.cancel-key") {
			t.Errorf("%v, %+v", left, f.Screen)
		}
		v.Secret("1234") // on the screen, where nobody has asked for it
		v.Wait(10 * time.Second)
		if v.Sees("nursery.input", flows.Contents); card.Asked != 1 {
			t.Errorf("asked %d times", card.Asked)
		}
	})
	for _, code := range []fault.Code{fault.PadCancelled, fault.PadTimeout, fault.PadLength, fault.PINWrong} {
		bubble(t, string(code), func(t *testing.T) {
			card := &flowtest.PadCard{Card: flowtest.NewCard("hanako"), Typed: after(time.Second, "9999", fault.New(code, nil, "Tries", 2))}
			v := begins(t, card)
			v.Enter()
			v.Wait(time.Second)
			if f := v.SeesProblem("nursery.login", flows.SecretPage, code); !f.Screen.Secret.Pad || !f.Screen.Secret.PadEnds.IsZero() {
				t.Errorf("%+v", f.Screen.Secret)
			}
			v.Choose(flows.ChoiceScreen)
			if s := v.Sees("nursery.login", flows.SecretPage).Screen.Secret; s.Pad {
				t.Error("still on the pad")
			}
			v.Back()
			if s := v.Sees("nursery.login", flows.SecretPage).Screen.Secret; !s.Pad {
				t.Error("not back on the pad")
			}
			v.Choose(flows.ChoiceScreen)
			v.Secret("1234")
			v.Sees("nursery.input", flows.Contents)
		})
	}
	bubble(t, "name and address are another entry", func(t *testing.T) {
		card := &flowtest.PadCard{Card: flowtest.NewCard("hanako"), Typed: after(time.Second, "1234", nil)}
		v := begins(t, card)
		v.Choose(flows.TickRead)
		v.Enter()
		v.Wait(time.Second)
		if f := v.Sees("nursery.login", flows.SecretPage); !hasLine(f.Screen, "flows.pad.type.input") || f.Screen.Secret.Label.Key != "flows.pin.label.input" {
			t.Errorf("%+v", f.Screen)
		}
		v.Wait(time.Second)
		v.Sees("nursery.input", flows.Contents)
	})
	bubble(t, "stopping waits for the reader's own cancel key", func(t *testing.T) {
		card := &flowtest.PadCard{Card: flowtest.NewCard("hanako"), Typed: after(20*time.Second, "", fault.New(fault.PadCancelled, nil))}
		v := begins(t, card)
		v.Enter()
		v.Cancel()
		v.Wait(10 * time.Second)
		v.Sees("nursery.login", flows.SecretPage)
		v.Wait(10 * time.Second)
		v.Sees(flows.StepStop, flows.Menu)
	})
	bubble(t, "the card is taken", func(t *testing.T) {
		card := &flowtest.PadCard{Card: flowtest.NewCard("hanako"), Typed: after(time.Hour, "", nil)}
		v := begins(t, card)
		v.Enter()
		v.Remove()
		v.SeesProblem("nursery.login", flows.InsertCard, fault.CardRemoved)
	})
}

// TestLostReaderIsNamedAtOnce: not as a card that left.
func TestLostReaderIsNamedAtOnce(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := filingAt(t)
		proves(v, card)
		before := len(v.Front.Frames())
		v.Cards.Lose(fault.New(fault.NoReader, nil))
		v.Wait(time.Second)
		v.SeesProblem("nursery.login", flows.InsertCard, fault.NoReader)
		for _, f := range v.Front.Frames()[before:] {
			if f.Problem != nil && f.Problem.Code != fault.NoReader {
				t.Errorf("first %v", f.Problem)
			}
		}
		v.Insert(card)
		v.Wait(time.Second)
		v.Sees("nursery.login", flows.Message)
	})
}
