package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/i18n"
)

// TestTmuxShowsTheGoldenScreens: what a terminal that others wrote makes of our bytes is what the golden screens
// say, character by character. Half-width kana, ㊙, ①, 𠮷 and variation selectors shift no row.
func TestTmuxShowsTheGoldenScreens(t *testing.T) {
	self := filepath.Join(t.TempDir(), "gallery")
	if out, err := exec.Command("go", "build", "-o", self, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	on := sizes
	if testing.Short() {
		on = sizes[1:2]
	}
	for _, s := range on {
		t.Run(s.String(), func(t *testing.T) {
			m := startTmux(t, self, s)
			for _, lang := range i18n.Langs() {
				want := golden(t, lang, s)
				for _, name := range []string{"menu", "secret-problem", "text", "contents", "sharing", "review", "no-letters", "picker-chosen", "received", "alarm"} {
					m.shows(lang, name, want[name])
				}
			}
		})
	}
}

// golden reads the golden screens of a language and size, without the place of the cursor.
func golden(t *testing.T, lang i18n.Lang, s size) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "ui", "tview", "testdata", fmt.Sprintf("%s-%s.txt", lang, s)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, part := range strings.Split(string(raw), "=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		text, _, _ = strings.Cut(text, "cursor ")
		out[name] = strings.TrimRight(text, "\n")
	}
	return out
}

// tmux is a terminal in which the gallery shows screens.
type tmux struct {
	*testing.T
	socket string
	conn   net.Conn
}

func startTmux(t *testing.T, self string, s size) *tmux {
	t.Helper()
	dir := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "gallery.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // its file goes with the folder
	m := &tmux{T: t, socket: filepath.Join(dir, "tmux.sock")}
	m.run("-f", "/dev/null", "new-session", "-d", "-s", "gallery", "-x", fmt.Sprint(s.width), "-y", fmt.Sprint(s.height),
		"env LANG=C.UTF-8 TERM=screen-256color "+self+" show "+listener.Addr().String(), ";", "set", "status", "off")
	t.Cleanup(func() { m.run("kill-server") })
	if m.conn, err = accept(listener); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *tmux) run(args ...string) string {
	m.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", m.socket, "-u"}, args...)...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// shows asks for a screen and waits until the terminal shows it.
func (m *tmux) shows(lang i18n.Lang, name, want string) {
	m.Helper()
	if _, err := fmt.Fprintln(m.conn, lang, name); err != nil {
		m.Fatal(err)
	}
	if _, err := bufio.NewReader(m.conn).ReadString('\n'); err != nil {
		m.Fatal(err)
	}
	got := ""
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = strings.TrimRight(m.run("capture-pane", "-p", "-t", "gallery"), "\n"); got == want {
			return
		}
	}
	m.Errorf("%s %s:\n%s", lang, name, cmp.Diff(want, got))
}
