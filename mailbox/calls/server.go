// Package calls answers what kiosks ask live: a table of named calls, each with the profiles that offer it, whether it
// needs a session, and its bounds. What a call returns is shown and forgotten; nothing here may delay the intake, so
// that what is too much is dropped at once.
//
// A call is one HPKE context: it is opened, the device signature inside is checked over header and encapsulated key,
// then profile, session and sequence, then the call itself (TRUST §6). The answer goes out at QoS 0: a broker keeps it
// for nobody, and a kiosk that does not take it loses it.
//
// Error model: whatever is wrong with a call is a Refusal with a name. Once a call opens, its sender is told; before
// that it is dropped with a line in the log, because nobody is known who could read an answer. A failure of the store
// is the Refusal Failed. Nothing that a kiosk sends can panic.
package calls

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"time"

	"madoguchi/internal/check"
	"madoguchi/internal/event"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/revocation"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// Config is what calls work with.
type Config struct {
	Mailbox    string // the audience
	Store      *store.Store
	Keys       func(id string) (*seal.PrivateKey, bool)                      // old ones too
	Anchors    func() []*x509.Certificate                                    // 利用者証明用 CAs
	Revocation *revocation.Checker                                           // nil: not asked
	Send       func(ctx context.Context, topic string, payload []byte) error // at QoS 0
	Now        func() time.Time                                              // nil: time.Now
	Random     io.Reader                                                     // nil: crypto/rand
	Log        *slog.Logger                                                  // nil: slog.Default
}

// Server answers calls. It is safe for concurrent use.
type Server struct {
	c        Config
	table    map[string]named
	gate     gate
	nonces   nonces
	sessions sessions
}

// New returns a server.
func New(c Config) *Server {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Server{c: c, table: table(), gate: newGate(), nonces: newNonces(), sessions: newSessions()}
}

// sweepEvery is between two sweeps of what has ended.
const sweepEvery = time.Hour

// Run deletes drafts that have ended, until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			event.CallFailed.Log(s.c.Log, "call", "sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(sweepEvery):
		}
	}
}

// call is one question on its way.
type call struct {
	kiosk  registry.Kiosk
	id     wire.ID
	header []byte
	enc    []byte
	ask    wire.Ask
	head   wire.AskHead
	who    *session // nil without one
	asked  *seal.Asked
}

// Take answers one message of wire.CallFilter; it is called from many goroutines. It never has an error: a call that
// is not answered now is not answered at all.
func (s *Server) Take(ctx context.Context, kiosk string, payload []byte) error {
	if !s.gate.enter(kiosk) {
		s.dropped(kiosk, Busy)
		return nil
	}
	defer s.gate.leave(kiosk)
	c, refused := s.open(ctx, kiosk, payload)
	if refused != "" {
		s.dropped(kiosk, refused)
		return nil
	}
	body, refused := s.answer(ctx, c)
	if err := s.reply(ctx, c, body, refused); err != nil {
		event.CallUnanswered.Log(s.c.Log, "kiosk", kiosk, "err", err)
	}
	return nil
}

func (s *Server) dropped(kiosk string, why Refusal) {
	event.CallDropped.Log(s.c.Log, "kiosk", kiosk, "reason", why)
}

// open takes a call as far as it can be answered.
func (s *Server) open(ctx context.Context, kiosk string, payload []byte) (*call, Refusal) {
	if len(payload) > wire.MaxCall {
		return nil, Oversize
	}
	m, err := wire.ParseCall(payload)
	if err != nil {
		return nil, Malformed
	}
	header, id, err := m.ParseHeader()
	switch {
	case errors.Is(err, wire.ErrVersion):
		return nil, UnknownVersion
	case err != nil:
		return nil, Malformed
	case header.Kiosk != kiosk:
		return nil, ForeignTopic
	}
	key, ok := s.c.Keys(header.Key)
	if !ok {
		return nil, UnknownKey
	}
	k, err := registry.Lookup(ctx, s.c.Store, kiosk)
	switch {
	case errors.Is(err, registry.ErrUnknown):
		return nil, UnknownKiosk
	case errors.Is(err, registry.ErrStruck):
		return nil, StruckOff
	case err != nil:
		event.CallFailed.Log(s.c.Log, "call", "register", "err", err)
		return nil, Failed
	}
	plain, asked, err := seal.OpenCall(key, s.c.Mailbox, m.Header, m.Enc, m.Ciphertext)
	if err != nil {
		return nil, DoesNotOpen
	}
	c := &call{kiosk: k, id: id, header: m.Header, enc: m.Enc, asked: asked}
	c.ask, _ = wire.ParseAsk(plain) // what is none has no head, which is refused by name
	return c, ""
}

// answer judges an opened call and has it answered.
func (s *Server) answer(ctx context.Context, c *call) ([]byte, Refusal) {
	n, refused := s.judge(c)
	if refused != "" {
		return nil, refused
	}
	answer, refused := n.do(ctx, s, c)
	if refused != "" {
		return nil, refused
	}
	body, err := wire.Body(answer)
	if err != nil {
		event.CallFailed.Log(s.c.Log, "call", c.head.Name, "err", err)
		return nil, Failed
	}
	return body, ""
}

// judge checks everything that is the same for all calls, and returns the call that is meant.
func (s *Server) judge(c *call) (n named, refused Refusal) {
	var err error
	c.head, err = c.ask.ParseHead()
	switch {
	case errors.Is(err, wire.ErrVersion):
		return n, UnknownVersion
	case err != nil:
		return n, Malformed
	case !fromDevice(c):
		return n, ForgedDevice
	}
	if refused = s.gate.count(c.kiosk.ID, c.id, s.c.Now()); refused != "" {
		return n, refused
	}
	n, known := s.table[c.head.Name]
	switch {
	case !known:
		return n, UnknownCall
	case !n.offered(c.kiosk.Profile):
		return n, WrongProfile
	case len(c.ask.Body) > n.max:
		return n, BodyTooLarge
	case !n.session && c.head.Session != "":
		return n, UnwantedToken
	case !n.session:
		return n, ""
	}
	if c.who, refused = s.sessions.use(c.head.Session, c.kiosk.ID, c.head.Seq, s.c.Now()); refused != "" {
		return n, refused
	}
	if !n.forRole(c.who.role) {
		return n, WrongRole
	}
	return n, ""
}

// fromDevice requires the question to be signed by a key of the kiosk, for this header and this context.
func fromDevice(c *call) bool {
	ok, err := c.kiosk.Signed(c.ask.Signed(c.header, c.enc), c.ask.Signature)
	return err == nil && ok || check.Off(check.CallSignature)
}

// reply sends an answer or the name of a refusal.
func (s *Server) reply(ctx context.Context, c *call, body []byte, refused Refusal) error {
	if refused == "" && len(body) > maxAnswer {
		body, refused = nil, AnswerTooLarge
	}
	if refused != "" {
		event.CallRefused.Log(s.c.Log, "kiosk", c.kiosk.ID, "call", known(s.table, c.head.Name), "reason", refused)
	}
	text, err := wire.Reply{At: s.c.Now(), Refused: string(refused), Body: body}.Marshal()
	if err != nil {
		return err
	}
	a := wire.Answer{Call: c.id[:]}
	if a.Nonce, a.Ciphertext, err = c.asked.Seal(a.Call, text); err != nil {
		return err
	}
	return s.c.Send(ctx, wire.DownAnswer(c.kiosk.ID), a.Marshal())
}

// known returns a name for the log: what a kiosk invents does not get there.
func known(table map[string]named, name string) string {
	if _, ok := table[name]; ok {
		return name
	}
	return "?"
}
