package flows_test

import (
	"encoding/json"
	"strings"
	"testing"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
)

func TestNurseryAnswering(t *testing.T) {
	bubble(t, "a wrong answer is asked again, back goes through the questions", func(t *testing.T) {
		v := filingAt(t)
		logsIn(v, flowtest.NewCard("hanako"))
		begins(v)
		v.Type("  ")
		v.SeesProblem("nursery.input", flows.QuestionPage, fault.FieldRequired)
		v.Type("窓口 花子")
		v.Type("31 April")
		v.SeesProblem("nursery.input", flows.QuestionPage, fault.NotADate)
		v.Back()
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Question.Path != "applicant/name" || f.Screen.Value != "窓口 花子" {
			t.Errorf("%s: %q", f.Screen.Question.Path, f.Screen.Value)
		}
		v.Back()
		v.Sees("nursery.input", flows.Contents)
		v.Back() // behind the contents lies the end of the visit
		v.Sees(flows.StepStop, flows.Menu)
		v.Choose(flows.ChoiceGoOn)
		v.Sees("nursery.input", flows.Contents)
		v.Choose("applicant")
		v.Back()
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Value != "窓口 花子" {
			t.Errorf("lost the answer: %s", f.Screen.Question.Path)
		}
	})
	bubble(t, "one more child, and a rule between fields", func(t *testing.T) {
		v := filingAt(t)
		logsIn(v, flowtest.NewCard("hanako"))
		begins(v)
		for _, a := range []struct{ path, answer string }{
			{"applicant/name", "窓口 花子"}, {"applicant/birth", "1992-03-03"}, {"applicant/address", "窓口市"}, {"children/0/name", "一郎"},
			{"children/1/+", "yes"}, {"children/1/name", "二郎"}, {"children/2/+", "no"}, {"wish/start", "2026-12-01"}, {"wish/allergy", "卵"},
		} {
			if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Question.Path != a.path {
				t.Fatalf("asked for %s, want %s", f.Screen.Question.Path, a.path)
			}
			v.Type(a.answer)
		}
		if f := v.SeesProblem("nursery.input", flows.QuestionPage, fault.RuleBroken); f.Screen.Question.Path != "wish/start" {
			t.Error("the rule speaks at", f.Screen.Question.Path)
		}
		v.Type("2027-04-01")
		v.Sees("nursery.sharing", flows.Sharing)
	})
}

func TestNurseryCorrecting(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		v := filingAt(t)
		logsIn(v, flowtest.NewCard("hanako"))
		answers(v, hanako)
		ticks(v)
		mark := v.Sees("nursery.confirm", flows.Review).Screen.Mark
		v.Back()
		v.Sees("nursery.sharing", flows.Sharing)
		v.Back()
		f := v.Sees("nursery.input", flows.Contents)
		if len(f.Screen.Choices) != 3 || f.Screen.Choices[0].ID != "applicant" || f.Screen.Left != 0 {
			t.Fatalf("contents: %+v", f.Screen)
		}
		for _, c := range f.Screen.Choices {
			if c.State != flows.GroupDone {
				t.Errorf("%s is %s", c.ID, c.State)
			}
		}
		v.Enter()
		v.Enter()
		if again := v.Sees("nursery.confirm", flows.Review).Screen; again.Mark != mark || !again.Groups[0].Ticked || again.Groups[0].Changed {
			t.Error("nothing was changed, and yet the document is another")
		}
		v.Choose(flows.CorrectGroup + "city.wish")
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Question.Path != "wish/start" {
			t.Fatal("corrects", f.Screen.Question.Path)
		}
		v.Type("2027-04-01")
		v.Type("卵")
		corrected := v.Sees("nursery.confirm", flows.Review).Screen // the same place, without the pages between
		if corrected.Mark == mark {
			t.Error("something was changed, and yet the document is the same")
		}
		for i, g := range corrected.Groups {
			if g.Ticked != strings.HasPrefix(g.ID, "city.") || g.Changed != (g.ID == "facility.wish") || g.Changed != (i == 0) {
				t.Errorf("group %s at %d ticked %v, changed %v", g.ID, i, g.Ticked, g.Changed)
			}
		}
		if corrected.Focus != "city.wish" {
			t.Error("the person finds themselves at", corrected.Focus)
		}
		v.Choose(flows.CorrectGroup + "city.applicant")
		for _, answer := range []string{"窓口 花子", "1992-03-03", "窓口市二番町3"} {
			v.Sees("nursery.input", flows.QuestionPage)
			v.Type(answer)
		}
		again := v.Sees("nursery.confirm", flows.Review).Screen
		for i, g := range again.Groups {
			if g.Ticked != (g.ID == "city.children" || g.ID == "city.wish") || g.Changed != (i == 0) || g.Changed != (g.ID == "city.applicant") {
				t.Errorf("after the move, group %s at %d ticked %v, changed %v", g.ID, i, g.Ticked, g.Changed)
			}
		}
		v.Choose(flows.CorrectGroup + "nobody.nothing")
		v.Sees("nursery.confirm", flows.Review)
	})
	bubble(t, "back from a correction leads to the contents, and on to the review", func(t *testing.T) {
		v := filingAt(t)
		logsIn(v, flowtest.NewCard("hanako"))
		answers(v, hanako)
		v.Choose(flows.CorrectGroup + "city.children")
		v.Sees("nursery.input", flows.QuestionPage)
		v.Back()
		if f := v.Sees("nursery.input", flows.Contents); f.Screen.Focus != "children" {
			t.Error("at", f.Screen.Focus)
		}
		v.Enter()
		v.Sees("nursery.confirm", flows.Review)
	})
}

