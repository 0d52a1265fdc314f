package flows_test

import (
	"testing"

	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
)

func TestPracticeFilesAndKeepsNothingAndSaysSoOnEveryPage(t *testing.T) {
	small, err := forms.Load(smallForm)
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, "", func(t *testing.T) {
		disk := &flowtest.Disk{}
		term := terminalWith(small, flowtest.NewDrafts(disk))
		w := &whoever{Visitor: flowtest.Visit(t, &flows.Runner{Terminal: term, Flows: []flows.Flow{flows.Practice}})}
		w.Choose("practice")
		kinds := map[flows.ScreenKind]bool{}
		for range 60 {
			f := w.Frame()
			if f.Step == flows.StepStart {
				break
			}
			kinds[f.Screen.Kind] = true
			if !says(f, "visit.practice.nothing") || f.Saved || f.Screen.Slip != nil || f.Screen.Secret != nil {
				t.Errorf("%s: %+v", f.Step, f.Screen)
			}
			w.acts()
		}
		w.Sees(flows.StepStart, flows.Menu)
		if len(kinds) != 5 || len(w.Post.Kept()) != 0 || len(disk.Keeps()) != 0 {
			t.Errorf("saw %v, filed %d, kept %d", kinds, len(w.Post.Kept()), len(disk.Keeps()))
		}
	})
}
