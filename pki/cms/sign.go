package cms

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Sign returns a SignedData (DER) that carries content as id-data, the signer's certificate and the further
// certificates of chain (DER each). The signing-time attribute is at, to the second: a claim of the signer. The
// error is the signer's own, wrapped, or says that its certificate is not usable.
func Sign(ctx context.Context, content []byte, s Signer, at time.Time, chain ...[]byte) (der []byte, err error) {
	if content == nil {
		content = []byte{}
	}
	return sign(ctx, content, content, s, at, chain)
}

// SignDetached is Sign without the content inside the message; Verify then needs it.
func SignDetached(ctx context.Context, content []byte, s Signer, at time.Time, chain ...[]byte) (der []byte, err error) {
	return sign(ctx, content, nil, s, at, chain)
}

// sign signs content and carries inside, which is content or nil.
func sign(ctx context.Context, content, inside []byte, s Signer, at time.Time, chain [][]byte) ([]byte, error) {
	cert, err := x509.ParseCertificate(s.Certificate())
	if err != nil {
		return nil, fmt.Errorf("cms: signer's certificate: %w", err)
	}
	algorithms, ok := suiteFor(cert.PublicKey)
	if !ok {
		return nil, fail(Algorithm, "signer's key is not RSA of 2048 bits or more, P-256 or P-384")
	}
	attributes, err := signedAttributes(algorithms, content, cert, at)
	if err != nil {
		return nil, err
	}
	signed, err := encodeAll(set(cbasn1.SET, attributes))
	if err != nil {
		return nil, err
	}
	signature, err := s.SignDigest(ctx, algorithms.sum(signed[0]), algorithms.hash)
	if err != nil {
		return nil, fmt.Errorf("cms: sign digest: %w", err)
	}
	certificates := [][]byte{cert.Raw}
	for _, der := range chain {
		if _, err := x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("cms: certificate to carry: %w", err)
		}
		certificates = append(certificates, der)
	}
	return assemble(algorithms, inside, certificates, signerInfo(algorithms, cert, attributes, signature))
}

// signedAttributes returns the four attributes, each encoded.
func signedAttributes(algorithms suite, content []byte, cert *x509.Certificate, at time.Time) ([][]byte, error) {
	return encodeAll(
		attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) }),
		attribute(oidDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(algorithms.sum(content)) }),
		attribute(oidCertV2, func(b *cryptobyte.Builder) { addSigningCertificate(b, cert) }),
		attribute(oidSigningTime, func(b *cryptobyte.Builder) { addTime(b, at.UTC()) }),
	)
}

// addSigningCertificate writes a SigningCertificateV2 (RFC 5035 §3): SHA-256, the default, which DER leaves out.
func addSigningCertificate(b *cryptobyte.Builder, cert *x509.Certificate) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // SigningCertificateV2
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // certs
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // ESSCertIDv2
				b.AddASN1OctetString(rsaSHA256.sum(cert.Raw))
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // IssuerSerial
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // GeneralNames
						b.AddASN1(context4, func(b *cryptobyte.Builder) { b.AddBytes(cert.RawIssuer) })
					})
					b.AddASN1BigInt(cert.SerialNumber)
				})
			})
		})
	})
}

// addTime writes a Time: UTCTime to 2049, GeneralizedTime after (RFC 5652 §11.3).
func addTime(b *cryptobyte.Builder, at time.Time) {
	if at.Year() < 1950 || at.Year() > 2049 {
		b.AddASN1GeneralizedTime(at)
		return
	}
	b.AddASN1UTCTime(at)
}

func attribute(kind asn1.ObjectIdentifier, value cryptobyte.BuilderContinuation) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(kind)
			b.AddASN1(cbasn1.SET, value)
		})
	}
}

func signerInfo(algorithms suite, cert *x509.Certificate, attributes [][]byte, signature []byte) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(1)                                        // issuerAndSerialNumber
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // sid
				b.AddBytes(cert.RawIssuer)
				b.AddASN1BigInt(cert.SerialNumber)
			})
			addAlgorithm(b, algorithms.digest, false)
			set(context0, attributes)(b)
			addAlgorithm(b, algorithms.signature, algorithms.null)
			b.AddASN1OctetString(signature)
		})
	}
}

// assemble builds the ContentInfo. Version 1: id-data, X.509 certificates only, one SignerInfo of version 1.
func assemble(algorithms suite, inside []byte, certificates [][]byte, signer cryptobyte.BuilderContinuation) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(context0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addAlgorithm(b, algorithms.digest, false) })
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addContent(b, inside) })
				set(context0, certificates)(b)
				b.AddASN1(cbasn1.SET, signer)
			})
		})
	})
	der, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("cms: encode: %w", err)
	}
	return der, nil
}

func addContent(b *cryptobyte.Builder, inside []byte) {
	b.AddASN1ObjectIdentifier(oidData)
	if inside != nil {
		b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddASN1OctetString(inside) })
	}
}

func addAlgorithm(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, null bool) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		if null {
			b.AddASN1NULL()
		}
	})
}

func encodeAll(values ...cryptobyte.BuilderContinuation) ([][]byte, error) {
	var out [][]byte
	for _, value := range values {
		var b cryptobyte.Builder
		value(&b)
		der, err := b.Bytes()
		if err != nil {
			return nil, fmt.Errorf("cms: encode: %w", err)
		}
		out = append(out, der)
	}
	return out, nil
}

// set encodes a SET OF under the tag: sorted by whole encoding (X.690 §11.6), without repetitions.
func set(tag cbasn1.Tag, elements [][]byte) cryptobyte.BuilderContinuation {
	sorted := slices.Clone(elements)
	slices.SortFunc(sorted, bytes.Compare)
	sorted = slices.CompactFunc(sorted, bytes.Equal)
	return func(b *cryptobyte.Builder) {
		b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(sorted, nil)) })
	}
}

var (
	context0 = cbasn1.Tag(0).ContextSpecific().Constructed()
	context1 = cbasn1.Tag(1).ContextSpecific().Constructed()
	context4 = cbasn1.Tag(4).ContextSpecific().Constructed()
)
