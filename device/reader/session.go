//go:build pcsc

package reader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"madoguchi/device/apdu"
)

// farewell is how long Close waits for a command that is still under way.
const farewell = 2 * time.Second

// session is an exclusive connection, on a PC/SC context of its own: a context does one thing at a time.
type session struct {
	device  *device
	slot    *slot
	name    string
	atr     []byte
	pad     uint32 // control code of VERIFY_PIN_DIRECT; 0: none
	context *scard.Context
	card    *scard.Card
	line    chan struct{} // holds one token: who has it may use card
	close   func() error

	mu    sync.Mutex
	ended error
}

var (
	_ PINPad        = (*session)(nil)
	_ apdu.Resetter = (*session)(nil)
)

// Connect powers the card on and holds it alone: apdu.ErrNoCard, apdu.ErrBusy, ErrMute, ErrNoReader, ErrNoService.
func (d *device) Connect(ctx context.Context) (apdu.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := d.reserve()
	if err != nil {
		return nil, err
	}
	if err := s.connect(); err != nil {
		d.forgo(s)
		return nil, err
	}
	extended := s.features()
	s.line <- struct{}{}
	s.close = sync.OnceValue(s.shut)
	d.mu.Lock()
	d.extended = extended
	d.mu.Unlock()
	return s, nil
}

// reserve begins a session with the card that Present speaks of; no other one can begin until it is freed.
func (d *device) reserve() (*session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	target := d.card
	switch {
	case target == nil:
		return nil, d.why()
	case d.session != nil:
		return nil, apdu.ErrBusy
	case target.State.Err() != nil:
		return nil, target.State.Err()
	}
	d.session = &session{device: d, slot: target, name: target.Name, line: make(chan struct{}, 1)}
	target.ours = true
	return d.session, nil
}

// forgo gives up a session that did not begin: whoever holds the card now is not us.
func (d *device) forgo(s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session, s.slot.ours = nil, false
}

// why is why there is no card to connect to; the mutex is held.
func (d *device) why() error {
	if err := d.overall().Err(); err != nil {
		return err
	}
	return apdu.ErrNoCard
}

func (s *session) connect() error {
	c, err := scard.EstablishContext()
	if err != nil {
		return connectError(err)
	}
	held, err := c.Connect(s.name, scard.ShareExclusive, scard.ProtocolT0|scard.ProtocolT1)
	if err != nil {
		_ = c.Release()
		return connectError(err)
	}
	if !speaks(held.ActiveProtocol()) {
		_ = held.Disconnect(scard.UnpowerCard)
		_ = c.Release()
		return ErrMute
	}
	s.context, s.card = c, held
	return nil
}

// speaks reports a protocol in which commands can be sent; with any other Transmit would panic.
func speaks(p scard.Protocol) bool { return p == scard.ProtocolT0 || p == scard.ProtocolT1 }

// features asks the reader what it can do; it reports whether it passes extended length.
func (s *session) features() bool {
	if atr, err := s.card.GetAttrib(scard.AttrAtrString); err == nil {
		s.atr = atr
	}
	byATR := apdu.LengthOf(s.atr) == apdu.Extended
	list, err := s.card.Control(scard.CtlCode(getFeatures), nil)
	if err != nil {
		return byATR
	}
	codes, err := parseFeatures(list)
	if err != nil {
		return byATR
	}
	s.pad = codes[verifyPINDirect]
	code, ok := codes[tlvProperties]
	if !ok {
		return byATR
	}
	properties, err := s.card.Control(code, nil)
	if err != nil {
		return byATR
	}
	size, told, err := parseMaxAPDU(properties)
	if err != nil || !told {
		return byATR
	}
	return size >= extendedAPDU
}

// ReaderName is the name of the reader that the card is in.
func (s *session) ReaderName() string { return s.name }

// ATR is the card's answer to reset.
func (s *session) ATR() []byte { return bytes.Clone(s.atr) }

// HasPad reports a reader that can collect a PIN by itself.
func (s *session) HasPad() bool { return s.pad != 0 }

// end ends the session with its first reason.
func (s *session) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended = why
	}
}

func (s *session) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// Transmit sends a command. PC/SC cannot take one back: when ctx ends first, the session has ended too.
func (s *session) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) < 4 { // an empty one would panic
		return nil, apdu.ErrCommand
	}
	return s.do(ctx, bytes.Clone(command), s.card.Transmit)
}

