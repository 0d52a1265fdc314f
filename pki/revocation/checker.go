package revocation

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"time"
)

// Source answers about certificates. An error means that it has no answer to give now, for whatever reason.
type Source interface {
	// Name is for answers and logs.
	Name() string
	Ask(ctx context.Context, q Query) (Answer, error)
}

// Checker asks its sources in turn until one knows. It is safe for use by several goroutines.
type Checker struct {
	Sources []Source
	Signers []*x509.Certificate // see Query
	Now     func() time.Time    // nil: time.Now
	Limit   time.Duration       // for one source; 0: ten seconds
	MaxAge  time.Duration       // see Query
	mu      sync.Mutex
	silent  map[[32]byte]time.Time // issuer's key: since when no source has known anything
}

// DefaultLimit is how long one source may take.
const DefaultLimit = 10 * time.Second

// Check asks about cert, which issuer signed. It always answers: without a source that knows, the State is Unknown,
// Since the first time that this happened to a certificate of that issuer after the last answer, and Why what the
// sources said. A responder's own "unknown" is kept unless a later source knows more.
func (c *Checker) Check(ctx context.Context, cert, issuer *x509.Certificate) Answer {
	q := Query{Cert: cert, Issuer: issuer, At: c.now(), Signers: c.Signers, MaxAge: c.MaxAge}
	var why []string
	var unknown *Answer
	for _, source := range c.Sources {
		answer, err := c.ask(ctx, source, q)
		switch {
		case err != nil:
			why = append(why, source.Name()+": "+reasonFor(err))
		case answer.State != Unknown:
			c.heard(issuer)
			return answer
		case unknown == nil:
			unknown = &answer
		}
	}
	if unknown != nil {
		return *unknown
	}
	if len(c.Sources) == 0 {
		why = append(why, "no source")
	}
	return Answer{Reason: NoReason, Asked: q.At, Since: c.unheard(issuer, q.At), Why: strings.Join(why, "; ")}
}

func (c *Checker) ask(ctx context.Context, source Source, q Query) (Answer, error) {
	limit := c.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answer, err := source.Ask(ctx, q)
	if answer.Source == "" {
		answer.Source = source.Name()
	}
	return answer, err
}

// reasonFor leaves addresses and whatever a far end may have written out of the reason.
func reasonFor(err error) string {
	switch {
	case Failed(err) != "":
		return err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "not waited for"
	}
	return "no answer"
}

func (c *Checker) now() time.Time {
	if c.Now == nil {
		return time.Now().UTC()
	}
	return c.Now().UTC()
}

func (c *Checker) heard(issuer *x509.Certificate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.silent, keyOf(issuer))
}

// unheard notes the silence and returns when it began.
func (c *Checker) unheard(issuer *x509.Certificate, at time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent == nil {
		c.silent = map[[32]byte]time.Time{}
	}
	key := keyOf(issuer)
	if _, known := c.silent[key]; !known {
		c.silent[key] = at
	}
	return c.silent[key]
}

func keyOf(issuer *x509.Certificate) [32]byte { return sha256.Sum256(issuer.RawSubjectPublicKeyInfo) }
