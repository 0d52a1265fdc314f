package flows_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
	"madoguchi/wire"
)

// whoever is a person who goes through a visit, answers whatever is asked, and remembers it.
type whoever struct {
	*flowtest.Visitor
	card   *flowtest.Card
	drafts *flowtest.Drafts
	asked  []string // paths of the questions answered in this visit
}

// sits starts a terminal that has nothing but the disk.
func sits(t *testing.T, form *forms.Form, disk *flowtest.Disk, post *flowtest.Post) *whoever {
	t.Helper()
	w := &whoever{card: flowtest.NewCard("hanako"), drafts: flowtest.NewDrafts(disk)}
	term := terminalWith(form, w.drafts)
	if post != nil {
		term.Post = post
	}
	w.Visitor = flowtest.Visit(t, &flows.Runner{Terminal: term, Flows: []flows.Flow{flows.Nursery, flows.GoOn}, Idle: 5 * time.Minute})
	return w
}

// terminalWith is a terminal with a form and what keeps drafts; its clock goes on from a day in the nursery's round.
func terminalWith(form *forms.Form, drafts *flowtest.Drafts) *flows.Terminal {
	term, start := terminal(), time.Now()
	term.Form, term.Drafts = func(string) (*forms.Form, error) { return form, nil }, drafts
	term.Now = func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).Add(time.Since(start)) }
	term.Mailbox, term.Random = "mailbox.city.example", rand.NewChaCha8([32]byte{byte(len(drafts.Disk.Keeps()))})
	return term
}

// acts does what comes next; false at the slip.
func (w *whoever) acts() bool {
	w.T.Helper()
	f := w.Frame()
	switch f.Step + " " + string(f.Screen.Kind) {
	case "start menu":
		w.Choose("nursery")
	case "nursery.login card", "nursery.sign card":
		w.Insert(w.card)
	case "nursery.login secret":
		w.Secret("1234")
	case "nursery.welcome menu":
		w.Choose(f.Screen.Choices[0].ID)
	case "nursery.input question":
		w.asked = append(w.asked, f.Screen.Question.Path)
		w.Type(anyAnswer(f.Screen.Question))
	case "nursery.confirm review":
		for _, g := range f.Screen.Groups {
			if !g.Ticked {
				w.Choose(g.ID)
				return true
			}
		}
		w.Enter()
	case "nursery.sign secret":
		w.Secret("ABC123")
	case "nursery.receipt takeaway":
		return false
	default:
		w.Enter()
	}
	return true
}

// finishes goes on to the slip and returns what was filed.
func (w *whoever) finishes() []forms.Section {
	w.T.Helper()
	for range 300 {
		if !w.acts() {
			kept := w.Post.Kept()
			return kept[len(kept)-1].Document.Review()
		}
	}
	w.T.Fatalf("the visit does not end: %+v", w.Frame())
	return nil
}

// anyAnswer answers a question by what it says of itself.
func anyAnswer(q *forms.Question) string {
	switch q.Kind {
	case forms.Choice:
		return q.Options[0].Value
	case forms.Multi:
		var all []string
		for _, o := range q.Options[:max(1, q.Min)] {
			all = append(all, o.Value)
		}
		return strings.Join(all, ",")
	case forms.YesNo:
		return "no"
	case forms.Kana:
		return "マドグチ"
	case forms.Date:
		switch {
		case strings.Contains(q.Path, "children"):
			return "2025-06-01"
		case strings.HasSuffix(q.Path, "/birth"):
			return "1992-03-03"
		}
		return "2027-04-01"
	case forms.Number:
		return fmt.Sprint(q.Min)
	case forms.Phone:
		return "03-1234-5678"
	case forms.Postal:
		return "100-0001"
	case forms.Digits:
		return "1234567"
	case forms.Words:
	}
	return "窓口 花子"
}

