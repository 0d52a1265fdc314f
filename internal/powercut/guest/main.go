// Command guest is the only program of the machine whose power is cut (package powercut): the first process, which
// mounts the disk and starts the other two, a mailbox and a kiosk where a person files again and again. What people
// are told is told to the host, over a serial line, in the moment when a screen would say it.
//
// Error model: whatever fails is a line "broken: ..." to the host, and the machine stops.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"madoguchi/internal/fail"
)

// Where things are in the guest.
const (
	device  = "/dev/vda"
	data    = "/data"
	modules = "/modules" // their paths, in the order in which they go in
	line    = "/dev/ttyS1"
)

// The words of the kernel's command line.
const (
	wordFail  = "guest.fail="  // a point of package fail
	wordJudge = "guest.judge=" // any: file nothing, let all arrive, and tell what there is
)

func main() {
	host, err := os.OpenFile(line, os.O_WRONLY, 0)
	switch {
	case len(os.Args) > 2 && os.Args[1] == "mailbox":
		err = serve(host)
	case len(os.Args) > 2 && os.Args[1] == "kiosk":
		err = file(host, os.Args[2] == "judge")
	default:
		host, err = boot()
	}
	if err != nil {
		say(host, "broken: %s: %v", strings.Join(os.Args, " "), err)
	}
	if os.Getpid() == 1 {
		_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
		select {}
	}
}

func say(host *os.File, format string, args ...any) {
	_, _ = fmt.Fprintf(host, format+"\n", args...)
}

// boot makes the machine, starts mailbox and kiosk, and returns when one of them has ended or a judgement is done.
func boot() (*os.File, error) {
	for _, m := range []struct{ what, where string }{{"proc", "/proc"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}} {
		if err := errors.Join(os.MkdirAll(m.where, 0o755), ignoreBusy(unix.Mount(m.what, m.where, m.what, 0, ""))); err != nil {
			return nil, fmt.Errorf("mount %s: %w", m.where, err)
		}
	}
	host, err := os.OpenFile(line, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(insert(), attach(), loopback()); err != nil {
		return host, err
	}
	command, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return host, err
	}
	point, mode := "", "file"
	for word := range strings.FieldsSeq(string(command)) {
		if p, ok := strings.CutPrefix(word, wordFail); ok {
			point = p
		}
		if strings.HasPrefix(word, wordJudge) {
			mode = "judge"
		}
	}
	say(host, "booted")
	return host, run(point, mode)
}

func ignoreBusy(err error) error {
	if errors.Is(err, unix.EBUSY) {
		return nil
	}
	return err
}

// insert loads the kernel's modules for the disk.
func insert() error {
	list, err := os.ReadFile(modules)
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(list)) {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		_ = f.Close()
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// attach mounts the disk as a terminal would: the journal is replayed, and barriers are on.
func attach() error {
	for range 1000 {
		if _, err := os.Stat(device); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(device, data, "ext4", unix.MS_NOATIME, "errors=remount-ro"); err != nil {
		return fmt.Errorf("mount the disk: %w", err)
	}
	return nil
}

// loopback brings up the one network that there is.
func loopback() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(s) }()
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, r)
}

// run starts both and waits: for the first that ends when they file, for the kiosk alone at a judgement.
func run(point, mode string) error {
	ended := make(chan error, 2)
	start := func(env, role, mode string) {
		c := exec.Command("/proc/self/exe", role, mode) //nolint:gosec // this very program
		c.Stderr, c.Env = os.Stderr, append(os.Environ(), "HOME=/tmp", "TMPDIR=/tmp", fail.TellEnv+"="+line, env)
		go func() { ended <- fmt.Errorf("%s has ended: %w", role, errors.Join(c.Run(), errNone)) }()
	}
	start(fail.Env+"=", "mailbox", mode)
	go func() { start(fail.Env+"="+point, "kiosk", mode) }()
	err := <-ended
	if mode == "judge" && strings.Contains(err.Error(), "kiosk") {
		unix.Sync()
		return nil
	}
	return err
}

var errNone = errors.New("see above")
