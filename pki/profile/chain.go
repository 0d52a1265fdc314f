package profile

import (
	"bytes"
	"crypto/x509"
	"time"

	"madoguchi/internal/check"
)

// Chain requires that leaf is of profile p, was issued by one of the pinned anchors, and that both were valid at
// the time at. Anchors are trusted because they are in the list, so the list must come from a pinned place, never
// from the message. The error wraps one of the Err… values.
func Chain(leaf *x509.Certificate, p *Profile, anchors []*x509.Certificate, at time.Time) error {
	anchor, err := p.issuer(leaf, anchors)
	if err != nil {
		return err
	}
	if outside(leaf, at) || anchor != nil && outside(anchor, at) {
		return p.fail(ErrTime, "")
	}
	return nil
}

// Issued is Chain without any judgement of time, for where the time is another's business (TRUST §5).
func Issued(leaf *x509.Certificate, p *Profile, anchors []*x509.Certificate) error {
	_, err := p.issuer(leaf, anchors)
	return err
}

// issuer checks the leaf's own contents and finds the anchor that issued it. The generations of a JPKI CA share
// one name, so the key identifiers narrow the choice and the signature decides it.
func (p *Profile) issuer(leaf *x509.Certificate, anchors []*x509.Certificate) (*x509.Certificate, error) {
	if err := p.Check(leaf); err != nil {
		return nil, err
	}
	if p.Issuer == nil {
		return nil, p.fail(ErrChain, "an anchor has no chain")
	}
	for _, anchor := range anchors {
		if p.Issuer.Check(anchor) == nil && named(leaf, anchor) && leaf.CheckSignatureFrom(anchor) == nil {
			return anchor, nil
		}
	}
	if check.Off(check.Chain) {
		return nil, nil
	}
	return nil, p.fail(ErrChain, "")
}

// named reports whether leaf says that it comes from anchor: the issuer's name, and the key identifier where both
// carry one.
func named(leaf, anchor *x509.Certificate) bool {
	keyed := len(leaf.AuthorityKeyId) == 0 || len(anchor.SubjectKeyId) == 0 || bytes.Equal(leaf.AuthorityKeyId, anchor.SubjectKeyId)
	return keyed && bytes.Equal(leaf.RawIssuer, anchor.RawSubject)
}

func outside(cert *x509.Certificate, at time.Time) bool {
	return at.Before(cert.NotBefore) || at.After(cert.NotAfter)
}
