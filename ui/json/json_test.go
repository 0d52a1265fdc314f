package json

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// play gives lines to a front, collects its events until the input ends, and returns them with what it wrote.
func play(t *testing.T, in string, show ...flows.Frame) ([]flows.Event, []map[string]any) {
	t.Helper()
	var out bytes.Buffer
	input, program := io.Pipe()
	f := New(input, &out, nil)
	for _, frame := range show {
		f.Show(frame)
	}
	go func() {
		_, _ = io.WriteString(program, in)
		_ = program.Close()
	}()
	var events []flows.Event
	for e := range f.Events() {
		events = append(events, e)
	}
	_ = f.Run(context.Background())
	var lines []map[string]any
	for _, l := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var m map[string]any
		if l == "" {
			continue
		}
		if err := json.Unmarshal([]byte(l), &m); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		lines = append(lines, m)
	}
	return events, lines
}

func TestEventsIn(t *testing.T) {
	for in, want := range map[string]flows.Event{
		`{"seq":1,"do":"answer","choice":"nursery"}`: {Seq: 1, Do: flows.DoAnswer, Answer: flows.Answer{Choice: "nursery"}},
		`{"seq":2,"do":"answer","value":"𠮷野 花子"}`:    {Seq: 2, Do: flows.DoAnswer, Answer: flows.Answer{Value: "𠮷野 花子"}},
		`{"do":"answer","seq":3}`:                    {Seq: 3, Do: flows.DoAnswer},
		`{"seq":4,"do":"language","value":"en"}`:     {Seq: 4, Do: flows.DoLanguage, Answer: flows.Answer{Value: "en"}},
		`{"seq":5,"do":"back"}`:                      {Seq: 5, Do: flows.DoBack},
		`{"seq":6,"do":"cancel"}`:                    {Seq: 6, Do: flows.DoCancel},
		`{"seq":7,"do":"help"}`:                      {Seq: 7, Do: flows.DoHelp},
		`{"do":"still-here"}`:                        {Do: flows.DoStillHere},
	} {
		got, lines := play(t, in) // without a line end: the last line counts too
		if len(got) != 1 || len(lines) != 0 || got[0].Seq != want.Seq || got[0].Do != want.Do ||
			got[0].Answer.Choice != want.Answer.Choice || got[0].Answer.Value != want.Answer.Value {
			t.Errorf("%s: %+v, %v", in, got, lines)
		}
	}
}

func TestSecretsIn(t *testing.T) {
	for in, want := range map[string]string{
		`1234`: "1234", ``: "", `\u0031２\u0033`: "1２3", `a\"\\\/\b\f\n\r\tz`: "a\"\\/\b\f\n\r\tz", `\ud842\udfb7`: "𠮷",
	} {
		got, lines := play(t, `{"seq":1,"do":"answer","secret":"`+in+`"}`+"\n")
		if len(got) != 1 || string(got[0].Answer.Secret) != want {
			t.Errorf("%s: %+v %v", in, got, lines)
		}
	}
	for _, in := range []string{`1234`, `null`, `["1"]`, `"\ud842"`, `"\x"`} {
		if got, lines := play(t, `{"seq":1,"do":"answer","secret":`+in+"}\n"); len(got) != 0 || len(lines) != 1 {
			t.Errorf("%s: %+v %v", in, got, lines)
		}
	}
}

func TestBadLinesAreAnsweredAndPassedOver(t *testing.T) {
	for _, bad := range []string{
		`x`, `{`, `[]`, `null1`, `{}`, `{"do":"dance","seq":1}`, `{"do":"answer"}`, `{"do":"back"}`, `{"do":"answer","seq":-1}`,
		`{"do":"answer","seq":1,"pin":"9876"}`, `{"do":"answer","do":"back","seq":1}`, `{"do":"back","seq":1,"choice":"9876"}`,
		`{"do":"language","seq":1,"secret":"9876"}`, `{"do":"help","seq":1,"up":true}`, `{"do":"still-here","value":"9876"}`,
		`{"do":"insert"}`, `{"do":"network"}`, `{"do":"remove","card":"9876"}`, `{"do":"insert","card":"hanako"}`,
		"{\"do\":\"answer\",\"seq\":1,\"value\":\"\xff9876\"}", `{"do":"answer","value":"` + strings.Repeat("9876", maxLine/4) + `"}`,
	} {
		got, lines := play(t, "\n"+bad+"\n"+`{"do":"still-here"}`+"\n")
		if len(got) != 1 || got[0].Do != flows.DoStillHere || len(lines) != 1 {
			t.Errorf("%.60s: %+v %v", bad, got, lines)
			continue
		}
		e, ok := lines[0]["error"].(map[string]any)
		if !ok || e["line"] != 2.0 || e["what"] == "" || strings.Contains(e["what"].(string), "9876") {
			t.Errorf("%.60s: %v", bad, lines[0])
		}
	}
}