// TestNothingTypedIsEverLost has the program killed, the card pulled and the person walk away behind every single act
// of a visit, and the person come back at another terminal: they are asked nothing again, go on at the same question,
// and file the same.
func TestNothingTypedIsEverLost(t *testing.T) {
	nursery, err := forms.Builtin().Form("nursery-application")
	if err != nil {
		t.Fatal(err)
	}
	small, err := forms.Load(smallForm)
	if err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string]*forms.Form{"small": small, "nursery": nursery} {
		acts, whole := 0, []forms.Section(nil)
		bubble(t, name+" undisturbed", func(t *testing.T) {
			w := sits(t, form, &flowtest.Disk{}, nil)
			for w.acts() {
				acts++
			}
			whole = w.finishes()
		})
		for mishap, happens := range map[string]func(w *whoever, disk *flowtest.Disk) *flowtest.Disk{
			"killed": func(_ *whoever, disk *flowtest.Disk) *flowtest.Disk { return disk.Copy() },
			"pulled": func(w *whoever, disk *flowtest.Disk) *flowtest.Disk {
				w.Remove()
				w.Wait(time.Hour)
				return disk
			},
			"idle": func(w *whoever, disk *flowtest.Disk) *flowtest.Disk { w.Wait(time.Hour); return disk },
		} {
			for n := range acts {
				if testing.Short() && n%5 != 0 {
					continue
				}
				bubble(t, fmt.Sprintf("%s %s behind act %d", name, mishap, n), func(t *testing.T) {
					disk := &flowtest.Disk{}
					w := sits(t, form, disk, nil)
					for range n {
						w.acts()
					}
					before := w.Frame()
					again := sits(t, form, happens(w, disk), nil)
					filed := again.finishes()
					again.goesOnAt(before, w.asked)
					if !reflect.DeepEqual(filed, whole) {
						t.Error("something else was filed")
					}
				})
			}
		}
	}
}

// goesOnAt requires that nothing is asked twice, and that the visit goes on where it was.
func (w *whoever) goesOnAt(before flows.Frame, asked []string) {
	w.T.Helper()
	for _, path := range asked {
		for _, again := range w.asked {
			if path == again {
				w.T.Errorf("%s is asked again", path)
			}
		}
	}
	if q := before.Screen.Question; q != nil && len(asked) > 0 && (len(w.asked) == 0 || w.asked[0] != q.Path) {
		w.T.Errorf("was at %s, goes on with %v", q.Path, w.asked)
	}
	if before.Step == "nursery.confirm" && len(w.asked) > 0 {
		w.T.Errorf("was at the review, and is asked %v", w.asked)
	}
}

func TestNurserySavedSaysTheTruth(t *testing.T) {
	small, err := forms.Load(smallForm)
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, "a slow disk: at most the current field is lost", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		w.drafts.Slow = time.Second
		for w.Frame().Screen.Kind != flows.QuestionPage {
			w.acts()
		}
		w.acts()
		if f := w.Sees("nursery.input", flows.QuestionPage); f.Saved || f.Screen.Question.Path != "applicant/birth" {
			t.Errorf("saved %v, at %s", f.Saved, f.Screen.Question.Path)
		}
		w.acts() // the first answer must be on disk before the second one counts
		if f := w.Frame(); f.Screen.Question.Path != "applicant/birth" || len(disk.Keeps()) != 0 {
			t.Errorf("at %s, %d kept", f.Screen.Question.Path, len(disk.Keeps()))
		}
		w.Wait(time.Second)
		if f := w.Sees("nursery.input", flows.QuestionPage); f.Saved || f.Screen.Question.Path != "applicant/address" || disk.Keeps()[0].Answered != 1 {
			t.Errorf("saved %v, at %s", f.Saved, f.Screen.Question.Path)
		}
		again := sits(t, small, disk.Copy(), nil)
		again.finishes()
		if again.asked[0] != "applicant/birth" {
			t.Error("goes on at", again.asked[0])
		}
		w.Wait(time.Second)
		if f := w.Frame(); !f.Saved || disk.Keeps()[0].Answered != 2 {
			t.Error("not saved")
		}
	})
	bubble(t, "a disk that fails is told once, and tried again", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		w.drafts.KeepErr = errors.New("no space")
		for w.Frame().Screen.Kind != flows.QuestionPage {
			w.acts()
		}
		w.Type("窓口 花子")
		if f := w.SeesProblem("nursery.input", flows.QuestionPage, fault.NotKept); f.Saved {
			t.Error("says that it is saved")
		}
		w.Type("1992-03-03")
		if f := w.Sees("nursery.input", flows.QuestionPage); f.Saved {
			t.Error("says that it is saved")
		}
		w.drafts.KeepErr = nil
		w.Cancel()
		w.Choose(flows.ChoiceStop)
		if kept := disk.Keeps(); len(kept) != 1 || kept[0].Answered != 2 {
			t.Errorf("kept %+v", kept)
		}
	})
	bubble(t, "and at the end, when it still fails", func(t *testing.T) {
		w := sits(t, small, &flowtest.Disk{}, nil)
		w.drafts.KeepErr = errors.New("no space")
		for w.Frame().Screen.Kind != flows.QuestionPage {
			w.acts()
		}
		w.Type("窓口 花子")
		w.Cancel()
		w.Choose(flows.ChoiceStop)
		w.Remove()
		w.SeesProblem(flows.StepStart, flows.Menu, fault.NotKept)
	})
}

