package linear

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// tell reads a frame out, or only what is new in it.
func (f *Front) tell(old flows.Frame, first bool) {
	now := f.frame
	switch {
	case !now.Ends.IsZero() && old.Ends.IsZero():
		left := int(time.Until(now.Ends).Round(time.Second).Seconds())
		f.say("ui.linear.idle", "Seconds", max(0, left))
		return
	case !first && f.ticked(old):
		f.prompt()
		return
	case first || f.other(old):
		f.all()
		return
	}
	if savedOnly(old, now) {
		return
	}
	if old.Online != now.Online {
		f.aside(func() { f.either(now.Online, "ui.linear.online", "ui.linear.offline") })
	}
	switch {
	case now.Busy && !old.Busy:
		f.say("ui.busy")
	case !now.Busy && !f.asked: // the same again: the answer before did not help
		f.trouble()
		f.prompt()
	}
}

// savedOnly reports a frame that says no more than that what was typed is on the disk now. It may come between an answer
// and what follows from it, and is no word about that answer.
func savedOnly(old, now flows.Frame) bool {
	if old.Saved == now.Saved || old.Busy != now.Busy {
		return false
	}
	old.Seq, old.Saved = now.Seq, now.Saved
	return reflect.DeepEqual(old, now)
}

// ticked reads the heads of the groups whose tick changed; false when anything else did.
func (f *Front) ticked(old flows.Frame) bool {
	now := f.frame
	if now.Screen.Kind != flows.Review || len(now.Screen.Groups) != len(old.Screen.Groups) || now.Busy || now.Problem != nil {
		return false
	}
	groups := slices.Clone(old.Screen.Groups)
	var changed []int
	for i := range groups {
		if groups[i].Ticked != now.Screen.Groups[i].Ticked {
			groups[i].Ticked = now.Screen.Groups[i].Ticked
			changed = append(changed, i)
		}
	}
	old.Screen.Groups, old.Problem = groups, nil
	if len(changed) == 0 || f.text(untimed(old, now)) != f.text(now) {
		return false
	}
	for _, piece := range ui.Body(now) {
		if piece.Role == ui.Head && slices.Contains(changed, piece.Index) {
			f.write(sentence(now, piece) + "\n")
		}
	}
	return true
}

// aside says something while a prompt may stand: on a line of its own, and the prompt comes again behind it. What was
// typed so far is the terminal's and stays.
func (f *Front) aside(say func()) {
	standing := f.asked && f.answered != f.frame.Seq && ui.TakesOf(f.frame) != ui.TakesNothing
	if standing {
		f.write("\n")
	}
	say()
	if standing {
		f.prompt()
	}
}

// trouble reads only what is wrong.
func (f *Front) trouble() {
	if p := f.frame.Problem; p != nil {
		f.say("ui.linear.problem", "Code", string(p.Code))
		f.write(ui.Clean(p.Cause().Say(lang(f.frame))) + "\n")
		f.write(ui.Clean(p.Remedy().Say(lang(f.frame))) + "\n")
	}
}

// other reports whether the frame says anything that was not read out yet.
func (f *Front) other(old flows.Frame) bool {
	return f.text(untimed(old, f.frame)) != f.text(f.frame)
}

// untimed is the old frame with what is told by itself as in the new one.
func untimed(old, now flows.Frame) flows.Frame {
	old.Seq, old.Online, old.Busy, old.Ends, old.Saved = now.Seq, now.Online, now.Busy, now.Ends, now.Saved
	return old
}

// all reads the whole frame out.
func (f *Front) all() {
	f.write("\n" + f.text(f.frame))
	if f.frame.Busy {
		f.say("ui.busy")
		return
	}
	f.ways()
	f.prompt()
}

// text is everything that a frame has to say except its prompt.
func (f *Front) text(frame flows.Frame) string {
	var out strings.Builder
	lang := lang(frame)
	title := ui.Clean(frame.Screen.Title.Say(lang))
	if frame.Help {
		title = i18n.T("ui.help.title").Say(lang)
	}
	if frame.Of > 0 {
		title = i18n.T("ui.linear.step", "At", frame.At, "Of", frame.Of).Say(lang) + " " + title
	}
	fmt.Fprintln(&out, title)
	if p := frame.Problem; p != nil && !frame.Help {
		fmt.Fprintln(&out, i18n.T("ui.linear.problem", "Code", string(p.Code)).Say(lang))
		fmt.Fprintln(&out, ui.Clean(p.Cause().Say(lang)))
		fmt.Fprintln(&out, ui.Clean(p.Remedy().Say(lang)))
	}
	many := long(frame.Screen) && !frame.Help
	for _, piece := range ui.Body(frame) {
		if !many || piece.Role != ui.Item || piece.On {
			fmt.Fprintln(&out, sentence(frame, piece))
		}
	}
	if many {
		fmt.Fprintln(&out, i18n.T("ui.linear.long", "Count", len(ui.Options(frame.Screen))).Say(lang))
	}
	return out.String()
}

