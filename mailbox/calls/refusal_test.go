package calls

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/profile"
	"madoguchi/pki/revocation"
	"madoguchi/wire"
)

// TestCallRefused: each by the name of what is refused.
func TestCallRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	list := shot{by: r.k1, name: wire.CallDraftList, session: s}
	with := func(change func(*shot)) shot {
		out := list
		change(&out)
		return out
	}
	for name, test := range map[string]struct {
		shot shot
		want Refusal
	}{
		"oversize":                        {with(func(s *shot) { s.sent = func([]byte) []byte { return make([]byte, wire.MaxCall+1) } }), Oversize},
		"malformed":                       {with(func(s *shot) { s.sent = func(b []byte) []byte { return b[1:] } }), Malformed},
		"truncated":                       {with(func(s *shot) { s.sent = func(b []byte) []byte { return b[:len(b)-1] } }), Malformed},
		"unknown version":                 {with(func(s *shot) { s.headed = func(h *wire.CallHeader) { h.V = 2 } }), UnknownVersion},
		"unknown version of the question": {with(func(s *shot) { s.asked = func(h *wire.AskHead) { h.V = 2 } }), UnknownVersion},
		"malformed JSON":                  {with(func(s *shot) { s.raw = func([]byte) []byte { return []byte(`{"a":`) } }), MalformedBody},
		"JSON that is not canonical":      {with(func(s *shot) { s.raw = func([]byte) []byte { return []byte(`{ }`) } }), MalformedBody},
		"question without a name":         {with(func(s *shot) { s.name = "" }), Malformed},
		"other kiosk's header":            {with(func(s *shot) { s.headed = func(h *wire.CallHeader) { h.Kiosk = "k2" } }), ForeignTopic},
		"other kiosk's topic":             {with(func(s *shot) { s.topic = wire.UpCall("k2") }), ForeignTopic},
		"unknown sealing key":             {with(func(s *shot) { s.headed = func(h *wire.CallHeader) { h.Key = "key-9" } }), UnknownKey},
		"never enrolled kiosk":            {with(func(s *shot) { s.by = r.alien }), UnknownKiosk},
		"other mailbox":                   {with(func(s *shot) { s.mailbox = "mailbox.town.example" }), DoesNotOpen},
		"swapped header": {with(func(s *shot) {
			s.sealed = func(c *wire.Call) *wire.Call {
				c.Header, _ = wire.NewCallHeader(r.key.ID(), "k1", wire.ID{7})
				return c
			}
		}), DoesNotOpen},
		"tampered": {with(func(s *shot) {
			s.sealed = func(c *wire.Call) *wire.Call { c.Ciphertext[9] ^= 1; return c }
		}), DoesNotOpen},
		"enc of another call": {with(func(s *shot) {
			other := r.prepare(list)
			s.sealed = func(c *wire.Call) *wire.Call { c.Enc = other.asking.Enc(); return c }
		}), DoesNotOpen},
		"forged device signature":  {with(func(s *shot) { s.signer = r.k2 }), ForgedDevice},
		"unknown call":             {with(func(s *shot) { s.name = "draft.burn" }), UnknownCall},
		"oversize question":        {with(func(s *shot) { s.raw = func([]byte) []byte { return make([]byte, small+1) } }), BodyTooLarge},
		"stripped session":         {with(func(s *shot) { s.session = nil }), NoSession},
		"unknown session":          {with(func(s *shot) { s.session = &token{text: salt(9)} }), UnknownSession},
		"session where none is":    {with(func(s *shot) { s.name = wire.CallNonce }), UnwantedToken},
		"repeated seq":             {with(func(s *shot) { s.asked = func(h *wire.AskHead) { h.Seq = 1 } }), SeqNotRising},
		"session of another kiosk": {with(func(s *shot) { s.by, s.session = r.k2, &token{text: s.session.text, seq: 1000} }), ForeignSession},
		"other person's draft":     {with(func(s *shot) { s.name, s.body = wire.CallDraftGet, wire.DraftAsk{ID: wire.ID{1}.String()} }), UnknownDraft},
		"draft id that is none":    {with(func(s *shot) { s.name, s.body = wire.CallDraftGet, wire.DraftAsk{ID: "1"} }), MalformedBody},
		"draft that is none": {with(func(s *shot) {
			s.name, s.body = wire.CallDraftPut, wire.DraftPutAsk{Prior: wire.Hash{}.String(), Sealed: []byte("x")}
		}), MalformedDraft},
		"resident's call from an office": {with(func(s *shot) { s.by = r.office }), WrongProfile},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "repeated seq" && r.fire(list, nil) != "" {
				t.Fatal("the good one is refused")
			}
			if got := r.fire(test.shot, nil); got != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
			if got := r.fire(list, nil); got != "" {
				t.Errorf("the good one after it: %q", got)
			}
		})
	}
}

