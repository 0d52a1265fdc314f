//go:build pcsc

package reader_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/device/sim/ifd"
	"madoguchi/internal/rig"
	"madoguchi/internal/rig/pcscd"
)

// The traps of github.com/ebfe/scard and pcsc-lite, each with what keeps out of it.

func TestOneMonitorPerProcess(t *testing.T) {
	d := newDesk(t)
	if _, err := reader.Open(reader.Options{}); !errors.Is(err, reader.ErrOpen) {
		t.Errorf("a second monitor: %v", err)
	}
	if err := d.device.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, open(t), reader.Empty)
}

func TestNoReaderAtAllIsNoEmptyList(t *testing.T) {
	pcscd.Start(t)
	device := open(t)
	until(t, device, reader.NoReader)
	if _, err := device.Connect(t.Context()); !errors.Is(err, reader.ErrNoReader) {
		t.Errorf("connect: %v", err)
	}
}

func TestNoPCSCDAtTheStart(t *testing.T) {
	daemon := pcscd.Start(t, pcscd.One("Desk", ifd.NewSlot("x", ifd.Extended, nil)))
	daemon.Kill()
	device := open(t)
	if s := device.State(); s != reader.NoService {
		t.Errorf("state %v", s)
	}
	daemon.Run()
	until(t, device, reader.Empty)
}

func TestEmptyCommandIsRefused(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	s := d.connect()
	for _, command := range [][]byte{nil, {}, {0, 0xA4, 4}} {
		if _, err := s.Transmit(t.Context(), command); !errors.Is(err, apdu.ErrCommand) {
			t.Errorf("%d bytes: %v", len(command), err)
		}
	}
	d.jpki(s) // the session has not suffered
}

func TestCloseEndsAWaitAtOnce(t *testing.T) {
	d := newDesk(t)
	var took []time.Duration
	for range 20 {
		began := time.Now()
		if err := d.device.Close(); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
		d.device = open(t)
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > 100*time.Millisecond {
		t.Errorf("closed after %v", median)
	}
}

// rounds counts how often the monitor looked.
type rounds struct {
	slog.Handler
	n *atomic.Int64
}

func (r rounds) Handle(_ context.Context, record slog.Record) error {
	if record.Message == "looked" {
		r.n.Add(1)
	}
	return nil
}

func (r rounds) Enabled(context.Context, slog.Level) bool { return true }

// TestMonitorDoesNotSpin: an event state that is fed back with its change bit, or without its count, wakes at once.
func TestMonitorDoesNotSpin(t *testing.T) {
	slot := ifd.NewSlot("x", ifd.Extended, nil)
	pcscd.Start(t, pcscd.One("Desk", slot))
	var n atomic.Int64
	device, err := reader.Open(reader.Options{Log: slog.New(rounds{slog.DiscardHandler, &n})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = device.Close() })
	if err := slot.Reader.Insert(newCard(t, true)); err != nil {
		t.Fatal(err)
	}
	until(t, device, reader.Ready)
	time.Sleep(100 * time.Millisecond) // whatever the insertion brings
	before := n.Load()
	time.Sleep(1200 * time.Millisecond)
	if looked := n.Load() - before; looked < 1 || looked > 9 {
		t.Errorf("looked %d times in 1.2 s, want 3 or 4", looked)
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	s := d.connect()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var sent atomic.Int64
	d.slot.Reader.Log(func([]byte, []byte) { sent.Add(1) })
	if _, err := s.Transmit(ended, []byte{0, 0xA4, 0, 0}); !errors.Is(err, context.Canceled) || sent.Load() != 0 {
		t.Errorf("%v; %d sent", err, sent.Load())
	}
	if _, err := d.device.Connect(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("connect: %v", err)
	}
}

func TestSessionIsExclusive(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	s := d.connect()
	if _, err := d.device.Connect(t.Context()); !errors.Is(err, apdu.ErrBusy) {
		t.Errorf("a second session: %v", err)
	}
	if err := d.jpki(s).Verify(t.Context(), card.Sign, signPIN); err != nil {
		t.Fatal(err)
	}
	other := func() error {
		cmd := exec.Command("opensc-tool", "--reader", "0", "--card-driver", "default", "--send-apdu", "00:B0:81:00:04")
		cmd.Env = pcscd.Env()
		return cmd.Run()
	}
	if _, err := exec.LookPath("opensc-tool"); err != nil {
		t.Fatal("opensc-tool is not installed; `make needs` installs opensc")
	}
	if other() == nil {
		t.Error("another process rode on the verified PIN")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := other(); err != nil {
		t.Errorf("after the session: %v", err)
	}
}

// looks is a little more than the time between two looks of the monitor.
const looks = 350 * time.Millisecond

const holder = "hold-the-card"

// hold is another process that keeps the card for itself until it is killed.
func hold() int {
	device, err := reader.Open(reader.Options{})
	if err == nil {
		_, err = device.Connect(context.Background())
	}
	fmt.Println("held", err)
	select {}
}

func TestAnotherProcessHoldsTheCard(t *testing.T) {
	d := newDesk(t)
	d.insert(newCard(t, true))
	child := rig.Spawn(t, holder)
	if line := <-child.Lines; line != "held <nil>" {
		t.Fatal(line)
	}
	d.until(reader.Busy)
	if _, err := d.device.Connect(t.Context()); !errors.Is(err, apdu.ErrBusy) {
		t.Errorf("connect: %v", err)
	}
	time.Sleep(2 * looks) // a refused connection must not make the card look free, or ours
	if s := d.device.State(); s != reader.Busy {
		t.Errorf("after the refusal: %v", s)
	}
	child.Kill()
	d.until(reader.Ready)
	d.jpki(d.connect())
}

func TestMain(m *testing.M) {
	if rig.Role() == holder {
		os.Exit(hold())
	}
	os.Exit(m.Run())
}
