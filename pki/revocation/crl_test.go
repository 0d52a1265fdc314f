package revocation_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/internal/check"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// crlCase is one question and the list that is to answer it.
type crlCase struct {
	lists []revocation.Lists
	q     revocation.Query
	want  revocation.State // of what is accepted
}

func one(complete []byte) []revocation.Lists { return []revocation.Lists{{Complete: complete}} }

// crlRules are the rules of RFC 5280 §6.3.3, each with a case that meets it and one that does not.
func crlRules(t *testing.T) map[check.Name]struct{ accept, refuse crlCase } {
	w := newTown(t)
	q := w.query()
	serial := w.person.Cert.SerialNumber
	good := revocation.Good
	plain := func(p idp) []byte { return w.ca.CRL(t, list([]pkix.Extension{p.extension(t)})) }
	about := func(e *pkitest.Entity) revocation.Query {
		return revocation.Query{Cert: e.Cert, Issuer: w.ca.Cert, At: now}
	}
	// Where the delta is to be had (§5.2.6); openssl looks for one only where this stands.
	fresh := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 46}, Value: pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1(explicit(0), directory(t, "Deltas")) })
			})
		})
	})}}
	pair := func(change func(d *x509.RevocationList), by *pkitest.Entity, scope ...pkix.Extension) []revocation.Lists {
		d := list(append([]pkix.Extension{delta(t, 1)}, scope...))
		d.Number = big.NewInt(2)
		change(&d)
		return []revocation.Lists{{Complete: w.ca.CRL(t, list(fresh)), Delta: by.CRL(t, d)}}
	}
	same := func(*x509.RevocationList) {}
	ended := w.ca.Leaf(t, "ended", pkitest.Valid(-48*time.Hour, -24*time.Hour))
	stays := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 60}, Value: pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1GeneralizedTime(now.AddDate(-1, 0, 0))
	})}}
	here := w.ca.Leaf(t, "here", points(t, "City", nil, ""))
	subCA := w.ca.CA(t, "Sub CA")
	elsewhere := w.ca.CA(t, "List Office")
	indirect := w.ca.Leaf(t, "indirect", points(t, "", nil, "List Office"))
	asked := about(indirect)
	asked.Signers = []*x509.Certificate{elsewhere.Cert}
	twin, silent := w.ca.Impostor(t), *w.ca.Cert
	silent.KeyUsage = x509.KeyUsageCertSign
	mute := revocation.Query{Cert: w.person.Cert, Issuer: &silent, At: now}
	onlyKey := w.ca.CRL(t, list([]pkix.Extension{idp{reasons: []byte{6, 0x40}}.extension(t)}))    // keyCompromise
	rest := w.ca.CRL(t, list([]pkix.Extension{idp{reasons: []byte{7, 0x3F, 0x80}}.extension(t)})) // all the others
	removed := entry(serial, int(revocation.RemoveFromCRL))
	onHold := w.ca.CRL(t, list(fresh, entry(serial, int(revocation.CertificateHold))))
	later := w.ca.CRL(t, x509.RevocationList{Number: big.NewInt(2), ExtraExtensions: []pkix.Extension{delta(t, 1)}, RevokedCertificateEntries: []x509.RevocationListEntry{removed}})
	namesake := *twin.Cert
	namesake.SubjectKeyId = []byte("other")
	foreign := &pkitest.Entity{Cert: &namesake, Key: w.ca.Key}
	return map[check.Name]struct{ accept, refuse crlCase }{
		revocation.Current: {
			crlCase{one(w.ca.CRL(t, x509.RevocationList{NextUpdate: now.Add(time.Minute)})), q, good},
			crlCase{one(w.ca.CRL(t, x509.RevocationList{NextUpdate: now.Add(-30 * time.Minute)})), q, 0},
		},
		revocation.NotFuture: {
			crlCase{one(w.ca.CRL(t, list(nil))), q, good},
			crlCase{one(w.ca.CRL(t, x509.RevocationList{ThisUpdate: now.Add(time.Hour)})), q, 0},
		},
		revocation.CRLIssuer: {
			crlCase{one(elsewhere.CRL(t, list([]pkix.Extension{idp{indirect: true}.extension(t)}))), asked, good},
			crlCase{one(elsewhere.CRL(t, list(nil))), asked, 0},
		},
		revocation.CRLPoint: {
			crlCase{one(plain(idp{point: "City"})), about(here), good},
			crlCase{one(plain(idp{point: "Other City"})), about(here), 0},
		},
		revocation.CRLUserOnly: {crlCase{one(plain(idp{userOnly: true})), q, good}, crlCase{one(plain(idp{userOnly: true})), about(subCA), 0}},
		revocation.CRLCAOnly:   {crlCase{one(plain(idp{caOnly: true})), about(subCA), good}, crlCase{one(plain(idp{caOnly: true})), q, 0}},
		revocation.CRLAttributes: {
			crlCase{one(plain(idp{})), q, good}, crlCase{one(plain(idp{attributesOnly: true})), q, 0},
		},
		revocation.CRLDeltaIssuer: {crlCase{pair(same, w.ca), q, good}, crlCase{pair(same, elsewhere), q, 0}},
		revocation.CRLDeltaScope: {
			crlCase{pair(same, w.ca), q, good}, crlCase{pair(same, w.ca, idp{userOnly: true}.extension(t)), q, 0},
		},
		revocation.CRLDeltaKey: {crlCase{pair(same, w.ca), q, good}, crlCase{pair(same, foreign), q, 0}},
		revocation.CRLDeltaBase: {
			crlCase{pair(same, w.ca), q, good},
			crlCase{pair(func(d *x509.RevocationList) { d.ExtraExtensions = []pkix.Extension{delta(t, 2)} }, w.ca), q, 0},
		},
		revocation.CRLReasons: {
			crlCase{[]revocation.Lists{{Complete: onlyKey}, {Complete: rest}}, q, good},
			crlCase{one(w.ca.CRL(t, list([]pkix.Extension{idp{reasons: []byte{7, 0}}.extension(t)}))), q, 0},
		},
		revocation.CRLUsage:      {crlCase{one(w.ca.CRL(t, list(nil))), q, good}, crlCase{one(w.ca.CRL(t, list(nil))), mute, 0}},
		revocation.CRLSignature:  {crlCase{one(w.ca.CRL(t, list(nil))), q, good}, crlCase{one(twin.CRL(t, list(nil))), q, 0}},
		revocation.CRLDeltaHolds: {crlCase{pair(same, w.ca), q, good}, crlCase{pair(same, twin), q, 0}},
		revocation.CRLComplete: {
			crlCase{one(w.ca.CRL(t, list(nil))), q, good}, crlCase{one(w.ca.CRL(t, list([]pkix.Extension{delta(t, 1)}))), q, 0},
		},
		revocation.CRLEveryReason: {
			crlCase{[]revocation.Lists{{Complete: onlyKey}, {Complete: rest}}, q, good}, crlCase{one(onlyKey), q, 0},
		},
		revocation.CRLDistribution: {crlCase{one(w.ca.CRL(t, list(nil))), q, good}, crlCase{nil, q, 0}},
		revocation.KnownMarked: {
			crlCase{one(w.ca.CRL(t, list([]pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}}))), q, good},
			crlCase{one(w.ca.CRL(t, list([]pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}))), q, 0},
		},
		revocation.CRLEnded: {crlCase{one(w.ca.CRL(t, list(stays))), about(ended), good}, crlCase{one(w.ca.CRL(t, list(nil))), about(ended), 0}},
		"crl: (i)(j)(k) removeFromCRL": {
			crlCase{[]revocation.Lists{{Complete: onHold, Delta: later}}, q, good}, crlCase{one(w.ca.CRL(t, list(nil, removed))), q, 0},
		},
	}
}

