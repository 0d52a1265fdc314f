// Package attrcert reads X.509 attribute certificates (RFC 5755) as far as carrying them needs: the form, whom they
// are about, by whom, and for how long. It does not judge signatures, attributes or authority.
//
// Error model: every failure wraps ErrFormat and says which field was wrong, never what it held.
package attrcert

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ErrFormat says that bytes are no attribute certificate of version 2.
var ErrFormat = errors.New("attrcert: not an attribute certificate")

// Certificate is an AttributeCertificate. Nothing in it is believed.
type Certificate struct {
	Raw                 []byte
	RawInfo             []byte // AttributeCertificateInfo, the signed part
	HolderIssuer        []byte // baseCertificateID: Name, DER; nil when the holder is named otherwise
	HolderSerial        *big.Int
	Issuer              []byte // Name, DER (RFC 5755 §4.2.3: one directoryName)
	Serial              *big.Int
	NotBefore, NotAfter time.Time
	Attributes          []Attribute
	Algorithm           asn1.ObjectIdentifier
	Signature           []byte
}

// Attribute is one attribute with its values, each a whole element.
type Attribute struct {
	Kind   asn1.ObjectIdentifier
	Values [][]byte
}

// Bounds far above any certificate in use.
const (
	maxAttributes = 64
	maxSerial     = 21 // octets with the sign (RFC 5755 §4.2.5)
)

func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

func bad(field string) error { return fmt.Errorf("%w: %s", ErrFormat, field) }

// Parse reads one attribute certificate, DER with nothing behind it.
func Parse(der []byte) (*Certificate, error) {
	in, body, info := cryptobyte.String(der), cryptobyte.String(nil), cryptobyte.String(nil)
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !in.Empty() || !body.ReadASN1Element(&info, cbasn1.SEQUENCE) {
		return nil, bad("AttributeCertificate")
	}
	c := &Certificate{Raw: der, RawInfo: info}
	inner, ok := c.readAlgorithm(&body)
	if !ok || !body.ReadASN1BitStringAsBytes(&c.Signature) || !body.Empty() {
		return nil, bad("signature")
	}
	if err := c.readInfo(info, inner); err != nil {
		return nil, err
	}
	return c, nil
}

// readAlgorithm reads an AlgorithmIdentifier and returns it whole.
func (c *Certificate) readAlgorithm(in *cryptobyte.String) (cryptobyte.String, bool) {
	var whole, body cryptobyte.String
	if !in.ReadASN1Element(&whole, cbasn1.SEQUENCE) {
		return nil, false
	}
	copied := whole
	ok := copied.ReadASN1(&body, cbasn1.SEQUENCE) && body.ReadASN1ObjectIdentifier(&c.Algorithm)
	return whole, ok
}

func (c *Certificate) readInfo(info, outer cryptobyte.String) error {
	var body cryptobyte.String
	var version int64
	c.Serial = new(big.Int)
	if !info.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Integer(&version) || version != 1 {
		return bad("version")
	}
	if !c.readHolder(&body) {
		return bad("holder")
	}
	if !c.readIssuer(&body) {
		return bad("issuer")
	}
	if inner, ok := c.readAlgorithm(&body); !ok || string(inner) != string(outer) {
		return bad("signature algorithms differ")
	}
	if !body.ReadASN1Integer(c.Serial) || c.Serial.Sign() <= 0 || len(c.Serial.Bytes()) > maxSerial {
		return bad("serial number")
	}
	var period cryptobyte.String
	if !body.ReadASN1(&period, cbasn1.SEQUENCE) || !period.ReadASN1GeneralizedTime(&c.NotBefore) ||
		!period.ReadASN1GeneralizedTime(&c.NotAfter) || !period.Empty() || c.NotAfter.Before(c.NotBefore) {
		return bad("validity period")
	}
	if !c.readAttributes(&body) {
		return bad("attributes")
	}
	return readTail(&body)
}

// readHolder reads baseCertificateID [0], entityName [1] and objectDigestInfo [2], at least one.
func (c *Certificate) readHolder(in *cryptobyte.String) bool {
	var body, base, rest cryptobyte.String
	var present bool
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || body.Empty() || !body.ReadOptionalASN1(&base, &present, explicit(0)) {
		return false
	}
	if present && !c.readBase(base) {
		return false
	}
	return body.ReadOptionalASN1(&rest, &present, explicit(1)) && body.ReadOptionalASN1(&rest, &present, explicit(2)) && body.Empty()
}

func (c *Certificate) readBase(base cryptobyte.String) bool {
	var names cryptobyte.String
	var ok bool
	c.HolderSerial = new(big.Int)
	if !base.ReadASN1(&names, cbasn1.SEQUENCE) || !base.ReadASN1Integer(c.HolderSerial) {
		return false
	}
	c.HolderIssuer, ok = oneName(names)
	var unique cryptobyte.String
	var present bool
	return ok && base.ReadOptionalASN1(&unique, &present, cbasn1.BIT_STRING) && base.Empty()
}

// readIssuer reads AttCertIssuer: v2Form [0] with an issuerName and nothing else (RFC 5755 §4.2.3).
func (c *Certificate) readIssuer(in *cryptobyte.String) bool {
	var form, names cryptobyte.String
	var ok bool
	if !in.ReadASN1(&form, explicit(0)) || !form.ReadASN1(&names, cbasn1.SEQUENCE) || !form.Empty() {
		return false
	}
	c.Issuer, ok = oneName(names)
	return ok
}

func oneName(names cryptobyte.String) ([]byte, bool) {
	var name cryptobyte.String
	ok := names.ReadASN1(&name, explicit(4)) && names.Empty()
	return name, ok
}

func (c *Certificate) readAttributes(in *cryptobyte.String) bool {
	var all cryptobyte.String
	if !in.ReadASN1(&all, cbasn1.SEQUENCE) {
		return false
	}
	for !all.Empty() {
		var one, values cryptobyte.String
		var a Attribute
		if len(c.Attributes) == maxAttributes || !all.ReadASN1(&one, cbasn1.SEQUENCE) ||
			!one.ReadASN1ObjectIdentifier(&a.Kind) || !one.ReadASN1(&values, cbasn1.SET) || !one.Empty() {
			return false
		}
		for !values.Empty() {
			var value cryptobyte.String
			var tag cbasn1.Tag
			if len(a.Values) == maxAttributes || !values.ReadAnyASN1Element(&value, &tag) {
				return false
			}
			a.Values = append(a.Values, value)
		}
		c.Attributes = append(c.Attributes, a)
	}
	return len(c.Attributes) > 0
}

// readTail reads issuerUniqueID and extensions, which must be well-formed.
func readTail(in *cryptobyte.String) error {
	var unique, extensions cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&unique, &present, cbasn1.BIT_STRING) {
		return bad("issuerUniqueID")
	}
	if !in.ReadOptionalASN1(&extensions, &present, cbasn1.SEQUENCE) || !in.Empty() {
		return bad("extensions")
	}
	for !extensions.Empty() {
		var one, id, value cryptobyte.String
		var critical bool
		ok := extensions.ReadASN1(&one, cbasn1.SEQUENCE) && one.ReadASN1(&id, cbasn1.OBJECT_IDENTIFIER) &&
			one.ReadOptionalASN1Boolean(&critical, cbasn1.BOOLEAN, false) && one.ReadASN1(&value, cbasn1.OCTET_STRING) && one.Empty()
		if !ok {
			return bad("extensions")
		}
	}
	return nil
}
