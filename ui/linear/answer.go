package linear

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"madoguchi/flows"
	"madoguchi/ui"
)

// line judges a line: a command, an answer, or the sign of life that ends a warning.
func (f *Front) line(line []byte) {
	line = trim(line)
	if f.warned() {
		clear(line)
		return
	}
	takes := ui.TakesOf(f.frame)
	if f.frame.Help {
		takes = ui.TakesNothing
	}
	switch {
	case f.command(line):
	case f.writing():
		f.choice(line)
	case f.frame.Help:
		clear(line)
		f.emit(flows.Event{Do: flows.DoHelp})
	case !f.seen || takes == ui.TakesNothing || f.answered == f.frame.Seq:
		f.early(line)
	case takes == ui.TakesSecret:
		f.secret(line)
	default:
		f.answer(takes, line)
	}
}

// warned takes any line as "go on" while the end is announced.
func (f *Front) warned() bool {
	if f.frame.Ends.IsZero() || f.woken == f.frame.Seq {
		return false
	}
	f.woken = f.frame.Seq
	f.emit(flows.Event{Do: flows.DoStillHere})
	f.say("ui.linear.continue")
	f.prompt()
	return true
}

// early deals with a line that nothing takes yet: a program's waits for its screen, a person's is not kept, as
// it may have been meant for another.
func (f *Front) early(line []byte) {
	if f.tty == nil {
		f.held = line
		return
	}
	clear(line)
	f.say("ui.wait")
}

func (f *Front) secret(line []byte) {
	if len(line) == 0 {
		f.say("ui.empty")
		f.prompt()
		return
	}
	if utf8.RuneCount(line) > ui.MaxSecret {
		clear(line[utf8.UTFMax*ui.MaxSecret:]) // its shape is wrong either way
	}
	f.lineEnd()
	if f.emit(flows.Event{Do: flows.DoAnswer, Answer: flows.Answer{Secret: line}}) {
		f.answered, f.asked = f.frame.Seq, false
		return
	}
	clear(line)
}

// lineEnd ends the prompt's line: the Enter of a secret has not been echoed.
func (f *Front) lineEnd() {
	if f.quiet {
		f.write("\n")
	}
}

func (f *Front) answer(takes ui.Takes, line []byte) {
	typed := string(line)
	s := f.frame.Screen
	switch {
	case takes == ui.TakesWords && typed == "":
		typed = s.Value // Enter keeps the present answer
	case typed == "/clear":
		f.send(flows.Answer{})
		return
	case strings.HasPrefix(typed, "//"):
		typed = typed[1:]
	}
	if takes == ui.TakesWords {
		typed = f.inKana(typed)
	}
	a, complaint, ok := ui.Answer(s, takes, typed)
	if !ok {
		f.write(ui.Clean(complaint.Say(lang(f.frame))) + "\n")
		f.prompt()
		return
	}
	f.send(a)
}

func (f *Front) send(a flows.Answer) {
	if f.emit(flows.Event{Do: flows.DoAnswer, Answer: a}) {
		f.answered, f.asked = f.frame.Seq, false
	}
}

// command does what begins with a slash; false when the line is an answer.
func (f *Front) command(line []byte) bool {
	if f.quietSecret(line) {
		return false
	}
	word, rest, _ := strings.Cut(string(line), " ")
	switch strings.Replace(word, "／", "/", 1) {
	case "?", "？", "/?", "/h", "/help", "/たすけ":
		if len(f.frame.Screen.Help) == 0 || word == "/?" || word == "／？" {
			f.commands()
		}
		f.emit(flows.Event{Do: flows.DoHelp})
	case "/r", "/もう一度":
		f.all()
	case "/b", "/もどる":
		f.allowed(f.frame.CanBack, flows.DoBack)
	case "/k", "/漢字":
		f.convert(rest)
	case "/l", "/ことば":
		f.emit(flows.Event{Do: flows.DoLanguage})
	case "/q", "/やめる":
		f.allowed(f.frame.CanStop, flows.DoCancel)
	case "/a", "/あとで":
		f.choose(f.can(later), flows.ChoiceLater)
	case "/t", "/印":
		f.choose(f.can(tick), f.tickID())
	case "/f", "/さがす":
		f.find(rest)
	case "/qr":
		f.code()
	case "/clear":
		return false
	default:
		if !strings.HasPrefix(word, "/") || strings.HasPrefix(word, "//") {
			return false
		}
		f.dockCommand(word, strings.TrimSpace(rest))
	}
	return true
}

// quietSecret reports a line that is a secret: it must not become a string.
func (f *Front) quietSecret(line []byte) bool {
	if ui.TakesOf(f.frame) != ui.TakesSecret || f.frame.Help {
		return false
	}
	for _, mark := range []string{"/", "?", "／", "？"} {
		if bytes.HasPrefix(line, []byte(mark)) {
			return false
		}
	}
	return true
}

func (f *Front) allowed(can bool, do string) {
	if !can {
		f.say("ui.linear.notnow")
		f.prompt()
		return
	}
	f.emit(flows.Event{Do: do})
}

// trim cuts the carriage return of a terminal or file in place.
func trim(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}