// TestCRLRulesOf6_3 runs every rule's two cases.
func TestCRLRulesOf6_3(t *testing.T) {
	for rule, cases := range crlRules(t) {
		t.Run(string(rule)+"/accepts", func(t *testing.T) {
			got, err := revocation.JudgeCRL(cases.accept.lists, cases.accept.q)
			if err != nil || got.State != cases.accept.want || got.ThisUpdate.IsZero() || got.NextUpdate.IsZero() {
				t.Errorf("%+v, %v", got, err)
			}
		})
		t.Run(string(rule)+"/refuses", func(t *testing.T) {
			name := rule
			if name == "crl: (i)(j)(k) removeFromCRL" {
				name = revocation.Format
			}
			_, err := revocation.JudgeCRL(cases.refuse.lists, cases.refuse.q)
			want(t, string(rule), err, name)
		})
	}
}

// TestCRLRevoked: entries of the complete list and of the delta, with reason, dates and kind.
func TestCRLRevoked(t *testing.T) {
	w := newTown(t)
	serial := w.person.Cert.SerialNumber
	invalid := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 24}, Value: pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1GeneralizedTime(now.Add(-5 * time.Hour))
	})}
	d := list([]pkix.Extension{delta(t, 1)}, entry(serial, int(revocation.AffiliationChanged), invalid))
	d.Number = big.NewInt(3)
	empty := w.ca.CRL(t, list(nil))
	for label, test := range map[string]struct {
		l      revocation.Lists
		reason revocation.Reason
		kind   revocation.Kind
	}{
		"complete":  {revocation.Lists{Complete: w.ca.CRL(t, list(nil, entry(big.NewInt(5), 1), entry(serial, 4)))}, revocation.Superseded, revocation.ByCRL},
		"no reason": {revocation.Lists{Complete: w.ca.CRL(t, list(nil, entry(serial, -1)))}, revocation.NoReason, revocation.ByCRL},
		"delta":     {revocation.Lists{Complete: empty, Delta: w.ca.CRL(t, d)}, revocation.AffiliationChanged, revocation.ByDelta},
	} {
		got, err := revocation.JudgeCRL([]revocation.Lists{test.l}, w.query())
		if err != nil || got.State != revocation.Revoked || got.Reason != test.reason || got.Kind != test.kind || !got.RevokedAt.Equal(now.Add(-2*time.Hour)) {
			t.Errorf("%s: %+v, %v", label, got, err)
		}
		if hasDate := !got.Invalid.IsZero(); hasDate != (label == "delta") {
			t.Errorf("%s: invalidity date %v", label, got.Invalid)
		}
	}
}

