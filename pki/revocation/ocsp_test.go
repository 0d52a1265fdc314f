package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/ocsp"

	"madoguchi/internal/check"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/revocation"
)

// extension is one Extension, DER.
func extension(t testing.TB, critical bool) []byte {
	t.Helper()
	return pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 3})
			if critical {
				b.AddASN1Boolean(true)
			}
			b.AddASN1OctetString([]byte{5, 0})
		})
	})
}

func sequence(t testing.TB, body []byte) []byte {
	t.Helper()
	return pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddBytes(body) })
	})
}

type ocspCase struct {
	label string
	o     pkitest.OCSP
	q     func(*revocation.Query)
	want  check.Name
}

// ocspCases are accepted and refused responses for each check, the refused with one thing changed.
func ocspCases(t *testing.T, w town) []ocspCase {
	stranger := pkitest.Root(t, "Stranger CA")
	twin := w.ca.Impostor(t)
	plain := w.ca.Leaf(t, "responder", noCheck)
	honest := pkitest.OCSP{By: w.responder, Singles: []pkitest.Single{w.good()}, Carry: [][]byte{w.responder.Cert.Raw}}
	by := func(e *pkitest.Entity) pkitest.OCSP {
		o := honest
		o.By, o.Carry = e, [][]byte{e.Cert.Raw}
		return o
	}
	single := func(change func(*pkitest.Single)) pkitest.OCSP {
		o, s := honest, w.good()
		change(&s)
		o.Singles = []pkitest.Single{s}
		return o
	}
	with := func(change func(*pkitest.OCSP)) pkitest.OCSP { o := honest; change(&o); return o }
	leaf := func(options ...pkitest.Option) *pkitest.Entity {
		return w.ca.Leaf(t, "responder", append([]pkitest.Option{responder}, options...)...)
	}
	nonce := []byte("0123456789abcdef0123456789abcdef")
	return []ocspCase{
		{"delegated responder", honest, nil, ""},
		{"issuer itself", by(w.ca), nil, ""},
		{"issuer itself, no certificate carried", with(func(o *pkitest.OCSP) { o.By, o.Carry = w.ca, nil }), nil, ""},
		{"by name", with(func(o *pkitest.OCSP) { o.ByName = true }), nil, ""},
		{"several certificates, the responder's last", with(func(o *pkitest.OCSP) {
			o.Carry = [][]byte{stranger.Cert.Raw, plain.Cert.Raw, w.ca.Cert.Raw, w.responder.Cert.Raw}
		}), nil, ""},
		{"a namesake's certificate before the responder's", with(func(o *pkitest.OCSP) {
			o.ByName, o.Carry = true, [][]byte{plain.Cert.Raw, w.responder.Cert.Raw}
		}), nil, ""},
		{"trusted by configuration", by(stranger), func(q *revocation.Query) { q.Signers = []*x509.Certificate{stranger.Cert} }, ""},
		{"the responder answers with an error", pkitest.OCSP{Status: 3}, nil, revocation.OCSPStatus},
		{"no certificate", with(func(o *pkitest.OCSP) { o.Carry = nil }), nil, revocation.OCSPResponder},
		{"another's responder id", with(func(o *pkitest.OCSP) { o.Claim = stranger.Cert }), nil, revocation.OCSPResponder},
		{"signed by another", with(func(o *pkitest.OCSP) { o.By, o.Claim = stranger, w.responder.Cert }), nil, revocation.Signature},
		{"a stranger's responder", by(stranger.Leaf(t, "responder", responder, noCheck)), nil, revocation.OCSPDelegated},
		{"a responder of the issuer's namesake", by(twin.Leaf(t, "responder", responder, noCheck)), nil, revocation.OCSPDelegated},
		{"end entity answers", by(plain), nil, revocation.OCSPPurpose},
		{"person answers", by(w.person), nil, revocation.OCSPPurpose},
		{"any purpose", by(w.ca.Leaf(t, "r", noCheck, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} })), nil, revocation.OCSPPurpose},
		{"key usage", by(leaf(noCheck, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement })), nil, revocation.OCSPUsage},
		{"responder ended", by(leaf(noCheck, pkitest.Valid(-48*time.Hour, -time.Hour))), nil, revocation.OCSPValidity},
		{"responder not yet valid", by(leaf(noCheck, pkitest.Valid(time.Hour, 2*time.Hour))), nil, revocation.OCSPValidity},
		{"responder not valid when it signed", by(leaf(noCheck, pkitest.Valid(-30*time.Second, time.Hour))), nil, revocation.OCSPValidity},
		{"no ocsp-nocheck", by(leaf()), nil, revocation.OCSPNoCheck},
		{"critical extension in the responder's", by(leaf(noCheck, pkitest.Extension(asn1.ObjectIdentifier{1, 2, 3}, true, []byte{5, 0}))), nil, revocation.KnownMarked},
		{"nonce", with(func(o *pkitest.OCSP) { o.Nonce = nonce }), func(q *revocation.Query) { q.Nonce, q.NonceRequired = nonce, true }, ""},
		{"no nonce", honest, func(q *revocation.Query) { q.Nonce = nonce }, ""},
		{"no nonce, required", honest, func(q *revocation.Query) { q.Nonce, q.NonceRequired = nonce, true }, revocation.OCSPNonce},
		{"another nonce", with(func(o *pkitest.OCSP) { o.Nonce = []byte("x") }), func(q *revocation.Query) { q.Nonce = nonce }, revocation.OCSPNonce},
		{"nonce that nobody sent", with(func(o *pkitest.OCSP) { o.Nonce = nonce }), nil, revocation.OCSPNonce},
		{"SHA-256 in CertID", single(func(s *pkitest.Single) { s.Hash = crypto.SHA256 }), nil, ""},
		{"another serial number", single(func(s *pkitest.Single) { s.Serial = big.NewInt(7) }), nil, revocation.OCSPCertID},
		{"another issuer's key, same name and number", single(func(s *pkitest.Single) { s.Issuer = twin.Cert }), nil, revocation.OCSPCertID},
		{"another issuer's name", single(func(s *pkitest.Single) { s.Issuer = stranger.Cert }), nil, revocation.OCSPCertID},
		{"among others", with(func(o *pkitest.OCSP) {
			o.Singles = []pkitest.Single{{Cert: plain.Cert, Issuer: w.ca.Cert}, w.good()}
		}), nil, ""},
		{"no answer", with(func(o *pkitest.OCSP) { o.Singles = nil }), nil, revocation.OCSPCertID},
		{"two answers", with(func(o *pkitest.OCSP) { o.Singles = append(o.Singles, w.good()) }), nil, revocation.OCSPOnce},
		{"thisUpdate to come, within the skew", single(func(s *pkitest.Single) { s.ThisUpdate = now.Add(time.Minute) }), nil, revocation.OCSPProducedAt},
		{"thisUpdate to come", single(func(s *pkitest.Single) { s.ThisUpdate = now.Add(time.Hour) }), nil, revocation.NotFuture},
		{"nextUpdate to come", single(func(s *pkitest.Single) { s.NextTime = now.Add(time.Hour) }), nil, ""},
		{"nextUpdate passed", single(func(s *pkitest.Single) { s.NextTime = now.Add(-time.Hour / 2) }), nil, revocation.Current},
		{"nextUpdate before thisUpdate", single(func(s *pkitest.Single) { s.NextTime = now.Add(-2 * time.Hour) }), nil, revocation.Format},
		{"old, without nextUpdate", single(func(s *pkitest.Single) { s.ThisUpdate = now.Add(-25 * time.Hour) }), nil, revocation.Fresh},
		{"old, with nextUpdate", single(func(s *pkitest.Single) { s.ThisUpdate, s.NextTime = now.Add(-25*time.Hour), now.Add(time.Hour) }), nil, ""},
		{"produced tomorrow", with(func(o *pkitest.OCSP) { o.Produced = now.Add(24 * time.Hour) }), nil, revocation.OCSPProducedAt},
		{"further extensions", with(func(o *pkitest.OCSP) { o.Extra = extension(t, false) }), nil, ""},
		{"critical extension", with(func(o *pkitest.OCSP) { o.Extra = extension(t, true) }), nil, revocation.KnownMarked},
		{"critical extension in the answer", single(func(s *pkitest.Single) { s.Extensions = sequence(t, extension(t, true)) }), nil, revocation.KnownMarked},
	}
}

