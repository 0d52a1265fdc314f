package cms

import (
	"bytes"
	"encoding/asn1"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/attrcert"
)

// Bounds on what one message may hold, far above what any signer here makes.
const (
	maxCertificates = 16
	maxAttributes   = 32
	maxSigners      = 16
)

// Message is a parsed SignedData. Nothing in it is believed before Verify.
type Message struct {
	contentType  asn1.ObjectIdentifier
	content      []byte // nil: detached
	certificates [][]byte
	attributes   [][]byte // attribute certificates
	digests      []algorithm
	signer       signer
	kind         kind
}

// kind is what a message is for, and what of DER its makers are known to disregard.
type kind struct {
	content    asn1.ObjectIdentifier
	unordered  bool // certificates and attributes in any order; DER's order is restored where it was signed
	signedTime bool // signing-time is required
}

var (
	document = kind{content: oidData, signedTime: true}
	token    = kind{content: oidTSTInfo, unordered: true}
)

// signer is a SignerInfo (RFC 5652 §5.3).
type signer struct {
	issuer     []byte   // DER Name; nil when keyID stands
	serial     *big.Int // nil when keyID stands
	keyID      []byte
	digest     algorithm
	signature  algorithm
	attributes []attributeOf
	signed     []byte // the attributes as they were signed: DER of SET OF Attribute; nil when there are none
	value      []byte
	unsigned   []attributeOf
}

type attributeOf struct {
	kind   asn1.ObjectIdentifier
	values []cryptobyte.String // each a whole element
}

type algorithm struct {
	oid  asn1.ObjectIdentifier
	null bool // parameters are NULL; false: absent
}

// Parse reads a ContentInfo with a SignedData of version 1, 3 or 4: strict DER with nothing behind it, X.509
// certificates and attribute certificates only, no revocation lists, exactly one signer. The *Error names Format or
// OneSigner.
func Parse(der []byte) (*Message, error) {
	return only(parse(der, document))
}

// ParseAll is Parse for a message of up to 16 signers: one Message for each, with the same content. Who uses it
// must verify every one.
func ParseAll(der []byte) ([]*Message, error) { return parse(der, document) }

// ParseToken is Parse for a time-stamp token: its content is a TSTInfo (RFC 3161 §2.4.2). Other makers' order of
// certificates and attributes is accepted there, and signing-time is not required.
func ParseToken(der []byte) (*Message, error) {
	return only(parse(der, token))
}

func only(messages []*Message, err error) (*Message, error) {
	if err != nil {
		return nil, err
	}
	if len(messages) > 1 {
		return nil, fail(OneSigner, "several")
	}
	return messages[0], nil
}

func parse(der []byte, k kind) ([]*Message, error) {
	data, ok := contentInfo(bytes.Clone(der))
	if !ok {
		return nil, fail(Format, "no ContentInfo with SignedData")
	}
	var version int64
	var digests, encap, infos cryptobyte.String
	m := &Message{kind: k}
	if !data.ReadASN1Integer(&version) || !data.ReadASN1(&digests, cbasn1.SET) || !data.ReadASN1(&encap, cbasn1.SEQUENCE) {
		return nil, fail(Format, "SignedData")
	}
	if !m.readDigests(digests) || !m.readContent(encap) {
		return nil, fail(Format, "digestAlgorithms or encapContentInfo")
	}
	if !m.readCertificates(&data) {
		return nil, fail(Format, "certificates")
	}
	if data.PeekASN1Tag(context1) {
		return nil, fail(Format, "revocation lists are not accepted")
	}
	if !data.ReadASN1(&infos, cbasn1.SET) || !data.Empty() {
		return nil, fail(Format, "signerInfos")
	}
	signers, newest, err := k.readSigners(infos)
	if err != nil {
		return nil, err
	}
	if want := versionFor(m, newest); version != want {
		return nil, fail(Format, "version")
	}
	var out []*Message
	for _, s := range signers {
		one := *m
		one.signer = s
		out = append(out, &one)
	}
	return out, nil
}

