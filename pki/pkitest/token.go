package pkitest

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidTSTInfo = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSHA256  = hashOID[crypto.SHA256]
)

// Token makes a time-stamp token (RFC 3161) by e over data at the time, whatever e's certificate allows, and carries
// the further certificates. The key must be P-256.
func Token(t testing.TB, e *Entity, data []byte, at time.Time, carry ...[]byte) []byte {
	t.Helper()
	algorithm := func(b *cryptobyte.Builder, id asn1.ObjectIdentifier) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(id) })
	}
	content := DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 3, 4, 1})
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				algorithm(b, oidSHA256)
				b.AddASN1OctetString(hashOf(crypto.SHA256, data))
			})
			b.AddASN1Int64(5)
			b.AddASN1GeneralizedTime(at.UTC())
		})
	})
	attribute := func(last int, value cryptobyte.BuilderContinuation) []byte {
		id := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, last}
		if last == 47 {
			id = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
		}
		return DER(t, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(id)
				b.AddASN1(cbasn1.SET, value)
			})
		})
	}
	attributes := [][]byte{
		attribute(3, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidTSTInfo) }),
		attribute(4, func(b *cryptobyte.Builder) { b.AddASN1OctetString(hashOf(crypto.SHA256, content)) }),
		attribute(47, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1OctetString(hashOf(crypto.SHA256, e.Cert.Raw)) })
				})
			})
		}),
	}
	slices.SortFunc(attributes, bytes.Compare)
	all := bytes.Join(attributes, nil)
	set := DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(all) })
	})
	signature := signed(t, e.Key, set)
	return DER(t, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2})
			b.AddASN1(explicit(0), func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1Int64(3)
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { algorithm(b, oidSHA256) })
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oidTSTInfo)
						b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddASN1OctetString(content) })
					})
					b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(append([][]byte{e.Cert.Raw}, carry...), nil)) })
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddASN1Int64(1)
							b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
								b.AddBytes(e.Cert.RawIssuer)
								b.AddASN1BigInt(e.Cert.SerialNumber)
							})
							algorithm(b, oidSHA256)
							b.AddASN1(explicit(0), func(b *cryptobyte.Builder) { b.AddBytes(all) })
							b.AddASN1(cbasn1.SEQUENCE, signatureAlgorithm(e.Key))
							b.AddASN1OctetString(signature)
						})
					})
				})
			})
		})
	})
}
