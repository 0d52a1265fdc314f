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

	"madoguchi/pki/attrcert"
)

// Options are what a signature may have beside its content. The zero value is a plain CAdES-BES, content inside.
type Options struct {
	Chain      [][]byte // further certificates to carry, DER
	Attributes [][]byte // attribute certificates (RFC 5755) to carry, DER
	Detached   bool     // the content stays outside; Verify then needs it
	// Stamp, when set, gets a time-stamp token (RFC 3161) over the signature's value, which makes it a CAdES-T.
	Stamp func(ctx context.Context, signature []byte) (token []byte, err error)

	kind kind // what the content is; the zero value is id-data
}

// Sign returns a SignedData (DER) that carries content as id-data, the signer's certificate and the further
// certificates of chain (DER each). The signing-time attribute is at, to the second: a claim of the signer. The
// error is the signer's own, wrapped, or says that its certificate is not usable.
func Sign(ctx context.Context, content []byte, s Signer, at time.Time, chain ...[]byte) (der []byte, err error) {
	return SignWith(ctx, content, s, at, Options{Chain: chain})
}

// SignDetached is Sign without the content inside the message; Verify then needs it.
func SignDetached(ctx context.Context, content []byte, s Signer, at time.Time, chain ...[]byte) (der []byte, err error) {
	return SignWith(ctx, content, s, at, Options{Chain: chain, Detached: true})
}

// SignToken returns a time-stamp token over a TSTInfo (DER): the SignedData of RFC 3161 §2.4.2.
func SignToken(ctx context.Context, info []byte, s Signer, at time.Time) ([]byte, error) {
	return SignWith(ctx, info, s, at, Options{kind: token})
}

// SignWith is Sign with options. An error of Stamp is returned wrapped, and then there is no signature.
func SignWith(ctx context.Context, content []byte, s Signer, at time.Time, o Options) ([]byte, error) {
	cert, err := x509.ParseCertificate(s.Certificate())
	if err != nil {
		return nil, fmt.Errorf("cms: signer's certificate: %w", err)
	}
	algorithms, ok := suiteFor(cert.PublicKey)
	if !ok {
		return nil, fail(Algorithm, "signer's key is not RSA of 2048 bits or more, P-256 or P-384")
	}
	carried, err := o.carry(cert)
	if err != nil {
		return nil, err
	}
	if o.kind.content == nil {
		o.kind = document
	}
	attributes, err := signedAttributes(algorithms, o.kind, content, cert, at)
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
	inside := content
	if inside == nil {
		inside = []byte{}
	}
	if o.Detached {
		inside = nil
	}
	version := int64(1)
	switch {
	case len(o.Attributes) > 0:
		version = 4
	case !o.kind.content.Equal(oidData):
		version = 3
	}
	der, err := assemble(algorithms, version, o.kind, inside, carried, signerInfo(algorithms, cert, attributes, signature))
	if err != nil || o.Stamp == nil {
		return der, err
	}
	token, err := o.Stamp(ctx, signature)
	if err != nil {
		return nil, fmt.Errorf("cms: time-stamp: %w", err)
	}
	return AddTimestamp(der, token)
}

// carry returns the certificate set: the signer's, the chain, and the attribute certificates as v2AttrCert, which is
// IMPLICIT [2] (RFC 5652 §10.2.2).
func (o Options) carry(cert *x509.Certificate) ([][]byte, error) {
	carried := [][]byte{cert.Raw}
	for _, der := range o.Chain {
		if _, err := x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("cms: certificate to carry: %w", err)
		}
		carried = append(carried, der)
	}
	for _, der := range o.Attributes {
		if _, err := attrcert.Parse(der); err != nil {
			return nil, fmt.Errorf("cms: attribute certificate to carry: %w", err)
		}
		carried = append(carried, append([]byte{byte(context2)}, der[1:]...))
	}
	return carried, nil
}

// signedAttributes returns the four attributes, each encoded.
func signedAttributes(algorithms suite, k kind, content []byte, cert *x509.Certificate, at time.Time) ([][]byte, error) {
	return encodeAll(
		attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(k.content) }),
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

// assemble builds the ContentInfo. Version 1: id-data, X.509 certificates only, one SignerInfo of version 1; version 3
// where the content is another; version 4 where attribute certificates stand beside them.
func assemble(algorithms suite, version int64, k kind, inside []byte, certificates [][]byte, signer cryptobyte.BuilderContinuation) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(context0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(version)
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addAlgorithm(b, algorithms.digest, false) })
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addContent(b, k, inside) })
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

func addContent(b *cryptobyte.Builder, k kind, inside []byte) {
	b.AddASN1ObjectIdentifier(k.content)
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
	context2 = cbasn1.Tag(2).ContextSpecific().Constructed()
	context1 = cbasn1.Tag(1).ContextSpecific().Constructed()
	context4 = cbasn1.Tag(4).ContextSpecific().Constructed()
)
