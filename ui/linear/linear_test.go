package linear

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui/sample"
)

var update = flag.Bool("update", false, "write the golden readings anew")

// record is what was read out so far.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// await waits until the words have been read out behind from, and returns where they end.
func (r *record) await(t *testing.T, from int, words string) int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if i := strings.Index(r.String()[from:], words); i >= 0 {
			return from + i + len(words)
		}
	}
	t.Fatalf("never read out: %q\nbut: %q", words, r.String()[from:])
	return 0
}

func event(t *testing.T, f *Front) flows.Event {
	t.Helper()
	select {
	case e, ok := <-f.Events():
		if !ok {
			t.Fatal("the front ended")
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event")
	}
	return flows.Event{}
}

func TestGoldenReadings(t *testing.T) {
	for _, l := range i18n.Langs() {
		var got strings.Builder
		for _, n := range sample.Frames(l) {
			f := &Front{out: &got}
			fmt.Fprintf(&got, "=== %s", n.Name)
			if n.Name == "idle" {
				n.Frame.Ends = time.Time{} // the seconds are the clock's
			}
			f.frame = n.Frame
			f.tell(flows.Frame{}, true)
			fmt.Fprintln(&got)
		}
		path := filepath.Join("testdata", string(l)+".txt")
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (go test -update writes it anew):\n%s", path, diff)
		}
		if strings.Contains(got.String(), "⟨") {
			t.Errorf("%s: a text is missing", path)
		}
	}
}

// TestTerminal goes through a terminal: prompts, an echo that is off for the secret and on again behind it, help,
// reading again, the dock.
func TestTerminal(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	out := &record{}
	var copied sync.WaitGroup
	copied.Go(func() { _, _ = io.Copy(out, master) }) // until the terminal is closed
	dock := sample.NewDock()
	f := New(slave, slave, dock)
	typeLine := func(s string) {
		if _, err := io.WriteString(master, s+"\n"); err != nil {
			t.Error(err)
		}
	}

	f.Show(sample.Get(i18n.En, "card"))
	at := out.await(t, 0, "Leave it there")
	typeLine("too early")
	at = out.await(t, at, "Please wait.")
	typeLine("/card 1")
	for end := time.Now().Add(10 * time.Second); !dock.Cards()[0].Inserted; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the card was not inserted")
		}
	}
	f.Show(sample.Get(i18n.En, "secret"))
	at = out.await(t, at, "It is not shown: ")
	typeLine("4826")
	e := event(t, f)
	if string(e.Answer.Secret) != "4826" || e.Seq != 3 || e.Do != flows.DoAnswer {
		t.Errorf("event %+v", e)
	}
	f.Show(sample.Get(i18n.En, "secret-problem"))
	at = out.await(t, at, "It is not shown: ")
	if strings.Contains(out.String(), "4826") {
		t.Error("the secret was echoed")
	}
	f.Show(sample.Get(i18n.En, "text"))
	at = out.await(t, at, "Type it and press Enter: ")
	typeLine("さくら")
	at = out.await(t, at, "さくら") // echoed
	if e := event(t, f); e.Answer.Value != "さくら" {
		t.Errorf("event %+v", e)
	}
	f.Show(sample.Get(i18n.En, "choice"))
	at = out.await(t, at, "press Enter: ")
	typeLine("99")
	at = out.await(t, at, "There is no such number.")
	typeLine("/r")
	out.await(t, at, "First choice")
	typeLine("?")
	if e := event(t, f); e.Do != flows.DoHelp {
		t.Errorf("event %+v", e)
	}
	typeLine("/b")
	if e := event(t, f); e.Do != flows.DoBack {
		t.Errorf("event %+v", e)
	}
	typeLine("２")
	if e := event(t, f); e.Answer.Value != "102" {
		t.Errorf("event %+v", e)
	}
	if _, err := io.WriteString(master, "\x04"); err != nil { // end of input
		t.Error(err)
	}
	for e := range f.Events() {
		t.Errorf("event %+v", e)
	}
	_ = slave.Close()
	copied.Wait()
	_ = master.Close()
}

