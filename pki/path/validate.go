package path

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"

	"madoguchi/internal/check"
	"madoguchi/pki/dn"
	"madoguchi/pki/revocation"
)

// state is what §6.1.2 initializes.
type state struct {
	o           Options
	n           int
	graph       *graph
	constraints constraints
	explicit    int
	inhibitAny  int
	mapping     int
	maxLength   int
	issuer      *x509.Certificate // working_issuer_name, working_public_key and its parameters
}

// Validate runs §6.1 over the chain, leaf first and without the anchor.
func Validate(chain []*x509.Certificate, anchor *x509.Certificate, o Options) (Result, error) {
	if len(chain) == 0 || len(chain) > maxLength {
		return Result{}, &Error{Failed: Found, Detail: "length"}
	}
	s, err := begin(len(chain), anchor, o)
	if err != nil {
		return Result{}, err
	}
	result := Result{Chain: append(slices.Clone(chain), anchor)}
	for i := 1; i <= s.n; i++ {
		place := s.n - i
		e, failed := s.certificate(chain[place], i, &result)
		if failed != nil {
			failed.Place = place
			return Result{}, failed
		}
		if i < s.n {
			failed = s.prepare(chain[place], e)
		} else {
			result.Policies, failed = s.wrapUp(e)
		}
		if failed != nil {
			failed.Place = place
			return Result{}, failed
		}
	}
	slices.Reverse(result.Status)
	return result, nil
}

// begin is §6.1.2.
func begin(n int, anchor *x509.Certificate, o Options) (*state, error) {
	s := &state{o: o, n: n, graph: newGraph(), explicit: n + 1, inhibitAny: n + 1, mapping: n + 1, maxLength: n, issuer: anchor}
	for _, initial := range []struct {
		on    bool
		value *int
	}{{o.ExplicitPolicy, &s.explicit}, {o.InhibitAny, &s.inhibitAny}, {o.InhibitMapping, &s.mapping}} {
		if initial.on {
			*initial.value = 0
		}
	}
	if o.Constraints != nil && !s.constraints.add(o.Constraints) {
		return nil, &Error{Failed: Format, Detail: "initial name constraints"}
	}
	return s, nil
}

func broken(name check.Name, detail string) *Error { return &Error{Failed: name, Detail: detail} }

// selfIssued: the same name as issuer and subject (§6.1).
func selfIssued(cert *x509.Certificate) bool { return dn.Equal(cert.RawIssuer, cert.RawSubject) }

// certificate is §6.1.3 for the i-th certificate from the anchor.
func (s *state) certificate(cert *x509.Certificate, i int, result *Result) (*extensions, *Error) {
	if failed := s.basic(cert, result); failed != nil { // (a)
		return nil, failed
	}
	e, ok := readExtensions(cert)
	if !ok {
		return nil, broken(Format, "")
	}
	if !selfIssued(cert) || i == s.n { // (b), (c)
		names, ok := namesOf(cert)
		if !ok {
			return nil, broken(Format, "names")
		}
		if failed := s.constraints.judge(names); failed != nil {
			return nil, failed
		}
	}
	if e.policies != nil { // (d)
		s.graph.certificate(e.policies, s.inhibitAny > 0 || i < s.n && selfIssued(cert))
	} else { // (e)
		s.graph.clear()
	}
	return e, judge(trial{s.explicit == 0 && s.graph.null(), PolicyNeeded, ""}) // (f)
}

// basic is §6.1.3 (a).
func (s *state) basic(cert *x509.Certificate, result *Result) *Error {
	failed := judge(
		trial{!dn.Equal(cert.RawIssuer, s.issuer.RawSubject), IssuerName, ""},
		trial{s.issuer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil, Signature, ""},
		trial{s.o.At.Before(cert.NotBefore) || s.o.At.After(cert.NotAfter), Validity, ""},
	)
	if failed != nil || s.o.Status == nil {
		return failed
	}
	answer := s.o.Status(cert, s.issuer)
	result.Status = append(result.Status, answer)
	return judge(trial{answer.State == revocation.Revoked && !answer.RevokedAt.After(s.o.At), NotRevoked, ""})
}

// prepare is §6.1.4.
func (s *state) prepare(cert *x509.Certificate, e *extensions) *Error {
	if failed := judge(trial{e.mappings.has(anyPolicy), MappingAny, ""}); failed != nil { // (a)
		return failed
	}
	s.graph.apply(e.mappings, s.mapping > 0)                             // (b)
	if e.constraints != nil && !s.constraints.add(e.constraints.Value) { // (g)
		return broken(Format, "name constraints")
	}
	s.count(selfIssued(cert), e) // (h), (i), (j)
	failed := judge(
		trial{cert.Version != 3 || !cert.BasicConstraintsValid || !cert.IsCA, IsCA, ""},     // (k)
		trial{!selfIssued(cert) && s.maxLength <= 0, PathLength, ""},                        // (l)
		trial{cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0, CertSign, ""}, // (n)
		trial{e.unknown != nil, CriticalCA, e.unknown.String()},                             // (o)
	)
	if failed != nil {
		return failed
	}
	if !selfIssued(cert) {
		s.maxLength--
	}
	if limited := cert.MaxPathLen > 0 || cert.MaxPathLen == 0 && cert.MaxPathLenZero; limited { // (m)
		s.maxLength = min(s.maxLength, cert.MaxPathLen)
	}
	s.issuer = cert // (c) to (f)
	return nil
}

// count is §6.1.4 (h) to (j).
func (s *state) count(selfIssued bool, e *extensions) {
	if !selfIssued {
		s.explicit, s.mapping, s.inhibitAny = max(s.explicit-1, 0), max(s.mapping-1, 0), max(s.inhibitAny-1, 0)
	}
	if e.requireExplicit >= 0 {
		s.explicit = min(s.explicit, e.requireExplicit)
	}
	if e.inhibitMapping >= 0 {
		s.mapping = min(s.mapping, e.inhibitMapping)
	}
	if e.inhibitAny >= 0 {
		s.inhibitAny = min(s.inhibitAny, e.inhibitAny)
	}
}

// wrapUp is §6.1.5.
func (s *state) wrapUp(e *extensions) ([]string, *Error) {
	s.explicit = max(s.explicit-1, 0) // (a)
	if e.requireExplicit == 0 {       // (b)
		s.explicit = 0
	}
	policies := s.graph.constrained(s.o.Policies) // (g)
	return policies, judge(
		trial{e.unknown != nil, CriticalLeaf, e.unknown.String()}, // (f)
		trial{s.explicit == 0 && len(policies) == 0, PolicyAcceptable, ""},
	)
}

// understood are the critical extensions that are processed here, or, of the last certificate, by its profile
// (package profile: key usage, extended key usage, alternative names).
var understood = []asn1.ObjectIdentifier{
	{2, 5, 29, 15}, {2, 5, 29, 17}, {2, 5, 29, 18}, {2, 5, 29, 19}, oidNameConstraints, {2, 5, 29, 31}, oidPolicies, oidMappings,
	{2, 5, 29, 35}, oidPolicyConstraints, {2, 5, 29, 37}, oidInhibitAny,
}
