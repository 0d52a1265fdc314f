package calls

import (
	"context"
	"crypto/subtle"
	"io"
	"sync"
	"time"

	"madoguchi/internal/event"
	"madoguchi/mailbox/store"
	"madoguchi/pki/revocation"
	"madoguchi/wire"
)

// How long what a log-in needs and opens lasts, on the mailbox's clock.
const (
	NonceTerm   = 60 * time.Second
	IdleTerm    = 15 * time.Minute // of a session without a call
	SessionTerm = 2 * time.Hour    // of a session in all

	noncesOfKiosk = 8 // the oldest goes
)

// nonces are what was given to log in with and not used yet. They are in memory alone: a mailbox that starts again
// knows none.
type nonces struct {
	mu    sync.Mutex
	given map[string][]nonce // by kiosk, the oldest first
}

type nonce struct {
	text string
	at   time.Time
}

func newNonces() nonces { return nonces{given: map[string][]nonce{}} }

func (n *nonces) give(random io.Reader, kiosk string, now time.Time) (string, error) {
	text, err := wire.NewNonce(random)
	if err != nil {
		return "", err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	all := append(n.given[kiosk], nonce{text, now})
	n.given[kiosk] = all[max(0, len(all)-noncesOfKiosk):]
	return text, nil
}

// take uses a nonce up.
func (n *nonces) take(text, kiosk string, now time.Time) Refusal {
	n.mu.Lock()
	defer n.mu.Unlock()
	for of, all := range n.given {
		for i, given := range all {
			if subtle.ConstantTimeCompare([]byte(given.text), []byte(text)) != 1 {
				continue
			}
			if of != kiosk {
				return ForeignNonce
			}
			n.given[of] = append(all[:i:i], all[i+1:]...)
			if now.Sub(given.at) > NonceTerm || now.Before(given.at) {
				return ExpiredNonce
			}
			return ""
		}
	}
	return UnknownNonce
}

// session is one person's, at one kiosk.
type session struct {
	kiosk        string
	owner        wire.Hash // SHA-256 of the SubjectPublicKeyInfo of the 利用者証明用 key
	role         string
	seq          uint64
	opened, used time.Time
	revocation   revocation.Answer // as it was known at the log-in; Unknown where nobody was asked or nobody answered
}

// sessions are in memory alone, one for each kiosk, by the hash of their secret.
type sessions struct {
	mu   sync.Mutex
	open map[wire.Hash]*session
}

func newSessions() sessions { return sessions{open: map[wire.Hash]*session{}} }

// begin opens a session; the one before at that kiosk has ended.
func (s *sessions) begin(random io.Reader, n session) (string, error) {
	token, err := wire.NewNonce(random)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, old := range s.open {
		if old.kiosk == n.kiosk {
			delete(s.open, key)
		}
	}
	s.open[wire.Sum([]byte(token))] = &n
	return token, nil
}

// use finds a session and counts one call in it. One of another kiosk is not touched.
func (s *sessions) use(token, kiosk string, seq uint64, now time.Time) (*session, Refusal) {
	if token == "" {
		return nil, NoSession
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := wire.Sum([]byte(token))
	n, known := s.open[key]
	switch {
	case !known:
		return nil, UnknownSession
	case n.kiosk != kiosk:
		return nil, ForeignSession
	case now.Sub(n.opened) > SessionTerm:
		delete(s.open, key)
		return nil, OverSession
	case now.Sub(n.used) > IdleTerm:
		delete(s.open, key)
		return nil, IdleSession
	case seq <= n.seq:
		return nil, SeqNotRising
	}
	n.seq, n.used = seq, now
	return n, ""
}

func (s *sessions) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, wire.Sum([]byte(token)))
}

// sweep forgets sessions that nobody uses any more.
func (s *sessions) sweep(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, n := range s.open {
		if now.Sub(n.opened) > SessionTerm || now.Sub(n.used) > IdleTerm {
			delete(s.open, key)
		}
	}
}

func endSession(_ context.Context, s *Server, c *call) (any, Refusal) {
	if _, refused := body[wire.Empty](c); refused != "" {
		return nil, refused
	}
	s.sessions.end(c.head.Session)
	return wire.Empty{}, ""
}

func (s *Server) sweep(ctx context.Context) error {
	now := s.c.Now()
	s.sessions.sweep(now)
	return s.c.Store.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.ExpireDrafts(now.Add(-DraftTerm))
		if n > 0 {
			event.DraftsEnded.Log(s.c.Log, "drafts", n)
		}
		return err
	})
}
