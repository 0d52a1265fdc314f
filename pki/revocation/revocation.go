// Package revocation asks whether a certificate has been revoked, by OCSP (RFC 6960) and by CRL (RFC 5280 §5 and
// §6.3), and judges the answers. Every answer says from which source it is and how fresh.
//
// Error model: Checker.Check has no error. Whatever goes wrong on the way, an outage above all, makes the answer
// Unknown, since a time and with a reason, so that nothing that asks can be stopped by it. JudgeOCSP and JudgeCRL,
// which judge one response, return *Error naming the check that failed; it quotes nothing of the certificate.
package revocation

import (
	"crypto/x509"
	"errors"
	"time"

	"madoguchi/internal/check"
)

// State is what is known of a certificate.
type State int

// The states. The zero value is Unknown: forgetting to ask is not an answer.
const (
	Unknown State = iota
	Good
	Revoked
)

// String returns the state in lower case.
func (s State) String() string { return [...]string{"unknown", "good", "revoked"}[s] }

// Reason is a CRLReason (RFC 5280 §5.3.1). The number is kept, known or not.
type Reason int

// The reasons. NoReason stands where the answer gives none.
const (
	NoReason             Reason = -1
	Unspecified          Reason = 0
	KeyCompromise        Reason = 1
	CACompromise         Reason = 2
	AffiliationChanged   Reason = 3 // 署名用: the holder moved or changed the name
	Superseded           Reason = 4
	CessationOfOperation Reason = 5
	CertificateHold      Reason = 6
	RemoveFromCRL        Reason = 8
	PrivilegeWithdrawn   Reason = 9
	AACompromise         Reason = 10
)

// Kind is how an answer was had.
type Kind string

// The kinds.
const (
	ByOCSP  Kind = "ocsp"
	ByCRL   Kind = "crl"
	ByDelta Kind = "crl+delta"
)

// Answer is what is known of one certificate, from where and from when.
type Answer struct {
	State      State
	Reason     Reason    // of a revocation, else NoReason
	RevokedAt  time.Time // of a revocation
	Invalid    time.Time // invalidityDate (RFC 5280 §5.3.2), zero when not given
	Kind       Kind      // "" when nobody answered
	Source     string    // the source's name or the list's, as configured
	ThisUpdate time.Time // from when the knowledge is
	NextUpdate time.Time // until when it is current; zero when the source does not say
	Produced   time.Time // OCSP: when the response was signed
	Asked      time.Time // when it was judged
	Since      time.Time // of Unknown: since when nothing has been known
	Why        string    // of Unknown: for a log, no personal data
}

// Age is how old the knowledge was when it was judged; 0 where there is none.
func (a Answer) Age() time.Duration {
	if a.ThisUpdate.IsZero() {
		return 0
	}
	return a.Asked.Sub(a.ThisUpdate)
}

// Query is a certificate that is asked about and what an answer must satisfy.
type Query struct {
	Cert   *x509.Certificate
	Issuer *x509.Certificate // whose key signed Cert; validated by the caller
	At     time.Time         // the present of the judgement
	Nonce  []byte            // OCSP: what was sent; nil: nothing
	// NonceRequired refuses a response without the nonce. Many responders sign in advance and send none
	// (RFC 6960 §4.4.1), and then freshness rests on the times.
	NonceRequired bool
	// Signers may answer beside the issuer: OCSP responders trusted by configuration (RFC 6960 §2.2 (2)) and issuers
	// of CRLs. The caller has validated them.
	Signers []*x509.Certificate
	MaxAge  time.Duration // of an answer without nextUpdate; 0: DefaultMaxAge
	Skew    time.Duration // between clocks; 0: DefaultSkew
}

// Bounds that a Query may leave out.
const (
	DefaultMaxAge = 24 * time.Hour
	DefaultSkew   = 5 * time.Minute
)

func (q Query) maxAge() time.Duration {
	if q.MaxAge > 0 {
		return q.MaxAge
	}
	return DefaultMaxAge
}

func (q Query) skew() time.Duration {
	if q.Skew > 0 {
		return q.Skew
	}
	return DefaultSkew
}

// The checks of a response of either kind.
const (
	Format      check.Name = "revocation: the answer can be read"
	Signature   check.Name = "revocation: the answer's signature holds"
	NotFuture   check.Name = "revocation: thisUpdate is not in the future"
	Current     check.Name = "revocation: nextUpdate has not passed"
	Fresh       check.Name = "revocation: the answer is not too old"
	KnownMarked check.Name = "revocation: every critical extension is understood"
)

// Error says which check an answer failed.
type Error struct {
	Failed check.Name
	Detail string
}

// Error returns the check's name and the detail.
func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Failed) + ": failed"
	}
	return string(e.Failed) + ": " + e.Detail
}

// Failed returns the check that err reports, "" when err is not of this package.
func Failed(err error) check.Name {
	var e *Error
	if errors.As(err, &e) {
		return e.Failed
	}
	return ""
}

func fail(name check.Name, detail string) error { return &Error{Failed: name, Detail: detail} }

// trial is one check: whether it found something bad, its name, and what to say.
type trial struct {
	bad    bool
	name   check.Name
	detail string
}

// judge returns the failure of the first trial that found something bad.
func judge(trials ...trial) error {
	for _, t := range trials {
		if t.bad && !check.Off(t.name) {
			return fail(t.name, t.detail)
		}
	}
	return nil
}

// within judges the times that both kinds of answer have.
func (q Query) within(this, next time.Time) error {
	return judge(
		trial{this.After(q.At.Add(q.skew())), NotFuture, ""},
		trial{!next.IsZero() && next.Before(this), Format, "nextUpdate before thisUpdate"},
		trial{!next.IsZero() && q.At.After(next.Add(q.skew())), Current, ""},
		trial{next.IsZero() && q.At.Sub(this) > q.maxAge(), Fresh, ""},
	)
}
