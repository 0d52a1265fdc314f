package revocation_test

import (
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

var (
	now     = pkitest.Now
	noCheck = pkitest.Extension(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, false, []byte{5, 0})
)

func responder(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} }

// town is a CA, a person below it and a delegated responder.
type town struct {
	ca, person, responder *pkitest.Entity
}

func newTown(t testing.TB, options ...pkitest.Option) town {
	t.Helper()
	ca := pkitest.Root(t, "Town CA")
	return town{ca, ca.Leaf(t, "person", options...), ca.Leaf(t, "responder", responder, noCheck)}
}

func (w town) query() revocation.Query {
	return revocation.Query{Cert: w.person.Cert, Issuer: w.ca.Cert, At: now}
}

func (w town) good() pkitest.Single { return pkitest.Single{Cert: w.person.Cert, Issuer: w.ca.Cert} }

func want(t testing.TB, label string, err error, name check.Name) {
	t.Helper()
	if revocation.Failed(err) != name || name == "" && err != nil {
		t.Errorf("%s: got %v, want %q", label, err, name)
	}
}

func tag(n uint8) cbasn1.Tag      { return cbasn1.Tag(n).ContextSpecific() }
func explicit(n uint8) cbasn1.Tag { return tag(n).Constructed() }

// idp describes an issuingDistributionPoint; point is a directoryName's CN, "" for none.
type idp struct {
	point                                      string
	userOnly, caOnly, attributesOnly, indirect bool
	reasons                                    []byte // BIT STRING content
}

var oidIDP = asn1.ObjectIdentifier{2, 5, 29, 28}

func (p idp) extension(t testing.TB) pkix.Extension {
	t.Helper()
	flag := func(b *cryptobyte.Builder, n uint8, on bool) {
		if on {
			b.AddASN1(tag(n), func(b *cryptobyte.Builder) { b.AddUint8(0xFF) })
		}
	}
	return pkix.Extension{Id: oidIDP, Critical: true, Value: pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if p.point != "" {
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1(explicit(0), directory(t, p.point)) })
			}
			flag(b, 1, p.userOnly)
			flag(b, 2, p.caOnly)
			if p.reasons != nil {
				b.AddASN1(tag(3), func(b *cryptobyte.Builder) { b.AddBytes(p.reasons) })
			}
			flag(b, 4, p.indirect)
			flag(b, 5, p.attributesOnly)
		})
	})}
}

// directory writes a directoryName of C=JP, CN=name, the form of pkitest's subjects.
func directory(t testing.TB, name string) cryptobyte.BuilderContinuation {
	t.Helper()
	der, err := asn1.Marshal(pkix.Name{Country: []string{"JP"}, CommonName: name}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	return func(b *cryptobyte.Builder) { b.AddASN1(explicit(4), func(b *cryptobyte.Builder) { b.AddBytes(der) }) }
}

// points is the certificate's cRLDistributionPoints with one point.
func points(t testing.TB, point string, reasons []byte, issuer string) pkitest.Option {
	t.Helper()
	return pkitest.Extension(asn1.ObjectIdentifier{2, 5, 29, 31}, false, pkitest.DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				if point != "" {
					b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1(explicit(0), directory(t, point)) })
				}
				if reasons != nil {
					b.AddASN1(tag(1), func(b *cryptobyte.Builder) { b.AddBytes(reasons) })
				}
				if issuer != "" {
					b.AddASN1(explicit(2), directory(t, issuer))
				}
			})
		})
	}))
}

func entry(serial *big.Int, reason int, extra ...pkix.Extension) x509.RevocationListEntry {
	e := x509.RevocationListEntry{SerialNumber: serial, RevocationTime: now.Add(-2 * time.Hour), ExtraExtensions: extra}
	if reason >= 0 {
		e.ReasonCode = reason
	}
	return e
}

func list(extensions []pkix.Extension, entries ...x509.RevocationListEntry) x509.RevocationList {
	return x509.RevocationList{RevokedCertificateEntries: entries, ExtraExtensions: extensions}
}

func delta(t testing.TB, base int64) pkix.Extension {
	t.Helper()
	value := pkitest.DER(t, func(b *cryptobyte.Builder) { b.AddASN1Int64(base) })
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: value}
}
