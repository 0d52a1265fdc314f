package whole

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"madoguchi/kiosk/terminal"
	"madoguchi/world"
)

// patience is how long a test waits for the next frame.
const patience = 30 * time.Second

// program drives a terminal as docs/automation.md says, knowing nothing of the code behind it.
type program struct {
	t     *testing.T
	in    io.Writer
	lines chan line
	now   frame
	done  uint64 // the last frame that was answered
	seen  []string
	codes []string // of the failures shown
	dock  dock
}

type text struct{ Text, Key string }

type frame struct {
	Seq     uint64
	Step    string
	Lang    string
	Busy    bool
	Online  bool
	Saved   bool
	Problem *struct{ Code string }
	Screen  struct {
		Kind     string
		Title    text
		Lines    []text
		Choices  []struct{ ID string }
		Question *struct {
			Path, Kind, Value string
			Required          bool
			Options           []struct{ Value string }
		}
		Secret *struct {
			Shape          string
			Tries, TriesOf int
			Pad            bool
			PadEnds        string
		}
		Tick   *struct{ On bool }
		Groups []struct {
			ID     string
			Ticked bool
			Rows   []struct {
				No    string
				Value text
			}
		}
		Mark string
		Slip *struct {
			Number, State, Reason, Mark string
			Words                       text
			KeptAt, ReceivedAt          string
		}
	}
}

type dock struct {
	Network bool
	Outbox  []string
}

type line struct {
	Frame *frame
	Dock  *dock
	Error *struct{ What string }
}

// terminalHere runs a kiosk in this process with the JSON front.
func (c *city) terminalHere() *program {
	c.t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- terminal.Run(ctx, terminal.Options{
			Dir: c.path(world.KioskDir), UI: terminal.JSON, In: inR, Out: outW, LogFile: c.path("kiosk.log"),
		})
		_ = outW.Close()
	}()
	c.t.Cleanup(func() {
		_ = inW.Close()
		select {
		case err := <-done:
			if err != nil {
				c.t.Errorf("terminal: %v", err)
			}
		case <-time.After(patience):
			c.t.Error("the terminal does not end when its input does")
		}
		cancel()
	})
	return newProgram(c.t, inW, outR)
}

// terminalProcess runs bin/kiosk as a process of its own.
func (c *city) terminalProcess(bin string, args ...string) *program {
	c.t.Helper()
	cmd := exec.Command(bin, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	stderr := &syncBuffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			c.t.Errorf("%s: %v\n%s", bin, err, stderr.Bytes())
		}
		c.search("standard error", stderr.Bytes(), true)
	})
	return newProgram(c.t, in, out)
}

func newProgram(t *testing.T, in io.Writer, out io.Reader) *program {
	p := &program{t: t, in: in, lines: make(chan line, 1000)}
	go func() {
		defer close(p.lines)
		scanner := bufio.NewScanner(out)
		scanner.Buffer(nil, 4<<20)
		for scanner.Scan() {
			var l line
			if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
				t.Errorf("not JSON: %v", err)
			}
			p.lines <- l
		}
	}()
	return p
}

// until reads lines until the frame is what the test waits for.
func (p *program) until(what string, ok func(frame) bool) *program {
	p.t.Helper()
	limit := time.After(patience)
	for {
		if p.now.Seq > p.done && !p.now.Busy && ok(p.now) {
			return p
		}
		select {
		case l, open := <-p.lines:
			if !open {
				p.t.Fatalf("the terminal ended while waiting for %s", what)
			}
			p.take(l)
		case <-limit:
			p.t.Fatalf("no %s; at %s %s %+v after %s", what, p.now.Step, p.now.Screen.Kind, p.now.Problem, strings.Join(p.seen, " "))
		}
	}
}

func (p *program) take(l line) {
	p.t.Helper()
	switch {
	case l.Error != nil:
		p.t.Fatalf("input refused: %s", l.Error.What)
	case l.Dock != nil:
		p.dock = *l.Dock
	case l.Frame != nil:
		if l.Frame.Seq <= p.now.Seq {
			p.t.Fatalf("frame %d after %d", l.Frame.Seq, p.now.Seq)
		}
		p.now = *l.Frame
		if p.now.Problem != nil {
			p.codes = append(p.codes, p.now.Problem.Code)
		}
		if n := len(p.seen); n == 0 || p.seen[n-1] != p.now.Step {
			p.seen = append(p.seen, p.now.Step)
		}
	}
}

