package whole

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"madoguchi/mailbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// programs builds what is delivered, as it is delivered, once for all tests; TestMain removes it with the model.
var programs = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(filepath.Dir(model), "bin")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", dir+"/", "./cmd/kiosk", "./cmd/mailbox")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return dir, nil
})

func bin(t *testing.T, name string) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// process is one of the programs, running.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.Reader // ends when the process has; must be read
	stderr *syncBuffer
	ended  chan struct{}
	err    error // of Wait; valid when ended is closed
}

// start runs a program. A test that does not end it itself kills it.
func start(t *testing.T, stderr *syncBuffer, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(bin(t, name), args...), stderr: stderr, ended: make(chan struct{})}
	out, w := io.Pipe()
	p.out, p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay = out, w, stderr, time.Second
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		_ = w.Close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = out.Close()
		<-p.ended
	})
	return p
}

// terminate asks a program to end and requires it to end well.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
		if p.err != nil {
			p.t.Errorf("%s: %v\n%s", p.cmd.Path, p.err, p.stderr.Bytes())
		}
	case <-time.After(patience):
		p.t.Fatalf("%s does not end on SIGTERM", p.cmd.Path)
	}
}

// serve runs `mailbox serve` and returns when kiosks may connect. Its log goes where the city's is searched.
func (c *city) serve() *process {
	c.t.Helper()
	from := len(c.logs.Bytes())
	p := start(c.t, c.logs, "mailbox", "serve", c.path(world.MailboxDir))
	go func() { _, _ = io.Copy(io.Discard, p.out) }()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if bytes.Contains(c.logs.Bytes()[from:], []byte("mailbox: serving")) {
			return p
		}
		select {
		case <-p.ended:
			c.t.Fatalf("mailbox serve: %v\n%s", p.err, c.logs.Bytes())
		default:
		}
	}
	c.t.Fatalf("the mailbox does not get ready:\n%s", c.logs.Bytes())
	return nil
}

// operator types commands.
type operator struct {
	city *city
}

func (o *operator) types(args ...string) (string, error) {
	o.city.t.Helper()
	out, err := exec.Command(bin(o.city.t, args[0]), args[1:]...).CombinedOutput()
	return string(out), err
}

