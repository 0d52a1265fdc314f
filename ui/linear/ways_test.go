package linear

import (
	"io"
	"strings"
	"testing"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/sample"
)

// give shows a sample, types lines, and returns the events and all that was read.
func give(t *testing.T, name string, lines ...string) ([]flows.Event, string) {
	t.Helper()
	out := &record{}
	in, feed := io.Pipe()
	f := New(in, out, nil)
	f.Show(sample.Get(i18n.En, name))
	out.await(t, 0, "/? help")
	go func() {
		_, _ = io.WriteString(feed, strings.Join(lines, "\n")+"\n")
		_ = feed.Close()
	}()
	var events []flows.Event
	for e := range f.Events() {
		events = append(events, e)
	}
	return events, out.String()
}

func TestCommandsThatHaveNoNumber(t *testing.T) {
	for _, c := range []struct {
		name, line string
		choice     string
		says       string
	}{
		{"later", "/a", flows.ChoiceLater, "/a answer later"},
		{"later", "/あとで", flows.ChoiceLater, ""},
		{"text", "/a", "", "Not now."},
		{"tick-secret", "/t", sample.Get(i18n.En, "tick-secret").Screen.Tick.ID, "/t tick or untick"},
		{"tick-secret", "／t", sample.Get(i18n.En, "tick-secret").Screen.Tick.ID, ""},
		{"secret", "/t", "", "Not now."},
		{"busy", "/a", "", "Not now."},
		{"choice", "/f x", "", "Not now."},
		{"waiting", "/qr", "", "Not now."},
	} {
		events, out := give(t, c.name, c.line)
		if c.choice == "" && len(events) != 0 || c.choice != "" && (len(events) != 1 || events[0].Answer.Choice != c.choice || events[0].Do != flows.DoAnswer) {
			t.Errorf("%s %s: %+v", c.name, c.line, events)
		}
		if !strings.Contains(out, c.says) {
			t.Errorf("%s %s: read %q", c.name, c.line, out)
		}
	}
}

// TestSlipsCodeIsDrawnWhenAsked: for an eye beside the person, and never read out by itself.
func TestSlipsCodeIsDrawnWhenAsked(t *testing.T) {
	drawn := strings.Join(ui.QR(sample.Code), "\n")
	if _, out := give(t, "received", "/r"); strings.Contains(out, "█") {
		t.Error("drawn without being asked for")
	}
	if _, out := give(t, "received", "/qr"); !strings.Contains(out, drawn) {
		t.Errorf("not drawn:\n%s", out)
	}
}

// TestLongListsAreSearched: three hundred are not read; what is found is read with the numbers that answer.
func TestLongListsAreSearched(t *testing.T) {
	events, out := give(t, "picker", "3, 1")
	if strings.Contains(out, "\n1. ") || !strings.Contains(out, "There are 300 to choose from.") {
		t.Errorf("the whole list was read, or its size was not:\n%s", out)
	}
	if len(events) != 1 || events[0].Answer.Value != "1003,1001" {
		t.Errorf("events %+v", events)
	}
	for _, c := range []struct {
		line string
		want []string
		not  string
	}{
		{"/f", []string{"Area: north, centre, ", "Age: age 0, ", "Type /f and part of a name"}, "found"},
		{"/f みなみ 南部 Age 0", []string{" found.\n", "みなみ"}, " north "},
		{"/f ミナミ", []string{"\n3. みなみ Nursery north"}, "さくら"},
		{"/f nothing-like-it", []string{"0 found."}, "Nursery "},
		{"/f nursery", []string{" more. Use more words.\n"}, ""},
	} {
		_, out := give(t, "picker", c.line)
		_, out, _ = strings.Cut(out, "0 for none: ")
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: never read %q:\n%s", c.line, want, out)
			}
		}
		if c.not != "" && strings.Contains(out, c.not) {
			t.Errorf("%s: read %q:\n%s", c.line, c.not, out)
		}
	}
}