// VerifyPIN is FEATURE_VERIFY_PIN_DIRECT (PC/SC part 10 §2.5.2).
func (s *session) VerifyPIN(ctx context.Context, header [4]byte, digits int, limit time.Duration) (apdu.Status, error) {
	if s.pad == 0 {
		return 0, ErrNoPad
	}
	answer, err := s.do(ctx, verifyBlock(header, digits, limit), func(block []byte) ([]byte, error) {
		return s.card.Control(s.pad, block)
	})
	if err != nil {
		return 0, err
	}
	r, err := apdu.ParseResponse(answer)
	return r.Status, err
}

// do has PC/SC do one thing with the card, in a goroutine because no context reaches it there. It wipes what was sent.
func (s *session) do(ctx context.Context, in []byte, call func([]byte) ([]byte, error)) ([]byte, error) {
	select {
	case <-s.line:
	case <-ctx.Done():
		clear(in)
		return nil, ctx.Err()
	}
	if err := cmpErr(ctx.Err(), s.over()); err != nil {
		clear(in)
		s.line <- struct{}{}
		return nil, err
	}
	type answer struct {
		out []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		out, err := call(in)
		clear(in)
		s.line <- struct{}{}
		done <- answer{out, err}
	}()
	select {
	case a := <-done:
		if a.err != nil {
			s.end(sessionError(a.err))
			return nil, s.over()
		}
		return a.out, s.over()
	case <-ctx.Done():
		s.end(ctx.Err())
		return nil, ctx.Err()
	}
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Close powers the card off and lets go of it. A command that is still under way is waited for, in the background
// if it takes long.
func (s *session) Close() error { return s.close() }

func (s *session) shut() error {
	s.end(apdu.ErrClosed)
	done := make(chan error, 1)
	go func() {
		<-s.line
		err := s.card.Disconnect(scard.UnpowerCard)
		if released := s.context.Release(); err == nil {
			err = released
		}
		s.line <- struct{}{} // whoever comes now is told that the session has ended
		done <- err
		s.device.free(s)
	}()
	select {
	case err := <-done:
		s.device.free(s)
		if !errors.Is(s.over(), apdu.ErrClosed) { // the card or the reader had gone: there was nothing to power off
			return nil
		}
		if err != nil {
			return fmt.Errorf("reader: powering off: %w", err)
		}
	case <-time.After(farewell):
	}
	return nil
}

func (d *device) free(s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session == s {
		d.session = nil
	}
}

// connectError names why a card cannot be connected to.
func connectError(err error) error {
	var named error
	switch {
	case is(err, scard.ErrNoSmartcard, scard.ErrRemovedCard):
		named = apdu.ErrNoCard
	case is(err, scard.ErrSharingViolation):
		named = apdu.ErrBusy
	case is(err, scard.ErrUnpoweredCard, scard.ErrUnresponsiveCard, scard.ErrUnsupportedCard, scard.ErrProtoMismatch, scard.ErrNotReady):
		named = ErrMute
	case is(err, scard.ErrUnknownReader, scard.ErrReaderUnavailable):
		named = ErrNoReader
	case noService(err):
		named = ErrNoService
	default:
		return fmt.Errorf("reader: connecting: %w", err)
	}
	return fmt.Errorf("%w (%w)", named, err)
}

// sessionError names what broke a session.
func sessionError(err error) error {
	var named error
	switch {
	case is(err, scard.ErrRemovedCard, scard.ErrNoSmartcard):
		named = apdu.ErrRemoved
	case is(err, scard.ErrUnknownReader, scard.ErrReaderUnavailable):
		named = ErrReaderLost
	case is(err, scard.ErrUnresponsiveCard, scard.ErrUnpoweredCard):
		named = ErrMute
	case noService(err):
		named = ErrNoService
	default:
		named = apdu.ErrLine
	}
	return fmt.Errorf("%w (%w)", named, err)
}

// noService covers the ways in which a daemon that is no more shows.
func noService(err error) bool {
	return is(err, scard.ErrNoService, scard.ErrServiceStopped, scard.ErrCommError, scard.ErrInvalidHandle, scard.ErrShutdown)
}

func is(err error, any ...scard.Error) bool {
	for _, e := range any {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
