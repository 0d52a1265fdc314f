package pcscd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// driver is vsmartcard's reader.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// StartVPCD runs pcscd with vsmartcard's virtual reader, at a free port of a network namespace of its own where the
// system lets us make one: vpcd listens on every address.
func StartVPCD(t testing.TB) (d *Daemon, addr string) {
	t.Helper()
	settle(t)
	if _, err := os.Stat(driver); err != nil {
		t.Fatal("vsmartcard-vpcd is not installed; `make needs` installs it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	writeConfig(t, fmt.Sprintf("FRIENDLYNAME \"Virtual\"\nDEVICENAME /dev/null:%d\nLIBPATH %s\nCHANNELID %d\n", port, driver, port))
	d = &Daemon{t: t, inside: exec.Command("unshare", "--net", "true").Run() == nil}
	d.Run()
	t.Cleanup(d.Kill)
	return d, "127.0.0.1:" + strconv.Itoa(port)
}

// Beside makes a command that runs in pcscd's network namespace.
func (d *Daemon) Beside(name string, args ...string) *exec.Cmd {
	if d.inside {
		d.t.Helper()
		ours, _ := os.Readlink("/proc/self/ns/net")
		Until(d.t, "pcscd in its network namespace", 10*time.Second, func() bool {
			its, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", d.cmd.Process.Pid))
			return err == nil && its != ours
		})
		args = append([]string{"--target", strconv.Itoa(d.cmd.Process.Pid), "--net", name}, args...)
		name = "nsenter"
	}
	cmd := exec.Command(name, args...) //nolint:gosec // a test's own command
	cmd.Env = Env()
	return cmd
}

func writeConfig(t testing.TB, text string) {
	t.Helper()
	config := filepath.Join(home(), "conf")
	_ = os.RemoveAll(config)
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "readers"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
