package whole

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"madoguchi/mailbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// How long processes are killed, and how long one lives at most meanwhile.
const (
	killing      = 20 * time.Second
	killingShort = 5 * time.Second
	longestLife  = 2 * time.Second
)

// errGone is the end of a killed kiosk.
var errGone = errors.New("the kiosk is gone")

// visitor goes through visits at a kiosk that may be killed at any moment, and remembers what it was shown.
type visitor struct {
	in      io.Writer
	frames  chan frame
	done    uint64 // the last frame that was answered
	card    bool   // lies on the reader
	patient bool   // waits for the receipt on every slip, and files nothing

	kept     map[string]bool   // numbers that were shown
	received map[string]string // and when they were received, once that was shown
}

// sits puts the visitor in front of a new kiosk process.
func (v *visitor) sits(p *process) {
	v.in, v.done, v.card, v.frames = p.in, 0, false, make(chan frame, 1000)
	go func(frames chan<- frame) {
		defer close(frames)
		scanner := bufio.NewScanner(p.out)
		scanner.Buffer(nil, 4<<20)
		for scanner.Scan() {
			var l line
			if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
				continue // cut off by the kill; were it more, the visit would not go on
			}
			if l.Frame != nil {
				frames <- *l.Frame
			}
		}
	}(v.frames)
}

// visits files again and again until the kiosk is gone; when patient, it ends at the first question: every earlier
// filing has been told of.
func (v *visitor) visits() error {
	for limit := time.After(2 * patience); ; {
		select {
		case f, open := <-v.frames:
			if !open {
				return errGone
			}
			if err := v.notes(f); err != nil {
				return err
			}
			if over, err := v.acts(f); over || err != nil {
				return err
			}
		case <-limit:
			return errors.New("the kiosk does not go on")
		}
	}
}

// notes remembers a slip, and requires what it says to stay true.
func (v *visitor) notes(f frame) error {
	s := f.Screen.Slip
	switch {
	case f.Problem != nil:
		return fmt.Errorf("%s shows %s", f.Step, f.Problem.Code)
	case s == nil:
		return nil
	case s.State != string(wire.Waiting) && s.State != string(wire.Received):
		return fmt.Errorf("%s is %s (%s)", s.Number, s.State, s.Reason)
	}
	v.kept[s.Number] = true
	was, told := v.received[s.Number]
	if told && (s.State != string(wire.Received) || s.ReceivedAt != was) {
		return fmt.Errorf("%s was received at %s and now is %s %s", s.Number, was, s.State, s.ReceivedAt)
	}
	if s.State == string(wire.Received) {
		v.received[s.Number] = s.ReceivedAt
	}
	return nil
}

// acts answers a frame as a person would; over is the end of the visit.
func (v *visitor) acts(f frame) (over bool, err error) {
	if f.Busy || f.Seq <= v.done {
		return false, nil
	}
	switch f.Step + " " + f.Screen.Kind {
	case "start menu":
		return false, v.answers(f, "choice", "nursery")
	case "nursery.before message", "nursery.sharing sharing":
		return false, v.answers(f, "value", "")
	case "nursery.welcome menu": // what a kill came between, or a new one
		return false, v.answers(f, "choice", f.Screen.Choices[0].ID)
	case "nursery.login card", "nursery.sign card":
		if v.card { // drawn again, as when the line comes up; to insert it again would take it out first
			return false, nil
		}
		v.card = true
		return false, v.hands(f, map[string]any{"do": "insert", "card": resident.File})
	case "nursery.login message":
		return false, v.answers(f, "value", "")
	case "nursery.login secret":
		return false, v.answers(f, "secret", resident.AuthPIN)
	case "nursery.earlier takeaway", "nursery.receipt takeaway":
		if v.patient && f.Screen.Slip.State == string(wire.Waiting) {
			return false, nil // it is shown again when the receipt comes
		}
		return false, v.answers(f, "value", "")
	case "nursery.input contents":
		if v.patient {
			return true, nil
		}
		return false, v.answers(f, "value", "")
	case "nursery.input question":
		if v.patient {
			return true, nil
		}
		return false, v.answers(f, "value", answers()[f.Screen.Question.Path])
	case "nursery.confirm review":
		for _, g := range f.Screen.Groups {
			if !g.Ticked {
				return false, v.answers(f, "choice", g.ID)
			}
		}
		return false, v.answers(f, "value", "")
	case "nursery.sign secret":
		return false, v.answers(f, "secret", resident.SignPIN)
	case "take-card message":
		v.card = false
		return false, v.hands(f, map[string]any{"do": "remove"})
	}
	return false, fmt.Errorf("unexpected %s %s", f.Step, f.Screen.Kind)
}

func (v *visitor) answers(f frame, member, value string) error {
	m := map[string]any{"seq": f.Seq, "do": "answer"}
	if value != "" {
		m[member] = value
	}
	return v.hands(f, m)
}

