package kiosk

import (
	"context"
	"crypto/x509"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"madoguchi/internal/rig/mqttd"
	serving "madoguchi/mailbox/calls"
	"madoguchi/pki/seal"
	"madoguchi/wire"
	"madoguchi/wire/link"
)

// BenchmarkCall is a call's round trip over a broker on loopback (draft.list: HPKE, device signature, session, a read of
// the store, answer key), beside bare MQTT at QoS 0 with messages of the same sizes over the same two connections.
func BenchmarkCall(b *testing.B) {
	w := newTown(b)
	broker := mqttd.Start(b, b.TempDir(), nil)
	var calls atomic.Int64
	var mailbox *link.Link
	echo := make(chan struct{}, 1)
	up, down := 0, 0
	w.server = serving.New(serving.Config{
		Mailbox: mailboxName, Store: w.store, Keys: func(string) (*seal.PrivateKey, bool) { return w.key, true },
		Anchors: func() []*x509.Certificate { return []*x509.Certificate{w.a.city.Auth.Cert} },
		Now:     func() time.Time { return time.Now().Add(time.Duration(calls.Load()) * 100 * time.Millisecond) }, // no bound is met
		Log:     slog.New(slog.DiscardHandler),
		Send: func(ctx context.Context, topic string, payload []byte) error {
			down = len(payload)
			return mailbox.Send(ctx, topic, payload)
		},
	})
	mailbox = startLink(b, link.Config{URL: broker.URL(), ClientID: "mailbox", Live: []string{"kiosk/+/up/call", "bare/up"},
		Handle: func(ctx context.Context, topic string, payload []byte) error {
			if topic == "bare/up" {
				return mailbox.Send(ctx, "bare/down", make([]byte, down))
			}
			up = len(payload)
			calls.Add(1)
			return w.server.Take(ctx, "k1", payload)
		}})
	line := startLink(b, link.Config{URL: broker.URL(), ClientID: "kiosk", Subscribe: []string{wire.DownFilter("k1")}, Live: []string{"bare/down"},
		Handle: func(_ context.Context, topic string, payload []byte) error {
			if topic == "bare/down" {
				echo <- struct{}{}
				return nil
			}
			w.a.Kiosk.calls.receive(payload)
			return nil
		}})
	w.a.Kiosk.calls.line = line
	w.a.enters(w.a.hanako)
	v := w.a.drafts.visit
	call := func(b *testing.B) {
		for b.Loop() {
			if err := v.ask(b.Context(), wire.CallDraftList, wire.Empty{}, &wire.DraftListAnswer{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	bare := func(b *testing.B) {
		payload := make([]byte, up)
		for b.Loop() {
			if err := line.Send(b.Context(), "bare/up", payload); err != nil {
				b.Fatal(err)
			}
			<-echo
		}
	}
	for range 3 {
		b.Run("call", call)
		b.Run("bare", bare)
	}
}

func startLink(b *testing.B, c link.Config) *link.Link {
	b.Helper()
	l, err := link.Start(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	select {
	case <-l.Ready():
	case <-time.After(10 * time.Second):
		b.Fatal("no line")
	}
	return l
}