// at waits for a step that shows a kind of screen.
func (p *program) at(step, kind string) *program {
	p.t.Helper()
	return p.until(step+" "+kind, func(f frame) bool { return f.Step == step && f.Screen.Kind == kind })
}

// refused waits for a step that shows a failure.
func (p *program) refused(step, code string) *program {
	p.t.Helper()
	return p.until(step+" with "+code, func(f frame) bool { return f.Step == step && f.Problem != nil && f.Problem.Code == code })
}

func (p *program) send(v map[string]any) *program {
	p.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.in, "%s\n", raw); err != nil {
		p.t.Fatal(err)
	}
	return p
}

func (p *program) answer(member, value string) *program {
	p.t.Helper()
	p.done = p.now.Seq
	m := map[string]any{"seq": p.now.Seq, "do": "answer"}
	if member != "" {
		m[member] = value
	}
	return p.send(m)
}

func (p *program) choose(id string) *program  { p.t.Helper(); return p.answer("choice", id) }
func (p *program) secret(pin string) *program { p.t.Helper(); return p.answer("secret", pin) }
func (p *program) next() *program             { p.t.Helper(); return p.answer("", "") }
func (p *program) insert(card string) *program {
	p.t.Helper()
	return p.send(map[string]any{"do": "insert", "card": card})
}
func (p *program) remove() *program { p.t.Helper(); return p.send(map[string]any{"do": "remove"}) }
func (p *program) network(up bool) *program {
	p.t.Helper()
	return p.send(map[string]any{"do": "network", "up": up})
}
func (p *program) online(up bool) *program {
	p.t.Helper()
	return p.until(fmt.Sprintf("online=%v", up), func(f frame) bool { return f.Online == up })
}

// login goes from the menu to the first question.
func (p *program) login(card, pin string) *program {
	p.t.Helper()
	p.at("start", "menu").choose("nursery")
	p.at("nursery.before", "message").next()
	p.at("nursery.login", "card").insert(card)
	p.at("nursery.login", "message").next()
	p.at("nursery.login", "secret").secret(pin)
	return p
}

// fill answers every question from a list by path; whatever is not in it and not required is left empty.
func (p *program) fill(answers map[string]string) *program {
	p.t.Helper()
	for {
		p.until("a question, or a page around them", func(f frame) bool {
			return f.Step == "nursery.input" || f.Step == "nursery.sharing" || f.Step == "nursery.confirm"
		})
		switch p.now.Screen.Kind {
		case "review":
			return p
		case "contents", "sharing":
			p.next()
			continue
		}
		if p.now.Problem != nil {
			p.t.Fatalf("%s refused: %s", p.now.Screen.Question.Path, p.now.Problem.Code)
		}
		q := p.now.Screen.Question
		value, known := answers[q.Path]
		if !known && q.Required {
			p.t.Fatalf("no answer for %s (%s, %+v)", q.Path, q.Kind, q.Options)
		}
		p.answer("value", value)
	}
}

// tick ticks every group of the review.
func (p *program) tick() *program {
	p.t.Helper()
	for _, g := range p.at("nursery.confirm", "review").now.Screen.Groups {
		p.choose(g.ID)
		p.until("tick of "+g.ID, func(f frame) bool {
			for _, now := range f.Screen.Groups {
				if now.ID == g.ID {
					return now.Ticked
				}
			}
			return false
		})
	}
	return p
}

// slip waits for the takeaway in a state.
func (p *program) slip(state string) *program {
	p.t.Helper()
	return p.until("slip "+state, func(f frame) bool { return f.Screen.Slip != nil && f.Screen.Slip.State == state })
}

// leave takes the card and comes back to the menu.
func (p *program) leave() *program {
	p.t.Helper()
	p.next()
	p.until("take-card or start", func(f frame) bool { return f.Step == "take-card" || f.Step == "start" })
	p.remove()
	return p.at("start", "menu")
}

// stop gives the visit up and comes back to the menu.
func (p *program) stop() *program {
	p.t.Helper()
	p.send(map[string]any{"seq": p.now.Seq, "do": "cancel"})
	p.until("stop", func(f frame) bool { return f.Step == "stop" }).choose("stop")
	p.until("take-card or start", func(f frame) bool { return f.Step == "take-card" || f.Step == "start" })
	p.remove()
	return p.at("start", "menu")
}

// awaitLog waits until the kiosk's log says something.
func (c *city) awaitLog(what string) {
	c.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		raw, err := os.ReadFile(c.path("kiosk.log"))
		if err == nil && strings.Contains(string(raw), what) {
			return
		}
	}
	c.t.Fatalf("the kiosk's log does not say %q", what)
}
