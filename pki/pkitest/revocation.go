package pkitest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// CRL makes a list signed by e; zero fields are filled: number 1, an hour old, a day to go.
func (e *Entity) CRL(t testing.TB, list x509.RevocationList) []byte {
	t.Helper()
	if list.Number == nil {
		list.Number = big.NewInt(1)
	}
	if list.ThisUpdate.IsZero() {
		list.ThisUpdate = Now.Add(-time.Hour)
	}
	if list.NextUpdate.IsZero() {
		list.NextUpdate = Now.Add(24 * time.Hour)
	}
	issuer := *e.Cert
	issuer.KeyUsage |= x509.KeyUsageCRLSign // what must not sign may be made to
	der, err := x509.CreateRevocationList(rand.Reader, &list, &issuer, e.Key)
	check(t, err)
	return der
}

// Single is one answer of an OCSP response.
type Single struct {
	Cert, Issuer         *x509.Certificate
	Hash                 crypto.Hash // of the CertID; 0: SHA-1
	Serial               *big.Int    // nil: the certificate's
	Revoked              time.Time   // zero: good
	Reason               int         // with Revoked; -1: none given
	Unknown              bool
	ThisUpdate, NextTime time.Time // zero: an hour ago; zero: absent
	Extensions           []byte    // DER of Extensions, or nil
}

// OCSP is a response to be made.
type OCSP struct {
	By       *Entity
	ByName   bool // ResponderID by name, else by key
	Produced time.Time
	Singles  []Single
	Nonce    []byte
	Extra    []byte   // a further Extension, DER
	Carry    [][]byte // certificates
	Status   int      // not 0: no answer inside
	Claim    *x509.Certificate
}

// Marshal signs and encodes the response.
func (o OCSP) Marshal(t testing.TB) []byte {
	t.Helper()
	if o.Status != 0 {
		return DER(t, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(o.Status)) })
		})
	}
	if o.Produced.IsZero() {
		o.Produced = Now.Add(-time.Minute)
	}
	data := DER(t, o.data(t))
	signature := signed(t, o.By.Key, data)
	basic := DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(data)
			b.AddASN1(cbasn1.SEQUENCE, signatureAlgorithm(o.By.Key))
			b.AddASN1BitString(signature)
			if len(o.Carry) > 0 {
				b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						for _, der := range o.Carry {
							b.AddBytes(der)
						}
					})
				})
			}
		})
	})
	return DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Enum(0)
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1})
					b.AddASN1OctetString(basic)
				})
			})
		})
	})
}

// signed is the key's signature over data with SHA-256.
func signed(t testing.TB, key crypto.Signer, data []byte) []byte {
	t.Helper()
	signature, err := key.Sign(rand.Reader, hashOf(crypto.SHA256, data), crypto.SHA256)
	check(t, err)
	return signature
}

func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

func signatureAlgorithm(key crypto.Signer) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) {
		if _, isRSA := key.(*rsa.PrivateKey); isRSA {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11})
			b.AddASN1NULL()
			return
		}
		b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2})
	}
}

func (o OCSP) data(t testing.TB) cryptobyte.BuilderContinuation {
	claim := o.Claim
	if claim == nil {
		claim = o.By.Cert
	}
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if o.ByName {
				b.AddASN1(explicit(1), func(b *cryptobyte.Builder) { b.AddBytes(claim.RawSubject) })
			} else {
				b.AddASN1(explicit(2), func(b *cryptobyte.Builder) { b.AddASN1OctetString(hashOf(crypto.SHA1, keyBits(t, claim))) })
			}
			b.AddASN1GeneralizedTime(o.Produced)
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				for _, s := range o.Singles {
					b.AddASN1(cbasn1.SEQUENCE, s.write(t))
				}
			})
			if o.Nonce != nil || o.Extra != nil {
				b.AddASN1(explicit(1), func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, o.extensions(t)) })
			}
		})
	}
}

func (o OCSP) extensions(t testing.TB) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) {
		if o.Nonce != nil {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2})
				b.AddASN1OctetString(DER(t, func(b *cryptobyte.Builder) { b.AddASN1OctetString(o.Nonce) }))
			})
		}
		b.AddBytes(o.Extra)
	}
}

func (s Single) write(t testing.TB) cryptobyte.BuilderContinuation {
	h := s.Hash
	if h == 0 {
		h = crypto.SHA1
	}
	serial, this := s.Serial, s.ThisUpdate
	if serial == nil {
		serial = s.Cert.SerialNumber
	}
	if this.IsZero() {
		this = Now.Add(-time.Hour)
	}
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(hashOID[h]) })
			b.AddASN1OctetString(hashOf(h, s.Issuer.RawSubject))
			b.AddASN1OctetString(hashOf(h, keyBits(t, s.Issuer)))
			b.AddASN1BigInt(serial)
		})
		switch {
		case s.Unknown:
			b.AddASN1(cbasn1.Tag(2).ContextSpecific(), func(*cryptobyte.Builder) {})
		case s.Revoked.IsZero():
			b.AddASN1(cbasn1.Tag(0).ContextSpecific(), func(*cryptobyte.Builder) {})
		default:
			b.AddASN1(explicit(1), func(b *cryptobyte.Builder) {
				b.AddASN1GeneralizedTime(s.Revoked)
				if s.Reason >= 0 {
					b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1Enum(int64(s.Reason)) })
				}
			})
		}
		b.AddASN1GeneralizedTime(this)
		if !s.NextTime.IsZero() {
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(s.NextTime) })
		}
		if s.Extensions != nil {
			b.AddASN1(explicit(1), func(b *cryptobyte.Builder) { b.AddBytes(s.Extensions) })
		}
	}
}

var hashOID = map[crypto.Hash]asn1.ObjectIdentifier{
	crypto.SHA1: {1, 3, 14, 3, 2, 26}, crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2},
}

func hashOf(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// keyBits is the public key without tag, length and unused bits (RFC 6960 §4.1.1).
func keyBits(t testing.TB, cert *x509.Certificate) []byte {
	t.Helper()
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &info)
	check(t, err)
	return info.Key.RightAlign()
}