func TestNurseryInAnyOrderAndLater(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		v := filingAt(t)
		logsIn(v, flowtest.NewCard("hanako"))
		v.Choose("wish")
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Question.Path != "wish/start" {
			t.Fatalf("%+v", f.Screen)
		}
		v.Type("2027-04-01")
		v.Type("")
		f := v.Sees("nursery.input", flows.Contents)
		if f.Screen.Focus != "wish" || f.Screen.Choices[2].State != flows.GroupDone || f.Screen.Choices[0].State != flows.GroupOpen {
			t.Errorf("%+v", f.Screen)
		}
		v.Enter()
		v.Type("窓口 花子")
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Question.Path != "applicant/birth" || !f.Screen.Later {
			t.Fatalf("%+v", f.Screen)
		}
		v.Choose(flows.ChoiceLater)
		v.Type("窓口市")
		v.Type("一郎")
		v.Choose(flows.ChoiceLater) // whether there is one more is not put off
		v.Type("no")
		f = v.Sees("nursery.input", flows.Contents) // what was put off comes up, and is not asked unbidden
		if f.Screen.Left != 1 || f.Screen.Choices[0].State != flows.GroupOpen || f.Screen.Lines[len(f.Screen.Lines)-1].Key != "visit.fill.put-off" {
			t.Errorf("%+v", f.Screen)
		}
		v.Enter()
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Question.Path != "applicant/birth" {
			t.Error("asked", f.Screen.Question.Path)
		}
		v.Choose(flows.ChoiceLater)
		v.Sees("nursery.input", flows.Contents)
		v.Enter()
		v.Type("平成4年3月3日")
		v.Sees("nursery.sharing", flows.Sharing)
	})
}

func TestNurseryAMyNumberIsAskedAboutAndBlocked(t *testing.T) {
	const digits = "123456789018" // the check digit holds
	bubble(t, "", func(t *testing.T) {
		v := filingAt(t)
		logsIn(v, flowtest.NewCard("hanako"))
		v.Choose("wish")
		v.Type("2027-04-01")
		v.Type("卵 " + digits)
		f := v.Sees("nursery.input", flows.Menu)
		if shown, _ := json.Marshal(f); strings.Contains(string(shown), digits) {
			t.Error("the page repeats the number")
		}
		v.Back()
		v.Sees("nursery.input", flows.QuestionPage)
		v.Type("卵 " + digits)
		v.Choose(flows.ChoiceMyNumber)
		if f := v.SeesProblem("nursery.input", flows.QuestionPage, fault.MaybeMyNumber); f.Screen.Value != "" {
			t.Error("it was taken")
		}
		v.Type("卵 " + digits)
		v.Choose(flows.ChoiceNotMyNumber)
		v.Sees("nursery.input", flows.Contents)
		v.Choose("wish")
		v.Type("2027-04-01")
		if f := v.Sees("nursery.input", flows.QuestionPage); f.Screen.Value != "卵 "+digits {
			t.Error("what is no My Number was not taken:", f.Screen.Value)
		}
	})
}