func (v *visitor) hands(f frame, m map[string]any) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	v.done = f.Seq
	if _, err := v.in.Write(append(raw, '\n')); err != nil {
		return errGone
	}
	return nil
}

// reaper kills processes at random moments until it rests.
type reaper struct {
	mu      sync.Mutex
	resting bool
	killed  map[string]int
	dying   map[*process]bool
}

// takes gives a process between nothing and longestLife.
func (r *reaper) takes(what string, p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.resting {
		return
	}
	time.AfterFunc(rand.N(longestLife), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !r.resting && p.cmd.Process.Kill() == nil {
			r.killed[what]++
			r.dying[p] = true
		}
	})
}

// has reports whether a process was killed; it may take a moment to end.
func (r *reaper) has(p *process) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dying[p]
}

func (r *reaper) rests() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resting = true
}

// serving is the mailbox's processes, one after the other.
type serving struct {
	city *city
	now  *process // to be read when done is closed
	stop chan struct{}
	once sync.Once
	done chan struct{}
}

// keepServing runs a mailbox, and another one whenever it was killed.
func (c *city) keepServing(r *reaper) *serving {
	s := &serving{city: c, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for {
			s.now = start(c.t, c.logs, "mailbox", "serve", c.path(world.MailboxDir))
			go func(out io.Reader) { _, _ = io.Copy(io.Discard, out) }(s.now.out)
			r.takes("mailbox", s.now)
			select {
			case <-s.now.ended:
			case <-s.stop:
				if !r.has(s.now) {
					return
				}
			}
			if !s.now.wasKilled() {
				c.t.Errorf("mailbox serve ended by itself: %v\n%s", s.now.err, c.logs.Bytes())
				return
			}
		}
	}()
	return s
}

// last returns the process that runs when the reaper rests.
func (s *serving) last() *process {
	s.once.Do(func() { close(s.stop) })
	<-s.done
	return s.now
}

func (p *process) wasKilled() bool {
	<-p.ended
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// TestKilledAnywhereNothingIsLostOrDoubled: kiosk and mailbox are killed at random moments while a person files
// again and again. Then both may finish: whatever number was shown is received exactly once, nothing else is, and
// the kiosk has told its owner so.
func TestKilledAnywhereNothingIsLostOrDoubled(t *testing.T) {
	city := newCity(t)
	bin(t, "kiosk") // built before time counts
	r := &reaper{killed: map[string]int{}, dying: map[*process]bool{}}
	boxes := city.keepServing(r)
	defer func() { r.rests(); boxes.last() }()
	v := &visitor{kept: map[string]bool{}, received: map[string]string{}}
	stderr, log := &syncBuffer{}, city.path("kiosk.log")
	begin := func() *process {
		p := start(t, stderr, "kiosk", "run", city.path(world.KioskDir), "--ui", "json", "--log", log)
		v.sits(p)
		return p
	}
	last := killing
	if testing.Short() {
		last = killingShort
	}
	if soak, err := time.ParseDuration(os.Getenv("MADOGUCHI_SOAK")); err == nil {
		last = soak
	}
	for end := time.Now().Add(last); time.Now().Before(end); {
		p := begin()
		r.takes("kiosk", p)
		if err := v.visits(); !errors.Is(err, errGone) || !p.wasKilled() {
			t.Fatalf("%v\n%s", err, stderr.Bytes())
		}
	}
	r.rests()
	served, kiosk := boxes.last(), begin()
	v.patient = true
	if err := v.visits(); err != nil {
		t.Fatalf("when nobody kills any more: %v; shown %v, received %v", err, v.kept, v.received)
	}
	kiosk.terminate()
	served.terminate()
	t.Logf("%v killed, %d filed", r.killed, len(v.kept))
	if r.killed["kiosk"] < 2 || r.killed["mailbox"] < 2 || len(v.kept) < 2 {
		t.Error("too little happened")
	}
	city.counted(v)
	city.search("kiosk standard error", stderr.Bytes(), true)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Error(err)
	}
	city.search("kiosk log", text, true)
}

// counted compares what the visitor was shown with what the mailbox has.
func (c *city) counted(v *visitor) {
	c.t.Helper()
	all, err := mailbox.List(c.path(world.MailboxDir))
	if err != nil {
		c.t.Fatal(err)
	}
	times := map[string]int{}
	for _, e := range all {
		number := wire.Number(e.ID)
		times[number]++
		if !v.kept[number] {
			c.t.Errorf("%s was received and never shown", number)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(v.kept)) {
		if times[number] != 1 {
			c.t.Errorf("%s was shown as kept and is received %d times", number, times[number])
		}
		if v.received[number] == "" {
			c.t.Errorf("the owner of %s was not told of its receipt", number)
		}
	}
}
