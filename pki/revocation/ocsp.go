package revocation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"madoguchi/internal/check"
)

// The checks of an OCSP response. x/crypto/ocsp leaves out all but the first: it takes any certificate that the
// issuer signed for a responder's, at any time, looks at the first embedded one alone, and reads no nonce.
const (
	OCSPStatus     check.Name = "ocsp: the responder answered"                         // RFC 6960 §2.3
	OCSPResponder  check.Name = "ocsp: the responder's certificate is known"           // §4.2.2.3
	OCSPDelegated  check.Name = "ocsp: the issuer itself issued the responder"         // §4.2.2.2
	OCSPPurpose    check.Name = "ocsp: the responder has id-kp-OCSPSigning"            // §4.2.2.2
	OCSPUsage      check.Name = "ocsp: the responder's key usage is digitalSignature"  // RFC 5280 §4.2.1.3
	OCSPValidity   check.Name = "ocsp: the responder's certificate is valid"           // now and at producedAt
	OCSPNoCheck    check.Name = "ocsp: the responder has ocsp-nocheck or is on a list" // §4.2.2.2.1
	OCSPCertID     check.Name = "ocsp: CertID names the certificate and its issuer"    // §4.1.1
	OCSPOnce       check.Name = "ocsp: one answer about the certificate"
	OCSPNonce      check.Name = "ocsp: the nonce is the one that was sent" // RFC 9654
	OCSPProducedAt check.Name = "ocsp: producedAt is not before thisUpdate nor in the future"
)

var (
	oidBasicResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce         = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidNoCheck       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidInvalidity    = asn1.ObjectIdentifier{2, 5, 29, 24}
)

// OCSPResponse, BasicOCSPResponse and what they hold (RFC 6960 §4.2.1).
type (
	ocspResponse struct {
		Status asn1.Enumerated
		Bytes  responseBytes `asn1:"explicit,tag:0,optional"`
	}
	responseBytes struct {
		Type  asn1.ObjectIdentifier
		Value []byte
	}
	basicResponse struct {
		Data         responseData
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	responseData struct {
		Raw        asn1.RawContent
		Version    int `asn1:"optional,default:0,explicit,tag:0"`
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  []singleResponse
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	singleResponse struct {
		ID         certID
		Good       asn1.Flag        `asn1:"tag:0,optional"`
		Revoked    revokedInfo      `asn1:"tag:1,optional"`
		Unknown    asn1.Flag        `asn1:"tag:2,optional"`
		ThisUpdate time.Time        `asn1:"generalized"`
		NextUpdate time.Time        `asn1:"generalized,explicit,tag:0,optional"`
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	revokedInfo struct {
		At     time.Time     `asn1:"generalized"`
		Reason asn1.RawValue `asn1:"optional"`
	}
)

// parseOCSP reads a whole response of type id-pkix-ocsp-basic, strictly to the end.
func parseOCSP(der []byte) (*basicResponse, error) {
	var outer ocspResponse
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil, fail(Format, "OCSPResponse")
	}
	if status := ocsp.ResponseStatus(outer.Status); status != ocsp.Success {
		return nil, fail(OCSPStatus, status.String())
	}
	basic := new(basicResponse)
	if rest, err := asn1.Unmarshal(outer.Bytes.Value, basic); err != nil || len(rest) > 0 || !outer.Bytes.Type.Equal(oidBasicResponse) {
		return nil, fail(Format, "BasicOCSPResponse")
	}
	if basic.Data.Version != 0 {
		return nil, fail(Format, "version")
	}
	return basic, nil
}

// JudgeOCSP judges a response (DER) about q.Cert. A revocation and the responder's own "unknown" are answers, not
// errors.
func JudgeOCSP(der []byte, q Query) (Answer, error) {
	r, err := parseOCSP(der)
	if err != nil {
		return Answer{}, err
	}
	if err := r.authentic(q); err != nil {
		return Answer{}, err
	}
	if err := r.nonce(q); err != nil {
		return Answer{}, err
	}
	if err := marked(r.Data.Extensions, oidNonce); err != nil {
		return Answer{}, err
	}
	single, err := r.about(q)
	if err != nil {
		return Answer{}, err
	}
	if err := marked(single.Extensions, oidInvalidity); err != nil {
		return Answer{}, err
	}
	if err := q.within(single.ThisUpdate, single.NextUpdate); err != nil {
		return Answer{}, err
	}
	at := r.Data.ProducedAt
	if err := judge(trial{at.After(q.At.Add(q.skew())) || at.Before(single.ThisUpdate), OCSPProducedAt, ""}); err != nil {
		return Answer{}, err
	}
	return single.answer(q, r.Data.ProducedAt)
}

// nonce compares the nonce where there is one. A response with a nonce that nobody sent answers somebody else.
func (r *basicResponse) nonce(q Query) error {
	i := slices.IndexFunc(r.Data.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidNonce) })
	if i < 0 {
		return judge(trial{q.NonceRequired, OCSPNonce, "missing"})
	}
	var got []byte
	rest, err := asn1.Unmarshal(r.Data.Extensions[i].Value, &got)
	return judge(trial{err != nil || len(rest) > 0 || len(got) == 0 || !bytes.Equal(got, q.Nonce), OCSPNonce, "differs"})
}