func TestFrameOut(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))
	full := flows.Frame{
		Seq: 7, Flow: "nursery", Step: "nursery.login", At: 1, Of: 5, Lang: i18n.En, Busy: true, Online: true, Saved: true, CanBack: true,
		CanStop: true, Help: true, Ends: at, Closes: at, Problem: fault.New(fault.PINWrong, nil, "Tries", 2),
		Screen: flows.Screen{
			Kind: flows.SecretPage, Title: i18n.T("flows.take.title"), Lines: []i18n.Text{i18n.Own("花子")},
			Secret:  &flows.Secret{Shape: flows.FourDigits, Label: i18n.T("flows.pin.label.auth"), Min: 4, Max: 4, Tries: 2, TriesOf: 3},
			Choices: []flows.Choice{{ID: "x", Label: i18n.T("flows.next"), State: flows.GroupOpen}}, Alarm: true, Later: true, Minutes: 7, Focus: "g",
			Tick: &flows.Tick{ID: "slow", Label: i18n.Own("S"), On: true},
			Sees: []flows.Sees{{Recipient: i18n.Own("R"), Purpose: i18n.Own("P"), What: []i18n.Text{i18n.Own("W")}}},
			Question: &forms.Question{Path: "child/0/name", No: "2-1", Label: i18n.Own("L"), Kind: forms.Choice, Required: true, Max: 3,
				Options: []forms.Option{{Value: "v", Label: i18n.Own("V")}}},
			Value: "value", Left: 4,
			Groups: []flows.Group{{ID: "g", Title: i18n.Own("G"), Recipient: i18n.Own("R"), Purpose: i18n.Own("P"), Ticked: true, Changed: true,
				Rows: []flows.Row{{No: "1", Label: i18n.Own("l"), Value: i18n.Own("v")}}}},
			Slip: &flows.Slip{Number: "1234-5678-903", State: "waiting", KeptAt: at, Words: i18n.Own("w"), Mark: "M", NextStep: i18n.T("flows.next"), Phone: "0"},
			Next: i18n.T("flows.pin.next"), Help: []i18n.Text{i18n.T("flows.help")},
		},
	}
	_, lines := play(t, "", full)
	if len(lines) != 1 || len(lines[0]) != 1 {
		t.Fatal(lines)
	}
	frame := lines[0]["frame"]
	for path, want := range map[string]any{
		"seq": 7.0, "flow": "nursery", "step": "nursery.login", "at": 1.0, "of": 5.0, "lang": "en", "busy": true, "online": true, "saved": true,
		"canBack": true, "canStop": true, "help": true, "ends": "2026-11-22T00:00:00Z", "problem/code": "C03",
		"problem/cause/key": "fault.C03.cause", "problem/cause/text": "The PIN or password is wrong. Tries left before it is blocked: 2",
		"screen/kind": "secret", "screen/title/key": "flows.take.title", "screen/title/text": "Please take your card",
		"screen/lines/0/text": "花子", "screen/secret/tries": 2.0, "screen/secret/triesOf": 3.0, "screen/secret/shape": "digits-4",
		"screen/choices/0/no": 1.0, "screen/choices/0/id": "x", "screen/question/path": "child/0/name", "screen/question/no": "2-1",
		"screen/question/kind": "choice", "screen/question/required": true, "screen/question/value": "value", "screen/question/left": 4.0,
		"screen/question/options/0/value": "v", "screen/groups/0/ticked": true, "screen/groups/0/rows/0/value/text": "v",
		"screen/slip/number": "1234-5678-903", "screen/slip/keptAt": "2026-11-22T00:00:00Z", "screen/next/key": "flows.pin.next",
		"closes": "2026-11-22T00:00:00Z", "screen/alarm": true, "screen/minutes": 7.0, "screen/focus": "g", "screen/tick/id": "slow",
		"screen/tick/on": true, "screen/sees/0/what/0/text": "W", "screen/choices/0/state": "open", "screen/question/later": true,
		"screen/groups/0/changed": true, "screen/slip/receivedAt": nil, "screen/lines/0/key": nil,
	} {
		if got := look(frame, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// look follows a path into decoded JSON.
func look(v any, path string) any {
	for _, name := range strings.Split(path, "/") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			v = in[name[0]-'0']
		}
	}
	return v
}

