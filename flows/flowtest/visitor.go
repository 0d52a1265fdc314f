package flowtest

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/i18n"
)

// Front is a front that remembers its frames and sends what it is told.
type Front struct {
	mu     sync.Mutex
	frames []flows.Frame
	events chan flows.Event
}

// NewFront returns a front without frames.
func NewFront() *Front { return &Front{events: make(chan flows.Event)} }

// Show remembers a frame.
func (f *Front) Show(frame flows.Frame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frames = append(f.frames, frame)
}

// Events are those that Send sends.
func (f *Front) Events() <-chan flows.Event { return f.events }

// Send sends one event.
func (f *Front) Send(e flows.Event) { f.events <- e }

// Frames returns every frame so far.
func (f *Front) Frames() []flows.Frame {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]flows.Frame(nil), f.frames...)
}

// Visitor plays a person at a runner inside a synctest bubble: each act waits until everything has settled.
type Visitor struct {
	T     *testing.T
	Front *Front
	Cards *Cards
	Post  *Post
	done  chan error
}

// Visit starts the runner in the present synctest bubble; it ends with the test. A nil Terminal gets fakes; the
// runner's own cards and post must be this package's.
func Visit(t *testing.T, r *flows.Runner) *Visitor {
	t.Helper()
	cards, ok := r.Terminal.Cards.(*Cards)
	post, ok2 := r.Terminal.Post.(*Post)
	if !ok || !ok2 {
		t.Fatal("flowtest: the terminal's cards and post are not fakes")
	}
	v := &Visitor{T: t, Front: NewFront(), Cards: cards, Post: post, done: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { v.done <- r.Run(ctx, v.Front) }()
	t.Cleanup(func() { cancel(); synctest.Wait() })
	synctest.Wait()
	return v
}

// Leave closes the front and returns what Run returned.
func (v *Visitor) Leave() error {
	close(v.Front.events)
	return <-v.done
}

// Frame is what is shown now.
func (v *Visitor) Frame() flows.Frame {
	v.T.Helper()
	synctest.Wait()
	all := v.Front.Frames()
	if len(all) == 0 {
		v.T.Fatal("nothing is shown")
	}
	return all[len(all)-1]
}

// Do sends an event for the present frame.
func (v *Visitor) Do(do string, a flows.Answer) {
	v.T.Helper()
	v.Front.Send(flows.Event{Seq: v.Frame().Seq, Do: do, Answer: a})
	synctest.Wait()
}

// Choose answers with a choice.
func (v *Visitor) Choose(id string) { v.T.Helper(); v.Do(flows.DoAnswer, flows.Answer{Choice: id}) }

// Type answers a question.
func (v *Visitor) Type(value string) { v.T.Helper(); v.Do(flows.DoAnswer, flows.Answer{Value: value}) }

// Enter takes the main action.
func (v *Visitor) Enter() { v.T.Helper(); v.Do(flows.DoAnswer, flows.Answer{}) }

// Back goes back.
func (v *Visitor) Back() { v.T.Helper(); v.Do(flows.DoBack, flows.Answer{}) }

// Cancel wants to stop.
func (v *Visitor) Cancel() { v.T.Helper(); v.Do(flows.DoCancel, flows.Answer{}) }

// Language switches to a language.
func (v *Visitor) Language(l i18n.Lang) {
	v.T.Helper()
	v.Do(flows.DoLanguage, flows.Answer{Value: string(l)})
}

// Secret enters a PIN and returns its bytes, which must have been wiped by then.
func (v *Visitor) Secret(pin string) []byte {
	v.T.Helper()
	secret := []byte(pin)
	v.Do(flows.DoAnswer, flows.Answer{Secret: secret})
	return secret
}

// Insert puts a card on the reader.
func (v *Visitor) Insert(c flows.Card) { v.Cards.Insert(c); synctest.Wait() }

// Remove takes the card.
func (v *Visitor) Remove() { v.Cards.Remove(); v.Wait(time.Second) }

// Wait lets time pass.
func (v *Visitor) Wait(d time.Duration) { time.Sleep(d); synctest.Wait() }

// Sees requires a step and a kind of screen without a problem, and returns the frame.
func (v *Visitor) Sees(step string, kind flows.ScreenKind) flows.Frame {
	v.T.Helper()
	f := v.at(step, kind)
	if f.Problem != nil {
		v.T.Fatalf("%s: problem %v", step, f.Problem)
	}
	return f
}

// SeesProblem requires a step, a kind of screen and a problem.
func (v *Visitor) SeesProblem(step string, kind flows.ScreenKind, code fault.Code) flows.Frame {
	v.T.Helper()
	f := v.at(step, kind)
	if f.Problem == nil || f.Problem.Code != code {
		v.T.Fatalf("%s: problem %v, want %s", step, f.Problem, code)
	}
	return f
}

func (v *Visitor) at(step string, kind flows.ScreenKind) flows.Frame {
	v.T.Helper()
	f := v.Frame()
	if f.Step != step || f.Screen.Kind != kind {
		v.T.Fatalf("shown: step %q, %s (problem %v); want %q, %s", f.Step, f.Screen.Kind, f.Problem, step, kind)
	}
	return f
}
