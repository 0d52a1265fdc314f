package link

import (
	"context"
	"errors"
	"testing"

	"madoguchi/internal/rig/mqttd"
)

// TestLiveMessagesComeNowOrNever: what is sent while nobody listens is lost, and many at once are all handled.
func TestLiveMessagesComeNowOrNever(t *testing.T) {
	b := mqttd.Start(t, t.TempDir(), nil)
	in := &inbox{}
	listen := func() *Link {
		l := start(t, Config{URL: b.URL(), ClientID: "mailbox", Subscribe: []string{"up/+"}, Live: []string{"live/+"}, Handle: in.handle})
		ready(t, l)
		return l
	}
	m := listen()
	k := start(t, Config{URL: b.URL(), ClientID: "kiosk"})
	ready(t, k)
	send := func(l *Link, payload string) error {
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		return l.Send(ctx, "live/a", []byte(payload))
	}
	for _, payload := range []string{"one", "two", "three"} { // all of message id 0
		if err := send(k, payload); err != nil {
			t.Fatal(err)
		}
	}
	within(t, "all three", func() bool { return in.count("one") == 1 && in.count("two") == 1 && in.count("three") == 1 })
	_ = m.Close()
	if err := send(k, "to nobody"); err != nil {
		t.Fatal(err)
	}
	sure(t, k, "kept")
	listen()
	within(t, "what is kept", func() bool { return in.count("kept") > 0 })
	if in.count("to nobody") != 0 {
		t.Error("a live message was kept")
	}
	_ = k.Close()
	if err := send(k, "offline"); !errors.Is(err, ErrOffline) {
		t.Error(err)
	}
}

func TestLiveFiltersNeedAHandler(t *testing.T) {
	if _, err := Start(t.Context(), Config{URL: "tcp://localhost:1", ClientID: "a", Live: []string{"x"}}); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}