// does types a command that must succeed and whose answer must hold nothing personal.
func (o *operator) does(args ...string) string {
	o.city.t.Helper()
	out, err := o.types(args...)
	if err != nil {
		o.city.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	o.city.search(strings.Join(args, " "), []byte(out), true)
	return out
}

// isRefused types a command that must fail, with an answer that says why.
func (o *operator) isRefused(why string, args ...string) {
	o.city.t.Helper()
	out, err := o.types(args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() < 1 || !strings.Contains(out, why) {
		o.city.t.Errorf("%s: %v, and not %q:\n%s", strings.Join(args, " "), err, why, out)
	}
	o.city.search(strings.Join(args, " "), []byte(out), true)
}

// setUp makes a mailbox and a kiosk by hand, as docs/operating.md says, in place of the model's.
func (o *operator) setUp() {
	c := o.city
	must := func(err error) {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
	}
	box, kiosk, cas := c.path(world.MailboxDir), c.path(world.KioskDir), c.path("authorities")
	must(os.CopyFS(cas, os.DirFS(filepath.Join(box, mailbox.AnchorsDir))))
	must(errors.Join(os.RemoveAll(box), os.RemoveAll(kiosk)))
	anchors, err := filepath.Glob(filepath.Join(cas, "*.pem"))
	must(err)
	init := []string{"mailbox", "init", box, "--name", world.Mailbox, "--listen", listen}
	for _, a := range anchors {
		init = append(init, "--anchor", a)
	}
	o.isRefused("demo anchors", init...)
	o.does(append(init, "--demo")...)
	o.isRefused("not overwritten", append(init, "--demo")...)

	o.isRefused("id must match", "kiosk", "init", kiosk, "--id", "City Hall")
	o.does("kiosk", "init", kiosk, "--id", "hall-1", "--profile", "city-hall", "--phone", "0120-000-000")
	o.isRefused("not overwritten", "kiosk", "init", kiosk, "--id", "hall-1")
	o.isRefused("not enrolled", "kiosk", "run", kiosk, "--ui", "json")
	o.does("mailbox", "enrol", box, filepath.Join(kiosk, "device.csr"), "--profile", "city-hall", "--out", filepath.Join(kiosk, "enrolment.json"))
	must(os.Rename(filepath.Join(box, mailbox.OfflineDir), c.path("safe"))) // serving does not need it

	config := filepath.Join(kiosk, "kiosk.toml")
	text, err := os.ReadFile(config)
	must(err)
	text = regexp.MustCompile(`(?m)^(demo|reader|cards) *=.*\n`).ReplaceAll(text, nil)
	must(os.WriteFile(config, append([]byte("demo = true\nreader = 'virtual'\ncards = '../cards'\n"), text...), 0o600))
}

// TestTheWholeWayAsProcesses: an operator sets everything up with the two programs, a person files at a kiosk
// process, the mailbox process receives, the operator lists, exports and verifies, and both end on SIGTERM.
func TestTheWholeWayAsProcesses(t *testing.T) {
	city := newCity(t)
	o := &operator{city: city}
	o.setUp()
	box, log := city.path(world.MailboxDir), city.path("kiosk.log")
	served := city.serve()
	if out := o.does("mailbox", "list", box); out != "" {
		t.Errorf("an empty mailbox lists %q", out)
	}

	terminal := start(t, &syncBuffer{}, "kiosk", "run", city.path(world.KioskDir), "--ui", "json", "--log", log)
	kiosk := newProgram(t, terminal.in, terminal.out)
	kiosk.login(resident.File, resident.AuthPIN)
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "secret").secret(resident.SignPIN)
	slip := kiosk.slip("received").now.Screen.Slip
	kiosk.leave()

	id := o.lists(slip.Number, slip.ReceivedAt)
	o.judges(slip.Number, id)
	checkEvidence(t, city, slip.Number)

	served.terminate()
	kiosk.online(false)
	terminal.terminate()
	allJSON(t, "mailbox log", city.logs.Bytes())
	kioskLog, err := os.ReadFile(log)
	if err != nil || len(kioskLog) == 0 {
		t.Errorf("kiosk log: %v", err)
	}
	allJSON(t, "kiosk log", kioskLog)
	city.search("kiosk log", kioskLog, true)
	if text := terminal.stderr.Bytes(); len(text) > 0 {
		t.Errorf("the kiosk wrote on its standard error:\n%s", text)
	}

	// Another process over the same folder: what was told is not told again, and the end of the input ends it too.
	again := city.terminalProcess(bin(t, "kiosk"), "run", city.path(world.KioskDir), "--ui", "json", "--log", log)
	again.login(resident.File, resident.AuthPIN).at("nursery.input", "contents")
}

// lists requires the one document in `mailbox list`, as the slip says, and returns its id.
func (o *operator) lists(number, receivedAt string) wire.ID {
	t := o.city.t
	t.Helper()
	out := o.does("mailbox", "list", o.city.path(world.MailboxDir))
	at, err := time.Parse(time.RFC3339, receivedAt)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^` + number + `  ([0-9a-f]{32})  ` + at.UTC().Format(time.RFC3339) + `  nursery-application/2  hall-1\n$`)
	m := line.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("the list says %q, the slip %s received at %s", out, number, receivedAt)
	}
	id, err := wire.ParseID(m[1])
	if err != nil || wire.Number(id) != number {
		t.Errorf("%s is not the number of %s", number, id)
	}
	return id
}

// judges exports the document by its number and by its id, and has both verified.
func (o *operator) judges(number string, id wire.ID) {
	t, box := o.city.t, o.city.path(world.MailboxDir)
	t.Helper()
	byNumber, byID := filepath.Join(t.TempDir(), "number"), filepath.Join(t.TempDir(), "id")
	o.does("mailbox", "export", box, number, "--out", byNumber)
	o.does("mailbox", "export", box, id.String(), "--out", byID)
	for _, out := range []string{byNumber, byID} {
		report, err := o.types("kiosk", "verify", out, "--root", o.city.rootFile())
		if err != nil || !strings.HasPrefix(report, "The evidence holds") || !strings.Contains(report, id.String()) || !strings.Contains(report, resident.Name) {
			t.Errorf("verify: %v\n%s", err, report)
		}
	}
	o.isRefused("does not hold", "kiosk", "verify", byNumber, "--root", filepath.Join(model, world.MailboxDir, mailbox.RootFile))
	other := wire.ID{1}
	o.isRefused("not found", "mailbox", "export", box, wire.Number(other), "--out", filepath.Join(t.TempDir(), "x"))
	o.isRefused("not found", "mailbox", "export", box, other.String(), "--out", filepath.Join(t.TempDir(), "x"))
	o.isRefused("check digit", "mailbox", "export", box, "1234-5678-900", "--out", filepath.Join(t.TempDir(), "x"))
	o.isRefused("not empty", "mailbox", "export", box, number, "--out", byNumber)
}

func allJSON(t *testing.T, what string, text []byte) {
	t.Helper()
	for line := range bytes.Lines(text) {
		if !json.Valid(line) {
			t.Errorf("%s: not JSON: %s", what, line)
		}
	}
}
