// Package rig holds what tests need to break things for real: a TCP proxy that understands MQTT and spoils it, and
// child processes that are killed. Package rig/mqttd beside it is a broker for tests. Nothing that is delivered
// imports either.
//
// Error model: what should work and does not fails the test.
package rig

import (
	"bufio"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
)

// roleEnv names the role of a child process.
const roleEnv = "MADOGUCHI_RIG_ROLE"

// Role returns the role that this process was spawned for, or "" in the test process itself. TestMain asks it.
func Role() string { return os.Getenv(roleEnv) }

// Child is this test binary run again, as a process of its own that can be killed.
type Child struct {
	Lines <-chan string // its standard output, closed at its end. It must be read

	cmd  *exec.Cmd
	done chan struct{}
	once sync.Once
	err  error
}

// Spawn runs the test binary with a role and further environment ("NAME=value"). It is killed when the test ends.
func Spawn(t testing.TB, role string, env ...string) *Child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self) //nolint:gosec // this very binary
	cmd.Env = append(append(os.Environ(), roleEnv+"="+role), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1024)
	c := &Child{Lines: lines, cmd: cmd, done: make(chan struct{})}
	go func() {
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
		close(lines)
		c.err = cmd.Wait()
		close(c.done)
	}()
	t.Cleanup(func() {
		c.Kill()
		go func() { // whatever the test has left unread
			for range lines {
			}
		}()
		<-c.done
	})
	return c
}

// Kill sends SIGKILL.
func (c *Child) Kill() { c.once.Do(func() { _ = c.cmd.Process.Kill() }) }

// Killed waits for the end, after Lines has been drained, and reports whether a SIGKILL was its cause.
func (c *Child) Killed() bool {
	<-c.done
	status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// Err waits for the end and returns what exec.Cmd.Wait did.
func (c *Child) Err() error {
	<-c.done
	return c.err
}
