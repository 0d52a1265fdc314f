package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"madoguchi/i18n"
	"madoguchi/ui/sample"
)

// shot is one picture: a sample, and keys that are pressed before it is taken.
type shot struct {
	name string
	of   string
	keys []string
}

// shots lists the samples, and what no sample has of its own: boards, looks, what is hidden, the search.
func shots(only string) []shot {
	var out []shot
	for _, n := range sample.Frames(i18n.Ja) {
		out = append(out, shot{name: n.Name, of: n.Name})
	}
	out = append(out,
		shot{"secret-board", "secret", []string{"Down", "Right", "1", "2"}}, shot{"password-board", "password-last", []string{"Down", "Right"}},
		shot{"review-hidden", "review", []string{"F4"}}, shot{"menu-large", "menu", []string{"F3"}}, shot{"review-large", "review", []string{"F3", "Escape"}},
		shot{"review-dark", "review", []string{"F3", "1", "Return", "4", "Return", "Escape"}}, shot{"contents-contrast", "contents", []string{"F3", "1", "Return", "5", "Return", "Escape"}},
		shot{"contents-signals", "contents", []string{"F3", "1", "Return", "6", "Return", "Escape"}}, shot{"picker-areas", "picker", []string{"Up", "Up", "Right"}},
	)
	var named []shot
	for _, s := range out {
		if strings.Contains(s.name, only) {
			named = append(named, s)
		}
	}
	return named
}

// draw draws the gallery.
func draw(ctx context.Context, into, only string) error {
	stop, display, err := xvfb(ctx)
	if err != nil {
		return err
	}
	defer stop()
	wanted := shots(only)
	for _, s := range sizes {
		for _, lang := range i18n.Langs() {
			if err := session(ctx, display, filepath.Join(into, s.String(), string(lang)), s, lang, wanted); err != nil {
				return fmt.Errorf("%s %s: %w", s, lang, err)
			}
		}
	}
	return index(into, wanted)
}

// xvfb starts a display without a screen.
func xvfb(ctx context.Context) (stop func(), display string, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1600x1000x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	_ = write.Close()
	number, err := bufio.NewReader(read).ReadString('\n')
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	if err != nil {
		stop()
		return nil, "", fmt.Errorf("gallery: Xvfb did not start: %w", err)
	}
	return stop, ":" + strings.TrimSpace(number), nil
}

// session shows the screens of one language at one size in one terminal, and takes their pictures.
func session(ctx context.Context, display, into string, s size, lang i18n.Lang, shots []shot) error {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	socket := filepath.Join(os.TempDir(), fmt.Sprintf("gallery-%d.sock", os.Getpid()))
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // its file goes with it
	t, err := terminal(ctx, display, s, socket)
	if err != nil {
		return err
	}
	defer t.close()
	if t.conn, err = accept(listener); err != nil {
		return err
	}
	for _, shot := range shots {
		if s.width < 80 && len(shot.keys) > 0 && shot.keys[0] == "F3" {
			continue // the panel has other numbers there
		}
		if err := t.take(ctx, filepath.Join(into, shot.name), lang, shot); err != nil {
			return fmt.Errorf("%s: %w", shot.name, err)
		}
	}
	return nil
}

func accept(l net.Listener) (net.Conn, error) {
	if d, ok := l.(*net.UnixListener); ok {
		if err := d.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			return nil, err
		}
	}
	return l.Accept()
}

// xterm is a terminal on the display.
type xterm struct {
	cmd     *exec.Cmd
	display string
	window  string
	conn    net.Conn
}

func terminal(ctx context.Context, display string, s size, socket string) (*xterm, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "xterm", "-tn", "xterm-256color", "-u8", "-fa", "DejaVu Sans Mono", "-fd", "Noto Sans Mono CJK JP", "-fs", strconv.FormatFloat(s.points, 'f', -1, 64),
		"-geometry", s.String()+"+0+0", "-bw", "0", "-b", "0", "+sb", "-e", "env", "COLORTERM=truecolor", self, "show", socket)
	cmd.Env = append(os.Environ(), "DISPLAY="+display, "COLORTERM=truecolor", "LANG=C.UTF-8")
	return &xterm{cmd: cmd, display: display}, cmd.Start()
}

func (t *xterm) close() {
	if t.conn != nil {
		_ = t.conn.Close()
	}
	_ = t.cmd.Process.Kill()
	_ = t.cmd.Wait()
}

// take shows a screen, presses keys, and takes its picture.
func (t *xterm) take(ctx context.Context, path string, lang i18n.Lang, s shot) error {
	for _, name := range []string{"take-card", s.of} { // by way of the start: each begins as for the next person
		if _, err := fmt.Fprintln(t.conn, lang, name); err != nil {
			return err
		}
		if _, err := bufio.NewReader(t.conn).ReadString('\n'); err != nil {
			return err
		}
		time.Sleep(120 * time.Millisecond)
	}
	if len(s.keys) > 0 {
		if _, err := t.tool(ctx, "xdotool", append([]string{"key", "--delay", "40"}, s.keys...)...); err != nil {
			return err
		}
		time.Sleep(250 * time.Millisecond)
	}
	if t.window == "" {
		out, err := t.tool(ctx, "xdotool", "search", "--sync", "--onlyvisible", "--class", "xterm")
		if err != nil {
			return err
		}
		t.window = strings.Fields(out)[0]
	}
	_, err := t.tool(ctx, "import", "-window", t.window, "+dither", "-colors", "64", "png8:"+path+".png")
	return err
}

func (t *xterm) tool(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+t.display)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s: %w: %s", name, err, exit.Stderr)
	}
	return string(out), err
}