func (c ocspCase) judge(t *testing.T, w town) (revocation.Answer, error) {
	q := w.query()
	if c.q != nil {
		c.q(&q)
	}
	return revocation.JudgeOCSP(c.o.Marshal(t), q)
}

func TestOCSPChecks(t *testing.T) {
	w := newTown(t)
	for _, test := range ocspCases(t, w) {
		answer, err := test.judge(t, w)
		want(t, test.label, err, test.want)
		if err == nil && (answer.State != revocation.Good || answer.Kind != revocation.ByOCSP || answer.ThisUpdate.IsZero() || answer.Produced.IsZero()) {
			t.Errorf("%s: %+v", test.label, answer)
		}
	}
}

// TestOCSPReasons: every reason arrives as it was given, the ones without a name and none at all too.
func TestOCSPReasons(t *testing.T) {
	w := newTown(t)
	at := now.Add(-3 * time.Hour)
	for reason := -1; reason <= 12; reason++ {
		s := w.good()
		s.Revoked, s.Reason = at, reason
		der := pkitest.OCSP{By: w.ca, Singles: []pkitest.Single{s}}.Marshal(t)
		got, err := revocation.JudgeOCSP(der, w.query())
		if err != nil || got.State != revocation.Revoked || got.Reason != revocation.Reason(reason) || !got.RevokedAt.Equal(at) {
			t.Errorf("%d: %+v, %v", reason, got, err)
		}
	}
	s := w.good()
	s.Unknown = true
	got, err := revocation.JudgeOCSP(pkitest.OCSP{By: w.ca, Singles: []pkitest.Single{s}}.Marshal(t), w.query())
	if err != nil || got.State != revocation.Unknown || got.Since.IsZero() || got.Why == "" {
		t.Errorf("unknown: %+v, %v", got, err)
	}
}

