// Package pcscd runs a real pcscd for a test, with simulated readers (device/sim/ifd) and a socket of its own: it
// shares nothing with a pcscd that the machine may run, opens no port, and needs no privilege. libpcsclite looks for
// its daemon once per process, so a test binary has one socket for all its tests, and one pcscd at a time.
//
// Error model: what should work and does not fails the test; a package that is not installed is named.
package pcscd

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"madoguchi/device/sim/ifd"
)

// socketEnv is where libpcsclite takes the daemon's socket from.
const socketEnv = "PCSCLITE_CSOCK_NAME"

// home is this test binary's folder: the socket, the handler, the configuration. Its path never changes, because
// libpcsclite reads the socket's once.
var home = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "pcscd-")
	if err != nil {
		panic(err)
	}
	return dir
})

// running keeps two tests from having a pcscd each at once.
var running sync.Mutex

func socket() string { return filepath.Join(home(), "comm") }

// Env is the environment in which another program finds this pcscd.
func Env(more ...string) []string {
	return append(append(os.Environ(), socketEnv+"="+socket()), more...)
}

// settle makes the folder, for as long as the test runs.
func settle(t testing.TB) {
	t.Helper()
	running.Lock()
	t.Cleanup(func() {
		_ = os.RemoveAll(home())
		running.Unlock()
	})
	if err := os.MkdirAll(home(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Setenv(socketEnv, socket()); err != nil {
		t.Fatal(err)
	}
}

// compiled is the IFD handler, made once.
var compiled = sync.OnceValues(func() ([]byte, error) {
	flags, err := exec.Command("pkg-config", "--cflags", "libpcsclite").Output()
	if err != nil {
		return nil, fmt.Errorf("pkg-config libpcsclite (`make needs` installs libpcsclite-dev and pkg-config): %w", err)
	}
	return compile("handler", ifd.Source, append(strings.Fields(string(flags)), "-lpthread")...)
})

// Reader is a simulated reader: its name and its slots. pcscd adds two numbers to the name.
type Reader struct {
	Name  string
	Slots []*ifd.Slot
}

// One is a reader with one slot.
func One(name string, slot *ifd.Slot) Reader { return Reader{Name: name, Slots: []*ifd.Slot{slot}} }

// Daemon is a running pcscd.
type Daemon struct {
	t      testing.TB
	cmd    *exec.Cmd
	log    *bytes.Buffer
	env    []string
	inside bool // in a network namespace of its own
}

// Start runs pcscd with these readers until the test ends.
func Start(t testing.TB, readers ...Reader) *Daemon {
	t.Helper()
	configure(t, readers)
	d := &Daemon{t: t}
	d.Run()
	t.Cleanup(d.Kill)
	return d
}

// configure writes reader.conf and serves the readers.
func configure(t testing.TB, readers []Reader) {
	t.Helper()
	settle(t)
	code, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	object := filepath.Join(home(), "libmadoguchi-ifd.so")
	if err := os.WriteFile(object, code, 0o700); err != nil { //nolint:gosec // a shared object
		t.Fatal(err)
	}
	var text strings.Builder
	for i, r := range readers {
		device := filepath.Join(home(), fmt.Sprintf("reader%d", i))
		_ = os.Remove(device)
		l, err := net.Listen("unix", device)
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- ifd.Serve(l, r.Slots...) }()
		t.Cleanup(func() {
			_ = l.Close()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
		fmt.Fprintf(&text, "FRIENDLYNAME %q\nDEVICENAME %s\nLIBPATH %s\nCHANNELID %d\n\n", r.Name, device, object, i)
	}
	writeConfig(t, text.String())
}

// Run starts pcscd again with the same readers, after Kill.
func (d *Daemon) Run() {
	d.t.Helper()
	_ = os.Remove(socket())
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket(), Net: "unix"})
	if err != nil {
		d.t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	file, err := l.File()
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _, _ = file.Close(), l.Close() }()
	path := "/usr/sbin/pcscd"
	if _, err := os.Stat(path); err != nil {
		d.t.Fatal("pcscd is not installed; `make needs` installs it")
	}
	d.log = &bytes.Buffer{}
	// The socket is handed over as systemd does (sd_listen_fds): descriptor 3, and the process's own number.
	const script = `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --foreground --error --config "$1"`
	args := []string{"/bin/sh", "-c", script, path, filepath.Join(home(), "conf")}
	if d.inside {
		args[2] = "ip link set lo up && " + script
		args = append([]string{"unshare", "--net"}, args...)
	}
	d.cmd = exec.Command(args[0], args[1:]...) //nolint:gosec // the words above
	d.cmd.ExtraFiles = []*os.File{file}
	d.cmd.Env = append(os.Environ(), d.env...)
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// Kill ends pcscd with SIGKILL.
func (d *Daemon) Kill() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
	d.cmd = nil
	if d.t.Failed() && d.log.Len() > 0 {
		d.t.Logf("pcscd says\n%s", d.log)
	}
}

// Stop ends pcscd as its service manager does, with SIGTERM.
func (d *Daemon) Stop() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	_ = d.cmd.Wait()
	d.cmd = nil
}

// Until waits for a condition, at most that long, and fails the test if it does not come true.
func Until(t testing.TB, what string, limit time.Duration, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
