package whole

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/flows"
	"madoguchi/kiosk/terminal"
	"madoguchi/ui"
	"madoguchi/ui/sample"
	"madoguchi/ui/tview"
	"madoguchi/world"

	"github.com/gdamore/tcell/v2"
)

// byNumber are the answers as a person types them, by the official number of the question.
func byNumber() map[string]string {
	a := answers()
	return map[string]string{
		"2": a["header/start"], "3": a["applicant/name"], "4": a["applicant/kana"], "5": a["applicant/birth"], "6": a["applicant/postal"],
		"7": a["applicant/address"], "8": a["applicant/phone"], "9": "2", "10": "", "13": "1", "17": a["children/0/name"],
		"18": a["children/0/kana"], "19": a["children/0/birth"], "21": "2", "12": "2", "25": "4", "26": "1", "36": "11",
		"70": "1", "71": "1", "72": a["ground-a/employer"], "109": "2", "110": "1,2", "111": "1", "116": "1,3", "117": "", "119": "1",
		"122": "1", "124": "1", "125": "1", "126": "3", "127": "1,2", "134": "1,2,3,4,5,6,7",
	}
}

var (
	question = regexp.MustCompile(`(?m)^\s*(\d+)(?:-\d+)?\s+\S.* ・ `)
	fit      = regexp.MustCompile(`さいごまで申し込めます`) // the page before the PIN
	asked    = regexp.MustCompile(question.String() + `|登録申請（確認）|だれに何が見えるか`)
	received = regexp.MustCompile(`受け付けました`)
	number   = regexp.MustCompile(`\d{4}-\d{4}-\d{3}`)
)

// reader shows what a front has written since the last answer.
type reader struct {
	t    *testing.T
	out  *syncBuffer
	from int
}

func (r *reader) await(what string, re *regexp.Regexp) string {
	r.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		fresh := r.out.Bytes()[r.from:]
		if m := re.FindSubmatchIndex(fresh); m != nil {
			r.from += m[1]
			return string(fresh[m[0]:m[1]])
		}
	}
	r.t.Fatalf("no %s in:\n%s", what, r.out.Bytes()[r.from:])
	return ""
}

// TestTheWholeWayByLines: the linear front, read and answered line by line.
func TestTheWholeWayByLines(t *testing.T) {
	city := newCity(t).open()
	in, say := io.Pipe()
	r := &reader{t: t, out: &syncBuffer{}}
	done := make(chan error, 1)
	go func() {
		done <- terminal.Run(context.Background(), terminal.Options{
			Dir: city.path(world.KioskDir), UI: terminal.Linear, In: in, Out: r.out, LogFile: city.path("kiosk.log"),
		})
	}()
	tell := func(line string) { _, _ = io.WriteString(say, line+"\n") }

	r.await("menu", regexp.MustCompile(`なにをしますか`))
	tell("1")
	r.await("what is needed", regexp.MustCompile(`はじめる前に`))
	tell("")
	r.await("card", regexp.MustCompile(`カードリーダー.*に置いて`))
	tell("/card 3") // hanako, maria, resident
	r.await("what the card can do", fit)
	tell("")
	r.await("PIN", regexp.MustCompile(`4けたの数字`))
	tell(resident.AuthPIN)
	r.await("contents", regexp.MustCompile(`順番に答える`))
	tell("")
	known := byNumber()
	for {
		page := r.await("question or review", asked)
		m := question.FindStringSubmatch(page)
		if page == "だれに何が見えるか" {
			tell("")
			continue
		}
		if m == nil {
			break
		}
		value, ok := known[m[1]]
		if !ok {
			t.Fatalf("question %s is not known", m[1])
		}
		tell(value)
	}
	groups := regexp.MustCompile(`確認したまとまりの番号`)
	for group := range 10 {
		r.await("review", groups)
		tell(fmt.Sprint(group + 1))
	}
	r.await("review", groups)
	tell("") // files, when all are ticked
	r.await("password", regexp.MustCompile(`6〜16`))
	tell(resident.SignPIN)
	r.await("receipt", received)
	slip := r.await("number", number)
	_ = say.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	city.search("the lines", []byte(hidden(r.out.Bytes())), true)
	checkEvidence(t, city, slip)
}

