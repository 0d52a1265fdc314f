package tview

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"go.uber.org/goleak"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/sample"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a front whose event loop runs.
type stage struct {
	*testing.T
	front  *Front
	screen *sample.Screen
	cancel context.CancelFunc
	ended  chan error
}

func open(t *testing.T, dock ui.Dock) *stage {
	t.Helper()
	screen := sample.NewScreen()
	f, err := New(screen, dock)
	if err != nil {
		t.Fatal(err)
	}
	screen.SetSize(80, 25)
	f.now = func() time.Time { return sample.Now }
	ctx, cancel := context.WithCancel(t.Context())
	s := &stage{T: t, front: f, screen: screen, cancel: cancel, ended: make(chan error, 1)}
	go func() { s.ended <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-s.front.gate.gone:
		case <-time.After(10 * time.Second):
			t.Error("the front does not end")
		}
	})
	return s
}

func (s *stage) until(what string, ok func(text string) bool) string {
	s.Helper()
	text := ""
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if text = s.screen.Text(); ok(text) {
			return text
		}
	}
	s.Fatalf("%s: never seen on\n%s", what, text)
	return ""
}

func (s *stage) see(words string) string {
	s.Helper()
	return s.until(words, func(text string) bool { return strings.Contains(text, words) })
}

func (s *stage) show(name string, seq uint64) flows.Frame {
	s.Helper()
	f := sample.Get(i18n.En, name)
	f.Seq = seq
	s.front.Show(f)
	s.see(f.Screen.Title.Say(i18n.En))
	return f
}

func (s *stage) keys(keys ...any) {
	for _, k := range keys {
		switch k := k.(type) {
		case tcell.Key:
			s.screen.InjectKey(k, 0, 0)
		case string:
			for _, r := range k {
				s.screen.InjectKey(tcell.KeyRune, r, 0)
			}
		}
	}
}

// kept waits until so many keys are kept for the next screen.
func (s *stage) kept(n int) {
	s.Helper()
	s.until("kept keys", func(string) bool {
		have := 0
		s.front.app.QueueUpdate(func() { have = len(s.front.view.ahead.keys) })
		return have == n
	})
}

// next is the next event that is more than a sign of life.
func (s *stage) next() flows.Event {
	s.Helper()
	for {
		select {
		case e, ok := <-s.front.Events():
			if !ok {
				s.Fatal("the front ended")
			}
			if e.Do != flows.DoStillHere {
				return e
			}
		case <-time.After(10 * time.Second):
			s.Fatal("no event")
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame string
		keys  []any
		want  flows.Answer
	}{
		{"a choice by number", "menu", []any{"2", tcell.KeyEnter}, flows.Answer{Choice: "practice"}},
		{"full-width digits", "menu", []any{"１", tcell.KeyEnter}, flows.Answer{Choice: "nursery"}},
		{"a choice by arrows", "menu", []any{tcell.KeyDown, tcell.KeyDown, tcell.KeyEnter}, flows.Answer{Choice: "practice"}},
		{"two digits", "choice", []any{"11", tcell.KeyEnter}, flows.Answer{Value: "111"}},
		{"the present answer", "choice", []any{tcell.KeyEnter}, flows.Answer{Value: "103"}},
		{"a number that is none, then one", "menu", []any{"9", tcell.KeyEnter, "1", tcell.KeyEnter}, flows.Answer{Choice: "nursery"}},
		{"no number, then one", "menu", []any{tcell.KeyEnter, "1", tcell.KeyEnter}, flows.Answer{Choice: "nursery"}},
		{"text as it was", "text", []any{tcell.KeyEnter}, flows.Answer{Value: "𠮷田 葛󠄀子ﾊﾟ"}},
		{"text with corrections", "text", []any{tcell.KeyCtrlU, "山川", tcell.KeyLeft, tcell.KeyBackspace2, "小", tcell.KeyEnd, "?", tcell.KeyEnter}, flows.Answer{Value: "小川?"}},
		{"several", "many", []any{"1", tcell.KeyEnter, "2,3", tcell.KeyEnter, tcell.KeyEnter}, flows.Answer{Value: "medicine,walk"}},
		{"several in their order", "many", []any{"3", tcell.KeyEnter, "1", tcell.KeyEnter, "1", tcell.KeyEnter, tcell.KeyEnter}, flows.Answer{Value: "walk,allergy"}},
		{"several by space", "many", []any{tcell.KeyDown, " ", tcell.KeyEnter}, flows.Answer{Value: "allergy,medicine"}},
		{"yes", "yesno", []any{"1", tcell.KeyEnter}, flows.Answer{Value: "yes"}},
		{"a group", "review", []any{"2", tcell.KeyEnter}, flows.Answer{Choice: "child"}},
		{"the main action", "received", []any{tcell.KeyEnter}, flows.Answer{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, nil)
			s.show(c.frame, 1)
			s.keys(c.keys...)
			e := s.next()
			if e.Do != flows.DoAnswer || e.Seq != 1 || e.Answer.Choice != c.want.Choice || e.Answer.Value != c.want.Value {
				t.Errorf("event %+v, want %+v", e, c.want)
			}
		})
	}
}

