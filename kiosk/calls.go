package kiosk

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"madoguchi/fault"
	"madoguchi/internal/event"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// callTime is how long a call may take. Nobody waits longer than that for what can be done without the line.
const callTime = 3 * time.Second

// callLine is the line as calls use it.
type callLine interface {
	Send(ctx context.Context, topic string, payload []byte) error
	Online() bool
	Changed() <-chan struct{}
}

// calls are the live questions to the mailbox (TRUST §6). What they return is shown and forgotten.
type calls struct {
	kiosk *Kiosk
	line  callLine // nil: there is none
	limit time.Duration

	mu      sync.Mutex
	waiting map[wire.ID]*question
}

// newCalls returns the kiosk's calls, before there is a line.
func newCalls(k *Kiosk) *calls {
	return &calls{kiosk: k, limit: callTime, waiting: map[wire.ID]*question{}}
}

// session is what a log-in at the mailbox opened.
type session struct {
	token string
	seq   uint64
}

// question is one call: an HPKE context of its own.
type question struct {
	id     wire.ID
	header []byte
	asking *seal.Asking
	reply  chan wire.Reply
}

// refusal is the name by which the mailbox refused a call.
type refusal string

func (r refusal) Error() string { return "kiosk: the mailbox refused: " + string(r) }

// refusedAs returns the name of a refusal, "" when err is none.
func refusedAs(err error) string {
	var r refusal
	errors.As(err, &r)
	return string(r)
}

var errNoAnswer = errors.New("kiosk: no answer in time")

// call asks the mailbox: fault.NotNow without a line or an answer, fault.CallRefused with the refusal's name. s is nil
// for a call without a session.
func (c *calls) call(ctx context.Context, name string, s *session, ask, answer any) error {
	q, err := c.begin()
	if err != nil {
		return err
	}
	return c.put(ctx, q, name, s, ask, answer)
}

// begin makes the context of a call.
func (c *calls) begin() (*question, error) {
	if c == nil || c.line == nil || !c.line.Online() {
		return nil, fault.New(fault.NotNow, nil)
	}
	key, err := c.kiosk.trust.Load().SealingKey(c.kiosk.time())
	if err != nil {
		return nil, err
	}
	q := &question{reply: make(chan wire.Reply, 1)}
	if q.id, err = wire.NewID(c.kiosk.random); err != nil {
		return nil, err
	}
	if q.header, err = wire.NewCallHeader(key.ID, c.kiosk.Config.ID, q.id); err != nil {
		return nil, err
	}
	if q.asking, err = seal.Ask(key, c.kiosk.mailbox()); err != nil {
		return nil, fmt.Errorf("kiosk: call: %w", err)
	}
	return q, nil
}

// put sends a call and waits for its answer.
func (c *calls) put(ctx context.Context, q *question, name string, s *session, ask, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	sealed, err := c.seal(q, name, s, ask)
	if err != nil {
		return err
	}
	c.expect(q, true)
	defer c.expect(q, false)
	if err := c.line.Send(ctx, wire.UpCall(c.kiosk.Config.ID), sealed); err != nil {
		return fault.New(fault.NotNow, err)
	}
	reply, err := c.await(ctx, q)
	switch {
	case err != nil:
		return err
	case reply.Refused != "":
		return fault.New(fault.CallRefused, refusal(reply.Refused))
	}
	if err := wire.ParseBody(reply.Body, answer); err != nil {
		return fault.New(fault.CallRefused, err)
	}
	return nil
}

func (c *calls) await(ctx context.Context, q *question) (wire.Reply, error) {
	for {
		changed := c.line.Changed()
		if !c.line.Online() {
			return wire.Reply{}, fault.New(fault.NotNow, errNoAnswer)
		}
		select {
		case reply := <-q.reply:
			return reply, nil
		case <-changed:
		case <-ctx.Done():
			return wire.Reply{}, fault.New(fault.NotNow, errNoAnswer)
		}
	}
}

// seal makes the bytes of a call: the question, signed by the device key together with header and encapsulated key.
func (c *calls) seal(q *question, name string, s *session, ask any) ([]byte, error) {
	a, token, seq := wire.Ask{}, "", uint64(0)
	if s != nil {
		s.seq++
		token, seq = s.token, s.seq
	}
	var err error
	if a.Body, err = wire.Body(ask); err != nil {
		return nil, err
	}
	if a.Head, err = wire.NewAskHead(name, token, seq); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(a.Signed(q.header, q.asking.Enc()))
	if a.Signature, err = ecdsa.SignASN1(rand.Reader, c.kiosk.device, digest[:]); err != nil {
		return nil, fmt.Errorf("kiosk: sign call: %w", err)
	}
	m := wire.Call{Header: q.header, Enc: q.asking.Enc()}
	if m.Ciphertext, err = q.asking.Seal(q.header, a.Marshal()); err != nil {
		return nil, fmt.Errorf("kiosk: call: %w", err)
	}
	sealed := m.Marshal()
	if len(sealed) > wire.MaxCall {
		return nil, fault.New(fault.TooLarge, nil)
	}
	return sealed, nil
}

func (c *calls) expect(q *question, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if yes {
		c.waiting[q.id] = q
	} else {
		delete(c.waiting, q.id)
	}
}

// receive takes what came down as an answer. Whatever is not the answer to a call that waits, made by who could open
// that call, is dropped, and the call goes on waiting.
func (c *calls) receive(payload []byte) {
	if err := c.take(payload); err != nil {
		event.CallAnswerDropped.Log(c.kiosk.log, "err", err)
	}
}

var errNotWaiting = errors.New("kiosk: an answer that no call waits for")

func (c *calls) take(payload []byte) error {
	a, id, err := wire.ParseAnswer(payload)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	q := c.waiting[id]
	if q == nil {
		return errNotWaiting
	}
	text, err := q.asking.Open(a.Call, a.Nonce, a.Ciphertext)
	if err != nil {
		return err
	}
	reply, err := wire.ParseReply(text)
	if err != nil {
		return err
	}
	delete(c.waiting, id)
	q.reply <- reply
	return nil
}
