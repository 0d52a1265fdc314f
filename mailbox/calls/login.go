package calls

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"

	"madoguchi/internal/check"
	"madoguchi/internal/event"
	"madoguchi/mailbox/store"
	"madoguchi/pki/draft"
	"madoguchi/pki/profile"
	"madoguchi/pki/revocation"
	"madoguchi/wire"
)

func giveNonce(_ context.Context, s *Server, c *call) (any, Refusal) {
	if _, refused := body[wire.Empty](c); refused != "" {
		return nil, refused
	}
	text, err := s.nonces.give(s.c.Random, c.kiosk.ID, s.c.Now())
	if err != nil {
		return nil, s.failed(c, err)
	}
	return wire.NonceAnswer{Nonce: text}, ""
}

// logIn opens a session for who signed this mailbox's nonce, at this kiosk, for this very call.
func logIn(ctx context.Context, s *Server, c *call) (any, Refusal) {
	ask, refused := body[wire.LoginAsk](c)
	if refused != "" {
		return nil, refused
	}
	challenge, err := wire.ParseChallenge(ask.Challenge)
	if err != nil {
		return nil, MalformedBody
	}
	if refused := s.meant(c, challenge); refused != "" {
		return nil, refused
	}
	cert, refused := s.certificate(ask.Certificate)
	if refused != "" {
		return nil, refused
	}
	if cert.CheckSignature(algorithm(cert), ask.Challenge, ask.Signature) != nil && !check.Off(check.ChallengeSignature) {
		return nil, ForgedChallenge
	}
	// Only now: what is not the card's own word must not use up a nonce.
	if refused := s.nonces.take(challenge.Nonce, c.kiosk.ID, s.c.Now()); refused != "" {
		return nil, refused
	}
	known := s.revoked(ctx, c, cert)
	if known.State == revocation.Revoked {
		return nil, RevokedCert
	}
	return s.begin(ctx, c, session{
		kiosk: c.kiosk.ID, owner: wire.Sum(cert.RawSubjectPublicKeyInfo), role: challenge.Role, opened: s.c.Now(), used: s.c.Now(), revocation: known,
	})
}

// meant requires a challenge to be for this mailbox, kiosk, call and a role that logs in so.
func (s *Server) meant(c *call, challenge wire.Challenge) Refusal {
	switch {
	case challenge.Mailbox != s.c.Mailbox:
		return OtherMailbox
	case challenge.Kiosk != c.kiosk.ID:
		return OtherKiosk
	case challenge.Enc != wire.Sum(c.enc).String() && !check.Off(check.ChallengeCall):
		return OtherCall
	case challenge.Role != wire.RoleResident: // officers and companies have other cards
		return WrongRole
	}
	return ""
}

// certificate requires a 利用者証明用 certificate of a pinned CA, as of now on the mailbox's clock.
func (s *Server) certificate(der []byte) (*x509.Certificate, Refusal) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, BadCertificate
	}
	if profile.JPKISign.Check(cert) == nil {
		return nil, SigningCert
	}
	err = profile.Chain(cert, profile.JPKIAuth, s.c.Anchors(), s.c.Now())
	switch {
	case err == nil:
		return cert, ""
	case errors.Is(err, profile.ErrTime):
		return nil, ExpiredCert
	case errors.Is(err, profile.ErrChain):
		return nil, ForeignIssuer
	case errors.Is(err, profile.ErrKeyUsage):
		return nil, WrongUsage
	}
	return nil, WrongCert
}

func algorithm(cert *x509.Certificate) x509.SignatureAlgorithm {
	if cert.PublicKeyAlgorithm == x509.ECDSA {
		return x509.ECDSAWithSHA384
	}
	return x509.SHA256WithRSA
}

// revoked asks where there is a source. An outage stops nobody: it is written down.
func (s *Server) revoked(ctx context.Context, c *call, cert *x509.Certificate) revocation.Answer {
	if s.c.Revocation == nil {
		return revocation.Answer{Why: "no source"}
	}
	anchors := s.c.Anchors()
	i := slices.IndexFunc(anchors, func(a *x509.Certificate) bool { return cert.CheckSignatureFrom(a) == nil })
	if i < 0 {
		return revocation.Answer{Why: "no issuer"}
	}
	known := s.c.Revocation.Check(ctx, cert, anchors[i])
	if known.State == revocation.Unknown {
		event.RevocationUnknown.Log(s.c.Log, "kiosk", c.kiosk.ID, "since", known.Since, "why", known.Why)
	}
	return known
}

func (s *Server) begin(ctx context.Context, c *call, n session) (any, Refusal) {
	answer := wire.LoginAnswer{Salts: []string{}}
	err := s.c.Store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Drafts(n.owner)
		for _, d := range all {
			if d.Scheme == string(draft.ByCard) && !slices.Contains(answer.Salts, d.Salt) {
				answer.Salts = append(answer.Salts, d.Salt)
			}
		}
		return err
	})
	if err != nil {
		return nil, s.failed(c, err)
	}
	if answer.Session, err = s.sessions.begin(s.c.Random, n); err != nil {
		return nil, s.failed(c, err)
	}
	event.LoggedIn.Log(s.c.Log, "kiosk", n.kiosk, "revocation", n.revocation.State.String())
	return answer, ""
}

func (s *Server) failed(c *call, err error) Refusal {
	event.CallFailed.Log(s.c.Log, "call", known(s.table, c.head.Name), "err", err)
	return Failed
}
