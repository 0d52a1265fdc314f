package flows_test

import (
	_ "embed"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/wire"
)

//go:embed testdata/form.toml
var smallForm []byte

// hanako is who files in these tests.
var hanako = map[string]string{
	"applicant/name": "窓口 花子", "applicant/birth": "平成4年3月3日", "applicant/address": "窓口市一番町1-2", "children/0/name": "窓口 一郎",
	"children/1/+": "no", "wish/start": "2027-04-01", "wish/allergy": "",
}

// filingAt starts the nursery procedure at a terminal with a small form.
func filingAt(t *testing.T) *flowtest.Visitor {
	t.Helper()
	return filingWith(t, smallForm)
}

func filingWith(t *testing.T, definition []byte) *flowtest.Visitor {
	t.Helper()
	form, err := forms.Load(definition)
	if err != nil {
		t.Fatal(err)
	}
	term := terminal()
	term.Form = func(string) (*forms.Form, error) { return form, nil }
	term.Now = func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	term.Mailbox, term.Phone, term.Random = "mailbox.city.example", "000-111", rand.NewChaCha8([32]byte{1})
	v := flowtest.Visit(t, &flows.Runner{Terminal: term, Flows: []flows.Flow{flows.Nursery}, Idle: 5 * time.Minute})
	v.Choose("nursery")
	v.Sees("nursery.before", flows.Message)
	v.Enter()
	return v
}

// logsIn puts the card down and enters its PIN.
func logsIn(v *flowtest.Visitor, c *flowtest.Card) {
	v.T.Helper()
	v.Sees("nursery.login", flows.InsertCard)
	proves(v, c)
	v.Secret("1234")
}

// proves puts the card down and goes past what it can do today, to its PIN.
func proves(v *flowtest.Visitor, c flows.Card) {
	v.T.Helper()
	v.Insert(c)
	v.Sees("nursery.login", flows.Message)
	v.Enter()
}

// begins answers in turn, from the contents page.
func begins(v *flowtest.Visitor) {
	v.T.Helper()
	v.Sees("nursery.input", flows.Contents)
	v.Enter()
}

// answers every question, and passes the pages around them, until another page comes.
func answers(v *flowtest.Visitor, all map[string]string) {
	v.T.Helper()
	for range 50 {
		f := v.Frame()
		switch f.Screen.Kind {
		case flows.Contents, flows.Sharing:
			v.Enter()
			continue
		case flows.QuestionPage:
		default:
			return
		}
		answer, known := all[f.Screen.Question.Path]
		if f.Problem != nil || !known {
			v.T.Fatalf("asked for %s (problem %v)", f.Screen.Question.Path, f.Problem)
		}
		v.Type(answer)
	}
	v.T.Fatal("the questions do not end")
}

// ticks every open group of the review.
func ticks(v *flowtest.Visitor) {
	v.T.Helper()
	for _, g := range v.Sees("nursery.confirm", flows.Review).Screen.Groups {
		if !g.Ticked {
			v.Choose(g.ID)
		}
	}
}

// reachesSigning goes all the way to the password.
func reachesSigning(t *testing.T, c *flowtest.Card) *flowtest.Visitor {
	t.Helper()
	v := filingAt(t)
	logsIn(v, c)
	answers(v, hanako)
	ticks(v)
	v.Enter()
	v.Sees("nursery.sign", flows.SecretPage)
	return v
}