// sentence is a piece as it is read out.
func sentence(frame flows.Frame, p ui.Piece) string {
	lang := lang(frame)
	switch p.Role {
	case ui.Item:
		if p.Box {
			return join(p.No+".", p.Text, p.Label, on(p.On, lang, "ui.ticked", "ui.unticked"))
		}
		return join(p.No+".", p.Text, p.Label, p.Word, on(p.On, lang, "ui.linear.on", ""))
	case ui.Box:
		return join(p.Text, p.Label, on(p.On, lang, "ui.ticked", "ui.unticked"))
	case ui.Head:
		return join(p.No+".", p.Text, on(p.On, lang, "ui.ticked", "ui.unticked"))
	case ui.Pair, ui.Mark:
		return join(p.No, p.Label+": "+p.Text)
	case ui.Big:
		return p.Label + ": " + spell(p.Text)
	case ui.Words:
		return p.Label + ": " + p.Text
	case ui.Label:
		return join(p.No, p.Text)
	case ui.Sight:
		return ui.Clean(i18n.T("ui.linear.sight", "Who", p.Text).Say(lang))
	default:
		return p.Text
	}
}

func on(is bool, lang i18n.Lang, yes, no string) string {
	if is {
		return i18n.T(yes).Say(lang)
	}
	if no == "" {
		return ""
	}
	return i18n.T(no).Say(lang)
}

// join puts the parts that there are one after the other.
func join(parts ...string) string {
	var out []string
	for i, p := range parts {
		if p == "" {
			continue
		}
		if i > 1 {
			p = "(" + p + ")"
		}
		out = append(out, p)
	}
	return strings.Join(out, " ")
}

// spell sets the digits of a number apart, so that they are read one by one; the plain number follows for the
// eye and for copying.
func spell(number string) string {
	return strings.Join(strings.Split(number, ""), " ") + " (" + number + ")"
}

// prompt asks for the answer, on the line where it is typed.
func (f *Front) prompt() {
	frame := f.frame
	f.asked = true
	if frame.Help {
		f.say("ui.linear.helpend")
		return
	}
	next := frame.Screen.Next
	if next.IsZero() {
		next = i18n.T("ui.next")
	}
	f.now()
	var key string
	switch ui.TakesOf(frame) {
	case ui.TakesNumber:
		key = "ui.linear.number"
		if !frame.Screen.Next.IsZero() && frame.Screen.Kind != flows.QuestionPage {
			key = "ui.linear.numberor"
		}
	case ui.TakesMany:
		key = "ui.linear.many"
	case ui.TakesTicks:
		key = "ui.linear.ticks"
	case ui.TakesWords:
		key = "ui.linear.words"
	case ui.TakesEnter:
		key = "ui.linear.enter"
	case ui.TakesSecret:
		key = "ui.linear.secret"
	default:
		return
	}
	f.write(ui.Clean(i18n.T(key, "Next", next).Say(lang(frame))) + " ")
}

// now tells the present answer of a question.
func (f *Front) now() {
	s := f.frame.Screen
	if s.Kind != flows.QuestionPage || s.Value == "" {
		return
	}
	value := s.Value
	if options := ui.Options(s); len(options) > 0 {
		var labels []string
		for _, i := range ui.Chosen(options) {
			labels = append(labels, options[i].Label.Say(lang(f.frame)))
		}
		value = strings.Join(labels, ", ")
	}
	f.say("ui.linear.now", "Value", ui.Clean(value))
}

func (f *Front) say(key string, args ...any) {
	f.write(ui.Clean(i18n.T(key, args...).Say(lang(f.frame))) + "\n")
}

// write puts words out; a failing output ends nothing (see the error model).
func (f *Front) write(s string) { _, _ = io.WriteString(f.out, s) }

func (f *Front) either(is bool, yes, no string) {
	if is {
		f.say(yes)
		return
	}
	f.say(no)
}

func lang(frame flows.Frame) i18n.Lang {
	if frame.Lang == "" {
		return i18n.Langs()[0]
	}
	return frame.Lang
}
