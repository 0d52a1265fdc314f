// Package cades judges a whole signed message: every signature object in it, the signer's certificate against its
// profile and pinned anchors, and both at the time T. Package cms judges the message alone; revocation is asked
// afterwards, since an outage there must not stop anything (package revocation).
//
// Error model: Verify returns *cms.Error naming the check that failed, of this package, of cms, timestamp or of
// internal/check; it quotes nothing of the message or of a certificate.
package cades

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/cms"
	"madoguchi/pki/profile"
	"madoguchi/pki/timestamp"
)

// The checks of Verify beside those of cms.Parse and Verify.
const (
	ValidAtT         check.Name = "cades: the signer's certificate was valid at T"
	KeyUsage         check.Name = "cades: key usage and extended key usage are the profile's"
	BasicConstraints check.Name = "cades: basic constraints are the profile's"
	CertPolicy       check.Name = "cades: the certificate policy is the profile's"
	Profile          check.Name = "cades: the certificate is of its profile otherwise"
	EveryObject      check.Name = "cades: every signature object holds"
	Timestamp        check.Name = "cades: every time-stamp holds"
	TimeKnown        check.Name = "cades: T is known"
)

// Policy is what a message must satisfy.
type Policy struct {
	Profile *profile.Profile    // of the signers' certificates
	Anchors []*x509.Certificate // pinned, never from the message
	// Received is when the message was had, by a clock that is believed (TRUST §5); zero: a time-stamp is needed.
	Received time.Time
	Stamps   timestamp.Options // what time-stamps must satisfy; without anchors none is believed
}

// Signer is one signature that holds.
type Signer struct {
	*cms.Signature
	T      time.Time         // the earliest sound proof that the signature existed: a time-stamp or Received
	Stamps []timestamp.Stamp // each sound
}

// Verify judges the message and returns its signers. detached is as for cms.Verify. All signatures and all
// time-stamps must hold: one that does not makes the whole message unsound, wherever it stands.
func Verify(der, detached []byte, p Policy) ([]Signer, error) {
	messages, err := cms.ParseAll(der)
	if err != nil {
		return nil, err
	}
	var out []Signer
	for i, message := range messages {
		s, err := one(message, detached, p)
		switch {
		case err == nil:
			out = append(out, s)
		case len(messages) == 1:
			return nil, err
		case !check.Off(EveryObject):
			return nil, &cms.Error{Failed: EveryObject, Detail: fmt.Sprintf("signature %d: %v", i+1, err)}
		}
	}
	return out, nil
}

func one(message *cms.Message, detached []byte, p Policy) (Signer, error) {
	signature, err := message.Verify(detached)
	if err != nil {
		return Signer{}, err
	}
	s := Signer{Signature: signature, T: p.Received}
	if err := s.objects(); err != nil {
		return Signer{}, err
	}
	if err := s.stamps(p.Stamps); err != nil {
		return Signer{}, err
	}
	if s.T.IsZero() {
		return Signer{}, &cms.Error{Failed: TimeKnown, Detail: "neither received nor time-stamped"}
	}
	err = named(profile.Chain(signature.Signer, p.Profile, p.Anchors, s.T))
	if err != nil && !check.Off(cms.Failed(err)) {
		return Signer{}, err
	}
	return s, nil
}

// unjudged are the unsigned attributes that hold signatures which nothing here judges: counter-signature, and the
// time-stamps of CAdES-C, -X and -A.
var unjudged = []string{
	"1.2.840.113549.1.9.6", "1.2.840.113549.1.9.16.2.25", "1.2.840.113549.1.9.16.2.26", "1.2.840.113549.1.9.16.2.27",
	"1.2.840.113549.1.9.16.2.48", "0.4.0.1733.2.4", "0.4.0.1733.2.5",
}

// objects refuses a message with a signature that would go unjudged, and so would seem to hold.
func (s *Signer) objects() error {
	if check.Off(EveryObject) {
		return nil
	}
	for _, kind := range s.Unsigned {
		if slices.Contains(unjudged, kind) {
			return &cms.Error{Failed: EveryObject, Detail: "unsigned attribute " + kind}
		}
	}
	return nil
}

// stamps judges every time-stamp and moves T to the earliest.
func (s *Signer) stamps(o timestamp.Options) error {
	for _, token := range s.Timestamps {
		stamp, err := timestamp.Verify(token, s.Value, o)
		if err != nil && !check.Off(Timestamp) {
			return &cms.Error{Failed: Timestamp, Detail: err.Error()}
		}
		if err != nil {
			continue
		}
		s.Stamps = append(s.Stamps, stamp)
		if s.T.IsZero() || stamp.Time.Before(s.T) {
			s.T = stamp.Time
		}
	}
	return nil
}

// named gives a profile's failure the name of its check.
func named(err error) error {
	if err == nil {
		return nil
	}
	name := Profile
	for _, known := range []struct {
		err  error
		name check.Name
	}{
		{profile.ErrTime, ValidAtT}, {profile.ErrKeyUsage, KeyUsage}, {profile.ErrExtKeyUsage, KeyUsage},
		{profile.ErrBasicConstraints, BasicConstraints}, {profile.ErrPolicy, CertPolicy}, {profile.ErrChain, check.Chain},
	} {
		if errors.Is(err, known.err) {
			name = known.name
		}
	}
	return &cms.Error{Failed: name, Detail: err.Error()}
}
