package json

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/flows/flowtest"
	"madoguchi/forms"
	"madoguchi/forms/rounds"
	"madoguchi/i18n"
	"madoguchi/wire"
)

var update = flag.Bool("update", false, "write the golden frames of flows/testdata/frames")

// program is a stranger's program at the front: it knows docs/automation.md and nothing else.
type program struct {
	t      *testing.T
	in     *io.PipeWriter
	lines  chan map[string]json.RawMessage
	cards  *flowtest.Cards
	post   *flowtest.Post
	drafts *flowtest.Drafts
	frame  map[string]any // the latest one
	raw    json.RawMessage
	end    func()
}

// drive starts a runner behind the front, inside the present synctest bubble.
func drive(t *testing.T, form *forms.Form, lang i18n.Lang, disk *flowtest.Disk) *program {
	t.Helper()
	in, lines := io.Pipe()
	back, out := io.Pipe()
	p := &program{
		t: t, in: lines, lines: make(chan map[string]json.RawMessage, 100), cards: flowtest.NewCards(), post: flowtest.NewPost(),
		drafts: flowtest.NewDrafts(disk),
	}
	go p.read(back)
	p.post.KeptAt = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	term := &flows.Terminal{
		Cards: p.cards, Post: p.post, Form: func(string) (*forms.Form, error) { return form, nil }, Mailbox: "mailbox.city.example",
		Phone: "0120-000-000", Office: i18n.Own("窓口市役所 市民課"), Hours: i18n.Own("月〜金 8:30〜17:15"), Now: func() time.Time { return p.post.KeptAt }, Random: rand.NewChaCha8([32]byte{7}), Unhurried: true,
		Drafts: p.drafts, Rounds: calendar(t),
	}
	r := &flows.Runner{Terminal: term, Flows: []flows.Flow{flows.Nursery, flows.GoOn, flows.Practice}, Lang: lang, Idle: 5 * time.Minute}
	f := New(in, out, nil)
	done := make(chan error, 1)
	go func() { done <- r.Run(context.Background(), f) }()
	p.end = func() {
		_ = p.in.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = f.Run(context.Background())
		_ = out.Close()
	}
	p.next()
	return p
}

// read takes the lines as they come.
func (p *program) read(out io.Reader) {
	for dec := json.NewDecoder(out); ; {
		var l map[string]json.RawMessage
		if dec.Decode(&l) != nil {
			return
		}
		p.lines <- l
	}
}

// next waits for a frame that is not busy, and for those that only draw it again: what is kept comes up by and by.
func (p *program) next() {
	p.t.Helper()
	for p.take(<-p.lines); p.frame["busy"] == true; {
		p.take(<-p.lines)
	}
	for synctest.Wait(); len(p.lines) > 0; synctest.Wait() {
		p.take(<-p.lines)
	}
}

func (p *program) take(l map[string]json.RawMessage) {
	p.t.Helper()
	if l["error"] != nil {
		p.t.Fatalf("%s", l["error"])
	}
	p.raw, p.frame = l["frame"], nil
	if err := json.Unmarshal(p.raw, &p.frame); err != nil {
		p.t.Fatal(err)
	}
}

// say sends a line for the present frame and reads the next one.
func (p *program) say(do string, members ...any) {
	p.t.Helper()
	p.write(do, members...)
	p.next()
}

// write sends a line for the present frame.
func (p *program) write(do string, members ...any) {
	p.t.Helper()
	m := map[string]any{"do": do, "seq": p.frame["seq"]}
	for i := 0; i < len(members); i += 2 {
		m[members[i].(string)] = members[i+1]
	}
	raw, err := json.Marshal(m)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(raw, '\n')); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) insert(c flows.Card) { p.cards.Insert(c); p.next() }

// numbered is a frame's number: how often one is drawn again while a draft is written is a matter of time.
var numbered = regexp.MustCompile(`"seq": \d+`)

// at requires a step and a kind of screen, and compares the frame with its golden file.
func (p *program) at(step, kind, golden string) {
	p.t.Helper()
	if p.frame["step"] != step || look(p.frame, "screen/kind") != kind {
		p.t.Fatalf("at %v, %v; want %s, %s", p.frame["step"], look(p.frame, "screen/kind"), step, kind)
	}
	if golden == "" {
		return
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, p.raw, "", " "); err != nil {
		p.t.Fatal(err)
	}
	pretty.WriteByte('\n')
	pretty = *bytes.NewBuffer(numbered.ReplaceAll(pretty.Bytes(), []byte(`"seq": 0`)))
	name := filepath.Join("..", "..", "flows", "testdata", "frames", golden+"."+p.frame["lang"].(string)+".json")
	if *update {
		if err := os.WriteFile(name, pretty.Bytes(), 0o600); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	if !bytes.Equal(want, pretty.Bytes()) {
		p.t.Errorf("%s differs (go test -update writes it anew):\n%s", name, pretty.Bytes())
	}
}

func TestGoldenFrames(t *testing.T) {
	form := load(t)
	for _, lang := range i18n.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { golden(t, form, lang) })
		})
	}
}

