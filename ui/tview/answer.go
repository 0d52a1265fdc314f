package tview

import (
	"strconv"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// answer sends an answer; a frame is answered once.
func (v *view) answer(a flows.Answer) bool {
	if v.answered == v.frame.Seq {
		return false
	}
	if !v.front.emit(flows.Event{Seq: v.frame.Seq, Do: flows.DoAnswer, Answer: a}) {
		return false
	}
	v.answered = v.frame.Seq
	return true
}

// enterKey answers the screen with what has been typed or chosen.
func (v *view) enterKey() {
	switch takes := v.takes(); takes {
	case ui.TakesNothing:
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
		typed := v.line.String()
		if takes == ui.TakesNumber && typed == "" && v.chosen >= 0 {
			typed = strconv.Itoa(v.chosen + 1)
		}
		v.send(takes, typed)
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
	if typed == "" {
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
		v.chosen, v.reveal = n, n
	}
}

// sendTick ticks the typed group; without a number, Enter reads on, ticks, and at last does the main action.
func (v *view) sendTick() {
	typed := v.line.String()
	if typed != "" || v.nextGroup() < 0 {
		v.send(ui.TakesTicks, typed)
		v.line.Wipe()
		return
	}
	v.readOn()
}

// readOn shows the rest of the group, and ticks it when its end has been on the screen.
func (v *view) readOn() {
	i := v.nextGroup()
	if i < 0 {
		return
	}
	if !v.seen(i) {
		if v.page.start[i] >= v.scroll+v.visible || v.page.end[i] < v.scroll {
			v.scroll = v.page.start[i]
			return
		}
		v.scroll = min(v.scroll+max(1, v.visible-1), v.page.end[i]-v.visible+1)
		return
	}
	v.answer(flows.Answer{Choice: v.frame.Screen.Groups[i].ID})
}

// seen reports whether the end of a group is on the screen.
func (v *view) seen(i int) bool {
	end := v.page.end[i]
	return end >= v.scroll && end < v.scroll+v.visible
}

// unread reports whether the body goes on below the screen.
func (v *view) unread() bool { return v.scroll+v.visible < len(v.page.lines) }

// hint says what Enter does now.
func (v *view) hint() string {
	f := v.frame
	switch i := v.nextGroup(); {
	case f.Help:
		return v.say("ui.help.close")
	case v.many() && v.line.String() != "":
		return v.say("ui.enter", "Next", i18n.T("ui.mark"))
	case v.takes() == ui.TakesEnter && v.unread():
		return v.say("ui.enter", "Next", i18n.T("ui.read"))
	case v.takes() != ui.TakesTicks || i < 0:
		return ui.Clean(ui.Hint(f).Say(v.front.lang()))
	case v.line.String() == "" && !v.seen(i):
		return v.say("ui.enter", "Next", i18n.T("ui.read"))
	default:
		if n, ok := ui.Number(v.line.String(), len(f.Screen.Groups)); ok {
			i = n
		}
		return v.say("ui.enter", "Next", i18n.T("ui.tick", "No", i+1))
	}
}
