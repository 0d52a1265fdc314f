package whole

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"madoguchi/i18n"
	"madoguchi/kiosk/terminal"
	"madoguchi/world"
)

// listener is somebody who hears a terminal of lines and types. They know the prompts and the numbers of the questions,
// which are the same in every language, and nothing else.
type listener struct {
	*testing.T
	lang    i18n.Lang
	master  *os.File
	out     *syncBuffer
	from    int
	prompts []prompt
	secrets []string
	ticked  int
	carded  bool
}

type prompt struct {
	key string
	at  *regexp.Regexp // the end of what was read
}

func hearing(t *testing.T, city *city, lang i18n.Lang) *listener {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{T: t, lang: lang, master: master, out: &syncBuffer{}, secrets: []string{resident.AuthPIN, resident.SignPIN}}
	for _, key := range []string{"number", "numberor", "many", "ticks", "words", "enter", "secret"} {
		said := regexp.QuoteMeta(i18n.T("ui.linear."+key, "Next", "\x00").Say(lang))
		l.prompts = append(l.prompts, prompt{key, regexp.MustCompile(`\n` + strings.Replace(said, "\x00", ".*", 1) + ` *$`)})
	}
	copied, done := make(chan struct{}), make(chan error, 1)
	go func() { defer close(copied); _, _ = io.Copy(l.out, master) }()
	go func() {
		done <- terminal.Run(context.Background(), terminal.Options{
			Dir: city.path(world.KioskDir), UI: terminal.Linear, Lang: lang, In: slave, Out: slave, LogFile: city.path("kiosk.log"),
		})
	}()
	t.Cleanup(func() {
		_, _ = io.WriteString(master, "\x04")
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = slave.Close()
		<-copied
		_ = master.Close()
	})
	return l
}

// hear waits until a prompt, or the card, is asked for, and returns which and what was read since the last answer.
func (l *listener) hear() (which, said string) {
	l.Helper()
	where := i18n.T("flows.card.where").Say(l.lang)
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		said = strings.ReplaceAll(string(l.out.Bytes()[l.from:]), "\r", "")
		if !l.carded && strings.Contains(said, where) {
			l.carded = true
			return "card", said
		}
		for _, p := range l.prompts {
			if p.at.MatchString(said) {
				return p.key, said
			}
		}
	}
	l.Fatalf("nothing is asked after:\n%s", said)
	return "", ""
}

func (l *listener) tell(line string) {
	l.from = len(l.out.Bytes())
	_, _ = io.WriteString(l.master, line+"\n")
}

// heardNo is the line with the official number of a question, its group and its label.
var heardNo = regexp.MustCompile(`(?m)^(\d+)(?:-\d+)? \S.*(?: ・ |: )`)

// answer answers what was asked; false at the receipt.
func (l *listener) answer(which, said string) bool {
	l.Helper()
	switch {
	case strings.Contains(said, i18n.T("flows.slip.received.title").Say(l.lang)):
		return false
	case strings.Contains(said, i18n.T("flows.slip.waiting.title").Say(l.lang)):
		time.Sleep(50 * time.Millisecond) // the receipt is read by itself
	case which == "card":
		l.tell("/card 3") // hanako, maria, resident
	case which == "secret":
		l.tell(l.secrets[0])
		l.secrets = l.secrets[1:]
	case which == "ticks":
		if l.ticked++; strings.Contains(said, fmt.Sprintf("\n%d. ", l.ticked)) || l.ticked > 1 && l.ticked <= groupsOfTheReview {
			l.tell(fmt.Sprint(l.ticked))
			return true
		}
		l.tell("")
	default:
		l.question(which, said)
	}
	return true
}

// groupsOfTheReview is how many groups the resident ticks.
const groupsOfTheReview = 10

// question answers by the official number; what has none is the menu, or goes on with Enter.
func (l *listener) question(which, said string) {
	l.Helper()
	m := heardNo.FindStringSubmatch(said)
	switch {
	case m != nil:
		value, ok := byNumber()[m[1]]
		if !ok {
			l.Fatalf("question %s is not known:\n%s", m[1], said)
		}
		l.tell(value)
	case which == "number":
		l.tell("1")
	default:
		l.tell("")
	}
}

// TestTheWholeWayByEar: the whole procedure through a terminal, by somebody who hears it read, in the languages that
// the other tests do not go.
func TestTheWholeWayByEar(t *testing.T) {
	langs := []i18n.Lang{i18n.JaEasy, i18n.En}
	if testing.Short() {
		langs = langs[:1]
	}
	for _, lang := range langs {
		t.Run(string(lang), func(t *testing.T) {
			city := newCity(t).open()
			l := hearing(t, city, lang)
			online := i18n.T("ui.linear.online").Say(lang)
			until(t, "the line is told of", func() bool { return strings.Contains(string(l.out.Bytes()), online) }) // and the prompt comes again
			for n := 0; l.answer(l.hear()); n++ {
				if n > 300 {
					l.Fatal("going round and round")
				}
			}
			heard := string(l.out.Bytes())
			if strings.Contains(heard, resident.SignPIN) {
				t.Error("the password was echoed")
			}
			if strings.Contains(heard, "⟨") {
				t.Error("a text is missing")
			}
			checkEvidence(t, city, number.FindString(heard[strings.LastIndex(heard, i18n.T("flows.slip.received.title").Say(lang)):]))
		})
	}
}
