package tview

import (
	"fmt"
	"slices"
	"time"

	"github.com/rivo/tview"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// view is the whole screen. All of it belongs to the event loop.
type view struct {
	*tview.Box
	front *Front
	frame flows.Frame
	bench bench

	// What the person is doing on this screen; kept while it stays the same, in whichever language.
	place    string    // which screen it is
	line     ui.Line   // text, or the digits of a number
	secret   ui.Secret // a PIN or password
	chosen   int       // option the mark stands at, -1: none
	marks    []int     // options of a several-of-many question, in the order they were chosen
	ticks    []bool    // of a review, as they were when the mark was put
	notice   i18n.Text // what was wrong with the line
	answered uint64    // frame that was answered
	alive    time.Time // the last sign of life that was sent
	ahead    ahead     // typed before the screen came
	bell     bool      // to be heard at the next drawing

	// The body as it was laid out, and where it stands.
	pieces  []ui.Piece
	page    page
	laid    [2]int // width and height that it was laid out for; zero: not yet
	scroll  int
	visible int // rows of the body on the screen
	reveal  int // option to be brought into sight at the next drawing, -1: none
	hits    []hit
}

// hit is a part of a row that can be touched.
type hit struct {
	from, to, y int
	do          func()
}

func newView(f *Front) *view {
	return &view{Box: tview.NewBox(), front: f, chosen: -1, reveal: -1}
}

// placeOf names a screen: the same name, the same thing is being typed.
func placeOf(f flows.Frame) string {
	s := f.Screen
	switch {
	case s.Question != nil:
		return fmt.Sprint(f.Flow, "|", f.Step, "|", s.Kind, "|", s.Question.Path)
	case s.Secret != nil:
		return fmt.Sprint(f.Flow, "|", f.Step, "|", s.Kind, "|", s.Secret.Label.Key)
	}
	ids := ""
	for _, o := range ui.Options(s) {
		ids += "|" + o.ID
	}
	return fmt.Sprint(f.Flow, "|", f.Step, "|", s.Kind, ids)
}

// set takes a frame over.
func (v *view) set(f flows.Frame) {
	if f.Seq == v.frame.Seq && v.place != "" {
		return
	}
	old := v.frame
	v.sort(f)
	v.bell = v.bell || f.Step == flows.StepTakeCard && old.Step != f.Step || old.Ends.IsZero() && !f.Ends.IsZero()
	v.frame = f
	v.laid = [2]int{}
	v.pieces = ui.Body(f)
	place := placeOf(f)
	if place != v.place {
		v.place = place
		v.enter()
	} else if f.Screen.Kind == flows.Review {
		v.ticked()
	}
	if f.Help != old.Help {
		v.scroll = 0
	}
	if f.Problem != nil {
		v.notice = i18n.Text{}
	}
}

// enter begins a screen.
func (v *view) enter() {
	v.wipe()
	v.notice, v.scroll, v.chosen, v.reveal = i18n.Text{}, 0, -1, -1
	v.marks = nil
	s := v.frame.Screen
	if s.Kind == flows.QuestionPage {
		v.marks = ui.Chosen(ui.Options(s))
	}
	if len(v.marks) > 0 {
		v.chosen, v.reveal = v.marks[0], v.marks[0]
	}
	switch {
	case s.Kind == flows.Review:
		v.chosen, v.ticks = v.nextGroup(), ticksOf(s)
	case s.Kind == flows.QuestionPage && s.Question != nil && ui.TakesOf(flows.Frame{Screen: s}) == ui.TakesWords:
		v.line.Set(s.Value)
	}
}

// wipe forgets what is being typed.
func (v *view) wipe() {
	v.line.Wipe()
	v.secret.Wipe()
}

// end forgets everything that was typed.
func (v *view) end() {
	v.wipe()
	v.forget()
}

// ticked goes on to the next group of a review after one was ticked.
func (v *view) ticked() {
	ticks := ticksOf(v.frame.Screen)
	if slices.Equal(ticks, v.ticks) {
		return
	}
	v.ticks = ticks
	v.line.Wipe()
	v.chosen = v.nextGroup()
	v.reveal = v.chosen
	if v.chosen < 0 {
		v.scroll = 1 << 20 // the end, with the four words: drawing knows where that is
	}
}

// ticksOf copies the ticks: whoever made the frame may use its groups again.
func ticksOf(s flows.Screen) []bool {
	out := make([]bool, 0, len(s.Groups))
	for _, g := range s.Groups {
		out = append(out, g.Ticked)
	}
	return out
}

// nextGroup is the first group that has not been ticked, -1 when all are.
func (v *view) nextGroup() int {
	for i, g := range v.frame.Screen.Groups {
		if !g.Ticked {
			return i
		}
	}
	return -1
}

func (v *view) takes() ui.Takes {
	if v.frame.Help {
		return ui.TakesNothing
	}
	return ui.TakesOf(v.frame)
}

// mark chooses one of several, or takes the choice back.
func (v *view) mark(i int) {
	if at := slices.Index(v.marks, i); at >= 0 {
		v.marks = slices.Delete(v.marks, at, at+1)
		return
	}
	if q := v.frame.Screen.Question; q != nil && q.Max > 0 && len(v.marks) >= q.Max {
		v.notice = i18n.T("ui.many", "Max", q.Max)
		return
	}
	v.marks = append(v.marks, i)
}

func (v *view) many() bool {
	q := v.frame.Screen.Question
	return q != nil && q.Kind == forms.Multi
}

func (v *view) hit(from, to, y int, do func()) { v.hits = append(v.hits, hit{from, to, y, do}) }

func (v *view) say(key string, args ...any) string { return i18n.T(key, args...).Say(v.front.lang()) }