func golden(t *testing.T, form *forms.Form, lang i18n.Lang) {
	card := flowtest.NewCard("hanako")
	p := drive(t, form, lang, &flowtest.Disk{})
	p.at("start", "menu", "start")
	p.say("answer", "choice", "nursery")
	p.at("nursery.before", "message", "before")
	p.say("answer", "choice", "slow")
	p.say("answer", "choice", "slow")
	p.say("answer")
	p.at("nursery.login", "card", "login-card")
	p.insert(card)
	p.at("nursery.login", "message", "login-check")
	p.say("answer")
	p.at("nursery.login", "secret", "login")
	p.say("help")
	p.at("nursery.login", "secret", "login-help")
	p.say("help")
	p.say("answer", "secret", "ABC123")
	p.at("nursery.login", "secret", "login-other-secret")
	p.say("answer", "secret", "0000")
	p.at("nursery.login", "secret", "login-wrong")
	p.say("answer", "secret", "1111")
	p.at("nursery.login", "message", "login-last-try")
	p.say("answer", "choice", "try")
	p.say("answer", "secret", "1234")
	p.at("nursery.input", "contents", "input-contents")
	p.say("cancel")
	p.at("stop", "menu", "stop")
	p.say("answer", "choice", "go-on")
	p.say("answer")
	p.at("nursery.input", "question", "input")
	p.say("answer", "value", "窓口 花子")
	p.say("answer", "value", "あした")
	p.at("nursery.input", "question", "input-problem")
	p.say("answer", "choice", "later")
	for _, value := range []string{"窓口市一番町1-2", "窓口 一郎", "no", "2026-12-01", "卵 123456789018"} {
		p.say("answer", "value", value)
	}
	p.at("nursery.input", "menu", "input-my-number")
	p.say("answer", "choice", "my-number")
	p.at("nursery.input", "question", "input-my-number-refused")
	p.say("cancel")
	p.at("stop", "menu", "stop-saved")
	p.drafts.Here = true
	p.say("answer", "choice", "go-on")
	p.say("answer", "value", "卵")
	p.at("nursery.input", "contents", "input-put-off")
	p.say("cancel")
	p.at("stop", "menu", "stop-saved-here")
	p.say("answer", "choice", "go-on")
	p.say("answer")
	p.say("answer", "value", "平成4年3月3日")
	p.at("nursery.input", "question", "input-rule")
	p.say("answer", "value", "令和9年4月1日")
	p.at("nursery.sharing", "sharing", "sharing")
	p.say("answer")
	p.at("nursery.confirm", "review", "confirm")
	p.say("back")
	p.say("back")
	p.at("nursery.input", "contents", "input-contents-complete")
	p.say("answer")
	p.say("answer")
	p.say("answer")
	p.at("nursery.confirm", "review", "confirm-not-ticked")
	p.say("answer", "choice", "correct:facility.wish")
	p.say("answer", "value", "2027-04-01")
	p.say("answer", "value", "そば")
	p.at("nursery.confirm", "review", "confirm-corrected")
	p.ticks()
	p.say("answer")
	p.at("nursery.sign", "secret", "sign")
	p.cards.Remove()
	p.next()
	p.at("nursery.sign", "card", "sign-removed")
	p.next() // the lock warns
	p.at("nursery.sign", "card", "sign-removed-warning")
	p.insert(card)
	p.post.SetOnline(false)
	p.next()
	p.say("answer", "secret", "abc123")
	p.at("nursery.receipt", "takeaway", "receipt-waiting")
	p.post.Settle(wire.Outcome{State: wire.Received, ReceivedAt: p.post.KeptAt.Add(time.Minute), Code: "QED8WEX0"})
	p.next()
	p.at("nursery.receipt", "takeaway", "receipt-received")
	p.next() // nobody answers
	p.at("nursery.receipt", "takeaway", "receipt-warning")
	p.next()
	p.at("take-card", "message", "take-card")
	p.cards.Remove()
	p.next()
	p.at("start", "menu", "start-after-idle")
	p.say("answer", "choice", "go-on")
	p.say("answer")
	p.insert(card)
	p.say("answer")
	p.say("answer", "secret", "1234")
	p.at("nursery.earlier", "takeaway", "earlier")
	p.say("answer")
	p.at("nursery.welcome", "menu", "welcome-nothing")
	p.say("answer", "choice", "new")
	p.at("nursery.input", "contents", "")
	p.end()
}