// TestIndirectEntries: an entry belongs to the issuer that the nearest entry before it names.
func TestIndirectEntries(t *testing.T) {
	office := pkitest.Root(t, "List Office")
	ca := pkitest.Root(t, "Town CA")
	person := ca.Leaf(t, "person", points(t, "", nil, "List Office"))
	q := revocation.Query{Cert: person.Cert, Issuer: ca.Cert, At: now, Signers: []*x509.Certificate{office.Cert}}
	names := func(name string) pkix.Extension {
		return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: pkitest.DER(t, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, directory(t, name))
		})}
	}
	serial, other := person.Cert.SerialNumber, big.NewInt(5)
	for label, test := range map[string]struct {
		entries []x509.RevocationListEntry
		want    revocation.State
	}{
		"names our issuer":          {[]x509.RevocationListEntry{entry(serial, 1, names("Town CA"))}, revocation.Revoked},
		"after one that names it":   {[]x509.RevocationListEntry{entry(other, 1, names("Town CA")), entry(serial, 1)}, revocation.Revoked},
		"of the list's own issuer":  {[]x509.RevocationListEntry{entry(serial, 1)}, revocation.Good},
		"after one of another town": {[]x509.RevocationListEntry{entry(other, 1, names("Village CA")), entry(serial, 1)}, revocation.Good},
	} {
		der := office.CRL(t, list([]pkix.Extension{idp{indirect: true}.extension(t)}, test.entries...))
		if got, err := revocation.JudgeCRL(one(der), q); err != nil || got.State != test.want {
			t.Errorf("%s: %+v, %v", label, got, err)
		}
	}
	direct := ca.CRL(t, list(nil, entry(serial, 1, names("Town CA"))))
	_, err := revocation.JudgeCRL(one(direct), revocation.Query{Cert: ca.Leaf(t, "x").Cert, Issuer: ca.Cert, At: now})
	want(t, "certificateIssuer in a direct list", err, revocation.Format)
}

// TestGenerationsOfOneName: a list of the CA's other generation is not this one's, unless the caller vouches for it.
func TestGenerationsOfOneName(t *testing.T) {
	w := newTown(t)
	second := pkitest.Root(t, "Town CA")
	der := second.CRL(t, list(nil))
	_, err := revocation.JudgeCRL(one(der), w.query())
	want(t, "other generation", err, revocation.CRLSignature)
	q := w.query()
	q.Signers = []*x509.Certificate{second.Cert}
	if got, err := revocation.JudgeCRL(one(der), q); err != nil || got.State != revocation.Good {
		t.Errorf("vouched for: %+v, %v", got, err)
	}
}

func TestCRLEveryByte(t *testing.T) {
	w := newTown(t)
	der := w.ca.CRL(t, list(nil, entry(big.NewInt(9), 1)))
	for i := range der {
		forged := bytes.Clone(der)
		forged[i] ^= 0x01
		if got, err := revocation.JudgeCRL(one(forged), w.query()); err == nil {
			t.Fatalf("byte %d: %+v", i, got)
		}
	}
}
