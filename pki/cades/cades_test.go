package cades_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/internal/check"
	"madoguchi/pki/cades"
	"madoguchi/pki/cms"
	"madoguchi/pki/pkitest"
	"madoguchi/pki/profile"
	"madoguchi/pki/timestamp"
)

var (
	content = []byte("what is signed\n")
	now     = pkitest.Now
)

func zeroPath(c *x509.Certificate) { c.MaxPathLenZero = true }

func usage(u x509.KeyUsage) pkitest.Option { return func(c *x509.Certificate) { c.KeyUsage = u } }

// policy asserts one policy.
func policy(dotted string) pkitest.Option {
	return func(c *x509.Certificate) {
		oid, err := x509.ParseOID(dotted)
		if err != nil {
			panic(err)
		}
		c.Policies = []x509.OID{oid}
	}
}

// scene is a mailbox root, one that signs receipts below it, and a time-stamp authority of another root.
type scene struct {
	root, signer, timeCA, tsa *pkitest.Entity
	policy                    cades.Policy
}

func newScene(t testing.TB) scene {
	t.Helper()
	s := scene{root: pkitest.Root(t, "Root", zeroPath), timeCA: pkitest.Root(t, "Time CA")}
	s.signer = s.root.Leaf(t, "signer", policy(profile.Receipt.Policy))
	s.tsa = s.timeCA.Leaf(t, "TSA", pkitest.TSA)
	s.policy = cades.Policy{
		Profile: profile.Receipt, Anchors: []*x509.Certificate{s.root.Cert}, Received: now,
		Stamps: timestamp.Options{Anchors: []*x509.Certificate{s.timeCA.Cert}},
	}
	return s
}

func (s scene) stampAt(t testing.TB, by *pkitest.Entity, at time.Time) func(context.Context, []byte) ([]byte, error) {
	return func(_ context.Context, value []byte) ([]byte, error) { return pkitest.Token(t, by, value, at), nil }
}

func sign(t testing.TB, e *pkitest.Entity, o cms.Options) []byte {
	t.Helper()
	der, err := cms.SignWith(t.Context(), content, cms.NewSigner(e.Key, e.Cert.Raw), now.Add(-time.Minute), o)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// forgeries are the messages that exactly one check of this package refuses.
func forgeries(t testing.TB, s scene) map[check.Name][]byte {
	t.Helper()
	ok := policy(profile.Receipt.Policy)
	leaf := func(options ...pkitest.Option) []byte {
		return sign(t, s.root.Leaf(t, "signer", options...), cms.Options{})
	}
	stranger := pkitest.Root(t, "Time CA").Leaf(t, "TSA", pkitest.TSA)
	return map[check.Name][]byte{
		// The claimed signing-time is before the end, T is after it.
		cades.ValidAtT:         leaf(ok, pkitest.Valid(-time.Hour, -30*time.Second)),
		cades.KeyUsage:         leaf(ok, usage(x509.KeyUsageKeyAgreement)),
		cades.BasicConstraints: leaf(ok, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }),
		cades.CertPolicy:       leaf(policy(profile.Keyring.Policy)),
		check.Chain:            sign(t, s.root.Impostor(t).Leaf(t, "signer", ok), cms.Options{}),
		cades.EveryObject:      twoSigners(t, s),
		cades.Timestamp:        sign(t, s.signer, cms.Options{Stamp: s.stampAt(t, stranger, now)}),
	}
}

// twoSigners is a message of two signers, of whom the second's signature does not hold.
func twoSigners(t testing.TB, s scene) []byte {
	t.Helper()
	bad := sign(t, s.root.Leaf(t, "second", policy(profile.Receipt.Policy)), cms.Options{})
	bad[len(bad)-1] ^= 1
	return join(t, sign(t, s.signer, cms.Options{}), bad)
}

// join puts the certificates and SignerInfos of two messages over the same content into one.
func join(t testing.TB, a, b []byte) []byte {
	t.Helper()
	type parts struct{ digests, content, certificates, signers []byte }
	read := func(der []byte) parts {
		var info struct {
			Type asn1.ObjectIdentifier
			Data struct {
				Version                        int
				Digests, Content, Certificates asn1.RawValue
				Signers                        asn1.RawValue
			} `asn1:"explicit,tag:0"`
		}
		if _, err := asn1.Unmarshal(der, &info); err != nil {
			t.Fatal(err)
		}
		d := info.Data
		return parts{d.Digests.FullBytes, d.Content.FullBytes, d.Certificates.Bytes, d.Signers.Bytes}
	}
	left, right := read(a), read(b)
	both := func(x, y []byte) []byte {
		elements := [][]byte{x, y}
		slices.SortFunc(elements, bytes.Compare)
		return bytes.Join(elements, nil)
	}
	zero := cbasn1.Tag(0).ContextSpecific().Constructed()
	return pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2})
			b.AddASN1(zero, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1Int64(1)
					b.AddBytes(left.digests)
					b.AddBytes(left.content)
					b.AddASN1(zero, func(b *cryptobyte.Builder) { b.AddBytes(both(left.certificates, right.certificates)) })
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(both(left.signers, right.signers)) })
				})
			})
		})
	})
}

