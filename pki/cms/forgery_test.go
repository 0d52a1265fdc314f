package cms

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/internal/check"
)

// namedForgeries are the forgeries that exactly one check refuses; what verifies without the check is expected.
func namedForgeries(t testing.TB) map[check.Name]struct{ der, expected []byte } {
	id := newIdentity(t, "rsa")
	honest := attributesOf(t, id.cert, content)
	replaced := func(kind asn1.ObjectIdentifier, by []byte) [][]byte {
		return append(without(t, honest, kind), by)
	}
	other := encode(t, attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidSignedData) }))
	digest := encode(t, attribute(oidDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(rsaSHA256.sum([]byte("other"))) }))

	stripped := setOf(t, honest)
	namesake := certify(t, "Somebody Else", id.key.Public(), id.ca, id.caKey, id.cert.SerialNumber.Int64())
	return map[check.Name]struct{ der, expected []byte }{
		// The victim signed content; its attributes are now shown as the content that was signed.
		check.SignedAttributes: {forgery{by: id, content: stripped, attributes: honest, strip: true}.der(t), stripped},
		// The victim signed these bytes as something else than data.
		check.ContentType: {forgery{by: id, content: content, attributes: replaced(oidContentType, other)}.der(t), content},
		// The victim signed other bytes.
		check.MessageDigest: {forgery{by: id, content: content, attributes: replaced(oidDigest, digest)}.der(t), content},
		// The same key and number, another certificate: a renamed signer.
		check.SigningCertificate: {forgery{by: id, content: content, carry: [][]byte{namesake.Raw}}.der(t), content},
	}
}

// without returns the attributes but those of one kind.
func without(t testing.TB, attributes [][]byte, kind asn1.ObjectIdentifier) [][]byte {
	t.Helper()
	prefix := encode(t, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(kind) })
	var out [][]byte
	for _, a := range attributes {
		if !bytes.Contains(a, prefix) {
			out = append(out, a)
		}
	}
	if len(out) != len(attributes)-1 {
		t.Fatal("the attribute was not there")
	}
	return out
}

