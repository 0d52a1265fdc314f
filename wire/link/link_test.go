package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"madoguchi/internal/rig"
	"madoguchi/internal/rig/mqttd"

	"github.com/nats-io/nats-server/v2/server"
)

const soon = 10 * time.Second

// within waits for a condition that nobody announces.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", soon, what)
}

type inbox struct {
	mu   sync.Mutex
	got  map[string]int
	fail func(payload string) error
}

func (i *inbox) handle(_ context.Context, _ string, payload []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.got == nil {
		i.got = map[string]int{}
	}
	i.got[string(payload)]++
	if i.fail != nil {
		return i.fail(string(payload))
	}
	return nil
}

func (i *inbox) count(payload string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.got[payload]
}

func start(t *testing.T, c Config) *Link {
	t.Helper()
	if c.MinBackoff == 0 {
		c.MinBackoff, c.MaxBackoff = 5*time.Millisecond, 50*time.Millisecond
	}
	l, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func ready(t *testing.T, l *Link) {
	t.Helper()
	select {
	case <-l.Ready():
	case <-time.After(soon):
		t.Fatal("not ready")
	}
}

func publish(t *testing.T, l *Link, payload string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	return l.Publish(ctx, "up/a", []byte(payload))
}

// sure publishes until the broker has acknowledged.
func sure(t *testing.T, l *Link, payload string) {
	t.Helper()
	within(t, "acknowledged "+payload, func() bool { return publish(t, l, payload) == nil })
}

func mailbox(t *testing.T, url string, in *inbox) *Link {
	t.Helper()
	l := start(t, Config{URL: url, ClientID: "mailbox", Subscribe: []string{"up/+"}, Handle: in.handle})
	ready(t, l)
	return l
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for name, c := range map[string]Config{
		"no port":    {URL: "tcp://localhost", ClientID: "a"},
		"no tls":     {URL: "tls://localhost:1", ClientID: "a"},
		"scheme":     {URL: "ws://localhost:1", ClientID: "a"},
		"no id":      {URL: "tcp://localhost:1"},
		"no handler": {URL: "tcp://localhost:1", ClientID: "a", Subscribe: []string{"x"}},
	} {
		if _, err := Start(t.Context(), c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessagesWhileAwayComeLater(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	in := &inbox{}
	m := mailbox(t, b.URL(), in)
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	sure(t, k, "one")
	within(t, "one", func() bool { return in.count("one") > 0 })
	_ = m.Close()
	sure(t, k, "two")
	b.Stop()
	b.Restart()
	mailbox(t, b.URL(), in)
	within(t, "two after both restarts", func() bool { return in.count("two") > 0 })
}

// paho completes a QoS 1 token with nil after a reconnection, without any PUBACK.
func TestSwallowedPubackIsNoSuccess(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	k := start(t, Config{URL: "tcp://" + p.Addr(), ClientID: "kiosk"})
	ready(t, k)
	p.Filter(rig.Every(false, rig.Puback, 1, p.CutBefore))
	if err := publish(t, k, "x"); !errors.Is(err, ErrLost) {
		t.Fatalf("without a PUBACK: %v", err)
	}
	p.Filter(nil)
	within(t, "online again", k.Online)
	sure(t, k, "y")

	p.Filter(rig.Swallow(false, rig.Puback, 1))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := k.Publish(ctx, "up/a", []byte("z")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("waiting for a PUBACK: %v", err)
	}
	if !k.Online() {
		t.Error("the line went down over one PUBACK")
	}
}

// paho's IsConnected stays true while it is down, and it queues behind the caller's back.
func TestOfflineIsSaidAndNothingIsSentLater(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	in := &inbox{}
	mailbox(t, b.URL(), in)
	p := rig.NewProxy(t, b.Addr())
	k := start(t, Config{URL: "tcp://" + p.Addr(), ClientID: "kiosk"})
	ready(t, k)
	changed := k.Changed()
	p.Down()
	<-changed
	within(t, "offline", func() bool { return !k.Online() })
	if err := publish(t, k, "ghost"); !errors.Is(err, ErrOffline) {
		t.Fatal(err)
	}
	p.Up()
	within(t, "online", k.Online)
	sure(t, k, "after")
	within(t, "after", func() bool { return in.count("after") > 0 })
	if in.count("ghost") != 0 {
		t.Error("sent behind the caller's back")
	}
}

func TestUnhandledIsTriedAgainAndAcknowledgedOnlyThen(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	var mu sync.Mutex
	acks, fails := 0, 2
	p.Filter(func(q rig.Packet) []rig.Packet {
		mu.Lock()
		defer mu.Unlock()
		if q.Up && q.Type == rig.Puback {
			acks++
		}
		return []rig.Packet{q}
	})
	acknowledged := func() int { mu.Lock(); defer mu.Unlock(); return acks }
	in := &inbox{fail: func(string) error {
		if fails--; fails >= 0 {
			if acknowledged() != 0 {
				t.Error("acknowledged before it was handled")
			}
			if fails == 0 {
				panic("a handler's mistake")
			}
			return errors.New("disk full")
		}
		return nil
	}}
	mailbox(t, "tcp://"+p.Addr(), in)
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	sure(t, k, "x")
	within(t, "third time", func() bool { return in.count("x") == 3 && acknowledged() == 1 })
}

// What a handler had not acknowledged when the connection ended comes again, whatever paho does with late acks.
func TestCutDuringHandleBringsTheMessageAgain(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), func(o *server.Options) { o.MQTT.AckWait = time.Second })
	p := rig.NewProxy(t, b.Addr())
	first := true
	in := &inbox{}
	var m *Link
	in.fail = func(string) error {
		if first {
			first = false
			changed := m.Changed()
			p.Cut()
			<-changed
		}
		return nil
	}
	m = mailbox(t, "tcp://"+p.Addr(), in)
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	sure(t, k, "x")
	within(t, "again", func() bool { return in.count("x") == 2 })
}

// A handler that takes long must not hold up pings or other messages (paho with OrderMatters would).
func TestSlowHandlerHoldsUpNothing(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	release := make(chan struct{})
	fast := &inbox{}
	m := start(t, Config{
		URL: b.URL(), ClientID: "mailbox", Subscribe: []string{"up/+"}, KeepAlive: 2 * time.Second, // nats-server gives one second no grace
		Handle: func(ctx context.Context, topic string, payload []byte) error {
			if string(payload) == "slow" {
				<-release
			}
			return fast.handle(ctx, topic, payload)
		},
	})
	ready(t, m)
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	changed := m.Changed()
	sure(t, k, "slow")
	sure(t, k, "fast")
	within(t, "fast", func() bool { return fast.count("fast") == 1 })
	select {
	case <-changed:
		t.Error("the connection ended while a handler was slow")
	case <-time.After(4500 * time.Millisecond): // longer than two keep-alives
	}
	close(release)
	within(t, "slow", func() bool { return fast.count("slow") == 1 })
}

func TestRepeatedAndReorderedMessagesAllArrive(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	p.Filter(rig.Both(rig.Every(false, rig.Publish, 3, rig.Repeat), rig.Reorder(false, 4)))
	in := &inbox{}
	mailbox(t, "tcp://"+p.Addr(), in)
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	for n := range 24 {
		sure(t, k, fmt.Sprint(n))
	}
	within(t, "all", func() bool {
		in.mu.Lock()
		defer in.mu.Unlock()
		return len(in.got) == 24
	})
}

// A broker that answers nothing any more is given up.
func TestSilentLineIsGivenUp(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	k := start(t, Config{URL: "tcp://" + p.Addr(), ClientID: "kiosk", KeepAlive: time.Second})
	ready(t, k)
	changed := k.Changed()
	p.Filter(rig.Drop)
	select {
	case <-changed:
	case <-time.After(soon):
		t.Fatal("still waiting")
	}
	p.Filter(nil)
	p.Cut()
	within(t, "online again", k.Online)
}

// A PUBLISH over the broker's limit ends the connection; paho's token says nothing.
func TestTooLargeForTheBrokerIsLost(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), func(o *server.Options) { o.MaxPayload = 1000 })
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := k.Publish(ctx, "up/a", bytes.Repeat([]byte("x"), 5000)); !errors.Is(err, ErrLost) {
		t.Fatal(err)
	}
	within(t, "online again", k.Online)
}

