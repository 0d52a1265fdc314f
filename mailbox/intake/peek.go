package intake

import (
	encodingasn1 "encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

var oidSignedData = encodingasn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}

// peek returns the encapsulated content of a CMS whose signature does not hold, so that its refusal can name what
// it is of; nil where there is none (RFC 5652 §3, §5.1, §5.2). What it returns is nobody's word.
func peek(der []byte) []byte {
	var info, wrapped, signed, encapsulated, explicit, content cryptobyte.String
	var oid, contentType encodingasn1.ObjectIdentifier
	in := cryptobyte.String(der)
	tag := asn1.Tag(0).Constructed().ContextSpecific()
	ok := in.ReadASN1(&info, asn1.SEQUENCE) &&
		info.ReadASN1ObjectIdentifier(&oid) && oid.Equal(oidSignedData) &&
		info.ReadASN1(&wrapped, tag) &&
		wrapped.ReadASN1(&signed, asn1.SEQUENCE) &&
		signed.SkipASN1(asn1.INTEGER) && // version
		signed.SkipASN1(asn1.SET) && // digestAlgorithms
		signed.ReadASN1(&encapsulated, asn1.SEQUENCE) &&
		encapsulated.ReadASN1ObjectIdentifier(&contentType) &&
		encapsulated.ReadASN1(&explicit, tag) &&
		explicit.ReadASN1(&content, asn1.OCTET_STRING)
	if !ok {
		return nil
	}
	return content
}