// marked refuses critical extensions outside of those that are understood.
func marked(extensions []pkix.Extension, understood ...asn1.ObjectIdentifier) error {
	for _, e := range extensions {
		if err := judge(trial{e.Critical && !slices.ContainsFunc(understood, e.Id.Equal), KnownMarked, e.Id.String()}); err != nil {
			return err
		}
	}
	return nil
}

// about finds the one answer whose CertID names the certificate.
func (r *basicResponse) about(q Query) (*singleResponse, error) {
	var found *singleResponse
	for i := range r.Data.Responses {
		single := &r.Data.Responses[i]
		if !single.ID.names(q.Cert, q.Issuer) && !check.Off(OCSPCertID) {
			continue
		}
		if err := judge(trial{found != nil, OCSPOnce, "several"}); err != nil {
			return nil, err
		}
		found = single
	}
	if found == nil {
		return nil, fail(OCSPCertID, "")
	}
	return found, nil
}

func (s *singleResponse) answer(q Query, produced time.Time) (Answer, error) {
	a := Answer{
		Reason: NoReason, Kind: ByOCSP, ThisUpdate: s.ThisUpdate.UTC(), NextUpdate: s.NextUpdate.UTC(), Produced: produced.UTC(), Asked: q.At,
	}
	good, revoked, unknown := bool(s.Good), !s.Revoked.At.IsZero(), bool(s.Unknown)
	switch {
	case good && !revoked && !unknown:
		a.State = Good
	case revoked && !good && !unknown:
		a.State, a.RevokedAt = Revoked, s.Revoked.At.UTC()
		reason, ok := s.Revoked.reason()
		if !ok {
			return Answer{}, fail(Format, "revocationReason")
		}
		a.Reason, a.Invalid = reason, invalidity(s.Extensions)
	case unknown && !good && !revoked:
		a.Since, a.Why = a.ThisUpdate, "the responder does not know the certificate"
	default:
		return Answer{}, fail(Format, "certStatus")
	}
	return a, nil
}

// reason reads the optional [0] EXPLICIT ENUMERATED. Absent is not the same as unspecified.
func (r revokedInfo) reason() (Reason, bool) {
	if len(r.Reason.FullBytes) == 0 {
		return NoReason, true
	}
	var code asn1.Enumerated
	if r.Reason.Class != asn1.ClassContextSpecific || r.Reason.Tag != 0 || !r.Reason.IsCompound {
		return 0, false
	}
	rest, err := asn1.Unmarshal(r.Reason.Bytes, &code)
	return Reason(code), err == nil && len(rest) == 0 && code >= 0
}

// invalidity reads an invalidityDate extension, zero where there is none or it cannot be read: it adds knowledge and
// never takes any away.
func invalidity(extensions []pkix.Extension) time.Time {
	for _, e := range extensions {
		var at time.Time
		if e.Id.Equal(oidInvalidity) {
			if rest, err := asn1.UnmarshalWithParams(e.Value, &at, "generalized"); err == nil && len(rest) == 0 {
				return at.UTC()
			}
		}
	}
	return time.Time{}
}

// Request encodes an OCSP request (RFC 6960 §4.1) with a CertID by SHA-1, the one that every responder knows, and a
// nonce unless it is nil.
func Request(cert, issuer *x509.Certificate, nonce []byte) ([]byte, error) {
	id, err := newCertID(crypto.SHA1, cert, issuer)
	if err != nil {
		return nil, err
	}
	type request struct{ ID certID }
	type tbs struct {
		Requests   []request
		Extensions []pkix.Extension `asn1:"explicit,tag:2,optional,omitempty"`
	}
	var r struct{ TBS tbs }
	r.TBS.Requests = []request{{id}}
	if nonce != nil {
		value, err := asn1.Marshal(nonce)
		if err != nil {
			return nil, fmt.Errorf("revocation: encode nonce: %w", err)
		}
		r.TBS.Extensions = []pkix.Extension{{Id: oidNonce, Value: value}}
	}
	der, err := asn1.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("revocation: encode request: %w", err)
	}
	return der, nil
}