// TestPipe feeds all lines at once: each waits for the screen that takes it.
func TestPipe(t *testing.T) {
	out := &record{}
	in, feed := io.Pipe()
	f := New(in, out, nil)
	go func() {
		_, _ = io.WriteString(feed, "1\r\n1234\n\n//x\n3, 1\n")
		_ = feed.Close()
	}()
	show := func(name string, seq uint64) flows.Event {
		frame := sample.Get(i18n.Ja, name)
		frame.Seq = seq
		f.Show(frame)
		return event(t, f)
	}
	if e := show("menu", 1); e.Answer.Choice != "nursery" {
		t.Errorf("menu: %+v", e)
	}
	busy := sample.Get(i18n.Ja, "busy")
	busy.Seq = 2
	f.Show(busy)
	if e := show("secret", 3); string(e.Answer.Secret) != "1234" {
		t.Errorf("secret: %+v", e)
	}
	if e := show("text", 4); e.Answer.Value != sample.Get(i18n.Ja, "text").Screen.Value {
		t.Errorf("empty line: %+v", e)
	}
	if e := show("text", 5); e.Answer.Value != "/x" {
		t.Errorf("slashes: %+v", e)
	}
	if e := show("many", 6); e.Answer.Value != "walk,allergy" {
		t.Errorf("many: %+v", e)
	}
	if _, open := <-f.Events(); open {
		t.Error("the events go on after the end of the input")
	}
}

func TestSaysWhatChangedOnly(t *testing.T) {
	out := &strings.Builder{}
	f := &Front{out: out}
	f.frame, f.seen = sample.Get(i18n.En, "text"), true
	f.tell(flows.Frame{}, true)
	out.Reset()
	old := f.frame
	f.frame.Seq, f.frame.Online = 99, false
	f.tell(old, false)
	if got := out.String(); !strings.HasPrefix(got, "\nThe line is down.\n") || !strings.HasSuffix(got, "press Enter: ") || strings.Contains(got, "Child") {
		t.Errorf("read out %q", got)
	}
	out.Reset()
	old, f.asked = f.frame, false // answered, and asked again
	f.frame.Seq, f.frame.Problem = 100, fault.New(fault.BadCharacter, nil)
	f.tell(old, false)
	first := out.String()
	out.Reset()
	old, f.asked = f.frame, false
	f.frame.Seq = 101
	f.tell(old, false)
	if second := out.String(); !strings.Contains(first, "F08") || !strings.Contains(second, "F08") || !strings.HasSuffix(second, ": ") {
		t.Errorf("the second time: %q", second)
	}
}

func TestTickReadsOneLine(t *testing.T) {
	out := &strings.Builder{}
	f := &Front{out: out}
	old := sample.Get(i18n.En, "review")
	f.frame = sample.Get(i18n.En, "review")
	f.frame.Seq++
	f.frame.Screen.Groups[1].Ticked = true
	f.tell(old, false)
	got := out.String()
	if !strings.HasPrefix(got, "2. Child (checked)\nType the number") || strings.Contains(got, "Address") {
		t.Errorf("read out %q", got)
	}
}

func TestWarning(t *testing.T) {
	out := &record{}
	in, feed := io.Pipe()
	f := New(in, out, nil)
	frame := sample.Get(i18n.En, "text")
	frame.Ends = time.Now().Add(20 * time.Second)
	f.Show(frame)
	out.await(t, 0, "about to end")
	if _, err := io.WriteString(feed, "not an answer\n"); err != nil {
		t.Error(err)
	}
	if e := event(t, f); e.Do != flows.DoStillHere {
		t.Errorf("event %+v", e)
	}
	_ = feed.Close()
	for e := range f.Events() {
		t.Errorf("event %+v", e)
	}
}
