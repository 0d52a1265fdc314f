// Package dn compares distinguished names after RFC 5280 §7.1: the same attribute types, and values that are equal
// once width, letter case and runs of spaces are folded (RFC 4518), whatever string type carries them.
//
// Error model: there are no errors. A name that cannot be read equals only its own bytes and lies within nothing.
package dn

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Bounds far above any name in use.
const (
	maxRDNs   = 64
	maxValues = 16
)

// Equal reports whether two names (DER of Name) are the same.
func Equal(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	left, ok := canonical(a)
	if !ok {
		return false
	}
	right, ok := canonical(b)
	return ok && slices.Equal(left, right)
}

// Within reports whether name lies in the subtree of base: base's RDNs begin it (RFC 5280 §4.2.1.10). Every name
// lies within the empty one.
func Within(name, base []byte) bool {
	all, ok := canonical(name)
	if !ok {
		return false
	}
	first, ok := canonical(base)
	return ok && len(first) <= len(all) && slices.Equal(first, all[:len(first)])
}

// Empty reports whether a name has no RDN.
func Empty(name []byte) bool { return bytes.Equal(name, []byte{0x30, 0}) }

// canonical returns one string for each RDN, equal for equal RDNs.
func canonical(der []byte) ([]string, bool) {
	in, rdns := cryptobyte.String(der), cryptobyte.String(nil)
	if !in.ReadASN1(&rdns, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, false
	}
	var out []string
	for !rdns.Empty() {
		var rdn cryptobyte.String
		if len(out) == maxRDNs || !rdns.ReadASN1(&rdn, cbasn1.SET) {
			return nil, false
		}
		one, ok := canonicalRDN(rdn)
		if !ok {
			return nil, false
		}
		out = append(out, one)
	}
	return out, true
}

func canonicalRDN(rdn cryptobyte.String) (string, bool) {
	var pairs []string
	for !rdn.Empty() {
		var pair, kind, value cryptobyte.String
		var tag cbasn1.Tag
		ok := len(pairs) < maxValues && rdn.ReadASN1(&pair, cbasn1.SEQUENCE) && pair.ReadASN1(&kind, cbasn1.OBJECT_IDENTIFIER) &&
			pair.ReadAnyASN1(&value, &tag) && pair.Empty()
		if !ok {
			return "", false
		}
		pairs = append(pairs, string(kind)+"\x00"+fold(value, tag))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "\x01"), len(pairs) > 0
}

const (
	tagTeletex = cbasn1.Tag(20)
	tagBMP     = cbasn1.Tag(30)
)

// fold brings a directory string to the form that is compared. Anything else is compared by tag and bytes.
func fold(value []byte, tag cbasn1.Tag) string {
	var text string
	switch tag {
	case cbasn1.UTF8String, cbasn1.PrintableString, cbasn1.IA5String, tagTeletex:
		text = string(value)
	case tagBMP:
		units := make([]uint16, len(value)/2)
		for i := range units {
			units[i] = uint16(value[2*i])<<8 | uint16(value[2*i+1])
		}
		text = string(utf16.Decode(units))
	default:
		return string([]byte{0xFF, byte(tag)}) + string(value)
	}
	text = cases.Fold().String(norm.NFKC.String(text))
	return strings.Join(strings.Fields(text), " ")
}