func TestNurseryTheWholeWay(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := filingAt(t)
		v.Sees("nursery.login", flows.InsertCard)
		proves(v, card)
		if s := v.Sees("nursery.login", flows.SecretPage).Screen.Secret; s.Tries != 3 || s.TriesOf != 3 || s.Shape != flows.FourDigits {
			t.Errorf("%+v", s)
		}
		v.Secret("9999")
		if s := v.SeesProblem("nursery.login", flows.SecretPage, fault.PINWrong).Screen.Secret; s.Tries != 2 {
			t.Error("tries shown:", s.Tries)
		}
		v.Secret("1234")
		if c := v.Sees("nursery.input", flows.Contents).Screen; len(c.Choices) != 3 || c.Left != 6 || c.Choices[1].State != flows.GroupOpen {
			t.Errorf("contents: %+v", c)
		}
		v.Enter()
		f := v.Sees("nursery.input", flows.QuestionPage)
		if f.At != 3 || f.Of != 7 || f.Screen.Question.Path != "applicant/name" || f.Screen.Left != 6 || f.Saved {
			t.Errorf("%+v", f)
		}
		v.Remove() // the card may leave here
		answers(v, hanako)
		f = v.Sees("nursery.confirm", flows.Review)
		if len(f.Screen.Groups) != 3 || f.Screen.Words.IsZero() || f.Screen.Mark == "" {
			t.Errorf("%+v", f.Screen)
		}
		v.Enter()
		v.SeesProblem("nursery.confirm", flows.Review, fault.NotTicked)
		for _, g := range v.Frame().Screen.Groups {
			v.Choose(g.ID)
		}
		v.Enter()
		v.Sees("nursery.sign", flows.InsertCard)
		v.Insert(card)
		if s := v.Sees("nursery.sign", flows.SecretPage).Screen.Secret; s.Tries != 5 || s.TriesOf != 5 || s.Shape != flows.Password {
			t.Errorf("%+v", s)
		}
		v.Secret("abc123")
		waiting := v.Sees("nursery.receipt", flows.Takeaway)
		if s := waiting.Screen.Slip; s.State != wire.Waiting || !wire.NumberOK(s.Number) || s.Mark != f.Screen.Mark || s.Phone == "" ||
			!waiting.Saved || waiting.CanBack || waiting.Screen.Title.Key != "flows.slip.waiting.title" {
			t.Errorf("%+v", waiting)
		}
		v.Post.Settle(wire.Outcome{State: wire.Received, ReceivedAt: time.Unix(1, 0)})
		received := v.Sees("nursery.receipt", flows.Takeaway)
		if s := received.Screen.Slip; s.State != wire.Received || !s.ReceivedAt.Equal(time.Unix(1, 0)) || s.Number != waiting.Screen.Slip.Number {
			t.Errorf("%+v", s)
		}
		if shown, _ := json.Marshal(received); strings.Contains(string(shown), "花子") || strings.Contains(string(shown), "一番町") {
			t.Error("the slip names the person")
		}
		v.Enter()
		v.Sees(flows.StepTakeCard, flows.Message)
		v.Remove()
		v.Sees(flows.StepStart, flows.Menu)
		if kept := v.Post.Kept(); len(kept) != 1 || kept[0].By != card.Who || kept[0].Document.Person().Birth != "1992-03-03" {
			t.Errorf("kept: %d", len(kept))
		}
		v.Choose("nursery")
		v.Enter()
		proves(v, card)
		v.Secret("1234")
		v.Sees("nursery.input", flows.Contents) // nothing is told twice
	})
}

func TestNurseryDeadEndsComeFirst(t *testing.T) {
	bubble(t, "the last try is chosen", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.AuthLeft = 1
		v := filingAt(t)
		proves(v, card)
		v.Secret("9999") // not asked for
		if v.Sees("nursery.login", flows.Message); card.Asked != 0 {
			t.Error("the last try was spent without a choice")
		}
		v.Choose(flows.ChoiceTry)
		v.Sees("nursery.login", flows.SecretPage)
		v.Secret("9999")
		v.SeesProblem("nursery.login", flows.Message, fault.PINBlocked)
		v.Choose(flows.ChoiceLeave)
		v.Sees(flows.StepTakeCard, flows.Message)
	})
	bubble(t, "the card cannot be read", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.TriesErr = map[flows.Key]error{flows.AuthKey: fault.New(fault.CardUnreadable, nil)}
		v := filingAt(t)
		v.Insert(card)
		v.SeesProblem("nursery.login", flows.Message, fault.CardUnreadable)
		card.TriesErr = nil
		v.Enter()
		v.Sees("nursery.login", flows.Message)
		v.Enter()
		v.Sees("nursery.login", flows.SecretPage)
	})
}

func TestNurseryTheWrongSecretNeverReachesTheCard(t *testing.T) {
	for secret, code := range map[string]fault.Code{
		"": fault.PINShape, "123": fault.PINShape, "12345": fault.PINShape, "12a4": fault.PINShape, "\xff\xff\xff\xff": fault.PINShape,
		"ABC123": fault.WantsDigits, "１２３４５６": fault.WantsDigits,
	} {
		bubble(t, secret, func(t *testing.T) {
			card := flowtest.NewCard("hanako")
			v := filingAt(t)
			proves(v, card)
			v.Secret(secret)
			if v.SeesProblem("nursery.login", flows.SecretPage, code); card.Asked != 0 {
				t.Errorf("card asked %d times", card.Asked)
			}
		})
	}
	for secret, code := range map[string]fault.Code{
		"": fault.PINShape, "ABC12": fault.PINShape, "ABC-123": fault.PINShape, "ABCDEFGHIJKLMNOPQ": fault.PINShape,
		"1234": fault.WantsPassword, "１２３４": fault.WantsPassword,
	} {
		bubble(t, secret, func(t *testing.T) {
			card := flowtest.NewCard("hanako")
			v := reachesSigning(t, card)
			v.Secret(secret)
			if v.SeesProblem("nursery.sign", flows.SecretPage, code); card.Asked != 1 {
				t.Errorf("card asked %d times", card.Asked)
			}
		})
	}
}