// versionFor is the version that RFC 5652 §5.1 demands.
func versionFor(m *Message, signerVersion int64) int64 {
	switch {
	case len(m.attributes) > 0:
		return 4
	case signerVersion == 3 || !m.contentType.Equal(oidData):
		return 3
	}
	return 1
}

func contentInfo(der []byte) (cryptobyte.String, bool) {
	var info, explicit, data cryptobyte.String
	var kind asn1.ObjectIdentifier
	in := cryptobyte.String(der)
	ok := in.ReadASN1(&info, cbasn1.SEQUENCE) && in.Empty() &&
		info.ReadASN1ObjectIdentifier(&kind) && kind.Equal(oidSignedData) &&
		info.ReadASN1(&explicit, context0) && info.Empty() &&
		explicit.ReadASN1(&data, cbasn1.SEQUENCE) && explicit.Empty()
	return data, ok
}

func (m *Message) readDigests(in cryptobyte.String) bool {
	elements, ok := readSet(in, maxAttributes, m.kind.unordered)
	for _, e := range elements {
		a, read := readAlgorithm(&e)
		ok = ok && read && e.Empty()
		m.digests = append(m.digests, a)
	}
	return ok
}

func (m *Message) readContent(in cryptobyte.String) bool {
	if !in.ReadASN1ObjectIdentifier(&m.contentType) {
		return false
	}
	if in.Empty() {
		return true
	}
	var explicit, content cryptobyte.String
	if !in.ReadASN1(&explicit, context0) || !in.Empty() || !explicit.ReadASN1(&content, cbasn1.OCTET_STRING) || !explicit.Empty() {
		return false
	}
	m.content = append([]byte{}, content...) // never nil
	return true
}

func (m *Message) readCertificates(in *cryptobyte.String) bool {
	if !in.PeekASN1Tag(context0) {
		return true
	}
	var certificates cryptobyte.String
	if !in.ReadASN1(&certificates, context0) {
		return false
	}
	elements, ok := readSet(certificates, maxCertificates, m.kind.unordered)
	for _, e := range elements {
		switch {
		case e.PeekASN1Tag(cbasn1.SEQUENCE):
			m.certificates = append(m.certificates, e)
		case e.PeekASN1Tag(context2): // v2AttrCert
			ac := append([]byte{byte(cbasn1.SEQUENCE)}, e[1:]...)
			_, err := attrcert.Parse(ac)
			ok = ok && err == nil
			m.attributes = append(m.attributes, ac)
		default:
			ok = false
		}
	}
	return ok
}

// readSigners reads the SignerInfos and returns the newest of their versions.
func (k kind) readSigners(infos cryptobyte.String) (out []signer, newest int64, err error) {
	if infos.Empty() {
		return nil, 0, fail(OneSigner, "none")
	}
	elements, ok := readSet(infos, maxSigners, k.unordered)
	if !ok {
		return nil, 0, fail(Format, "signerInfos")
	}
	for _, in := range elements {
		s, version, err := k.readSigner(in)
		if err != nil {
			return nil, 0, err
		}
		out, newest = append(out, s), max(newest, version)
	}
	return out, newest, nil
}

func (k kind) readSigner(element cryptobyte.String) (signer, int64, error) {
	var in cryptobyte.String
	var s signer
	var version int64
	if !element.ReadASN1(&in, cbasn1.SEQUENCE) {
		return s, 0, fail(Format, "SignerInfo")
	}
	if !in.ReadASN1Integer(&version) || !s.readID(&in, version) {
		return s, 0, fail(Format, "SignerInfo identifier")
	}
	if !s.readRest(&in, k.unordered) || !in.Empty() {
		return s, 0, fail(Format, "SignerInfo")
	}
	return s, version, nil
}