func TestSound(t *testing.T) {
	s := newScene(t)
	second := s.root.Leaf(t, "second", policy(profile.Receipt.Policy))
	early := now.Add(-30 * time.Second)
	for label, test := range map[string]struct {
		der     []byte
		signers int
		at      time.Time
	}{
		"BES":         {sign(t, s.signer, cms.Options{}), 1, now},
		"T":           {sign(t, s.signer, cms.Options{Stamp: s.stampAt(t, s.tsa, early)}), 1, early},
		"two signers": {join(t, sign(t, s.signer, cms.Options{}), sign(t, second, cms.Options{})), 2, now},
	} {
		got, err := cades.Verify(test.der, nil, s.policy)
		if err != nil || len(got) != test.signers || !got[0].T.Equal(test.at) || !bytes.Equal(got[0].Content, content) {
			t.Errorf("%s: %+v, %v", label, got, err)
		}
	}
}

// TestForgeriesByName: each is refused by the check that it is named for.
func TestForgeriesByName(t *testing.T) {
	s := newScene(t)
	for name, der := range forgeries(t, s) {
		if _, err := cades.Verify(der, nil, s.policy); cms.Failed(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStampKeepsASignatureAlive: the certificate had ended when the message came, and was valid when it was stamped.
func TestStampKeepsASignatureAlive(t *testing.T) {
	s := newScene(t)
	e := s.root.Leaf(t, "signer", policy(profile.Receipt.Policy), pkitest.Valid(-2*time.Hour, -time.Hour))
	if _, err := cades.Verify(sign(t, e, cms.Options{}), nil, s.policy); cms.Failed(err) != cades.ValidAtT {
		t.Errorf("without a stamp: %v", err)
	}
	der := sign(t, e, cms.Options{Stamp: s.stampAt(t, s.tsa, now.Add(-90*time.Minute))})
	if got, err := cades.Verify(der, nil, s.policy); err != nil || len(got[0].Stamps) != 1 {
		t.Errorf("with one: %v", err)
	}
	s.policy.Received = time.Time{}
	if _, err := cades.Verify(der, nil, s.policy); err != nil {
		t.Errorf("the stamp alone: %v", err)
	}
	if _, err := cades.Verify(sign(t, e, cms.Options{}), nil, s.policy); cms.Failed(err) != cades.TimeKnown {
		t.Errorf("neither: %v", err)
	}
}

// TestStampOfAnotherSignature: a sound token, moved to another message.
func TestStampOfAnotherSignature(t *testing.T) {
	s := newScene(t)
	other, err := cms.SignWith(t.Context(), []byte("else"), cms.NewSigner(s.signer.Key, s.signer.Cert.Raw), now, cms.Options{Stamp: s.stampAt(t, s.tsa, now)})
	if err != nil {
		t.Fatal(err)
	}
	m, err := cms.Parse(other)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := m.Verify(nil)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := cms.AddTimestamp(sign(t, s.signer, cms.Options{}), signature.Timestamps[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cades.Verify(moved, nil, s.policy); cms.Failed(err) != cades.Timestamp {
		t.Error(err)
	}
}

// TestCounterSignatureIsNotOverlooked: an unsigned attribute that holds a signature which nobody judges.
func TestCounterSignatureIsNotOverlooked(t *testing.T) {
	s := newScene(t)
	der := sign(t, s.signer, cms.Options{Stamp: s.stampAt(t, s.tsa, now)})
	stamp := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	archive := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 48}
	raw := func(id asn1.ObjectIdentifier) []byte {
		return pkitest.DER(t, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(id) })
	}
	forged := bytes.Replace(der, raw(stamp), raw(archive), 1)
	if _, err := cades.Verify(forged, nil, s.policy); cms.Failed(err) != cades.EveryObject {
		t.Error(err)
	}
}