func TestSecret(t *testing.T) {
	s := open(t, nil)
	s.show("secret", 1)
	s.keys("49", tcell.KeyBackspace2, "826")
	text := s.see("● ● ● ●")
	if strings.Contains(text, "4826") || strings.ContainsAny(strings.Split(text, "> ")[1][:12], "0123456789") {
		t.Errorf("the secret is on the screen:\n%s", text)
	}
	s.keys(tcell.KeyEnter)
	e := s.next()
	if string(e.Answer.Secret) != "4826" {
		t.Errorf("secret of %d bytes", len(e.Answer.Secret))
	}
	s.show("secret-problem", 2)
	text = s.see("C03")
	if strings.Contains(text, "●") {
		t.Errorf("the secret is still there:\n%s", text)
	}
	s.keys("12")
	s.see("● ●")
	s.show("menu", 3)
	s.show("secret", 4)
	if text := s.see("Log in"); strings.Contains(text, "●") {
		t.Errorf("what was typed outlives its screen:\n%s", text)
	}
}

func TestTypedTextStays(t *testing.T) {
	s := open(t, nil)
	f := s.show("text", 1)
	s.keys(tcell.KeyCtrlU, "さく")
	s.see("> さく")
	s.keys(tcell.KeyF2)
	if e := s.next(); e.Do != flows.DoLanguage {
		t.Errorf("event %+v", e)
	}
	f.Seq, f.Lang, f.Online = 2, i18n.Ja, false
	s.front.Show(f)
	s.see("回線なし")
	s.keys("ら")
	s.see("> さくら")
	s.keys(tcell.KeyEnter)
	if e := s.next(); e.Seq != 2 || e.Answer.Value != "さくら" {
		t.Errorf("event %+v", e)
	}
}

// TestFastTypist: what is typed before the next question has come is for it, Enter alone is not.
func TestFastTypist(t *testing.T) {
	s := open(t, nil)
	f := s.show("text", 1)
	s.keys(tcell.KeyEnter, tcell.KeyEnter, "らっこ", tcell.KeyEnter, "2", tcell.KeyEnter)
	s.next()
	s.kept(7)
	f.Seq, f.Busy = 2, true
	s.front.Show(f)
	s.see("Please wait")
	q := *f.Screen.Question
	q.Path = "children/0/kana"
	f.Seq, f.Busy, f.Screen.Question, f.Screen.Value = 3, false, &q, ""
	s.front.Show(f)
	if e := s.next(); e.Seq != 3 || e.Answer.Value != "らっこ" {
		t.Errorf("event %+v", e)
	}
	s.show("yesno", 4)
	if e := s.next(); e.Seq != 4 || e.Answer.Value != "no" {
		t.Errorf("event %+v", e)
	}
}

