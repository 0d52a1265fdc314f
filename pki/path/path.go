// Package path finds the way from a certificate to a pinned anchor and validates it after RFC 5280 §6.1, with the
// policy graph of RFC 9618 in place of the tree, which an attacker can make grow exponentially.
//
// Error model: Validate and Build return *Error naming the rule that a certificate failed, by its number in RFC 5280,
// and where in the path it stands; it quotes nothing of a certificate, so that it may be logged. No input can panic.
package path

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/dn"
	"madoguchi/pki/revocation"
)

// The rules of RFC 5280 §6.1.3 to §6.1.5, and two of this package's.
const (
	Signature        check.Name = "path: 6.1.3(a)(1) the issuer's key made the signature"
	Validity         check.Name = "path: 6.1.3(a)(2) valid at the time"
	NotRevoked       check.Name = "path: 6.1.3(a)(3) not revoked"
	IssuerName       check.Name = "path: 6.1.3(a)(4) the issuer's name is the subject before"
	Permitted        check.Name = "path: 6.1.3(b) names within the permitted subtrees"
	Excluded         check.Name = "path: 6.1.3(c) names outside the excluded subtrees"
	PolicyNeeded     check.Name = "path: 6.1.3(f) a policy where one is required"
	MappingAny       check.Name = "path: 6.1.4(a) anyPolicy is not mapped"
	IsCA             check.Name = "path: 6.1.4(k) a version 3 CA certificate"
	PathLength       check.Name = "path: 6.1.4(l)(m) the path is not longer than allowed"
	CertSign         check.Name = "path: 6.1.4(n) key usage allows to sign certificates"
	CriticalCA       check.Name = "path: 6.1.4(o) every critical extension of a CA is understood"
	CriticalLeaf     check.Name = "path: 6.1.5(f) every critical extension of the last is understood"
	PolicyAcceptable check.Name = "path: 6.1.5(g) an acceptable policy where one is required"
	Format           check.Name = "path: extensions can be read"
	Found            check.Name = "path: there is a way to an anchor"
)

// Options are the inputs of §6.1.1.
type Options struct {
	At             time.Time
	Policies       []string // user-initial-policy-set, dotted; nil: any policy
	InhibitMapping bool     // initial-policy-mapping-inhibit
	ExplicitPolicy bool     // initial-explicit-policy
	InhibitAny     bool     // initial-any-policy-inhibit
	// Constraints are initial-permitted- and -excluded-subtrees as the value of a nameConstraints extension; nil: none.
	Constraints []byte
	// Status asks about revocation; nil: nobody is asked. Unknown does not end a path, it is told in the result.
	Status func(cert, issuer *x509.Certificate) revocation.Answer
}

// Result is a valid path.
type Result struct {
	Chain    []*x509.Certificate // leaf first, the anchor last
	Policies []string            // user-constrained-policy-set, dotted, sorted; nil: none
	Status   []revocation.Answer // of Chain without the anchor, when Options.Status is set
}

// trial is one rule: whether it was broken, its name, and what to say.
type trial struct {
	bad    bool
	name   check.Name
	detail string
}

func judge(trials ...trial) *Error {
	for _, t := range trials {
		if t.bad && !check.Off(t.name) {
			return broken(t.name, t.detail)
		}
	}
	return nil
}

// Error says which rule a certificate failed.
type Error struct {
	Failed check.Name
	Place  int // in the chain, 0 the leaf
	Detail string
}

// Error returns the rule, the place and the detail.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: certificate %d", e.Failed, e.Place)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Failed returns the rule that err reports, "" when err is not of this package.
func Failed(err error) check.Name {
	var e *Error
	if errors.As(err, &e) {
		return e.Failed
	}
	return ""
}

// Bounds of the search. Paths here have one to three certificates.
const (
	maxLength   = 8
	maxAttempts = 256
)

// Build finds a valid path from leaf through some of the pool to one of the anchors. Anchors are trusted because they
// are in the list; the pool may come from anywhere. CAs of one name and different keys are each tried, those whose
// key identifier fits first. Where no path is valid the error is that of the first that reached an anchor.
func Build(leaf *x509.Certificate, pool, anchors []*x509.Certificate, o Options) (Result, error) {
	b := &builder{pool: pool, anchors: anchors, options: o}
	if result := b.extend([]*x509.Certificate{leaf}); result != nil {
		return *result, nil
	}
	if b.err != nil {
		return Result{}, b.err
	}
	return Result{}, &Error{Failed: Found}
}

type builder struct {
	pool, anchors []*x509.Certificate
	options       Options
	attempts      int
	err           error
}

// extend tries every way on from the chain's last certificate, depth first.
func (b *builder) extend(chain []*x509.Certificate) *Result {
	last := chain[len(chain)-1]
	for _, anchor := range candidates(last, b.anchors) {
		if b.attempts++; b.attempts > maxAttempts {
			return nil
		}
		result, err := Validate(chain, anchor, b.options)
		if err == nil {
			return &result
		}
		if b.err == nil {
			b.err = err
		}
	}
	if len(chain) == maxLength {
		return nil
	}
	for _, issuer := range candidates(last, b.pool) {
		if slices.ContainsFunc(chain, issuer.Equal) {
			continue
		}
		if b.attempts++; b.attempts > maxAttempts {
			return nil
		}
		if issuer.CheckSignature(last.SignatureAlgorithm, last.RawTBSCertificate, last.Signature) != nil {
			continue
		}
		if result := b.extend(append(slices.Clip(chain), issuer)); result != nil {
			return result
		}
	}
	return nil
}

// candidates returns those whose subject is the certificate's issuer, the ones whose key identifier fits first.
func candidates(cert *x509.Certificate, all []*x509.Certificate) []*x509.Certificate {
	var fit, other []*x509.Certificate
	for _, c := range all {
		switch {
		case !dn.Equal(c.RawSubject, cert.RawIssuer):
		case len(cert.AuthorityKeyId) == 0 || bytes.Equal(c.SubjectKeyId, cert.AuthorityKeyId):
			fit = append(fit, c)
		default:
			other = append(other, c)
		}
	}
	return append(fit, other...)
}