// hidden is what a front wrote without what it must show: the answers and the demo's own PINs.
func hidden(out []byte) string {
	var kept []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, resident.SignPIN) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// screen is the full-screen front on a simulated terminal.
type screen struct {
	t   *testing.T
	sim *sample.Screen
}

func (c *city) terminalOnScreen(width, height int) *screen {
	c.t.Helper()
	s := &screen{t: c.t, sim: sample.NewScreen()}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- terminal.Run(ctx, terminal.Options{
			Dir: c.path(world.KioskDir), LogFile: c.path("kiosk.log"),
			Front: func(dock ui.Dock) (flows.Front, error) {
				front, err := tview.New(s.sim, dock)
				s.sim.SetSize(width, height)
				return front, err
			},
		})
	}()
	c.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("terminal: %v", err)
		}
	})
	return s
}

func (s *screen) await(what string, re *regexp.Regexp) []string {
	s.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if m := re.FindStringSubmatch(s.sim.Text()); m != nil {
			return m
		}
	}
	s.t.Fatalf("no %s on:\n%s", what, s.sim.Text())
	return nil
}

func (s *screen) key(k tcell.Key) { s.sim.InjectKey(k, 0, tcell.ModNone) }

func (s *screen) enter(text string) {
	for _, r := range text {
		s.sim.InjectKey(tcell.KeyRune, r, tcell.ModNone)
	}
	s.key(tcell.KeyEnter)
}

// answer answers the question with that official number; several choices are marked one by one, then sent.
func (s *screen) answer(no string) {
	s.t.Helper()
	value, ok := byNumber()[no]
	if !ok {
		s.t.Fatalf("question %s is not known", no)
	}
	if !slices.Contains([]string{"36", "110", "116", "125", "127", "134"}, no) {
		s.enter(value)
		return
	}
	for i, one := range strings.Split(value, ",") {
		s.enter(one)
		s.await("mark", regexp.MustCompile(fmt.Sprintf(`\[%d\]`, i+1)))
	}
	s.key(tcell.KeyEnter)
}

// TestTheWholeWayOnTheScreen: the full-screen front, key by key.
func TestTheWholeWayOnTheScreen(t *testing.T) {
	city := newCity(t).open()
	s := city.terminalOnScreen(80, 40)
	s.await("menu", regexp.MustCompile(`なにをしますか`))
	s.enter("1")
	s.await("what is needed", regexp.MustCompile(`はじめる前に`))
	s.key(tcell.KeyEnter)
	s.await("card", regexp.MustCompile(`カードリーダー.*に置いて`))
	s.key(tcell.KeyF7) // the third card
	s.await("what the card can do", fit)
	s.key(tcell.KeyEnter)
	s.await("PIN", regexp.MustCompile(`4けたの数字`))
	s.enter(resident.AuthPIN)
	s.await("contents", regexp.MustCompile(`順番に答える`))
	s.key(tcell.KeyEnter)
	for last := ""; ; {
		on := s.await("a question or the review", asked)
		if on[0] == "だれに何が見えるか" {
			if strings.Contains(s.sim.Text(), "つづきを読む") {
				s.key(tcell.KeyPgDn)
				continue
			}
			s.key(tcell.KeyEnter)
			s.await("the review", regexp.MustCompile(`登録申請（確認）`))
			break
		}
		if on[1] != last {
			last = on[1]
			s.answer(last)
		}
	}
	for group := 1; group <= 10; group++ {
		s.enter(fmt.Sprint(group))
		if group < 10 { // the next one comes into sight
			s.await("the next group", regexp.MustCompile(fmt.Sprintf(`▶ +%d  `, group+1)))
		}
	}
	s.await("all ticked", regexp.MustCompile(`この内容で申請する ]`))
	s.key(tcell.KeyEnter)
	s.await("password", regexp.MustCompile(`6〜16`))
	s.enter(resident.SignPIN)
	s.await("receipt", received)
	slip := s.await("number", number)[0]
	s.key(tcell.KeyEnter)
	checkEvidence(t, city, slip)
}
