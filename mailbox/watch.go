package mailbox

import (
	"bytes"
	"context"
	"time"

	"madoguchi/internal/event"
	"madoguchi/mailbox/broker"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

// handler takes one message of one kiosk; nil acknowledges it.
type handler func(ctx context.Context, kiosk string, payload []byte) error

// route gives each message to the handler of its channel. The broker lets through only what a kiosk may publish.
func (m *Mailbox) route(to map[string]handler) func(ctx context.Context, topic string, payload []byte) error {
	return func(ctx context.Context, topic string, payload []byte) error {
		kiosk, channel, err := wire.ChannelOf(topic)
		h, ok := to[channel]
		if err != nil || !ok {
			event.StrangeTopic.Log(m.Log)
			return nil //nolint:nilerr // acknowledged: it would come again for ever
		}
		return h(ctx, kiosk, payload)
	}
}

// said keeps what a kiosk says of itself. The last will says only that it is gone, and what it said before stands.
func (m *Mailbox) said(ctx context.Context, kiosk string, payload []byte) error {
	now, err := wire.ParseStatus(payload)
	if err != nil {
		event.StateDropped.Log(m.Log, "kiosk", kiosk, "err", err)
		return nil
	}
	return m.store.Update(ctx, func(tx *store.Tx) error {
		k, err := registry.Get(tx, kiosk)
		if err != nil {
			event.StateDropped.Log(m.Log, "kiosk", kiosk, "err", err)
			return nil //nolint:nilerr // acknowledged
		}
		if before, err := wire.ParseStatus(k.State); err == nil && !now.Online {
			before.Online = false
			now = before
		}
		state, err := now.Marshal()
		if err != nil || bytes.Equal(state, k.State) { // retained: the broker tells it again at each start
			return err
		}
		return registry.Said(tx, kiosk, state, m.Now())
	})
}

// How soon a strike in the register, which another process may have written, ends the connections; and how often it is
// done again, for a connection that was let in while it was being written.
const (
	strikePoll  = 250 * time.Millisecond
	strikeTimes = 20
)

// watchStruck ends the connections of kiosks that are struck off from now on. Those from before cannot connect.
func (m *Mailbox) watchStruck(ctx context.Context, b *broker.Broker) error {
	left := map[string]int{} // how often each is still to be disconnected
	tick := time.NewTicker(strikePoll)
	defer tick.Stop()
	for first := true; ; first = false {
		ids, err := registry.StruckIDs(ctx, m.store)
		if err != nil && ctx.Err() == nil {
			return err
		}
		for _, id := range ids {
			if _, known := left[id]; first || !known {
				left[id] = strikeTimes
			}
			if first {
				left[id] = 0
			}
			if err := m.disconnect(b, id, left); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *Mailbox) disconnect(b *broker.Broker, id string, left map[string]int) error {
	if left[id] == 0 {
		return nil
	}
	n, err := b.Disconnect(id)
	if err != nil {
		return err
	}
	if n > 0 || left[id] == strikeTimes {
		event.KioskStruckOff.Log(m.Log, "kiosk", id, "connections", n)
	}
	left[id]--
	return nil
}
