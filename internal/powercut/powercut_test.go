//go:build powercut

package powercut

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"madoguchi/internal/fail"
	"madoguchi/wire"
)

// The bounds of a run.
const (
	least     = 50               // cuts
	patience  = 3 * time.Minute  // for the machine to say anything
	judgement = 10 * time.Minute // for all to arrive
	longest   = 4 * time.Second  // after the kiosk has opened, until a random cut
)

// ledger is what people were told, kept outside of the machine.
type ledger struct {
	kept, received map[string]bool
	broken         string
	opened         []int // milliseconds until the kiosk's outbox was there
}

// note takes a line of the guest's.
func (l *ledger) note(line string) {
	word := strings.Fields(line)
	switch {
	case len(word) == 2 && word[0] == "kept" && idOK(word[1]):
		l.kept[word[1]] = true
	case len(word) == 2 && word[0] == string(wire.Received) && idOK(word[1]):
		l.received[word[1]] = true
	case len(word) == 2 && word[0] == string(wire.Refused):
		l.broken = line
	case len(word) == 2 && word[0] == "opened":
		if n, err := strconv.Atoi(word[1]); err == nil {
			l.opened = append(l.opened, n)
		}
	case strings.HasPrefix(line, "broken:"):
		l.broken = line
	}
}

// idOK: a line may be cut in the middle, and then nobody was told.
func idOK(s string) bool {
	_, err := wire.ParseID(s)
	return err == nil
}

func kernel(t *testing.T) (dir, image string) {
	t.Helper()
	dir = os.Getenv("MADOGUCHI_KERNEL")
	found, err := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("no kernel in %q: run it with make powercut", dir)
	}
	return dir, found[0]
}

// round lives once and is cut: when the kernel's command line arms a point, there; else at a random moment.
func (l *ledger) round(m *machine, point string) (how string) {
	m.t.Helper()
	words := ""
	if point != "" {
		words = fmt.Sprintf("guest.fail=%s:%d", point, 1+m.dice.IntN(3))
		if point == string(fail.OutboxCreated) {
			words = "guest.fail=" + point + ":1"
		}
	}
	alive := m.boot(words)
	limit, random := time.After(patience), (<-chan time.Time)(nil)
	for {
		select {
		case line, on := <-alive.said:
			if !on {
				m.t.Fatalf("the machine went off by itself: %s\n%s", l.broken, alive.console)
			}
			l.note(line)
			switch {
			case l.broken != "":
				return alive.cut()
			case line == "at "+point && point != "":
				return alive.cut()
			case strings.HasPrefix(line, "booted") && point == "" && m.dice.IntN(4) == 0:
				random = time.After(time.Duration(m.dice.Int64N(int64(longest)))) // while both are starting
			case strings.HasPrefix(line, "opened") && point == "" && random == nil:
				random = time.After(time.Duration(m.dice.Int64N(int64(longest))))
			}
		case <-random:
			return alive.cut()
		case <-limit:
			alive.cut()
			m.t.Fatalf("nothing to cut at (%s)\n%s", point, alive.console)
		}
	}
}

// TestPowerCut: whatever a person was told is kept arrives, once; whatever they were told is received is there; and
// nothing else is there than what was kept, or was on its way when the power went.
func TestPowerCut(t *testing.T) {
	dir, image := kernel(t)
	m := newMachine(t, image, firstFiles(t, dir), rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)))
	l := &ledger{kept: map[string]bool{}, received: map[string]bool{}}
	cuts := map[string]int{}
	for n := range rounds() {
		point := ""
		if all := fail.All(); n < len(all) || n%2 == 0 {
			point = string(all[n%len(all)])
		}
		if point == string(fail.OutboxCreated) && n > 0 {
			point = "" // the outbox is created once
		}
		how := l.round(m, point)
		if l.broken != "" {
			t.Fatalf("after cut %d: %s", n, l.broken)
		}
		cuts[or(point, "random")]++
		t.Logf("cut %d at %s: %s; %d kept, %d received", n+1, or(point, "random"), how, len(l.kept), len(l.received))
	}
	l.judge(t, m)
	for _, p := range fail.All() {
		if cuts[string(p)] == 0 {
			t.Errorf("never cut at %s", p)
		}
	}
	slices.Sort(l.opened)
	t.Logf("cuts %v; %d kept, %d flushes; outbox there after %d ms (median, emulated processor), %d at most",
		cuts, len(l.kept), m.disk.Flushes(), l.opened[len(l.opened)/2], l.opened[len(l.opened)-1])
}

// rounds is least, or as many as MADOGUCHI_CUTS says.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("MADOGUCHI_CUTS")); err == nil && n > 0 {
		return n
	}
	return least
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// judge boots once more, lets everything arrive and compares.
func (l *ledger) judge(t *testing.T, m *machine) {
	t.Helper()
	alive := m.boot("guest.judge=yes")
	box, row, judged := map[string]int{}, map[string]string{}, false
	for limit := time.After(judgement); !judged; {
		select {
		case line, on := <-alive.said:
			if !on {
				t.Fatalf("the machine went off by itself: %s\n%s", l.broken, alive.console)
			}
			if strings.HasPrefix(line, "broken:") {
				t.Fatal(line)
			}
			word := strings.Fields(line)
			switch {
			case strings.HasPrefix(line, "box "):
				box[word[1]]++
			case strings.HasPrefix(line, "row "):
				row[word[1]] = word[2]
			case strings.HasPrefix(line, "judged "):
				judged = true
			}
		case <-limit:
			t.Fatalf("what was kept does not arrive\n%s", alive.console)
		}
	}
	lost, double := 0, 0
	for id := range l.kept {
		if box[id] == 0 || row[id] != string(wire.Received) {
			lost++
		}
	}
	for id := range l.received {
		if box[id] == 0 {
			lost++
		}
	}
	for _, times := range box {
		double += times - 1
	}
	if lost > 0 || double > 0 || len(box) != len(row) {
		t.Errorf("%d lost, %d double, %d at the mailbox and %d at the kiosk", lost, double, len(box), len(row))
	}
	t.Logf("judged: %d kept, %d received before the last cut, %d at the mailbox (%d that nobody had been told of yet), %d lost, %d double",
		len(l.kept), len(l.received), len(box), len(box)-len(l.kept), lost, double)
}

// TestALyingDiskIsFoundOut is the control: on a disk that acknowledges flushes and does nothing, promises break. If
// they did not, the test above would show nothing.
func TestALyingDiskIsFoundOut(t *testing.T) {
	dir, image := kernel(t)
	m := newMachine(t, image, firstFiles(t, dir), rand.New(rand.NewPCG(1, 2)))
	m.disk.Lies = true
	l := &ledger{kept: map[string]bool{}, received: map[string]bool{}}
	for n := range 10 {
		l.round(m, string(fail.PutCommitted))
		if l.broken != "" {
			t.Logf("found out after %d cuts: %s", n, l.broken)
			return
		}
	}
	t.Error("ten cuts of a disk that keeps nothing broke nothing")
}
