package cms

import (
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// AddTimestamp returns the message with the token (a ContentInfo, DER) as a further signature-time-stamp. Nothing
// that was signed changes. The message must be one that Parse accepts; the token is checked for its form only.
func AddTimestamp(der, token []byte) ([]byte, error) {
	m, err := Parse(der)
	if err != nil {
		return nil, err
	}
	t, err := ParseToken(token)
	if err != nil {
		return nil, err
	}
	if !t.contentType.Equal(oidTSTInfo) {
		return nil, fail(Format, "not a time-stamp token")
	}
	data, _ := contentInfo(der)
	head, info, ok := split(data)
	if !ok {
		return nil, fail(Format, "SignedData")
	}
	var unsigned [][]byte
	tokens := [][]byte{token}
	for _, a := range m.signer.unsigned {
		if a.kind.Equal(oidTimestamp) {
			tokens = append(tokens, raw(a.values)...)
			continue
		}
		one, err := encodeAll(attribute(a.kind, func(b *cryptobyte.Builder) { addAll(b, raw(a.values)) }))
		if err != nil {
			return nil, err
		}
		unsigned = append(unsigned, one...)
	}
	stamps, err := encodeAll(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidTimestamp)
			set(cbasn1.SET, tokens)(b)
		})
	})
	if err != nil {
		return nil, err
	}
	return rebuild(head, info, append(unsigned, stamps...))
}

// split cuts a SignedData before its signerInfos and returns the only SignerInfo's content without its unsigned
// attributes.
func split(data cryptobyte.String) (head, info []byte, ok bool) {
	rest := data
	var skipped, infos, content cryptobyte.String
	var tag cbasn1.Tag
	for !rest.PeekASN1Tag(cbasn1.SET) || len(head) == 0 || !last(rest) {
		if !rest.ReadAnyASN1Element(&skipped, &tag) {
			return nil, nil, false
		}
		head = append(head, skipped...)
	}
	if !rest.ReadASN1(&infos, cbasn1.SET) || !infos.ReadASN1(&content, cbasn1.SEQUENCE) || !infos.Empty() {
		return nil, nil, false
	}
	for !content.Empty() && !content.PeekASN1Tag(context1) {
		if !content.ReadAnyASN1Element(&skipped, &tag) {
			return nil, nil, false
		}
		info = append(info, skipped...)
	}
	return head, info, true
}

func last(rest cryptobyte.String) bool {
	var skipped cryptobyte.String
	var tag cbasn1.Tag
	return rest.ReadAnyASN1Element(&skipped, &tag) && rest.Empty()
}

func rebuild(head, info []byte, unsigned [][]byte) ([]byte, error) {
	out, err := encodeAll(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oidSignedData)
			b.AddASN1(context0, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddBytes(head)
					b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
						b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
							b.AddBytes(info)
							set(context1, unsigned)(b)
						})
					})
				})
			})
		})
	})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func raw(values []cryptobyte.String) [][]byte {
	out := make([][]byte, 0, len(values))
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

func addAll(b *cryptobyte.Builder, values [][]byte) {
	for _, v := range values {
		b.AddBytes(v)
	}
}