func TestNurseryADraftEndsWithItsReceipt(t *testing.T) {
	small, err := forms.Load(smallForm)
	if err != nil {
		t.Fatal(err)
	}
	leaves := func(w *whoever) {
		w.Enter()
		w.Remove()
		w.Sees(flows.StepStart, flows.Menu)
	}
	comesBack := func(w *whoever) flows.Frame {
		w.asked = nil
		for w.Frame().Step != "nursery.welcome" && w.Frame().Step != "nursery.input" {
			w.acts()
		}
		return w.Frame()
	}
	bubble(t, "received while they look", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		w.finishes()
		if kept := disk.Keeps(); len(kept) != 1 {
			t.Fatalf("%d kept while it is on its way", len(kept))
		}
		w.Post.Settle(wire.Outcome{State: wire.Received})
		w.Sees("nursery.receipt", flows.Takeaway)
		if kept := disk.Keeps(); len(kept) != 0 {
			t.Errorf("kept after the receipt: %+v", kept)
		}
	})
	bubble(t, "received when they have left", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		w.finishes()
		leaves(w)
		elsewhere := sits(t, small, disk, nil)
		if f := comesBack(elsewhere); f.Step != "nursery.welcome" || len(f.Screen.Choices) != 1 || f.Screen.Choices[0].ID != flows.ChoiceNew {
			t.Errorf("elsewhere the same answers could be filed twice: %+v", f.Screen)
		}
		w.Post.Settle(wire.Outcome{State: wire.Received})
		comesBack(w) // the news come first
		if w.Sees("nursery.input", flows.Contents); len(disk.Keeps()) != 0 {
			t.Error("kept after the receipt")
		}
	})
	bubble(t, "refused: a draft again, with its reason", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		whole := w.finishes()
		leaves(w)
		w.Post.Settle(wire.Outcome{State: wire.Refused, Reason: "form-invalid"})
		f := comesBack(w)
		if f.Step != "nursery.welcome" || len(f.Screen.Choices) != 2 || f.Screen.Choices[0].Hint.Key != "flows.slip.reason.form-invalid" {
			t.Fatalf("%+v", f.Screen)
		}
		if again := w.finishes(); !reflect.DeepEqual(again, whole) || len(w.asked) != 0 || len(w.Post.Kept()) != 2 {
			t.Errorf("asked %v, %d filed", w.asked, len(w.Post.Kept()))
		}
	})
	bubble(t, "refused while they look", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		w.finishes()
		w.Post.Settle(wire.Outcome{State: wire.Refused, Reason: "form-invalid"})
		w.Sees("nursery.receipt", flows.Takeaway)
		if kept := disk.Keeps(); len(kept) != 1 || kept[0].Reason != "form-invalid" {
			t.Errorf("%+v", kept)
		}
	})
	bubble(t, "killed between the signature and the disk: not filed, and not lost", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		w.Post.AcceptErr = fault.New(fault.DiskFailed, nil)
		for w.Frame().Problem == nil {
			w.acts()
		}
		again := sits(t, small, disk.Copy(), nil)
		again.finishes()
		if len(again.asked) != 0 || len(again.Post.Kept()) != 1 {
			t.Errorf("asked %v, %d filed", again.asked, len(again.Post.Kept()))
		}
	})
}

func TestNurseryNobodyGetsAnothersDraft(t *testing.T) {
	small, err := forms.Load(smallForm)
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, "", func(t *testing.T) {
		disk := &flowtest.Disk{}
		w := sits(t, small, disk, nil)
		for len(disk.Keeps()) == 0 {
			w.acts()
		}
		other := sits(t, small, disk, nil)
		other.card = flowtest.NewCard("taro")
		for other.Frame().Step != "nursery.input" {
			if other.Frame().Step == "nursery.welcome" {
				t.Fatal("another person was offered it")
			}
			other.acts()
		}
	})
}

func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"v":1,"step":"nursery.input","path":"applicant/name","draft":{}}`))
	f.Add([]byte(`{"v":1,"draft":null}`))
	small, err := forms.Load(smallForm)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = flows.Restored(small, raw) // must not panic
	})
}
