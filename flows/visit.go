package flows

import (
	"context"
	"time"

	"madoguchi/fault"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// what is the kind of a happening.
type what int

const (
	answered  what = iota // the person answered the present screen
	wentBack              // the person wants to go back
	cancelled             // the person wants to stop
	finished              // the operation under way returned err
	refreshed             // Live returned
	resaved               // what is kept has changed, on the page that says so
	removed               // the needed card left
	idled                 // nobody was there
	polled                // the time between two looks is over
	stopped               // the person wants to stop and has said so twice
	shut                  // the front or the context ended
)

// happening is what a step has to deal with; all else is dealt with in wait.
type happening struct {
	what   what
	answer Answer
	err    error
}

// place says where in the procedure a screen stands.
type place struct {
	step     string
	at, of   int
	back     bool
	stop     bool
	unlocked bool // not even by a fixed end: the runner waits without limit
}

// visit is the runner's state on one front. It belongs to the goroutine of Run.
type visit struct {
	r     *Runner
	ctx   context.Context //nolint:containedctx // a visit lives exactly as long as Run
	front Front

	lang    i18n.Lang
	note    i18n.Text    // said on the start menu
	trouble *fault.Error // said on the start menu
	unshown *wire.ID     // whose number the start menu says

	flow    string
	session *Session
	steps   []Step
	seen    []bool
	card    Card

	frame Frame
	place place
	open  uint64 // first frame of the present screen
	used  uint64 // last frame that has been answered

	op     <-chan error // Enter or Do under way
	busyAt time.Time
	told   <-chan Screen // what Enter or Do shows meanwhile
	live   *running
	gone   <-chan struct{}
	line   <-chan struct{}
	keeps  <-chan struct{} // closed when what is kept changes
	unkept fault.Code      // why it is not kept, once that has been said; "" again when it is
	pollAt time.Time       // zero: none
	alive  time.Time       // last sign of life
	lock   time.Time       // zero, or a fixed end of the session
	left   bool            // whoever was here is gone: a card that lies there is called after at once
	barred bool            // the card was pulled while needed: what was shown before stays closed until the step is passed
}

// ended is how Live ended.
type ended struct{ err error }

// running is Live under way.
type running struct {
	done   chan ended
	cancel context.CancelFunc
}

func newVisit(ctx context.Context, r *Runner, f Front) *visit {
	v := &visit{r: r, ctx: ctx, front: f, lang: r.lang()}
	v.watchLine()
	return v
}

// present shows a new screen: answers to older frames are stale from now on.
func (v *visit) present(p place, s Screen, problem *fault.Error) {
	if len(s.Help) == 0 {
		s.Help = []i18n.Text{i18n.T("flows.help")}
	}
	v.place, v.open, v.alive = p, v.frame.Seq+1, time.Now()
	v.frame = Frame{
		Seq: v.frame.Seq, Flow: v.flow, Step: p.step, At: p.at, Of: p.of, Screen: s, Problem: problem,
		Online: v.frame.Online, CanBack: p.back, CanStop: p.stop,
	}
	v.draw()
}

// meanwhile shows what an operation under way has to say, in the place of the present screen.
func (v *visit) meanwhile(s Screen) {
	if s.Title.IsZero() {
		s.Title = v.frame.Screen.Title
	}
	if len(s.Help) == 0 {
		s.Help = v.frame.Screen.Help
	}
	v.frame.Screen = s
	v.draw()
}

// draw sends the present screen again under the next number.
func (v *visit) draw() {
	v.frame.Seq++
	v.watchDraft()
	v.frame.Closes = v.closes()
	v.frame.Lang = v.lang
	v.frame.Busy = v.op != nil
	v.front.Show(v.frame)
}

func (v *visit) watchLine() {
	v.line = v.r.Terminal.Post.Changed() // before Online, so that no change falls between
	v.frame.Online = v.r.Terminal.Post.Online()
}

// watchDraft says truthfully whether everything so far is on disk, and once why it is not.
func (v *visit) watchDraft() {
	var now kept
	v.keeps = nil
	if v.session != nil && v.session.keeper != nil {
		now, v.keeps = v.session.keeper.now()
	}
	v.frame.Saved = v.frame.Screen.Slip != nil || now.All
	switch why := fault.From(now.Err); {
	case now.All:
		v.unkept = ""
	case why != nil && v.op == nil && v.frame.Problem == nil && v.unkept != why.Code:
		v.unkept, v.frame.Problem = why.Code, why
	}
}

// wait returns the next thing that the present step must deal with. Language, help, signs of life, the line and
// "busy" are dealt with here, and stale events are dropped.
func (v *visit) wait() happening {
	for {
		alarm, stop := v.alarm()
		h, ok := v.one(alarm)
		stop()
		if ok {
			return h
		}
	}
}

func (v *visit) one(alarm <-chan time.Time) (happening, bool) {
	var live <-chan ended
	if v.live != nil {
		live = v.live.done
	}
	select {
	case <-v.ctx.Done():
		return happening{what: shut}, true
	case e, ok := <-v.front.Events():
		if !ok {
			return happening{what: shut}, true
		}
		return v.event(e)
	case err := <-v.op:
		v.op = nil
		return happening{what: finished, err: err}, true
	case s := <-v.told:
		v.meanwhile(s)
	case l := <-live:
		v.live.cancel()
		v.live = nil
		if l.err == nil {
			return happening{what: refreshed}, true
		}
		v.report(v.place.step, l.err) // the screen stays as it is
	case <-v.gone:
		v.gone = nil
		return happening{what: removed}, true
	case <-v.line:
		v.watchLine()
		v.draw()
	case <-v.keeps:
		saved, problem := v.frame.Saved, v.frame.Problem
		v.watchDraft()
		if v.place.step == StepStop {
			return happening{what: resaved}, true
		}
		if saved != v.frame.Saved || problem != v.frame.Problem {
			v.draw()
		}
	case <-alarm:
		return v.tick()
	}
	return happening{}, false
}

func (v *visit) report(step string, err error) { v.r.report(step, err) }

// event sorts one event of the front.
func (v *visit) event(e Event) (happening, bool) {
	v.touch()
	h, ok := v.sort(e)
	if !ok {
		clear(e.Answer.Secret)
	}
	return h, ok
}

func (v *visit) sort(e Event) (happening, bool) {
	if e.Seq < v.open || e.Seq > v.frame.Seq {
		return happening{}, false
	}
	switch e.Do {
	case DoLanguage:
		v.setLang(i18n.Lang(e.Answer.Value))
	case DoHelp:
		v.frame.Help = !v.frame.Help
		v.draw()
	case DoCancel:
		return happening{what: cancelled}, v.frame.CanStop
	case DoBack:
		return v.back(e)
	case DoAnswer:
		if v.op == nil && e.Seq > v.used {
			v.used = v.frame.Seq
			return happening{what: answered, answer: e.Answer}, true
		}
	}
	return happening{}, false
}

func (v *visit) back(e Event) (happening, bool) {
	if v.frame.Help { // back from the help
		v.frame.Help = false
		v.draw()
		return happening{}, false
	}
	if v.op != nil || e.Seq <= v.used || !v.frame.CanBack {
		return happening{}, false
	}
	v.used = v.frame.Seq
	return happening{what: wentBack}, true
}

func (v *visit) setLang(l i18n.Lang) {
	if l == "" {
		l = v.lang.Next()
	}
	for _, known := range i18n.Langs() {
		if l == known {
			v.lang = l
			v.draw()
		}
	}
}