func TestFastTickOfReview(t *testing.T) {
	s := open(t, nil)
	f := sample.Get(i18n.En, "review-ticked")
	f.Seq, f.Screen.Groups[2].Ticked = 1, false
	s.front.Show(f)
	s.see("Check and apply")
	s.keys("3", tcell.KeyEnter, tcell.KeyEnter)
	if e := s.next(); e.Answer.Choice != "wish" {
		t.Errorf("event %+v", e)
	}
	s.kept(1)
	f = sample.Get(i18n.En, "review-ticked")
	f.Seq = 2
	s.front.Show(f)
	if e := s.next(); e.Seq != 2 || e.Do != flows.DoAnswer || e.Answer.Choice != "" {
		t.Errorf("event %+v", e)
	}
}

// TestTypedAheadIsForgotten: what comes is not what the keys were for.
func TestTypedAheadIsForgotten(t *testing.T) {
	for what, change := range map[string]func(*flows.Frame){
		"a secret of the same step": func(f *flows.Frame) { secret := sample.Get(i18n.En, "secret"); f.Screen = secret.Screen },
		"another step":              func(f *flows.Frame) { *f = sample.Get(i18n.En, "yesno"); f.Step = "other" },
		"a problem":                 func(f *flows.Frame) { *f = sample.Get(i18n.En, "text-problem"); f.Screen.Value = "" },
		"the same screen":           func(*flows.Frame) {},
	} {
		t.Run(what, func(t *testing.T) {
			s := open(t, nil)
			f := s.show("text", 1)
			s.keys(tcell.KeyEnter, "1234", tcell.KeyEnter)
			s.next()
			s.kept(5)
			change(&f)
			f.Seq, f.Lang = 2, i18n.Ja
			s.front.Show(f)
			s.see(f.Screen.Title.Say(i18n.Ja))
			s.keys(tcell.KeyF1)
			if e := s.next(); e.Do != flows.DoHelp {
				t.Errorf("event %+v", e)
			}
			if text := s.screen.Text(); strings.Contains(text, "●") || strings.Contains(text, "1234") {
				t.Errorf("it was typed there:\n%s", text)
			}
		})
	}
}

func TestNoMoreMarksThanTheFormTakes(t *testing.T) {
	s := open(t, nil)
	f := sample.Get(i18n.En, "many")
	q := *f.Screen.Question
	q.Max = 1
	f.Seq, f.Screen.Question = 1, &q
	s.front.Show(f)
	s.see("[1]")
	s.keys("2", tcell.KeyEnter)
	s.see("┃ Choose up to 1.")
	s.keys(tcell.KeyEnter)
	if e := s.next(); e.Answer.Value != "allergy" {
		t.Errorf("event %+v", e)
	}
}

func TestFrameIsAnsweredOnce(t *testing.T) {
	s := open(t, nil)
	s.show("received", 1)
	s.keys(tcell.KeyEnter, tcell.KeyEnter, tcell.KeyEnter, tcell.KeyF1)
	if e := s.next(); e.Do != flows.DoAnswer {
		t.Errorf("event %+v", e)
	}
	if e := s.next(); e.Do != flows.DoHelp {
		t.Errorf("answered twice: %+v", e)
	}
}

func TestBusyTakesNothing(t *testing.T) {
	s := open(t, nil)
	s.show("busy", 1)
	s.keys("1234", tcell.KeyEnter, tcell.KeyEscape)
	if e := s.next(); e.Do != flows.DoBack {
		t.Errorf("event %+v", e)
	}
}

func TestOnlyWhatWorks(t *testing.T) {
	s := open(t, nil)
	s.show("received", 1) // no way back, no stop
	s.keys(tcell.KeyEscape, tcell.KeyF10, tcell.KeyCtrlC, tcell.KeyF1)
	if e := s.next(); e.Do != flows.DoHelp {
		t.Errorf("event %+v", e)
	}
}

