//go:build twin

package courier

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/internal/fail"
	"madoguchi/internal/rig"
	"madoguchi/internal/rig/mqttd"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

const (
	envDir  = "MADOGUCHI_KILL_DIR"
	envURL  = "MADOGUCHI_KILL_URL"
	envNext = "MADOGUCHI_KILL_NEXT"
)

func TestMain(m *testing.M) {
	if rig.Role() == "kiosk" {
		if err := kiosk(); err != nil {
			fmt.Fprintln(os.Stderr, "kiosk:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// kiosk is the process that is killed: it files one submission after the other and says so on standard output once
// each is kept. It begins with the one that its predecessor may have kept without having been able to say so.
func kiosk() error {
	ctx := context.Background()
	next, err := strconv.Atoi(os.Getenv(envNext))
	if err != nil {
		return err
	}
	box, err := outbox.Open(filepath.Join(os.Getenv(envDir), "outbox"), outbox.Limits{Count: 1 << 30, Bytes: 1 << 50})
	if err != nil {
		return err
	}
	say := bufio.NewWriter(os.Stdout)
	c := (*Courier)(nil)
	made := make(chan struct{})
	l, err := link.Start(ctx, link.Config{
		URL: os.Getenv(envURL), ClientID: "kiosk", Subscribe: []string{"down"}, MinBackoff: time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		Handle: func(_ context.Context, topic string, payload []byte) error {
			<-made
			return c.Receive(topic, payload)
		},
	})
	if err != nil {
		return err
	}
	c = New(box, l, "up", verify)
	c.FirstResend, c.MaxResend = 100*time.Millisecond, time.Second
	close(made)
	go func() { _ = c.Run(ctx) }()
	for ; ; next++ {
		ticket, err := box.Put(ctx, item(next, 2000))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(say, "kept", next, ticket.Number, ticket.KeptAt.UnixNano()); err != nil {
			return err
		}
		if err := say.Flush(); err != nil {
			return err
		}
		for n, _ := box.Waiting(); n > 50; n, _ = box.Waiting() { // a person fills in a form now and then
			<-box.Changed()
		}
	}
}

// farEnd counts a submission once for each manifest, as the mailbox does, and answers every delivery.
type farEnd struct {
	mu     sync.Mutex
	counts map[wire.Hash]int // manifests: how often they came
	ids    map[wire.ID]wire.Hash
	two    int // ids that came with two manifests
}

func (f *farEnd) start(t *testing.T, url string) {
	t.Helper()
	var l *link.Link
	made := make(chan struct{})
	l, err := link.Start(t.Context(), link.Config{
		URL: url, ClientID: "mailbox", Subscribe: []string{"up"}, MinBackoff: time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		Handle: func(ctx context.Context, _ string, payload []byte) error {
			id, manifest := wire.ID(payload[:16]), wire.Hash(payload[16:48])
			f.mu.Lock()
			f.counts[manifest]++
			if old, known := f.ids[id]; known && old != manifest {
				f.two++
			}
			f.ids[id] = manifest
			f.mu.Unlock()
			<-made
			return l.Publish(ctx, "down", receiptFor(payload))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	close(made)
	t.Cleanup(func() { _ = l.Close() })
	<-l.Ready()
}

// kept is what the killed processes have promised.
type kept struct {
	t       *testing.T
	tickets map[int]string
	next    int
}

// listen reads what a child says until it is dead, or until enough (0: never) were kept, then kills it.
func (k *kept) listen(c *rig.Child, enough int, after <-chan time.Time) {
	n := 0
	for {
		select {
		case <-after:
			c.Kill()
			after = nil
		case line, open := <-c.Lines:
			if !open {
				return
			}
			k.note(line)
			if n++; n == enough {
				c.Kill()
			}
		}
	}
}

func (k *kept) note(line string) {
	word := strings.Fields(line)
	if len(word) != 4 || word[0] != "kept" {
		return // cut short by the kill
	}
	n, err := strconv.Atoi(word[1])
	if err != nil {
		k.t.Fatal(line)
	}
	ticket := word[2] + " " + word[3]
	if old, known := k.tickets[n]; known && old != ticket {
		k.t.Errorf("submission %d got two tickets: %s, %s", n, old, ticket)
	}
	k.tickets[n] = ticket
	k.next = max(k.next, n)
}

// TestKilledAtAnyMomentNothingIsLostAndNothingCountsTwice kills a real process with SIGKILL at eight named points and
// at random moments, while a proxy swallows acknowledgements, cuts and repeats, and counts at both ends.
func TestKilledAtAnyMomentNothingIsLostAndNothingCountsTwice(t *testing.T) {
	length := 30 * time.Second
	if testing.Short() {
		length = 5 * time.Second
	}
	if s, err := time.ParseDuration(os.Getenv("MADOGUCHI_SOAK")); err == nil {
		length = s
	}
	end := time.Now().Add(length)
	broker := mqttd.Start(t, t.TempDir(), nil)
	far := &farEnd{counts: map[wire.Hash]int{}, ids: map[wire.ID]wire.Hash{}}
	far.start(t, broker.URL())
	proxy := rig.NewProxy(t, broker.Addr())
	dir := t.TempDir()
	k := &kept{t: t, tickets: map[int]string{}}
	spawn := func(point string) *rig.Child {
		return rig.Spawn(t, "kiosk", envDir+"="+dir, envURL+"=tcp://"+proxy.Addr(), envNext+"="+strconv.Itoa(k.next), fail.Env+"="+point)
	}
	kills, worst := map[string]int{}, time.Duration(0)
	for round := 0; round < len(fail.All()) || time.Now().Before(end); round++ {
		proxy.Filter(mishap(proxy, round))
		point, name := "", "random"
		var after <-chan time.Time
		if round%2 == 0 || round < len(fail.All()) {
			p := fail.All()[round%len(fail.All())]
			if round >= len(fail.All()) {
				p = fail.All()[round/2%len(fail.All())]
			}
			name, point = string(p), fmt.Sprintf("%s:%d", p, 1+rand.IntN(5))
			if p == fail.OutboxCreated {
				point = string(p) + ":1"
				if round > 0 {
					continue // it is created once
				}
			}
			after = time.After(20 * time.Second) // it should have died by itself
		} else {
			after = time.After(time.Duration(rand.IntN(300)) * time.Millisecond)
		}
		began := time.Now()
		c := spawn(point)
		k.listen(c, 0, after)
		if !c.Killed() {
			t.Fatalf("the child at %s ended by itself: %v", name, c.Err())
		}
		if point != "" && time.Since(began) > 19*time.Second {
			t.Fatalf("%s was never passed", name)
		}
		kills[name]++
		worst = max(worst, reopen(t, dir))
	}
	for _, p := range fail.All() {
		if kills[string(p)] == 0 {
			t.Errorf("never killed at %s", p)
		}
	}
	if kills["random"] == 0 && !testing.Short() {
		t.Error("never killed at random")
	}
	lost, double, repeats := far.judge(t, k, dir, broker.URL())
	t.Logf("%v kills, %d kept, %d delivered more than once, slowest reopening %v; %d lost, %d double", kills, len(k.tickets), repeats, worst, lost, double)
	if lost != 0 || double != 0 {
		t.Errorf("%d lost, %d double", lost, double)
	}
	if worst > time.Second {
		t.Errorf("back only after %v", worst)
	}
}

func mishap(p *rig.Proxy, round int) rig.Filter {
	switch round % 4 {
	case 1:
		return rig.Every(false, rig.Puback, 7, rig.Drop)
	case 2:
		return rig.Both(rig.Every(true, rig.Publish, 5, rig.Repeat), rig.Every(true, rig.Publish, 11, rig.Betray))
	case 3:
		return rig.Both(rig.Every(true, rig.Publish, 40, p.CutAfter), rig.Reorder(false, 2))
	}
	return nil
}

// reopen opens what a killed process has left and returns how long that took.
func reopen(t *testing.T, dir string) time.Duration {
	t.Helper()
	began := time.Now()
	o, err := outbox.Open(filepath.Join(dir, "outbox"), outbox.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	return took
}

// judge lets the rest drain over a sound line in this process and counts.
func (f *farEnd) judge(t *testing.T, k *kept, dir, url string) (lost, double, repeats int) {
	t.Helper()
	box, err := outbox.Open(filepath.Join(dir, "outbox"), outbox.Limits{Count: 1 << 30, Bytes: 1 << 50})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	c := (*Courier)(nil)
	made := make(chan struct{})
	l, err := link.Start(t.Context(), link.Config{
		URL: url, ClientID: "kiosk", Subscribe: []string{"down"},
		Handle: func(_ context.Context, topic string, payload []byte) error { <-made; return c.Receive(topic, payload) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c = New(box, l, "up", verify)
	c.FirstResend, c.MaxResend = 100*time.Millisecond, time.Second
	close(made)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = c.Run(ctx) })
	defer wg.Wait()
	defer cancel()
	within(t, "the rest has drained", empty(box))

	f.mu.Lock()
	defer f.mu.Unlock()
	rows, err := box.Recent(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[wire.ID]int{}
	for _, r := range rows {
		seen[r.ID]++
		if r.Outcome.State != wire.Received || len(r.Quarantined) != 0 {
			t.Errorf("%s is %s %s", r.ID, r.Outcome.State, r.Quarantined)
		}
	}
	for n := range k.tickets {
		it := item(n, 0)
		if f.counts[it.Manifest] == 0 || seen[it.ID] == 0 {
			lost++
		}
	}
	for _, times := range seen {
		double += times - 1
	}
	double += f.two + len(f.counts) - len(rows) // what counts there and is not known here
	for _, times := range f.counts {
		if times > 1 {
			repeats++
		}
	}
	return lost, double, repeats
}