// TestWhatTheLibraryLetsThrough: x/crypto/ocsp takes what an end entity of the same CA signed; ours does not.
func TestWhatTheLibraryLetsThrough(t *testing.T) {
	w := newTown(t)
	der := pkitest.OCSP{By: w.person, Singles: []pkitest.Single{w.good()}, Carry: [][]byte{w.person.Cert.Raw}}.Marshal(t)
	if _, err := ocsp.ParseResponseForCert(der, w.person.Cert, w.ca.Cert); err != nil {
		t.Fatalf("the library has changed its mind: %v", err)
	}
	_, err := revocation.JudgeOCSP(der, w.query())
	want(t, "end entity", err, revocation.OCSPPurpose)
}

// TestOCSPEveryByte: a changed response is refused, or says the same.
func TestOCSPEveryByte(t *testing.T) {
	w := newTown(t)
	der := pkitest.OCSP{By: w.responder, Singles: []pkitest.Single{w.good()}, Carry: [][]byte{w.responder.Cert.Raw}}.Marshal(t)
	honest, err := revocation.JudgeOCSP(der, w.query())
	if err != nil {
		t.Fatal(err)
	}
	for i := range der {
		for _, mask := range []byte{1, 0x20, 0x80} {
			forged := bytes.Clone(der)
			forged[i] ^= mask
			if got, err := revocation.JudgeOCSP(forged, w.query()); err == nil && got != honest {
				t.Fatalf("byte %d ^ %02x: %+v", i, mask, got)
			}
		}
	}
}

func TestOCSPRequestIsReadable(t *testing.T) {
	w := newTown(t)
	for _, nonce := range [][]byte{nil, {1, 2, 3}} {
		der, err := revocation.Request(w.person.Cert, w.ca.Cert, nonce)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ocsp.ParseRequest(der)
		if err != nil || r.SerialNumber.Cmp(w.person.Cert.SerialNumber) != 0 {
			t.Errorf("%v: %v", nonce, err)
		}
	}
}