// With the version left open paho answers every refused CONNECT by another one as MQTT 3.1.
func TestARefusedConnectIsNotTriedAsAnOlderProtocol(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	var mu sync.Mutex
	levels := map[byte]int{}
	p.Filter(func(q rig.Packet) []rig.Packet {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case q.Type == rig.Connect:
			levels[q.Bytes[8]]++ // behind the name "MQTT"
		case q.Type == rig.Connack && levels[4] < 3:
			q.Bytes = []byte{rig.Connack << 4, 2, 0, 3}
		}
		return []rig.Packet{q}
	})
	k := start(t, Config{URL: "tcp://" + p.Addr(), ClientID: "kiosk"})
	ready(t, k)
	mu.Lock()
	defer mu.Unlock()
	if len(levels) != 1 || levels[4] < 3 {
		t.Errorf("protocol levels: %v", levels)
	}
}

// nats-server answers 0x80 to a SUBSCRIBE that it refuses, and PUBACKs a PUBLISH that it silently drops.
func TestRefusedSubscriptionIsNeverOnlineAndDeniedPublishIsAcknowledged(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), func(o *server.Options) {
		o.Users = []*server.User{{Username: "u", Password: "p", Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: []string{"mine.>"}},
			Subscribe: &server.SubjectPermission{Allow: []string{"mine", "mine.>", "$MQTT.sub.>", "$MQTT.deliver.pubrel.>"}},
		}}, {Username: "all", Password: "p"}}
		o.MQTT.NoAuthUser = "u"
	})
	logged := &lines{}
	k := start(t, Config{
		URL: b.URL(), ClientID: "kiosk", Subscribe: []string{"foreign/#"}, Handle: (&inbox{}).handle,
		Log: slog.New(slog.NewTextHandler(logged, nil)),
	})
	within(t, "the refusal in the log", func() bool { return logged.has("refused the subscription") })
	select {
	case <-k.Ready():
		t.Error("ready without its subscription")
	default:
	}
	own := &inbox{}
	d := start(t, Config{URL: b.URL(), ClientID: "kiosk2", Subscribe: []string{"mine/#"}, Handle: own.handle})
	ready(t, d)
	if err := publish(t, d, "denied"); err != nil {
		t.Errorf("this broker acknowledges what it drops; if no more, say so in the package comment: %v", err)
	}
}

