package flows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/wire"
)

func TestNurseryTheOutboxCannotBeRead(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := filingAt(t)
		v.Post.EarlierErr = fault.New(fault.DiskFailed, nil)
		logsIn(v, card)
		v.SeesProblem("nursery.earlier", flows.Message, fault.DiskFailed)
		v.Post.EarlierErr = nil
		v.Enter()
		if f := v.Sees("nursery.earlier", flows.Message); f.Screen.Lines[0].Key != "flows.earlier.none" {
			t.Errorf("%+v", f.Screen)
		}
		v.Enter()
		v.Sees("nursery.input", flows.Contents)
	})
}

func TestNurseryTooLargeIsSaidBeforeTheReview(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		field := ""
		for i := range 5 {
			field += fmt.Sprintf(`[[group.field]]
id = "more-%d"
no = "9%d"
kind = "text"
max = 2000
required = true
label = { ja = "x", en = "x" }
ask = { ja = "x", en = "x" }
`, i, i)
		}
		const wish = "[[group]]\nid = \"wish\""
		large := strings.Replace(string(smallForm), "min = 1, max = 3", "min = 20, max = 20", 1)
		large = strings.Replace(large, wish, field+wish, 1)
		v := filingWith(t, []byte(large))
		logsIn(v, flowtest.NewCard("hanako"))
		begins(v)
		for range 200 {
			f := v.Frame()
			if f.Problem != nil || f.Screen.Kind != flows.QuestionPage {
				break
			}
			answer := hanako[f.Screen.Question.Path]
			if f.Screen.Question.Max == 2000 {
				answer = strings.Repeat("長", 2000)
			} else if answer == "" && f.Screen.Question.Required {
				answer = "一郎"
			}
			v.Type(answer)
		}
		v.Enter()
		v.SeesProblem("nursery.sharing", flows.Sharing, fault.TooLarge)
	})
}

func TestNurseryOfflineIsToldOnTheNextVisit(t *testing.T) {
	for _, c := range []struct {
		name, title, last string
		out               wire.Outcome
	}{
		{"received", "flows.slip.received.title", "flows.slip.received.what", wire.Outcome{State: wire.Received, ReceivedAt: time.Unix(9, 0)}},
		{"refused", "flows.slip.refused.title", "flows.slip.reason.id-conflict", wire.Outcome{State: wire.Refused, Reason: "id-conflict"}},
		{"refused for a new reason", "flows.slip.refused.title", "flows.slip.reason.unknown", wire.Outcome{State: wire.Refused, Reason: "x"}},
	} {
		bubble(t, c.name, func(t *testing.T) {
			card := flowtest.NewCard("hanako")
			v := reachesSigning(t, card)
			v.Post.SetOnline(false)
			v.Secret("ABC123")
			number := v.Sees("nursery.receipt", flows.Takeaway).Screen.Slip.Number
			v.Remove()
			v.Enter()
			v.Sees(flows.StepStart, flows.Menu)

			v.Choose("nursery")
			v.Enter()
			logsIn(v, card)
			if s := v.Sees("nursery.earlier", flows.Takeaway).Screen.Slip; s.State != wire.Waiting || s.Number != number {
				t.Errorf("%+v", s)
			}
			v.Post.Settle(c.out)
			f := v.Sees("nursery.earlier", flows.Takeaway)
			if f.Screen.Title.Key != c.title || f.Screen.Slip.State != c.out.State || f.Screen.Lines[len(f.Screen.Lines)-1].Key != c.last {
				t.Errorf("%+v", f.Screen)
			}
			v.Enter()
			v.Sees("nursery.input", flows.Contents)
			v.Cancel()
			v.Choose(flows.ChoiceStop)
			v.Remove()
			v.Choose("nursery")
			v.Enter()
			logsIn(v, card)
			v.Sees("nursery.input", flows.Contents)
		})
	}
}

func TestNurseryAfterACrashTheFirstScreenSaysWhichNumberIsSafe(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		card := flowtest.NewCard("hanako")
		v := reachesSigning(t, card)
		v.Post.Slow = time.Minute
		v.Secret("ABC123") // is being kept when the program ends
		if err := v.Leave(); err != nil {
			t.Fatal(err)
		}
		kept := v.Post.Kept()
		if len(kept) != 1 {
			t.Fatal("not kept")
		}
		term := terminal()
		term.Post = v.Post
		v = flowtest.Visit(t, &flows.Runner{Terminal: term, Idle: 5 * time.Minute})
		number := wire.Number(kept[0].Document.ID())
		if line := v.Sees(flows.StepStart, flows.Menu).Screen.Lines[0]; line.Key != "visit.safe" || line.Args["Number"] != number {
			t.Errorf("the first line is %+v", line)
		}
		v.Wait(5 * time.Minute)
		if line := v.Sees(flows.StepStart, flows.Menu).Screen.Lines[0]; line.Key == "visit.safe" {
			t.Error("and it is said for ever")
		}
		if _, again := v.Post.Unshown(); again {
			t.Error("and again after the next start")
		}
	})
}
