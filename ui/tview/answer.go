package tview

import (
	"strconv"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// answer sends an answer; a frame is answered once.
func (v *view) answer(a flows.Answer) bool {
	if v.looking() {
		v.setLook(a.Choice)
		return true
	}
	if v.answered == v.frame.Seq {
		return false
	}
	if !v.front.emit(flows.Event{Seq: v.frame.Seq, Do: flows.DoAnswer, Answer: a}) {
		return false
	}
	v.answered = v.frame.Seq
	return true
}

// enterKey presses the spot that the five keys have gone to; on the line and among options it answers the screen
// with what has been typed or chosen.
func (v *view) enterKey() {
	typed := v.line.String()
	switch v.focus.kind {
	case nowhere, atLine:
	case atOption:
		if v.takes() == ui.TakesNumber && typed == "" {
			v.choose(v.focus.n)
			return
		}
	default:
		v.press(v.focus)
		return
	}
	v.main()
}

// main is the main action: it answers the screen with what has been typed or marked.
func (v *view) main() {
	if v.decide() {
		return
	}
	switch takes := v.takes(); takes {
	case ui.TakesNothing:
		if v.frame.Help {
			v.do(flows.DoHelp)
		}
	case ui.TakesSecret:
		v.sendSecret()
	case ui.TakesMany:
		v.sendMany()
	case ui.TakesTicks:
		v.sendTick()
	case ui.TakesEnter:
		if v.unread() {
			v.scroll += max(1, v.visible-1)
			return
		}
		v.send(takes, "")
	default:
		v.send(takes, v.line.String())
	}
}

func (v *view) send(takes ui.Takes, typed string) {
	a, complaint, ok := ui.Answer(v.frame.Screen, takes, typed)
	if !ok {
		v.complain(complaint)
		return
	}
	v.answer(a)
}

func (v *view) complain(t i18n.Text) {
	v.notice = t
	v.line.Wipe()
}

func (v *view) sendSecret() {
	if v.secret.Len() == 0 {
		v.notice = i18n.T("ui.empty")
		return
	}
	if v.answered == v.frame.Seq {
		return
	}
	secret := v.secret.Take()
	if !v.answer(flows.Answer{Secret: secret}) {
		clear(secret)
	}
}

// sendMany marks the typed numbers, or sends the marks when none is typed.
func (v *view) sendMany() {
	options := ui.Options(v.frame.Screen)
	typed := v.line.String()
	if v.pick != nil && v.focus.kind != atNext && v.pick.take() {
		return
	}
	if typed == "" || v.pick != nil {
		v.answer(flows.Answer{Value: ui.Joined(options, v.marks)})
		return
	}
	numbers, ok := ui.Numbers(typed, len(options))
	if !ok {
		v.complain(i18n.T("ui.nosuch", "Max", len(options)))
		return
	}
	v.line.Wipe()
	for _, n := range numbers {
		v.mark(n)
		v.focus = spot{atOption, n}
		v.reveal = v.focus
	}
}

// sendTick ticks the typed group; without a number it reads on, ticks, and at last does the main action.
func (v *view) sendTick() {
	typed, i := v.line.String(), v.nextGroup()
	switch {
	case typed != "" || i < 0:
		v.send(ui.TakesTicks, typed)
		v.line.Wipe()
	case v.seen(i):
		v.answer(flows.Answer{Choice: v.frame.Screen.Groups[i].ID})
	default:
		v.readOn(i)
	}
}

// readOn shows more of a group.
func (v *view) readOn(i int) {
	start, end := v.page.start[spot{atOption, i}], v.page.end[spot{atOption, i}]
	if start >= v.scroll+v.visible || end < v.scroll {
		v.scroll = start
		return
	}
	v.scroll = min(v.scroll+max(1, v.visible-1), end-v.visible+1)
}

// seen reports whether the end of a group is on the screen.
func (v *view) seen(i int) bool {
	end := v.page.end[spot{atOption, i}]
	return end >= v.scroll && end < v.scroll+v.visible
}

// unread reports whether the body goes on below the screen.
func (v *view) unread() bool { return v.scroll+v.visible < len(v.page.lines) }

// nextLabel says what the main action does now; "" when there is none.
func (v *view) nextLabel() string {
	f, takes := v.frame, v.takes()
	switch {
	case f.Help:
		return v.say("ui.help.close")
	case takes == ui.TakesNothing:
		return ""
	case v.composing() && v.words.Field().Converts():
		return v.say("ui.write.decide")
	case takes == ui.TakesTicks:
		return v.tickLabel()
	case takes == ui.TakesMany && v.pick == nil && v.line.String() != "":
		return v.say("ui.mark")
	case takes == ui.TakesEnter && v.unread():
		return v.say("ui.read")
	case !f.Screen.Next.IsZero():
		return v.shown(f.Screen.Next.Say(v.front.lang()))
	case takes == ui.TakesNumber && f.Screen.Kind != flows.QuestionPage:
		return ""
	}
	return v.say("ui.next")
}

// tickLabel says what Enter does on a review: reads on, ticks a group, or at last the main action.
func (v *view) tickLabel() string {
	s := v.frame.Screen
	i := v.nextGroup()
	if n, err := strconv.Atoi(v.line.String()); err == nil && n >= 1 && n <= len(s.Groups) {
		return v.say("ui.tick", "No", n)
	}
	switch {
	case i < 0 && s.Next.IsZero():
		return v.say("ui.next")
	case i < 0:
		return v.shown(s.Next.Say(v.front.lang()))
	case !v.seen(i):
		return v.say("ui.read")
	}
	return v.say("ui.tick", "No", i+1)
}

// hint says how the screen is answered where the main action does not say it all.
func (v *view) hint() string {
	switch {
	case v.frame.Help:
		return ""
	case v.frame.Busy:
		return v.say("ui.busy")
	case v.pick != nil:
		return v.say("ui.pick.how")
	}
	switch v.takes() {
	case ui.TakesNumber:
		return v.say("ui.enter.number")
	case ui.TakesMany:
		return v.say("ui.enter.many")
	default:
		return ""
	}
}