type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) has(s string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.b.Bytes(), []byte(s))
}

func TestStateIsRetainedAndTheWillSaysOffline(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	will := &Will{Topic: "state/k", Online: []byte("on"), Offline: []byte("off")}
	k := start(t, Config{URL: "tcp://" + p.Addr(), ClientID: "kiosk", State: will})
	ready(t, k)
	in := &inbox{}
	m := start(t, Config{URL: b.URL(), ClientID: "mailbox", Subscribe: []string{"state/+"}, Handle: in.handle})
	ready(t, m)
	within(t, "on, retained", func() bool { return in.count("on") > 0 })
	p.Cut()
	within(t, "off by the will", func() bool { return in.count("off") > 0 })
	within(t, "on again", func() bool { return in.count("on") > 1 && k.Online() })
	off := in.count("off")
	_ = k.Close()
	within(t, "off at the end", func() bool { return in.count("off") > off })
}

func TestBackoffIsFullJitterUnderARisingCeiling(t *testing.T) {
	b := backoff{min: time.Second, max: 10 * time.Second}
	stop := make(chan struct{})
	close(stop)
	for _, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		if got := b.ceiling(); got != want*time.Second {
			t.Errorf("attempt %d: %v", b.attempt, got)
		}
		if b.wait(stop) {
			t.Error("waited")
		}
	}
	b.attempt = 1 << 20
	if b.ceiling() != b.max {
		t.Error("overflow")
	}
	b.reset()
	if b.ceiling() != b.min {
		t.Error("not reset")
	}
}

func TestCloseEndsAnAttemptToConnect(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	p := rig.NewProxy(t, b.Addr())
	p.Filter(rig.Drop) // CONNECT is never answered
	k, err := Start(t.Context(), Config{URL: "tcp://" + p.Addr(), ClientID: "kiosk"})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "connecting", func() bool { return p.Connections() > 0 })
	began := time.Now()
	_ = k.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Close took %v", took)
	}
}
