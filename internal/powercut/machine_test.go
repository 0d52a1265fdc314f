//go:build powercut

package powercut

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/internal/rig/volatile"
	"madoguchi/world"
)

// diskSize is enough for a world and some hundred filings, in bytes.
const diskSize = 192 << 20

// machine is a guest on its disk, which outlives it.
type machine struct {
	t         *testing.T
	disk      *volatile.Disk
	socket    string
	kernel    string
	initramfs string
	dice      *rand.Rand
}

// newMachine makes a disk with a fresh world on it.
func newMachine(t *testing.T, kernel, initramfs string, dice *rand.Rand) *machine {
	t.Helper()
	dir := t.TempDir()
	files, image := filepath.Join(dir, "world"), filepath.Join(dir, "disk")
	if err := world.Make(t.Context(), files, world.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, diskSize); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-d", files, image).CombinedOutput()
	if err != nil {
		t.Fatalf("mkfs.ext4: %v\n%s", err, out)
	}
	m := &machine{t: t, kernel: kernel, initramfs: initramfs, dice: dice, socket: filepath.Join(dir, "nbd")}
	m.disk = must(volatile.New(must(os.ReadFile(image))(t)))(t)
	l := must(net.Listen("unix", m.socket))(t)
	t.Cleanup(func() { _ = l.Close() })
	go m.disk.Serve(l)
	return m
}

// life is one boot of the machine.
type life struct {
	m       *machine
	cmd     *exec.Cmd
	said    chan string // what the guest tells, line by line; closed when the machine is off
	console *bytes.Buffer
	done    chan error
}

// boot gives power; words are added to the kernel's command line.
func (m *machine) boot(words string) *life {
	m.t.Helper()
	m.disk.Restore()
	console := filepath.Join(m.t.TempDir(), "console")
	l := &life{m: m, said: make(chan string, 1000), console: &bytes.Buffer{}, done: make(chan error, 1)}
	l.cmd = exec.Command("qemu-system-x86_64", //nolint:gosec // a test's machine
		"-M", "q35", "-cpu", "max", "-accel", "tcg", "-m", "768", "-smp", "1", "-display", "none", "-no-reboot", "-nic", "none",
		"-kernel", m.kernel, "-initrd", m.initramfs, "-append", "console=ttyS0 quiet panic=-1 rdinit=/init "+words,
		"-drive", "if=none,id=disk,format=raw,cache=writeback,file=nbd+unix:///disk?socket="+m.socket, "-device", "virtio-blk-pci,drive=disk",
		"-serial", "file:"+console, "-serial", "stdio", "-monitor", "none")
	l.cmd.Stderr = l.console
	out := must(l.cmd.StdoutPipe())(m.t)
	if err := l.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			l.said <- strings.TrimSpace(scanner.Text())
		}
		err := l.cmd.Wait()
		if text, e := os.ReadFile(console); e == nil {
			l.console.Write(text)
		}
		l.done <- err
		close(l.said)
	}()
	m.t.Cleanup(func() { _ = l.cmd.Process.Kill() })
	return l
}

// cut takes the power and returns what the disk kept and lost of what was not flushed.
func (l *life) cut() string {
	kept, lost := l.m.disk.Cut(l.m.dice)
	_ = l.cmd.Process.Kill()
	return fmt.Sprintf("%d of %d unflushed sectors lost", lost, kept+lost)
}