func TestReplayedCallIsRefused(t *testing.T) {
	r := newRig(t)
	f := r.prepare(shot{by: r.k1, name: wire.CallNonce})
	if got := r.send(f, nil); got != "" {
		t.Fatal(got)
	}
	if got := r.send(f, nil); got != Replayed {
		t.Error(got)
	}
}

func TestReorderedSeqIsRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	first, second := r.prepare(shot{by: r.k1, name: wire.CallDraftList, session: s}), r.prepare(shot{by: r.k1, name: wire.CallDraftList, session: s})
	if got := r.send(second, nil); got != "" {
		t.Fatal(got)
	}
	if got := r.send(first, nil); got != SeqNotRising {
		t.Error(got)
	}
}

// TestReplayAfterARestartIsRefused: a mailbox that starts again has no sessions and no nonces.
func TestReplayAfterARestartIsRefused(t *testing.T) {
	r := newRig(t)
	nonce := r.nonce(r.k1)
	login := r.prepare(shot{by: r.k1, name: wire.CallLogin, login: r.signs(r.people.hanako, "k1", nonce, nil)})
	s := r.logIn(r.k1, r.people.hanako)
	list := r.prepare(shot{by: r.k1, name: wire.CallDraftList, session: s})
	r.restart(nil)
	if got := r.send(login, nil); got != UnknownNonce {
		t.Error(got)
	}
	if got := r.send(list, nil); got != UnknownSession {
		t.Error(got)
	}
}

func TestStruckOffKioskIsRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	if err := r.store.Update(t.Context(), func(tx *store.Tx) error { return registry.Strike(tx, "k1", "lost", r.now) }); err != nil {
		t.Fatal(err)
	}
	if got := r.fire(shot{by: r.k1, name: wire.CallDraftList, session: s}, nil); got != StruckOff {
		t.Error(got)
	}
}

// TestOfficerCallFromAResidentsProfileIsRefused, and from an office by somebody who is no officer.
func TestOfficerCallFromAResidentsProfileIsRefused(t *testing.T) {
	r := newRig(t)
	done := func(context.Context, *Server, *call) (any, Refusal) { return wire.Empty{}, "" }
	r.server.table["case.list"] = named{profiles: []string{"reception"}, roles: []string{"officer"}, session: true, max: small, do: done}
	r.server.table["case.count"] = named{profiles: residents, roles: []string{"officer"}, session: true, max: small, do: done}
	s := r.logIn(r.k1, r.people.hanako)
	if got := r.fire(shot{by: r.k1, name: "case.list", session: s}, nil); got != WrongProfile {
		t.Error(got)
	}
	if got := r.fire(shot{by: r.k1, name: "case.count", session: s}, nil); got != WrongRole {
		t.Error(got)
	}
}

// TestTooManyCallsAreRefused: at once, and in time.
func TestTooManyCallsAreRefused(t *testing.T) {
	r := newRig(t)
	nonce := shot{by: r.k1, name: wire.CallNonce}
	for n := range burst {
		if got := r.fire(nonce, nil); got != "" {
			t.Fatal(n, got)
		}
	}
	if got := r.fire(nonce, nil); got != TooMany {
		t.Error(got)
	}
	if got := r.fire(shot{by: r.k2, name: wire.CallNonce}, nil); got != "" {
		t.Error("another kiosk: ", got)
	}
	r.now = r.now.Add(refill)
	if got := r.fire(nonce, nil); got != "" {
		t.Error("after a while: ", got)
	}
	for range kioskAtOnce {
		if !r.server.gate.enter("k1") {
			t.Fatal("not even these")
		}
	}
	if got := r.fire(nonce, nil); got != Busy {
		t.Error(got)
	}
	if got := r.fire(shot{by: r.k2, name: wire.CallNonce}, nil); got != "" {
		t.Error("another kiosk: ", got)
	}
}

func TestEndedSessionIsRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	list := shot{by: r.k1, name: wire.CallDraftList, session: s}
	if got := r.fire(shot{by: r.k1, name: wire.CallEnd, session: s}, nil); got != "" {
		t.Fatal(got)
	}
	if got := r.fire(list, nil); got != UnknownSession {
		t.Error(got)
	}
	old := r.logIn(r.k1, r.people.hanako)
	r.logIn(r.k1, r.people.taro) // who comes next at the same kiosk
	list.session = old
	if got := r.fire(list, nil); got != UnknownSession {
		t.Error(got)
	}
}

func TestIdleSessionIsRefused(t *testing.T) {
	r := newRig(t)
	list := shot{by: r.k1, name: wire.CallDraftList, session: r.logIn(r.k1, r.people.hanako)}
	r.now = r.now.Add(IdleTerm)
	if got := r.fire(list, nil); got != "" {
		t.Fatal(got)
	}
	r.now = r.now.Add(IdleTerm + time.Second)
	if got := r.fire(list, nil); got != IdleSession {
		t.Error(got)
	}
	if got := r.fire(list, nil); got != UnknownSession {
		t.Error(got)
	}
}

func TestSessionBeyondItsLongestTimeIsRefused(t *testing.T) {
	r := newRig(t)
	list := shot{by: r.k1, name: wire.CallDraftList, session: r.logIn(r.k1, r.people.hanako)}
	for end := r.now.Add(SessionTerm); r.now.Before(end); r.now = r.now.Add(IdleTerm) {
		if got := r.fire(list, nil); got != "" {
			t.Fatal(got)
		}
	}
	r.now = r.now.Add(time.Second)
	if got := r.fire(list, nil); got != OverSession {
		t.Error(got)
	}
}

// TestLoginRefused: each by the name of what is refused.
func TestLoginRefused(t *testing.T) {
	r := newRig(t)
	hanako := r.people.hanako
	wrongUsage, wrongKind := *profile.JPKIAuth, *profile.JPKIAuth
	wrongUsage.KeyUsage <<= 2 // keyEncipherment
	wrongKind.Policy = profile.Arc + ".1.9"
	issued := func(der []byte) card { return card{key: hanako.key, cert: der} }
	for name, test := range map[string]struct {
		card   card
		change func(*wire.Challenge)
		want   Refusal
	}{
		"other mailbox":                 {hanako, func(c *wire.Challenge) { c.Mailbox = "mailbox.town.example" }, OtherMailbox},
		"other kiosk":                   {hanako, func(c *wire.Challenge) { c.Kiosk = "k2" }, OtherKiosk},
		"other role":                    {hanako, func(c *wire.Challenge) { c.Role = "officer" }, WrongRole},
		"no role":                       {hanako, func(c *wire.Challenge) { c.Role = "" }, WrongRole},
		"enc swapped":                   {hanako, func(c *wire.Challenge) { c.Enc = wire.Sum([]byte("another call")).String() }, OtherCall},
		"local challenge":               {hanako, func(c *wire.Challenge) { c.Type = wire.ChallengeLocal }, MalformedBody},
		"challenge of another version":  {hanako, func(c *wire.Challenge) { c.V = 2 }, MalformedBody},
		"nonce that was never given":    {hanako, func(c *wire.Challenge) { c.Nonce = salt(1) }, UnknownNonce},
		"nonce of another kiosk":        {hanako, func(c *wire.Challenge) { c.Nonce = r.nonceApart(r.k2.ID) }, ForeignNonce},
		"signature of another card":     {card{key: r.people.taro.key, cert: hanako.cert}, nil, ForgedChallenge},
		"certificate that is none":      {issued([]byte("x")), nil, BadCertificate},
		"certificate of another CA":     {issued(certify(t, r.people.stranger, profile.JPKIAuth, hanako.key, 0)), nil, ForeignIssuer},
		"expired certificate":           {issued(certify(t, r.city.Auth, profile.JPKIAuth, hanako.key, 1)), nil, ExpiredCert},
		"wrong key usage":               {issued(certify(t, r.city.Auth, &wrongUsage, hanako.key, 0)), nil, WrongUsage},
		"certificate of another kind":   {issued(certify(t, r.city.Auth, &wrongKind, hanako.key, 0)), nil, WrongCert},
		"署名用 certificate at the log-in": {issued(certify(t, r.city.Sign, profile.JPKISign, hanako.key, 0)), nil, SigningCert},
	} {
		t.Run(name, func(t *testing.T) {
			login := shot{by: r.k1, name: wire.CallLogin, login: r.signs(test.card, "k1", r.nonce(r.k1), test.change)}
			if got := r.fire(login, nil); got != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
			if len(r.server.sessions.open) != 0 {
				t.Error("a session is open")
			}
		})
	}
	r.logIn(r.k1, hanako)
}

