package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/dn"
)

// The checks of a CRL, each with its step of RFC 5280 §6.3.3.
const (
	CRLIssuer       check.Name = "crl: (b)(1) the issuer is the certificate's or the distribution point's"
	CRLPoint        check.Name = "crl: (b)(2)(i) the distribution points agree"
	CRLUserOnly     check.Name = "crl: (b)(2)(ii) a list of user certificates is not asked about a CA"
	CRLCAOnly       check.Name = "crl: (b)(2)(iii) a list of CA certificates is asked about a CA"
	CRLAttributes   check.Name = "crl: (b)(2)(iv) the list is not of attribute certificates"
	CRLDeltaIssuer  check.Name = "crl: (c)(1) the delta is of the same issuer"
	CRLDeltaScope   check.Name = "crl: (c)(2) the delta has the same scope"
	CRLDeltaKey     check.Name = "crl: (c)(3) the delta names the same key"
	CRLReasons      check.Name = "crl: (e) the list covers a reason not yet covered"
	CRLUsage        check.Name = "crl: (f) the issuer may sign lists"
	CRLSignature    check.Name = "crl: (g) the list's signature holds"
	CRLDeltaHolds   check.Name = "crl: (h) the delta's signature holds"
	CRLDeltaBase    check.Name = "crl: §5.2.4 the delta starts no later than the list and is not older"
	CRLComplete     check.Name = "crl: the list is a complete one"
	CRLEveryReason  check.Name = "crl: (4) the lists cover every reason"
	CRLEnded        check.Name = "crl: §5 the list still covers certificates that ended when this one did"
	CRLDistribution check.Name = "crl: a list of the certificate's distribution points was had"
)

// Lists are a complete CRL, DER, and the delta CRL that goes with it, nil for none.
type Lists struct {
	Complete []byte
	Delta    []byte
	Source   string // where they are from, for the answer; "": the name of the Source that has them
}

// crl is a parsed list with the extensions that package x509 leaves raw.
type crl struct {
	*x509.RevocationList
	point   *issuingPoint // nil: no issuingDistributionPoint
	isDelta bool
	base    *big.Int // of a delta
}