func TestForgeriesByName(t *testing.T) {
	for name, f := range namedForgeries(t) {
		if _, err := open(f.der, nil); Failed(err) != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestMissingAndRepeatedAttributes(t *testing.T) {
	id := newIdentity(t, "p256")
	honest := attributesOf(t, id.cert, content)
	for _, test := range []struct {
		kind asn1.ObjectIdentifier
		want check.Name
	}{
		{oidContentType, check.ContentType}, {oidDigest, check.MessageDigest},
		{oidCertV2, check.SigningCertificate}, {oidSigningTime, Attributes},
	} {
		missing := forgery{by: id, content: content, attributes: without(t, honest, test.kind)}.der(t)
		if _, err := open(missing, nil); Failed(err) != test.want {
			t.Errorf("%v missing: %v", test.kind, err)
		}
		again := encode(t, attribute(test.kind, func(b *cryptobyte.Builder) { b.AddASN1NULL() }))
		repeated := forgery{by: id, content: content, attributes: append([][]byte{again}, honest...)}.der(t)
		if _, err := open(repeated, nil); Failed(err) != Attributes {
			t.Errorf("%v repeated: %v", test.kind, err)
		}
	}
	two := append(without(t, honest, oidSigningTime), encode(t, attribute(oidSigningTime, func(b *cryptobyte.Builder) {
		b.AddASN1UTCTime(day)
		b.AddASN1UTCTime(day.AddDate(1, 0, 0))
	})))
	if _, err := open((forgery{by: id, content: content, attributes: two}).der(t), nil); Failed(err) != Attributes {
		t.Errorf("two values: %v", err)
	}
}

func TestSignerCertificate(t *testing.T) {
	id, mallory := newIdentity(t, "p256"), newIdentity(t, "p256")
	for name, test := range map[string]struct {
		f    forgery
		want check.Name
	}{
		"not carried":      {forgery{carry: [][]byte{id.ca.Raw}}, SignerIncluded},
		"two of that name": {forgery{carry: [][]byte{id.cert.Raw, mallory.cert.Raw}}, SignerIncluded},
		"another's key":    {forgery{carry: [][]byte{mallory.cert.Raw}}, SignatureValue},
		"not one at all":   {forgery{carry: [][]byte{id.cert.Raw, {0x30, 0}}}, Format},
		"of a later kind":  {forgery{carry: [][]byte{id.cert.Raw, {0xA2, 0}}}, Format},
	} {
		test.f.by, test.f.content = id, content
		if _, err := open(test.f.der(t), nil); Failed(err) != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSuitesDoNotMix(t *testing.T) {
	id := newIdentity(t, "p256")
	der, err := Sign(t.Context(), content, id.signer(), day)
	if err != nil {
		t.Fatal(err)
	}
	sha256, sha384 := encode(t, oid(oidSHA256)), encode(t, oid(oidSHA384))
	if _, err := open(bytes.ReplaceAll(der, sha256, sha384), nil); Failed(err) != Algorithm {
		t.Errorf("another digest: %v", err)
	}
	if _, err := open(bytes.Replace(der, sha256, sha384, 1), nil); Failed(err) != Algorithm {
		t.Errorf("digest not listed: %v", err)
	}
	for _, key := range []string{"rsa1024", "p521"} {
		if acceptable(newKey(t, key).Public()) {
			t.Errorf("%s: acceptable", key)
		}
	}
	if rsaSHA256.holds(id.cert.PublicKey, content, nil) || ecdsaSHA256.holds(newKey(t, "rsa").Public(), content, nil) {
		t.Error("a suite took a key of the other kind")
	}
}

func oid(id asn1.ObjectIdentifier) cryptobyte.BuilderContinuation {
	return func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(id) }
}

// TestEveryByte flips bits all over a message: it is refused, or says the same as before.
func TestEveryByte(t *testing.T) {
	id := newIdentity(t, "p256")
	der, err := Sign(t.Context(), content, id.signer(), day, id.ca.Raw)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i := range der {
		for _, mask := range []byte{0x01, 0x20, 0x80} {
			forged := bytes.Clone(der)
			forged[i] ^= mask
			got, err := open(forged, nil)
			if err != nil {
				continue
			}
			accepted++ // the CA's certificate is carried along and not part of what is signed
			if !bytes.Equal(got.Content, content) || !got.Signer.Equal(id.cert) || !got.SigningTime.Equal(day) {
				t.Fatalf("byte %d ^ %02x: accepted with another meaning", i, mask)
			}
		}
	}
	if accepted > 3*len(id.ca.Raw) {
		t.Errorf("%d changed messages were accepted", accepted)
	}
}

func TestStrictDER(t *testing.T) {
	id := newIdentity(t, "p256")
	der, err := Sign(t.Context(), content, id.signer(), day, id.ca.Raw)
	if err != nil {
		t.Fatal(err)
	}
	s := ecdsaSHA256
	honest := signerInfo(s, id.cert, attributesOf(t, id.cert, content), []byte("x"))
	message := func(version int64, infos, behind cryptobyte.BuilderContinuation) []byte {
		return encode(t, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oidSignedData)
				b.AddASN1(context0, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1Int64(version)
						b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { addAlgorithm(b, s.digest, false) })
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { addContent(b, document, content) })
						behind(b)
						b.AddASN1(cbasn1.SET, infos)
					})
				})
			})
		})
	}
	nothing := func(*cryptobyte.Builder) {}
	for name, test := range map[string]struct {
		der  []byte
		want check.Name
	}{
		"well-formed":      {message(1, honest, nothing), ""},
		"empty":            {nil, Format},
		"cut":              {der[:len(der)-1], Format},
		"something behind": {append(bytes.Clone(der), 0), Format},
		"indefinite":       {unhex(t, "308006092a864886f70d010702a0800000000000"), Format},
		"other kind":       {encode(t, func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, oid(oidData)) }), Format},
		"version":          {message(3, honest, nothing), Format},
		"no signer":        {message(1, nothing, nothing), OneSigner},
		"two signers":      {message(1, func(b *cryptobyte.Builder) { honest(b); honest(b) }, nothing), OneSigner},
		"revocation lists": {message(1, honest, func(b *cryptobyte.Builder) { b.AddASN1(context1, nothing) }), Format},
		"unsorted": {message(1, honest, func(b *cryptobyte.Builder) {
			b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes([]byte{0x30, 1, 2, 0x30, 1, 1}) })
		}), Format},
		"too many certificates": {message(1, honest, func(b *cryptobyte.Builder) {
			b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Repeat([]byte{0x30, 0}, maxCertificates+1)) })
		}), Format},
	} {
		if _, err := Parse(test.der); Failed(err) != test.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOtherContentType: id-data only, even where the attribute agrees.
func TestOtherContentType(t *testing.T) {
	m := &Message{contentType: oidSignedData, content: content, kind: document}
	if _, err := m.Verify(nil); Failed(err) != check.ContentType {
		t.Error(err)
	}
}

func TestReadTimeRefuses(t *testing.T) {
	for _, s := range []string{
		"", "\x17\x0b2611220900Z", "\x17\x11261122090000+0900", "\x18\x0f20261122090000Z", "\x18\x1120561122090000.5Z",
		"\x17\x0d261322090000Z", "\x04\x0d261122090000Z", "\x17\x0d261122090000Zx", "\x18\x0e20561122090000",
	} {
		if at, err := readTime(cryptobyte.String(s)); err == nil {
			t.Errorf("%q: %v", s, at)
		}
	}
	if _, err := readTime(cryptobyte.String("\x17\x0d261122090000Z")); err != nil {
		t.Error(err)
	}
}