type fakeDock struct {
	mu      sync.Mutex
	up, in  bool
	changed chan struct{}
}

func (d *fakeDock) Cards() []ui.DockCard {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []ui.DockCard{{Name: "hanako", Label: "Hanako", AuthPIN: "1234", SignPIN: "ABC123", Inserted: d.in}}
}
func (d *fakeDock) Network() bool { d.mu.Lock(); defer d.mu.Unlock(); return d.up }
func (d *fakeDock) Outbox() []string {
	return []string{"1234-5678-903 waiting"}
}

func (d *fakeDock) Changed() <-chan struct{} { d.mu.Lock(); defer d.mu.Unlock(); return d.changed }

func (d *fakeDock) move(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	close(d.changed)
	d.changed = make(chan struct{})
}

func (d *fakeDock) Insert(name string) error {
	if name != "hanako" {
		return errors.New("no such card")
	}
	d.move(func() { d.in = true })
	return nil
}
func (d *fakeDock) Remove()            { d.move(func() { d.in = false }) }
func (d *fakeDock) SetNetwork(up bool) { d.move(func() { d.up = up }) }

func TestDock(t *testing.T) {
	dock := &fakeDock{up: true, changed: make(chan struct{})}
	in, program := io.Pipe()
	back, out := io.Pipe()
	f := New(in, out, dock)
	lines := json.NewDecoder(back)
	next := func() (m map[string]any) {
		if err := lines.Decode(&m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := next(); look(m, "dock/cards/0/authPin") != "1234" || look(m, "dock/cards/0/inserted") != false || look(m, "dock/network") != true ||
		look(m, "dock/outbox/0") != "1234-5678-903 waiting" {
		t.Error(m)
	}
	for _, c := range []struct {
		order, path string
		want        any
	}{
		{`{"do":"insert","card":"hanako"}`, "dock/cards/0/inserted", true},
		{`{"do":"remove"}`, "dock/cards/0/inserted", false},
		{`{"do":"network","up":false}`, "dock/network", false},
		{`{"do":"insert","card":"taro"}`, "error/line", 4.0},
	} {
		if _, err := io.WriteString(program, c.order+"\n"); err != nil {
			t.Fatal(err)
		}
		if m := next(); look(m, c.path) != c.want {
			t.Errorf("%s: %v", c.order, m)
		}
	}
	_ = program.Close()
	if _, more := <-f.Events(); more {
		t.Error("a dock action became an event")
	}
	_ = f.Run(context.Background())
}

func TestShowNeverBlocks(t *testing.T) {
	back, out := io.Pipe() // nobody reads
	in, program := io.Pipe()
	f := New(in, out, nil)
	for i := range maxQueue + 100 {
		f.Show(flows.Frame{Seq: uint64(i + 1)})
	}
	_ = back.Close()
	_ = program.Close()
	for range f.Events() {
	}
	_ = f.Run(context.Background())
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"seq":1,"do":"answer","secret":"12\u0033\\4"}`))
	f.Add([]byte(`{"do":"network","up":true}`))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		o, err := parse(in)
		if err != nil {
			return
		}
		var want struct {
			Secret string `json:"secret"`
		}
		if o.Secret != nil && (json.Unmarshal(in, &want) != nil || want.Secret != string(o.Secret)) {
			t.Errorf("%q: %q, want %q", in, o.Secret, want.Secret)
		}
	})
}
