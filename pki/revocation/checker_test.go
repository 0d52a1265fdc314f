package revocation_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// scripted answers as it is told.
type scripted struct {
	name   string
	answer revocation.Answer
	err    error
	asked  int
}

func (s *scripted) Name() string { return s.name }

func (s *scripted) Ask(context.Context, revocation.Query) (revocation.Answer, error) {
	s.asked++
	return s.answer, s.err
}

// TestOutageIsUnknownSince: silence is an answer with a beginning, which a real answer ends.
func TestOutageIsUnknownSince(t *testing.T) {
	w := newTown(t)
	at := now
	source := &scripted{name: "town", err: errors.New("dial tcp 192.0.2.1: refused")}
	c := &revocation.Checker{Sources: []revocation.Source{source}, Now: func() time.Time { return at }}
	for range 3 {
		got := c.Check(t.Context(), w.person.Cert, w.ca.Cert)
		if got.State != revocation.Unknown || !got.Since.Equal(now) || got.Why != "town: no answer" || !got.Asked.Equal(at) {
			t.Fatalf("%+v", got)
		}
		at = at.Add(time.Hour)
	}
	source.err, source.answer = nil, revocation.Answer{State: revocation.Good, ThisUpdate: at.Add(-time.Minute), Asked: at}
	if got := c.Check(t.Context(), w.person.Cert, w.ca.Cert); got.State != revocation.Good || got.Source != "town" || got.Age() != time.Minute {
		t.Fatalf("%+v", got)
	}
	source.err = context.DeadlineExceeded
	if got := c.Check(t.Context(), w.person.Cert, w.ca.Cert); !got.Since.Equal(at) || got.Why != "town: no answer in time" {
		t.Fatalf("a second outage began at %v: %+v", at, got)
	}
}

// TestTheNextSourceIsAsked: OCSP fails, the CRL answers; a responder that does not know is kept till another does.
func TestTheNextSourceIsAsked(t *testing.T) {
	w := newTown(t)
	down := &scripted{name: "down", err: errors.New("x")}
	shrug := &scripted{name: "shrug", answer: revocation.Answer{Why: "the responder does not know the certificate", Since: now}}
	crls := &revocation.Store{Label: "lists"}
	clock := func() time.Time { return now }
	c := &revocation.Checker{Sources: []revocation.Source{down, shrug, crls}, Now: clock}
	if got := c.Check(t.Context(), w.person.Cert, w.ca.Cert); got.State != revocation.Unknown || got.Source != "shrug" {
		t.Errorf("without lists: %+v", got)
	}
	crls.Put(revocation.Lists{Complete: w.ca.CRL(t, list(nil, entry(w.person.Cert.SerialNumber, 3)))})
	got := c.Check(t.Context(), w.person.Cert, w.ca.Cert)
	if got.State != revocation.Revoked || got.Reason != revocation.AffiliationChanged || got.Source != "lists" || got.Kind != revocation.ByCRL {
		t.Errorf("with lists: %+v", got)
	}
	none := &revocation.Checker{Now: clock}
	if got := none.Check(t.Context(), w.person.Cert, w.ca.Cert); got.State != revocation.Unknown || got.Why != "no source" || got.Since.IsZero() {
		t.Errorf("without sources: %+v", got)
	}
}

// TestStoreBridgesAnOutage: a list that was fetched answers till its nextUpdate, and then its source is missed.
func TestStoreBridgesAnOutage(t *testing.T) {
	w := newTown(t)
	fetched := 0
	var broken error
	s := &revocation.Store{Label: "ldap", Fetch: func(context.Context, revocation.Query) ([]revocation.Lists, error) {
		fetched++
		return []revocation.Lists{{Complete: w.ca.CRL(t, list(nil))}}, broken
	}}
	q := w.query()
	for range 2 {
		if got, err := s.Ask(t.Context(), q); err != nil || got.State != revocation.Good || fetched != 1 {
			t.Fatalf("%+v, %v after %d", got, err, fetched)
		}
		broken = errors.New("down")
	}
	q.At = now.Add(25 * time.Hour)
	if got, err := s.Ask(t.Context(), q); err == nil || fetched != 2 {
		t.Errorf("%+v after the list ended", got)
	}
}

// TestResponderFaults: whatever an HTTP server does, there is an answer, and it tells nothing of the far end's text.
func TestResponderFaults(t *testing.T) {
	w := newTown(t)
	release := make(chan struct{})
	defer close(release)
	for label, handler := range map[string]http.HandlerFunc{
		"not found": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) },
		"garbage":   func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("secret")) },
		"endless":   func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(make([]byte, 1<<17)) },
		"mute":      func(http.ResponseWriter, *http.Request) { <-release },
		"cut": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "9")
			_, _ = rw.Write([]byte("x"))
		},
		"try later": func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(pkitest.OCSP{Status: 3}.Marshal(t)) },
		"old":       func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(stale(t, w)) },
	} {
		server := httptest.NewServer(handler)
		c := &revocation.Checker{Sources: []revocation.Source{&revocation.Responder{URL: server.URL}}, Limit: 200 * time.Millisecond}
		got := c.Check(t.Context(), w.person.Cert, w.ca.Cert)
		if got.State != revocation.Unknown || got.Since.IsZero() || got.Why == "" || strings.Contains(got.Why, "secret") {
			t.Errorf("%s: %+v", label, got)
		}
		if label != "mute" {
			server.Close()
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c := &revocation.Checker{Sources: []revocation.Source{&revocation.Responder{URL: gone.URL}}}
	if got := c.Check(t.Context(), w.person.Cert, w.ca.Cert); got.State != revocation.Unknown || got.Since.IsZero() {
		t.Errorf("refused: %+v", got)
	}
}

func stale(t testing.TB, w town) []byte {
	s := w.good()
	s.ThisUpdate = now.AddDate(0, 0, -3)
	return pkitest.OCSP{By: w.ca, Singles: []pkitest.Single{s}}.Marshal(t)
}