// TestAStrangersProgram files the application that comes with the program, choosing the first of whatever is
// offered, as docs/automation.md describes it.
func TestAStrangersProgram(t *testing.T) {
	form, err := forms.Builtin().Form("nursery-application")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p := drive(t, form, i18n.En, &flowtest.Disk{})
		p.say("answer", "choice", look(p.frame, "screen/choices/0/id"))
		p.say("answer")
		p.insert(flowtest.NewCard("hanako"))
		p.say("answer")
		p.say("answer", "secret", "1234")
		p.at("nursery.input", "contents", "")
		p.say("answer")
		asked := 0
		for look(p.frame, "screen/kind") == "question" {
			if asked++; asked > 60 {
				t.Fatalf("the questions do not end: %v, %v", look(p.frame, "screen/question/path"), p.frame["problem"])
			}
			p.say("answer", "value", anything(look(p.frame, "screen/question")))
		}
		p.at("nursery.sharing", "sharing", "")
		p.say("answer")
		p.ticks()
		p.say("answer")
		p.say("answer", "secret", "ABC123")
		p.at("nursery.receipt", "takeaway", "")
		if kept := p.post.Kept(); len(kept) != 1 || p.frame["saved"] != true {
			t.Errorf("kept %d", len(kept))
		}
		p.end()
	})
}

// anything answers a question by its kind alone.
func anything(q any) string {
	switch kind := look(q, "kind"); {
	case kind == "choice":
		return look(q, "options/0/value").(string)
	case kind == "multi":
		return several(q)
	case kind == "yesno":
		return "no"
	case kind == "kana":
		return "マドグチ"
	case kind == "date" && strings.Contains(look(q, "path").(string), "children"):
		return "2025-06-01"
	case kind == "date" && strings.HasSuffix(look(q, "path").(string), "/birth"):
		return "1992-03-03"
	case kind == "date":
		return "2027-04-01"
	case kind == "number":
		return fmt.Sprint(look(q, "min"))
	case kind == "digits":
		return "1234567"
	case kind == "phone":
		return "03-1234-5678"
	case kind == "postal":
		return "100-0001"
	}
	return "窓口 花子"
}

// several chooses as few as it must, the first ones.
func several(q any) string {
	few := 1.0
	if n, ok := look(q, "min").(float64); ok {
		few = max(few, n)
	}
	var out []string
	for _, o := range look(q, "options").([]any)[:int(few)] {
		out = append(out, look(o, "value").(string))
	}
	return strings.Join(out, ",")
}

// ticks every group of the review.
func (p *program) ticks() {
	for _, g := range look(p.frame, "screen/groups").([]any) {
		if look(g, "ticked") == false {
			p.say("answer", "choice", look(g, "id"))
		}
	}
}

// TestGoldenDeadEnds: the pages of those who cannot go on today, and of those whose application was refused.
func TestGoldenDeadEnds(t *testing.T) {
	form := load(t)
	for _, lang := range i18n.Langs() {
		for name, end := range map[string]func(p *program){
			"blocked PIN": func(p *program) {
				card := flowtest.NewCard("hanako")
				card.AuthLeft = 0
				p.login(card)
				p.at("nursery.login", "message", "login-blocked")
			},
			"blocked password": func(p *program) {
				card := flowtest.NewCard("hanako")
				card.SignLeft = 0
				p.login(card)
				p.at("nursery.login", "message", "login-sign-blocked")
			},
			"no signing key": func(p *program) {
				card := flowtest.NewCard("hanako")
				card.TriesErr = map[flows.Key]error{flows.SignKey: fault.New(fault.NoSignKey, nil)}
				p.login(card)
				p.at("nursery.login", "message", "login-no-sign-key")
			},
			"strange card": func(p *program) {
				p.say("answer", "choice", "nursery")
				p.say("answer")
				p.cards.InsertStrange(fault.New(fault.CardUnknown, nil))
				p.next()
				p.at("nursery.login", "card", "card-strange")
			},
		} {
			t.Run(string(lang)+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := drive(t, form, lang, &flowtest.Disk{})
					end(p)
					p.end()
				})
			})
		}
	}
}

func (p *program) login(card *flowtest.Card) {
	p.t.Helper()
	p.say("answer", "choice", "nursery")
	p.say("answer")
	p.insert(card)
}

// calendar is the city's rounds.
func calendar(t *testing.T) *rounds.Calendar {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "forms", "rounds", "demo.toml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := rounds.Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func definition(t *testing.T) string {
	t.Helper()
	def, err := os.ReadFile(filepath.Join("..", "..", "flows", "testdata", "form.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(def)
}

func load(t *testing.T) *forms.Form {
	t.Helper()
	form, err := forms.Load([]byte(definition(t)))
	if err != nil {
		t.Fatal(err)
	}
	return form
}
