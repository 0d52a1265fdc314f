package tview

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/rivo/tview"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
	kanji "madoguchi/ui/entry"
	"madoguchi/ui/kana"
)

// view is the whole screen. All of it belongs to the event loop.
type view struct {
	*tview.Box
	*entry
	look
	writing
	front   *Front
	frame   flows.Frame // what is on the screen: the newest, or the panel of looks
	newest  flows.Frame
	under   *entry // while a look is chosen: what was being done
	bench   bench
	alive   time.Time // the last sign of life that was sent
	pressed time.Time // the last touch that did something
	ahead   ahead     // typed before the screen came
	bell    bool      // to be heard at the next drawing
	called  int64     // when it was heard because of an alarm, in the front's seconds

	// The screen as it was last drawn.
	width, height int  // of the terminal
	few           bool // it has few colours
	pieces        []ui.Piece
	page          page
	laid          [2]int // width and height that the body was laid out for; zero: not yet
	visible       int    // rows of the body on the screen
	hits          []hit
}

func newView(f *Front) *view {
	v := &view{Box: tview.NewBox(), entry: newEntry(), front: f, look: look{theme: themes[0]}}
	v.words = kanji.New(&v.line, nil)
	return v
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
	old := v.newest
	if f.Seq == old.Seq && v.place != "" {
		return
	}
	if v.looking() && (placeOf(f) != v.under.place || f.Problem != nil) {
		v.endLook()
	}
	v.sort(f)
	v.bell = v.bell || f.Screen.Alarm && !old.Screen.Alarm || f.Step == flows.StepTakeCard && old.Step != f.Step || old.Ends.IsZero() && !f.Ends.IsZero()
	v.newest, v.frame = f, f
	if v.looking() {
		v.frame = v.panel()
	}
	if f.Flow == "" && old.Flow != "" { // the next person has eyes of their own
		v.setLarge(false)
		v.look = look{theme: themes[0]}
		v.forgetWords()
	}
	v.arrive()
	if f.Help != old.Help {
		v.scroll = 0
	}
	if f.Problem != nil {
		v.notice = i18n.Text{}
	}
}

// arrive begins the screen of the frame unless the person is on it already.
func (v *view) arrive() {
	v.laid = [2]int{}
	v.pieces = v.body()
	place := placeOf(v.frame)
	switch {
	case place != v.place:
		v.place = place
		v.enter()
	case v.frame.Screen.Kind == flows.Review:
		v.ticked()
	}
}

// body is the frame's body as this screen can show it; a review says what it cannot.
func (v *view) body() []ui.Piece {
	pieces := ui.Body(v.frame)
	for i := range pieces {
		p := &pieces[i]
		p.Text, p.Label = v.front.fonts.Show(p.Text), v.front.fonts.Show(p.Label)
	}
	if n := v.missing(); n > 0 && !v.frame.Help {
		note := ui.Piece{Role: ui.Strong, Text: v.say("ui.missing", "Count", n)}
		pieces = append([]ui.Piece{note}, pieces...)
	}
	return pieces
}

// enter begins a screen.
func (v *view) enter() {
	v.words.Begin(kana.Any)
	v.wipe()
	*v.entry = entry{place: v.place, inRow: -1, answered: v.answered, secret: v.secret, line: v.line} // the wiped bytes serve again
	s := v.frame.Screen
	takes := ui.TakesOf(flows.Frame{Screen: s})
	switch {
	case s.Kind == flows.QuestionPage && s.Question != nil && takes != ui.TakesWords:
		v.enterChoice()
	case s.Kind == flows.QuestionPage && s.Question != nil:
		v.begin(s.Value)
		v.focus = spot{kind: atLine}
	case takes == ui.TakesSecret:
		v.focus = spot{kind: atLine}
	case s.Kind == flows.Review:
		v.ticks = ticksOf(s)
		v.focusGroup()
	}
}

// enterChoice begins a question with options at the present answer.
func (v *view) enterChoice() {
	q := v.frame.Screen.Question
	v.marks = ui.Chosen(ui.Options(v.frame.Screen))
	if picks(q) {
		v.pick = newPicker(v)
		v.focus = spot{kind: atLine}
		return
	}
	if len(v.marks) > 0 {
		v.focus = spot{atOption, v.marks[0]}
		v.reveal = v.focus
	}
}

// end forgets everything that was typed.
func (v *view) end() {
	v.wipe()
	v.words.Forget()
	if v.under != nil {
		v.under.wipe()
	}
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
	v.focusGroup()
	v.reveal = v.focus
	if v.focus.kind != atOption {
		v.scroll = 1 << 20 // the end, with the four words: drawing knows where that is
	}
}

// focusGroup puts the focus on the first group that has not been ticked, or on the main action.
func (v *view) focusGroup() {
	v.focus = spot{kind: atNext}
	if i := v.nextGroup(); i >= 0 {
		v.focus = spot{atOption, i}
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

func (v *view) many() bool {
	q := v.frame.Screen.Question
	return q != nil && q.Kind == forms.Multi
}

func (v *view) say(key string, args ...any) string { return i18n.T(key, args...).Say(v.front.lang()) }

func itoa(n int) string { return strconv.Itoa(n) }