func TestNurseryRoomComesBeforeThePassword(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := filingAt(t)
		logsIn(v, card)
		answers(v, hanako)
		ticks(v)
		v.Post.RoomErr = fault.New(fault.OutboxFull, nil)
		v.Enter()
		v.SeesProblem("nursery.confirm", flows.Review, fault.OutboxFull)
		v.Post.RoomErr = nil
		v.Enter()
		v.Sees("nursery.sign", flows.SecretPage)
		v.Back()
		v.Sees("nursery.confirm", flows.Review)
	})
	bubble(t, "also when it filled up meanwhile", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := reachesSigning(t, card)
		v.Post.RoomErr = fault.New(fault.OutboxFull, nil)
		v.Remove()
		v.Insert(card)
		if v.SeesProblem("nursery.sign", flows.Message, fault.OutboxFull); card.Asked != 1 {
			t.Error("the card was asked")
		}
	})
}

func TestNurserySigning(t *testing.T) {
	bubble(t, "another person's certificate leads back to the review", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		card.SignErr = fault.New(fault.PersonDiffers, nil, "What", "x")
		v := reachesSigning(t, card)
		v.Secret("ABC123")
		v.SeesProblem("nursery.confirm", flows.Review, fault.PersonDiffers)
	})
	bubble(t, "another card", func(t *testing.T) {
		v := reachesSigning(t, flowtest.NewCard("hanako"))
		taro := flowtest.NewCard("taro")
		v.Remove()
		v.Insert(taro)
		v.Secret("ABC123")
		if v.SeesProblem("nursery.sign", flows.SecretPage, fault.OtherCard); taro.Asked != 0 || len(v.Post.Kept()) != 0 {
			t.Error("signed with another card")
		}
	})
	bubble(t, "pulled while it signs, nothing is kept", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := reachesSigning(t, card)
		card.Slow = time.Minute
		v.Secret("ABC123")
		v.Remove()
		if v.SeesProblem("nursery.sign", flows.InsertCard, fault.CardRemoved); len(v.Post.Kept()) != 0 {
			t.Error("kept")
		}
		card.Slow = 0
		v.Insert(card)
		v.Secret("ABC123")
		v.Sees("nursery.receipt", flows.Takeaway)
	})
	bubble(t, "pulled when it has signed, it is kept", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := reachesSigning(t, card)
		v.Post.Slow = time.Minute
		v.Secret("ABC123")
		v.Remove()
		v.Wait(time.Minute)
		if v.Sees("nursery.receipt", flows.Takeaway); len(v.Post.Kept()) != 1 {
			t.Error("not kept")
		}
	})
	bubble(t, "signed but not kept: kept without the password", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := reachesSigning(t, card)
		v.Post.AcceptErr = fault.New(fault.DiskFailed, errors.New("no space"))
		v.Secret("ABC123")
		v.SeesProblem("nursery.sign", flows.Message, fault.DiskFailed)
		v.Post.AcceptErr = nil
		v.Enter()
		if v.Sees("nursery.receipt", flows.Takeaway); card.Asked != 2 || len(v.Post.Kept()) != 1 {
			t.Errorf("card asked %d times, kept %d", card.Asked, len(v.Post.Kept()))
		}
	})
}

func TestNurseryLanguageAndRemovalAtEveryStep(t *testing.T) {
	card := flowtest.NewCard("hanako")
	for _, c := range []struct {
		step string
		walk func(*testing.T) *flowtest.Visitor
		need bool
	}{
		{"nursery.login", func(t *testing.T) *flowtest.Visitor { v := filingAt(t); v.Insert(card); return v }, true},
		{"nursery.input", func(t *testing.T) *flowtest.Visitor {
			v := filingAt(t)
			logsIn(v, card)
			begins(v)
			v.Type("花子")
			return v
		}, false},
		{"nursery.confirm", func(t *testing.T) *flowtest.Visitor {
			v := filingAt(t)
			logsIn(v, card)
			answers(v, hanako)
			v.Choose("city.wish")
			return v
		}, false},
		{"nursery.sign", func(t *testing.T) *flowtest.Visitor { return reachesSigning(t, card) }, true},
		{"nursery.receipt", func(t *testing.T) *flowtest.Visitor { v := reachesSigning(t, card); v.Secret("ABC123"); return v }, false},
	} {
		bubble(t, c.step, func(t *testing.T) {
			v := c.walk(t)
			before := v.Frame()
			v.Language(i18n.En)
			after := v.Frame()
			if after.Lang != i18n.En || after.Step != c.step || after.Screen.Value != before.Screen.Value || after.Screen.Mark != before.Screen.Mark {
				t.Errorf("before %+v, after %+v", before, after)
			}
			v.Remove()
			if !c.need {
				v.Sees(c.step, before.Screen.Kind)
				return
			}
			v.SeesProblem(c.step, flows.InsertCard, fault.CardRemoved)
			v.Insert(card)
			if f := v.Sees(c.step, before.Screen.Kind); f.Lang != i18n.En {
				t.Error("the language was lost")
			}
		})
	}
}