// parseCRL reads a version 2 list and refuses critical extensions that it does not understand (RFC 5280 §5.2).
func parseCRL(der []byte) (*crl, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil || list.Number == nil {
		return nil, fail(Format, "CertificateList")
	}
	c := &crl{RevocationList: list}
	for _, e := range list.Extensions {
		switch {
		case e.Id.Equal(oidIssuingPoint):
			if c.point, err = parseIssuingPoint(e.Value); err != nil {
				return nil, err
			}
		case e.Id.Equal(oidDeltaIndicator):
			c.isDelta, c.base = true, new(big.Int)
			if rest, err := asn1.Unmarshal(e.Value, &c.base); err != nil || len(rest) > 0 {
				return nil, fail(Format, "deltaCRLIndicator")
			}
		default:
			if err := marked([]pkix.Extension{e}, oidAuthorityKey, oidCRLNumber); err != nil {
				return nil, err
			}
		}
	}
	for _, entry := range list.RevokedCertificateEntries {
		if err := marked(entry.Extensions, oidReasonCode, oidInvalidity, oidCertIssuer); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// JudgeCRL runs RFC 5280 §6.3.3 for q.Cert over the lists that are at hand, each for the certificate's distribution
// points in turn, and for the certificate's issuer without a point last. The answer is Revoked as soon as one
// list says so and Good when the lists cover every reason; else the *Error of the last list that was of no use.
func JudgeCRL(lists []Lists, q Query) (Answer, error) {
	points, err := pointsOf(q.Cert)
	if err != nil {
		return Answer{}, err
	}
	last := fail(CRLDistribution, "")
	mask := reasons(0)
	var good Answer
	for _, point := range points {
		for _, l := range lists {
			answer, covered, err := judgeList(l, point, mask, q)
			if err != nil {
				last = err
				continue
			}
			if answer.State == Revoked {
				return answer, nil
			}
			if mask |= covered; good.ThisUpdate.IsZero() || answer.ThisUpdate.Before(good.ThisUpdate) {
				good = answer // of several lists the oldest says how fresh the whole is
			}
			if mask == allReasons {
				return good, nil
			}
		}
	}
	if mask != 0 && Failed(last) == CRLReasons || mask != 0 && Failed(last) == CRLDistribution {
		return Answer{}, fail(CRLEveryReason, "")
	}
	return Answer{}, last
}

// judgeList is §6.3.3 (a) to (l) for one list, with its delta if it has one, and one distribution point.
func judgeList(l Lists, point distributionPoint, mask reasons, q Query) (Answer, reasons, error) {
	complete, err := parseCRL(l.Complete)
	if err != nil {
		return Answer{}, 0, err
	}
	if complete.isDelta {
		return Answer{}, 0, fail(CRLComplete, "")
	}
	if err := complete.scope(point, q); err != nil { // (b)
		return Answer{}, 0, err
	}
	covered := complete.covers(point) // (d)
	if covered&^mask == 0 {           // (e)
		return Answer{}, 0, fail(CRLReasons, "")
	}
	signer, err := complete.signedBy(q, CRLSignature) // (f), (g)
	if err != nil {
		return Answer{}, 0, err
	}
	delta, err := complete.delta(l.Delta, signer) // (c), (h)
	if err != nil {
		return Answer{}, 0, err
	}
	newest := complete
	if delta != nil {
		newest = delta
	}
	if err := q.within(newest.ThisUpdate, newest.NextUpdate); err != nil { // (a)
		return Answer{}, 0, err
	}
	if newest.NextUpdate.IsZero() {
		return Answer{}, 0, fail(Format, "no nextUpdate")
	}
	answer := Answer{State: Good, Reason: NoReason, Kind: ByCRL, Source: l.Source, ThisUpdate: newest.ThisUpdate, NextUpdate: newest.NextUpdate, Asked: q.At}
	if delta != nil {
		answer.Kind = ByDelta
	}
	entry, err := search(complete, delta, q) // (i), (j), (k)
	if err != nil {
		return Answer{}, 0, err
	}
	if entry != nil {
		answer.State, answer.RevokedAt = Revoked, entry.RevocationTime.UTC()
		answer.Reason, answer.Invalid = reasonOf(entry), invalidity(entry.Extensions)
	}
	return answer, covered, judge(trial{entry == nil && complete.forgets(q.Cert), CRLEnded, ""}) // (l)
}

// forgets reports whether the certificate had ended before the list was made: its entry may then have been taken out
// (RFC 5280 §3.3), unless expiredCertsOnCRL (X.509 §9.5.2.8) says that such entries stay.
func (c *crl) forgets(cert *x509.Certificate) bool {
	if !cert.NotAfter.Before(c.ThisUpdate) {
		return false
	}
	for _, e := range c.Extensions {
		var from time.Time
		if e.Id.Equal(oidExpiredCerts) {
			rest, err := asn1.UnmarshalWithParams(e.Value, &from, "generalized")
			return err != nil || len(rest) > 0 || cert.NotAfter.Before(from)
		}
	}
	return true
}

// scope is step (b).
func (c *crl) scope(point distributionPoint, q Query) error {
	ours := dn.Equal(c.RawIssuer, q.Cert.RawIssuer)
	if len(point.issuers) > 0 {
		ours = c.point != nil && c.point.indirect && point.isIssuer(c.RawIssuer)
	}
	if err := judge(trial{!ours, CRLIssuer, ""}); err != nil || c.point == nil {
		return err
	}
	isCA := q.Cert.BasicConstraintsValid && q.Cert.IsCA
	return judge(
		trial{!c.point.matches(point, c.RawIssuer), CRLPoint, ""},
		trial{c.point.userOnly && isCA, CRLUserOnly, ""},
		trial{c.point.caOnly && !isCA, CRLCAOnly, ""},
		trial{c.point.attributesOnly, CRLAttributes, ""},
	)
}

// covers is step (d).
func (c *crl) covers(point distributionPoint) reasons {
	covered := point.reasons
	if c.point != nil {
		covered &= c.point.reasons
	}
	return covered
}

// signedBy is steps (f) and (g): one of the issuers that the caller has validated, of the list's issuer name, whose
// key usage allows it and whose key made the signature. Generations of one CA share a name, so each is tried.
func (c *crl) signedBy(q Query, name check.Name) (*x509.Certificate, error) {
	err := fail(name, "")
	for _, cert := range append([]*x509.Certificate{q.Issuer}, q.Signers...) {
		if !dn.Equal(cert.RawSubject, c.RawIssuer) || !keyed(c.AuthorityKeyId, cert) {
			continue
		}
		if cert.CheckSignature(c.SignatureAlgorithm, c.RawTBSRevocationList, c.Signature) != nil && !check.Off(name) {
			continue
		}
		if err = judge(trial{cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCRLSign == 0, CRLUsage, ""}); err == nil {
			return cert, nil
		}
	}
	return nil, err
}

func keyed(id []byte, cert *x509.Certificate) bool {
	return len(id) == 0 || len(cert.SubjectKeyId) == 0 || bytes.Equal(id, cert.SubjectKeyId)
}

// delta reads the delta that goes with the list: steps (c) and (h), and §5.2.4 on which lists may be combined.
func (c *crl) delta(der []byte, signer *x509.Certificate) (*crl, error) {
	if der == nil {
		return nil, nil
	}
	d, err := parseCRL(der)
	if err != nil {
		return nil, err
	}
	if !d.isDelta {
		return nil, fail(Format, "not a delta")
	}
	err = judge(
		trial{!dn.Equal(d.RawIssuer, c.RawIssuer), CRLDeltaIssuer, ""},
		trial{!c.point.equal(d.point), CRLDeltaScope, ""},
		trial{!bytes.Equal(d.AuthorityKeyId, c.AuthorityKeyId), CRLDeltaKey, ""},
		trial{d.base.Cmp(c.Number) > 0 || d.Number.Cmp(c.Number) < 0, CRLDeltaBase, ""},
	)
	if err != nil {
		return nil, err
	}
	signed := signer.CheckSignature(d.SignatureAlgorithm, d.RawTBSRevocationList, d.Signature) == nil
	return d, judge(trial{!signed, CRLDeltaHolds, ""})
}

// search is steps (i), (j) and (k): the delta's word, if it has one, goes before the complete list's.
func search(complete, delta *crl, q Query) (*x509.RevocationListEntry, error) {
	if delta != nil {
		entry, err := delta.find(q)
		if err != nil {
			return nil, err
		}
		if entry != nil && reasonOf(entry) == RemoveFromCRL {
			return nil, nil
		}
		if entry != nil {
			return entry, nil
		}
	}
	entry, err := complete.find(q)
	if entry != nil && reasonOf(entry) == RemoveFromCRL {
		return nil, fail(Format, "removeFromCRL in a complete list")
	}
	return entry, err
}

// find returns the last entry about the certificate. In an indirect list each entry belongs to the issuer that it or
// the nearest entry before it names (RFC 5280 §5.3.3).
func (c *crl) find(q Query) (*x509.RevocationListEntry, error) {
	issuer := c.RawIssuer
	var found *x509.RevocationListEntry
	for i := range c.RevokedCertificateEntries {
		entry := &c.RevokedCertificateEntries[i]
		if j := slices.IndexFunc(entry.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidCertIssuer) }); j >= 0 {
			var ok bool
			if c.point == nil || !c.point.indirect {
				return nil, fail(Format, "certificateIssuer in a list that is not indirect")
			}
			if issuer, ok = onlyDirectoryName(entry.Extensions[j].Value); !ok {
				return nil, fail(Format, "certificateIssuer")
			}
		}
		if entry.SerialNumber.Cmp(q.Cert.SerialNumber) == 0 && dn.Equal(issuer, q.Cert.RawIssuer) {
			found = entry
		}
	}
	return found, nil
}

// reasonOf is the entry's reason; a list that gives none has no such extension, which is not "unspecified".
func reasonOf(entry *x509.RevocationListEntry) Reason {
	for _, e := range entry.Extensions {
		if e.Id.Equal(oidReasonCode) {
			return Reason(entry.ReasonCode)
		}
	}
	return NoReason
}