func TestReviewIsReadBeforeItIsTicked(t *testing.T) {
	s := open(t, nil)
	s.screen.SetSize(40, 12)
	f := sample.Get(i18n.En, "review")
	f.Seq = 1
	s.front.Show(f)
	s.see("Read on")
	for page := 0; ; page++ {
		if page > 5 {
			t.Fatal("the end of the first group is never reached")
		}
		before := s.screen.Text()
		s.keys(tcell.KeyEnter)
		text := s.until("the next page", func(text string) bool { return text != before })
		if strings.Contains(text, "Part 1 is right") {
			if !strings.Contains(text, "Telephone") {
				t.Errorf("may be ticked unread:\n%s", text)
			}
			break
		}
	}
	s.keys(tcell.KeyEnter)
	if e := s.next(); e.Answer.Choice != "applicant" {
		t.Errorf("event %+v", e)
	}
	f = sample.Get(i18n.En, "review")
	f.Seq, f.Screen.Groups[0].Ticked = 2, true
	s.front.Show(f)
	s.see("▶  2  Child")
}

func TestWarning(t *testing.T) {
	s := open(t, nil)
	f := s.show("idle", 1)
	s.see("25 s")
	s.keys("x")
	select {
	case e := <-s.front.Events():
		if e.Do != flows.DoStillHere || e.Seq != 1 {
			t.Errorf("event %+v", e)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no event")
	}
	f.Seq, f.Ends = 2, time.Time{}
	s.front.Show(f)
	s.until("the text without x", func(text string) bool { return !strings.Contains(text, "25 s") && !strings.Contains(text, "パx") })
}

func TestDockKeys(t *testing.T) {
	dock := sample.NewDock()
	s := open(t, dock)
	s.show("card", 1)
	s.see("F5 insert")
	s.keys(tcell.KeyF6)
	s.see("F6 remove")
	s.keys(tcell.KeyF5)
	s.see("F5 remove")
	s.keys(tcell.KeyF5)
	s.see("F5 insert")
	s.keys(tcell.KeyF9)
	s.see("restore the line")
	if dock.Network() || dock.Cards()[0].Inserted {
		t.Error("the dock was not moved")
	}
	s.keys(tcell.KeyCtrlC)
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if _, open := <-s.front.Events(); open {
		t.Error("the events go on")
	}
}

func TestTouch(t *testing.T) {
	s := open(t, nil)
	text := s.show("menu", 1).Screen.Choices[1].Label.Say(i18n.En)
	y := 0
	for i, row := range strings.Split(s.see(text), "\n") {
		if strings.Contains(row, text) {
			y = i
		}
	}
	s.screen.InjectMouse(20, y, tcell.Button1, 0)
	s.screen.InjectMouse(20, y, tcell.ButtonNone, 0)
	if e := s.next(); e.Answer.Choice != "practice" {
		t.Errorf("event %+v", e)
	}
}

// TestShowNeverWaits holds before Run, while nobody takes events, and after the end.
func TestShowNeverWaits(t *testing.T) {
	done := make(chan struct{})
	s := open(t, nil)
	go func() {
		defer close(done)
		for i := range 2_000 {
			f := sample.Get(i18n.En, "review")
			f.Seq = uint64(i + 1)
			s.front.Show(f)
			if i%20 == 0 {
				s.screen.InjectKey(tcell.KeyF1, 0, 0)
			}
		}
		s.cancel()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		for i := range 100 {
			s.front.Show(flows.Frame{Seq: uint64(20_000 + i)})
		}
	}()
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		t.Fatal("Show waits")
	}
}

// BenchmarkKey is the way of a typed character from the key to the drawn cells.
func BenchmarkKey(b *testing.B) {
	screen := tcell.NewSimulationScreen("UTF-8")
	f, err := New(screen, nil)
	if err != nil {
		b.Fatal(err)
	}
	screen.SetSize(128, 36)
	defer screen.Fini()
	f.gate.start.Do(func() {})
	for _, name := range []string{"text", "review"} {
		b.Run(name, func(b *testing.B) {
			frame := sample.Get(i18n.Ja, name)
			f.Show(frame)
			f.refresh()
			for i := range b.N {
				f.view.key(tcell.NewEventKey(tcell.KeyRune, rune('0'+i%10), 0))
				if i%20 == 0 {
					f.view.line.Wipe()
				}
				f.view.Draw(screen)
				screen.Show()
			}
		})
	}
}
