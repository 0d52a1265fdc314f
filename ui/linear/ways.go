package linear

import (
	"strings"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// way is a command that a person may give on the present screen.
type way string

// The ways, in the order in which they are read out.
const (
	help   way = "help"
	again  way = "again"
	back   way = "back"
	later  way = "later"
	tick   way = "tick"
	find   way = "find"
	kanji  way = "write"
	code   way = "code"
	wipe   way = "clear"
	tongue way = "language"
	stop   way = "stop"
)

var allWays = []way{help, again, back, later, tick, find, kanji, code, wipe, tongue, stop}

// can reports whether a command does something now.
func (f *Front) can(w way) bool {
	s := f.frame.Screen
	ready := !f.frame.Busy && !f.frame.Help && f.answered != f.frame.Seq
	switch w {
	case back:
		return f.frame.CanBack
	case stop:
		return f.frame.CanStop
	case later:
		return ready && s.Later
	case tick:
		return ready && f.tickID() != ""
	case find:
		return ready && long(s)
	case kanji:
		return ready && f.converts()
	case code:
		return s.Slip != nil && len(ui.QR(s.Slip.Code)) > 0
	case wipe:
		return ready && s.Kind == flows.QuestionPage && s.Value != ""
	case help, again, tongue:
	}
	return true
}

// tickID names the box beside a secret, whose digits are not numbers of choices.
func (f *Front) tickID() string {
	if s := f.frame.Screen; s.Kind == flows.SecretPage && s.Tick != nil {
		return s.Tick.ID
	}
	return ""
}

// ways reads, in one line before the prompt, how to leave the screen otherwise than by an answer. What works
// everywhere is read at the beginning and with the help.
func (f *Front) ways() {
	var open []string
	for _, w := range allWays {
		if w != again && w != tongue && w != wipe && f.can(w) {
			open = append(open, f.word(w))
		}
	}
	f.write(strings.Join(open, ", ") + "\n")
}

// commands reads every command, one a line.
func (f *Front) commands() {
	f.say("ui.linear.commands")
	for _, w := range allWays {
		f.write(f.word(w) + "\n")
	}
	if f.dock != nil {
		f.say("ui.linear.commands.dock")
	}
}

func (f *Front) word(w way) string {
	if w == tongue {
		return "/l " + lang(f.frame).Next().Name()
	}
	return i18n.T("ui.linear.way." + string(w)).Say(lang(f.frame))
}

// choose answers with a choice that has no number.
func (f *Front) choose(can bool, id string) {
	if !can {
		f.say("ui.linear.notnow")
		f.prompt()
		return
	}
	f.lineEnd()
	f.send(flows.Answer{Choice: id})
}

// code draws the slip's QR code, for somebody who can see and photograph it; nobody has it read out unasked.
func (f *Front) code() {
	if !f.can(code) {
		f.say("ui.linear.notnow")
	} else {
		f.write(strings.Join(ui.QR(f.frame.Screen.Slip.Code), "\n") + "\n")
	}
	f.prompt()
}
