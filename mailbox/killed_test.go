package mailbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	children "madoguchi/internal/rig"
	"madoguchi/mailbox"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

const (
	holdingRole = "mailbox that holds on"
	dirEnv      = "MADOGUCHI_TEST_MAILBOX"
	emptyState  = 8 // bytes of nats-server's o.dat when nothing is unacknowledged
)

func TestMain(m *testing.M) {
	if children.Role() == holdingRole {
		fmt.Println("ended:", serveHolding(os.Getenv(dirEnv)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveHolding serves a mailbox that never gets through a commit: it says so on standard output and waits.
func serveHolding(dir string) error {
	m, err := mailbox.Open(dir)
	if err != nil {
		return err
	}
	m.Listen = "127.0.0.1:0"
	m.Now = func() time.Time {
		if calledFrom("mailbox/intake.(*Intake).commit") {
			fmt.Println("holding")
			select {}
		}
		return time.Now()
	}
	go func() {
		<-m.Ready()
		fmt.Println("ready " + m.Addr())
	}()
	return m.Serve(context.Background())
}

func calledFrom(function string) bool {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, function) {
			return true
		}
		if !more {
			return false
		}
	}
}

// awaitDeliveryOnDisk waits until the broker has written down that it delivered something: until then a killed one
// would deliver at once, for another reason.
func (r *rig) awaitDeliveryOnDisk() {
	r.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		states, err := filepath.Glob(filepath.Join(r.dir, "broker", "jetstream", "*", "streams", "$MQTT_msgs", "obs", "*", "o.dat"))
		r.must(err)
		for _, name := range states {
			if info, err := os.Stat(name); err == nil && info.Size() > emptyState {
				return
			}
		}
	}
	r.t.Fatal("the broker does not write what it delivered")
}

// TestKilledBeforeAcknowledging: a mailbox is killed with a submission in hand, which its kiosk sends no second time.
// The next one gets it from the broker within seconds, and the person a receipt.
func TestKilledBeforeAcknowledging(t *testing.T) {
	r := newRig(t)
	child := children.Spawn(t, holdingRole, dirEnv+"="+r.dir)
	kiosk, _ := r.lineTo(strings.TrimPrefix(<-child.Lines, "ready "))
	d := r.city.Document(t, name)
	key, err := r.keyring.SealingKey(time.Now())
	r.must(err)
	r.must(kiosk.Publish(t.Context(), wire.UpSubmission("k1"), r.kiosk.Envelope(t, key, name, r.city.Submission(t, d).Marshal()).Marshal()))
	if said := <-child.Lines; said != "holding" {
		t.Fatal(said)
	}
	delivered := time.Now()
	r.awaitDeliveryOnDisk()
	child.Kill()
	for range child.Lines {
	}
	if !child.Killed() {
		t.Fatal("not killed")
	}
	r.must(kiosk.Close())

	m, _ := r.serve()
	_, down := r.line(m)
	select {
	case payload := <-down:
		b, err := receipt.ParseBundle(payload)
		r.must(err)
		said, err := receipt.Verify(b, r.keyring, r.root, receipt.Want{Mailbox: name, ID: d.ID(), Manifest: d.ManifestHash()})
		r.must(err)
		if said.Outcome != receipt.Received {
			t.Error(said.Outcome)
		}
		t.Logf("again after %v", time.Since(delivered))
	case <-time.After(10 * time.Second):
		t.Fatal("the message does not come again within seconds")
	}
	if n, err := m.Received(t.Context()); err != nil || n != 1 {
		t.Error(n, err)
	}
}
