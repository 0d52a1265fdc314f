package revocation

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Responder is an OCSP responder reached by HTTP POST (RFC 6960 appendix A).
type Responder struct {
	URL           string
	Client        *http.Client // nil: http.DefaultClient
	NonceRequired bool         // see Query
}

const (
	nonceLength  = 32      // RFC 9654 §2.1
	maxOCSPBytes = 1 << 16 // a response is a few kilobytes
)

// Name returns the URL.
func (r *Responder) Name() string { return r.URL }

// Ask sends a request with a fresh nonce and judges the response. The error is the transport's or JudgeOCSP's.
func (r *Responder) Ask(ctx context.Context, q Query) (Answer, error) {
	q.Nonce, q.NonceRequired = make([]byte, nonceLength), r.NonceRequired
	if _, err := rand.Read(q.Nonce); err != nil {
		return Answer{}, fmt.Errorf("revocation: draw nonce: %w", err)
	}
	body, err := Request(q.Cert, q.Issuer, q.Nonce)
	if err != nil {
		return Answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("revocation: ocsp request: %w", err)
	}
	request.Header.Set("Content-Type", "application/ocsp-request")
	client := r.Client
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("revocation: ask responder: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	der, err := io.ReadAll(io.LimitReader(response.Body, maxOCSPBytes+1))
	if err != nil {
		return Answer{}, fmt.Errorf("revocation: read response: %w", err)
	}
	if response.StatusCode != http.StatusOK || len(der) > maxOCSPBytes {
		return Answer{}, fail(OCSPStatus, "HTTP")
	}
	return JudgeOCSP(der, q)
}

// Store is a source of CRLs, kept until they end. JPKI's lists are reached by LDAP and by registered verifiers only
// (公的個人認証法 17条), so how a list is fetched is the caller's.
type Store struct {
	Label string
	// Fetch returns the lists that may be about the certificate; nil: only what Put gave.
	Fetch func(ctx context.Context, q Query) ([]Lists, error)
	mu    sync.Mutex
	kept  []Lists
}

// maxKept bounds the lists that are kept: JPKI has one for each municipality, fetched as needed.
const maxKept = 256

// Name returns the label.
func (s *Store) Name() string { return s.Label }

// Put keeps lists, which are judged when they are used. Of more than 256 the first go.
func (s *Store) Put(lists ...Lists) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, lists...)
	if extra := len(s.kept) - maxKept; extra > 0 {
		s.kept = append([]Lists(nil), s.kept[extra:]...)
	}
}

// Ask judges by the lists at hand, newest first, and fetches others only where those give no answer. So an outage is
// bridged until the kept list's nextUpdate.
func (s *Store) Ask(ctx context.Context, q Query) (Answer, error) {
	answer, err := JudgeCRL(s.all(), q)
	if err == nil || s.Fetch == nil {
		return answer, err
	}
	fetched, err := s.Fetch(ctx, q)
	if err != nil {
		return Answer{}, fmt.Errorf("revocation: fetch lists: %w", err)
	}
	answer, err = JudgeCRL(fetched, q)
	if err == nil {
		s.drop(q.At)
		s.Put(fetched...)
	}
	return answer, err
}

func (s *Store) all() []Lists {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Lists, 0, len(s.kept))
	for i := len(s.kept) - 1; i >= 0; i-- {
		out = append(out, s.kept[i])
	}
	return out
}

// drop forgets the lists that have ended.
func (s *Store) drop(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []Lists
	for _, l := range s.kept {
		if c, err := parseCRL(l.Complete); err == nil && now.Before(c.NextUpdate) {
			left = append(left, l)
		}
	}
	s.kept = left
}
