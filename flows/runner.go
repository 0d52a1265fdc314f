package flows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"madoguchi/fault"
	"madoguchi/i18n"
	"madoguchi/internal/event"
)

// Finish ends the flow when Do returns it: the card must leave, then the start menu comes.
var Finish = errors.New("flows: finish")

// The runner's own times.
const (
	busyAfter = 200 * time.Millisecond // Enter or Do runs so long before the person is told
	minWarn   = 20 * time.Second       // a warning leaves at least this to answer (PEOPLE rule 10)
	lockFor   = 120 * time.Second      // a card that was pulled while needed may come back so long (PEOPLE rule 2)
	awaitGap  = time.Second            // between two looks at a reader that reported a failure
	leaveGap  = 250 * time.Millisecond // between two looks at whether the card has been taken
	partFor   = 10 * time.Second       // the end of a visit waits so long for the draft
	closeSoon = 30 * time.Minute       // the time left is shown so long before the round closes (PEOPLE rule 10)
	leftAfter = 15 * time.Second       // a card that lies there so long after the end has been left behind (PEOPLE R15)
)

// The steps of the runner's own screens, as Frame.Step.
const (
	StepStart    = "start"     // the start menu
	StepStop     = "stop"      // stop, or go on?
	StepTakeCard = "take-card" // goes on by itself when the card has been taken
)

// The answers of the runner's own question whether to stop.
const (
	ChoiceStop = "stop"
	ChoiceGoOn = "go-on"
)

// Runner walks flows on one front, one visit after the other. What it promises to flows:
//
//   - Show, Do, Back and Enter of a session never run at the same time, and Live never beside Enter, Do or Back:
//     it is ended before them and begun again afterwards. A flow needs no locks.
//   - The context of Enter and Do ends when the person cancels or the card is pulled. When the function returns
//     nil all the same, the flow goes on: what has been done is never called undone.
//   - A secret is wiped when Do has returned, or at once when it was not for the present screen.
//   - A panic in a step becomes fault.Unexpected.
type Runner struct {
	Terminal *Terminal
	Flows    []Flow
	Lang     i18n.Lang     // of a new session; empty: Japanese
	Idle     time.Duration // without a sign of life, the session ends; zero: never
	Warn     time.Duration // the frame says so this long before the end; at least 20 s
	Log      *slog.Logger  // nil: none
}

// Run shows the start menu and runs what is chosen, until ctx ends (its error) or the front does (nil).
func (r *Runner) Run(ctx context.Context, f Front) error {
	v := newVisit(ctx, r, f)
	if v.afterCrash() == closed {
		return context.Cause(ctx)
	}
	for {
		flow, ok := v.start()
		if !ok {
			return context.Cause(ctx)
		}
		end := v.walk(flow)
		if v.depart() == closed || end == closed || v.takeCard() == closed {
			return context.Cause(ctx)
		}
		v.endSession()
	}
}

// afterCrash is what comes before the first menu: a card that lies there belongs to whoever was here, and the number
// that they have not seen is told (PEOPLE rule 5).
func (v *visit) afterCrash() move {
	if ticket, ok := v.r.Terminal.Post.Unshown(); ok {
		v.unshown, v.note = &ticket.ID, i18n.T("visit.safe", "Number", ticket.Number)
	}
	return v.takeCard()
}

// start shows the menu until something is chosen; false when the front or the context has ended.
func (v *visit) start() (Flow, bool) {
	v.present(place{step: StepStart}, v.menu(), v.trouble)
	for {
		h := v.wait()
		switch h.what {
		case shut:
			return Flow{}, false
		case idled: // whoever comes next finds the language and the screen fresh
			if v.note.IsZero() && v.trouble == nil && v.lang == v.r.lang() {
				continue
			}
			v.lang = v.r.lang()
		case answered:
			clear(h.answer.Secret)
			if flow, ok := v.chosen(h.answer.Choice); ok {
				v.noted()
				return flow, true
			}
		default: // nothing else can happen on the menu
		}
		v.noted()
		v.present(place{step: StepStart}, v.menu(), nil)
	}
}

// noted forgets what the menu said beside its choices.
func (v *visit) noted() {
	v.note, v.trouble = i18n.Text{}, nil
	if v.unshown != nil {
		_ = v.r.Terminal.Post.Shown(*v.unshown) // else it is told once more after the next start, which is no harm
		v.unshown = nil
	}
}

func (v *visit) chosen(id string) (Flow, bool) {
	for _, flow := range v.r.Flows {
		if flow.ID == id && v.offers(flow) {
			return flow, true
		}
	}
	return Flow{}, false
}

// offers reports whether a procedure works at this terminal: nothing else is on the menu.
func (v *visit) offers(f Flow) bool { return f.Offered == nil || f.Offered(v.r.Terminal) }

func (v *visit) menu() Screen {
	s := Screen{Kind: Menu, Title: i18n.T("flows.start.title"), Help: []i18n.Text{i18n.T("flows.start.help")}}
	if !v.note.IsZero() {
		s.Lines = append(s.Lines, v.note)
	}
	s.Lines = append(s.Lines, i18n.T("flows.start.what"))
	for _, flow := range v.r.Flows {
		if !v.offers(flow) {
			continue
		}
		if r, ok := v.r.Terminal.round(flow.Form); ok {
			s.Lines = append(s.Lines, untilText(r))
		}
		s.Choices = append(s.Choices, Choice{ID: flow.ID, Label: i18n.T(flow.ID + ".title"), Hint: i18n.T(flow.ID + ".hint")})
	}
	return s
}

// endSession forgets the person.
func (v *visit) endSession() {
	v.flow, v.steps, v.seen, v.session, v.card, v.gone, v.unkept = "", nil, nil, nil, nil, nil, ""
	v.lock, v.barred = time.Time{}, false
	v.lang = v.r.lang()
}

func (r *Runner) lang() i18n.Lang {
	if r.Lang == "" {
		return i18n.Ja
	}
	return r.Lang
}

func (r *Runner) warn() time.Duration { return max(r.Warn, minWarn) }

func (r *Runner) idle() time.Duration {
	if r.Idle <= 0 {
		return 0
	}
	return max(r.Idle, r.warn())
}

// report writes a failure to the log, without what its texts would tell. What a person mistyped is no news.
func (r *Runner) report(step string, err error) {
	if r.Log != nil && fault.From(err).Code[0] != 'F' {
		event.StepFailed.Log(r.Log, "step", step, "error", err)
	}
}

// guard turns a panic of a step into fault.Unexpected; its value may be personal and is not kept.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Unexpected, fmt.Errorf("panic with a %T\n%s", p, debug.Stack()))
		}
	}()
	return f()
}