// nonceApart gives a kiosk a nonce without a call.
func (r *rig) nonceApart(kiosk string) string {
	text, err := r.server.nonces.give(r.server.c.Random, kiosk, r.now)
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

func TestExpiredNonceIsRefused(t *testing.T) {
	r := newRig(t)
	nonce := r.nonce(r.k1)
	r.now = r.now.Add(NonceTerm + time.Second)
	if got := r.fire(shot{by: r.k1, name: wire.CallLogin, login: r.signs(r.people.hanako, "k1", nonce, nil)}, nil); got != ExpiredNonce {
		t.Error(got)
	}
}

func TestNonceUsedTwiceIsRefused(t *testing.T) {
	r := newRig(t)
	nonce := r.nonce(r.k1)
	login := shot{by: r.k1, name: wire.CallLogin, login: r.signs(r.people.hanako, "k1", nonce, nil)}
	if got := r.fire(login, nil); got != "" {
		t.Fatal(got)
	}
	if got := r.fire(login, nil); got != UnknownNonce {
		t.Error(got)
	}
}

// TestForgedLoginSpendsNoNonce: or whoever shares the line could keep people from logging in.
func TestForgedLoginSpendsNoNonce(t *testing.T) {
	r := newRig(t)
	nonce := r.nonce(r.k1)
	forged := card{key: r.people.taro.key, cert: r.people.hanako.cert}
	if got := r.fire(shot{by: r.k1, name: wire.CallLogin, login: r.signs(forged, "k1", nonce, nil)}, nil); got != ForgedChallenge {
		t.Fatal(got)
	}
	if got := r.fire(shot{by: r.k1, name: wire.CallLogin, login: r.signs(r.people.hanako, "k1", nonce, nil)}, nil); got != "" {
		t.Error(got)
	}
}

// source is a source of revocation that a test decides about.
type source struct {
	answer revocation.Answer
	err    error
}

func (s source) Name() string { return "source" }
func (s source) Ask(context.Context, revocation.Query) (revocation.Answer, error) {
	return s.answer, s.err
}

func TestRevokedCertificateIsRefused(t *testing.T) {
	r := newRig(t)
	r.restart(&revocation.Checker{Sources: []revocation.Source{source{answer: revocation.Answer{State: revocation.Revoked}}}})
	if got := r.fire(shot{by: r.k1, name: wire.CallLogin, login: r.signs(r.people.hanako, "k1", r.nonce(r.k1), nil)}, nil); got != RevokedCert {
		t.Error(got)
	}
}

// TestOutageOfRevocationStopsNobody, and is written down.
func TestOutageOfRevocationStopsNobody(t *testing.T) {
	r := newRig(t)
	r.restart(&revocation.Checker{Sources: []revocation.Source{source{err: errors.New("down")}}})
	r.logIn(r.k1, r.people.hanako)
	if !bytes.Contains(r.log.Bytes(), []byte("source: no answer")) {
		t.Error("the outage is not in the log")
	}
	for _, s := range r.server.sessions.open {
		if s.revocation.State != revocation.Unknown || s.revocation.Why == "" {
			t.Errorf("%+v", s.revocation)
		}
	}
}

// TestNothingPersonalInTheLog of calls, whatever is refused.
func TestNothingPersonalInTheLog(t *testing.T) {
	r := newRig(t)
	r.logIn(r.k1, r.people.hanako)
	r.fire(shot{by: r.k1, name: "窓口 花子"}, nil)
	if log := r.log.String(); bytes.Contains([]byte(log), []byte("花子")) {
		t.Error("what a kiosk invents is in the log")
	}
}

func TestNoncesOfAKioskAreBounded(t *testing.T) {
	r := newRig(t)
	first := r.nonce(r.k1)
	for range noncesOfKiosk {
		r.nonce(r.k1)
	}
	if n := len(r.server.nonces.given["k1"]); n != noncesOfKiosk {
		t.Error(n)
	}
	if slices.ContainsFunc(r.server.nonces.given["k1"], func(n nonce) bool { return n.text == first }) {
		t.Error("the oldest stayed")
	}
}
