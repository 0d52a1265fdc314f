package kiosk

import (
	"bytes"
	"context"
	"runtime/debug"
	"time"

	"madoguchi/internal/event"
	"madoguchi/wire"
)

// How often a kiosk says how it is: soon after something changed, and from time to time in any case.
const (
	statePause = 2 * time.Second
	stateEvery = 5 * time.Minute
)

// tellState publishes the kiosk's state, retained, until ctx ends.
func (k *Kiosk) tellState(ctx context.Context) error {
	var told []byte
	for every := time.NewTicker(stateEvery); ctx.Err() == nil; {
		line, box := k.line.Changed(), k.outbox.Changed()
		if text, err := k.status().Marshal(); err == nil && k.line.Online() && !bytes.Equal(text, told) {
			if k.line.Retain(ctx, wire.KioskState(k.Config.ID), text) == nil {
				told = text
			}
		}
		select {
		case <-ctx.Done():
		case <-line:
			told = nil // a new connection has said Online, which is less
		case <-box:
		case <-k.stateChanged:
		case <-every.C:
		}
		select { // not with each of a hundred commits
		case <-ctx.Done():
		case <-time.After(statePause):
		}
	}
	return ctx.Err()
}

// tellSoon has the state told again.
func (k *Kiosk) tellSoon() {
	select {
	case k.stateChanged <- struct{}{}:
	default:
	}
}

// status is the kiosk's state as it now is: nothing of a person.
func (k *Kiosk) status() wire.Status {
	now := k.now().UTC()
	s := wire.Status{
		Online: true, Version: version(), At: now.Format(time.RFC3339), NotAfter: k.certificate.NotAfter.UTC().Format(time.RFC3339),
		Keyring: k.trust.Load().Version, Reader: wire.ReaderNone, Clock: wire.ClockGood,
	}
	if k.cards.reader != nil {
		s.Reader = wire.ReaderReady
	}
	if newest := k.witness.Newest(); newest.IsZero() {
		s.Clock = wire.ClockUnknown
	} else {
		s.Newest = newest.Format(time.RFC3339)
	}
	if k.time().After(now.Add(clockSlack)) {
		s.Clock = wire.ClockBehind
	}
	s.Ledger = k.ledger()
	s.Waiting, s.Bytes = k.outbox.Waiting()
	oldest, err := k.outbox.Oldest(wire.MaxUnsent)
	if err != nil {
		event.OutboxUnreadable.Log(k.log, "err", err)
	}
	for _, r := range oldest {
		s.Unsent = append(s.Unsent, r.ID.String())
	}
	s.Waiting = max(s.Waiting, len(s.Unsent)) // both were read while it may have changed
	if len(oldest) > 0 {
		s.Oldest = max(int64(now.Sub(oldest[0].KeptAt)/time.Second), 1)
	}
	if free, err := k.outbox.Free(); err == nil {
		s.DiskFree = free
	}
	return s
}

// clockSlack is how far a clock may be behind before that is worth saying.
const clockSlack = time.Minute

// ledger tells of the log that receipts come from now, and of a fork of any.
func (k *Kiosk) ledger() *wire.LedgerStatus {
	var l *wire.LedgerStatus
	forked := false
	for _, s := range k.witness.States() {
		l = &wire.LedgerStatus{Origin: s.Origin, Size: s.Size, Root: s.Root.String(), Unproved: int64(s.Unproved)}
		forked = forked || s.Forked
	}
	if l != nil {
		l.Forked = forked
	}
	return l
}

// version is the program's, as the go command wrote it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return info.Main.Version + " " + s.Value
		}
	}
	return info.Main.Version
}
