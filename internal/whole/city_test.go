// Package whole tests the whole: kiosk, broker and mailbox over TLS, in one process and as separate ones, through
// each front, as a person would.
package whole

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/mailbox"
	"madoguchi/world"
)

// resident is who goes to the kiosk in these tests. All of it is unusual enough to be searched for in files.
var resident = world.Person{
	File: "resident", Name: "窓口　花子", Birth: "1990-04-01", Sex: "2", Address: "窓口県窓口市中央１丁目２番３号",
	AuthPIN: "7391", SignPIN: "QZ7XW9KV", FacePIN: "9182", NumberB: "02040120351009", Extended: true,
}

// child is in the application only, not on any card.
const child = "窓口　小雪"

var (
	model  string // a world that every test copies
	listen string // where its broker listens
)

func TestMain(m *testing.M) { os.Exit(withModel(m)) }

func withModel(m *testing.M) int {
	dir, err := os.MkdirTemp("", "madoguchi-world-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	listen = l.Addr().String()
	_ = l.Close()
	model = filepath.Join(dir, "world")
	people := append([]world.Person{resident}, world.People()...)
	if err := world.Make(context.Background(), model, world.Options{Listen: listen, People: people}); err != nil {
		panic(err)
	}
	return m.Run()
}

// city is a copy of the model world with its mailbox running.
type city struct {
	t    *testing.T
	dir  string
	box  *mailbox.Mailbox
	logs *syncBuffer
	stop func()
}

// newCity copies the model; the mailbox does not run yet. When the test ends everything that was written is
// searched for personal data.
func newCity(t *testing.T) *city {
	t.Helper()
	c := &city{t: t, dir: filepath.Join(t.TempDir(), "world"), logs: &syncBuffer{}}
	if err := os.CopyFS(c.dir, os.DirFS(model)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.stop != nil {
			c.stop()
		}
		c.nothingPersonal()
	})
	return c
}

// open starts the mailbox in this process.
func (c *city) open() *city {
	c.t.Helper()
	m, err := mailbox.Open(c.path(world.MailboxDir))
	if err != nil {
		c.t.Fatal(err)
	}
	m.Log = slog.New(slog.NewJSONHandler(c.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Serve(ctx) }()
	c.box = m
	c.stop = func() {
		cancel()
		if err := <-done; err != nil {
			c.t.Errorf("serve: %v", err)
		}
		if err := m.Close(); err != nil {
			c.t.Errorf("close: %v", err)
		}
		c.stop = nil
	}
	select {
	case <-m.Ready():
	case err := <-done:
		c.t.Fatalf("serve: %v", err)
	case <-time.After(30 * time.Second):
		c.t.Fatal("the mailbox does not get ready")
	}
	return c
}

func (c *city) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

func (c *city) root() *x509.Certificate {
	c.t.Helper()
	raw, err := os.ReadFile(c.rootFile())
	if err != nil {
		c.t.Fatal(err)
	}
	block, _ := pem.Decode(raw)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert
}

func (c *city) rootFile() string { return c.path(world.MailboxDir, "root.pem") }

// personal are the texts that must stand nowhere unencrypted. PINs of four digits are looked for as words only:
// hexadecimal text holds any four digits.
func personal() []string {
	return []string{
		resident.Name, "花子", resident.Address, "中央１丁目", "中央1丁目", resident.SignPIN, strings.ToLower(resident.SignPIN), resident.NumberB, child, "小雪",
		fmt.Sprintf("%x", resident.Name), fmt.Sprintf("%x", resident.SignPIN[:4]),
	}
}

var pinWord = regexp.MustCompile(`(^|[^0-9A-Za-z.:+-])` + `(?:` + resident.AuthPIN + `|` + resident.FacePIN + `)($|[^0-9A-Za-z.:+-])`)

// nothingPersonal searches all that kiosk and mailbox wrote, and the logs. The virtual cards and the world's README
// are the people's own.
func (c *city) nothingPersonal() {
	c.t.Helper()
	c.search("mailbox log", c.logs.Bytes(), true)
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == world.CardsDir:
			return fs.SkipDir
		case d.IsDir() || d.Name() == world.ReadmeFile:
			return nil
		}
		raw, err := os.ReadFile(path)
		c.search(path, raw, filepath.Ext(path) == ".log")
		return err
	})
	if err != nil {
		c.t.Error(err)
	}
}

func (c *city) search(what string, in []byte, isLog bool) {
	c.t.Helper()
	for _, p := range personal() {
		if bytes.Contains(in, []byte(p)) {
			c.t.Errorf("%s holds %q", what, p)
		}
	}
	if isLog && pinWord.Match(in) {
		c.t.Errorf("%s holds the PIN", what)
	}
}

func TestTheSearchFindsWhatItLooksFor(t *testing.T) {
	for _, text := range []string{
		`{"msg":"kept","name":"窓口　花子"}`, `pin=7391`, `"7391"`, "password qz7xw9kv", "bytes 515a3758", "child 小雪",
	} {
		if found(text) == "" {
			t.Errorf("not found in %s", text)
		}
	}
	if what := found(`{"id":"0a7391bc","at":"2026-11-22T17:39:10.7391Z"}`); what != "" {
		t.Errorf("found %q where there is nothing", what)
	}
}

// found returns what of the person a log line holds.
func found(text string) string {
	for _, p := range personal() {
		if strings.Contains(text, p) {
			return p
		}
	}
	return pinWord.FindString(text)
}

// openssl runs openssl and fails the test when it does.
func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// syncBuffer is a buffer that a log may write to while a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}