// readID reads the SignerIdentifier: version 1 has issuer and serial number, version 3 a key identifier.
func (s *signer) readID(in *cryptobyte.String, version int64) bool {
	switch version {
	case 1:
		var id, issuer cryptobyte.String
		s.serial = new(big.Int)
		ok := in.ReadASN1(&id, cbasn1.SEQUENCE) && id.ReadASN1Element(&issuer, cbasn1.SEQUENCE) && id.ReadASN1Integer(s.serial) && id.Empty()
		s.issuer = issuer
		return ok
	case 3:
		return in.ReadASN1Bytes(&s.keyID, cbasn1.Tag(0).ContextSpecific()) && len(s.keyID) > 0
	}
	return false
}

func (s *signer) readRest(in *cryptobyte.String, unordered bool) bool {
	var ok bool
	if s.digest, ok = readAlgorithm(in); !ok {
		return false
	}
	var signed cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&signed, &present, context0) {
		return false
	}
	if present {
		if s.attributes, ok = readAttributes(signed, unordered); !ok {
			return false
		}
		s.signed = asSet(signed)
	}
	if s.signature, ok = readAlgorithm(in); !ok || !in.ReadASN1Bytes(&s.value, cbasn1.OCTET_STRING) {
		return false
	}
	// Of unsigned attributes only time-stamps are looked at, but all must be well-formed.
	var unsigned cryptobyte.String
	if !in.ReadOptionalASN1(&unsigned, &present, context1) {
		return false
	}
	if present {
		s.unsigned, ok = readAttributes(unsigned, true) // nobody signs their order
	}
	return ok
}

// asSet encodes the contents of an IMPLICIT [0] as the SET OF that was signed, in DER's order (RFC 5652 §5.4).
func asSet(contents cryptobyte.String) []byte {
	elements, ok := readSet(contents, maxAttributes, true)
	raw := make([][]byte, 0, len(elements))
	for _, e := range elements {
		raw = append(raw, e)
	}
	slices.SortFunc(raw, bytes.Compare)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(bytes.Join(raw, nil)) })
	der, err := b.Bytes()
	if !ok || err != nil {
		return []byte{}
	}
	return der
}

func readAttributes(in cryptobyte.String, unordered bool) ([]attributeOf, bool) {
	elements, ok := readSet(in, maxAttributes, unordered)
	if !ok || len(elements) == 0 {
		return nil, false
	}
	var out []attributeOf
	for _, e := range elements {
		var body, values cryptobyte.String
		var a attributeOf
		if !e.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&a.kind) || !body.ReadASN1(&values, cbasn1.SET) || !body.Empty() {
			return nil, false
		}
		if a.values, ok = readSet(values, maxAttributes, unordered); !ok || len(a.values) == 0 {
			return nil, false
		}
		out = append(out, a)
	}
	return out, true
}

// readSet splits the contents of a SET OF into its elements and requires DER's order (X.690 §11.6) unless unordered.
func readSet(in cryptobyte.String, limit int, unordered bool) ([]cryptobyte.String, bool) {
	var out []cryptobyte.String
	for !in.Empty() {
		var element cryptobyte.String
		var tag cbasn1.Tag
		if len(out) == limit || !in.ReadAnyASN1Element(&element, &tag) {
			return nil, false
		}
		if n := len(out); !unordered && n > 0 && bytes.Compare(out[n-1], element) > 0 {
			return nil, false
		}
		out = append(out, element)
	}
	return out, true
}

// readAlgorithm reads an AlgorithmIdentifier whose parameters are absent or NULL.
func readAlgorithm(in *cryptobyte.String) (algorithm, bool) {
	var body, null cryptobyte.String
	var a algorithm
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&a.oid) {
		return a, false
	}
	if body.Empty() {
		return a, true
	}
	a.null = true
	return a, body.ReadASN1(&null, cbasn1.NULL) && null.Empty() && body.Empty()
}
