package dn_test

import (
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/dn"
)

// name encodes RDNs given as the last arc of 2.5.4, the string type and the value.
func name(parts ...any) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for i := 0; i < len(parts); i += 3 {
			b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier([]int{2, 5, 4, parts[i].(int)})
					b.AddASN1(parts[i+1].(cbasn1.Tag), func(b *cryptobyte.Builder) { b.AddBytes([]byte(parts[i+2].(string))) })
				})
			})
		}
	})
	return b.BytesOrPanic()
}

const (
	text      = cbasn1.UTF8String
	printable = cbasn1.PrintableString
)

func TestEqual(t *testing.T) {
	base := name(6, printable, "JP", 10, text, "JPKI  Test")
	for label, test := range map[string]struct {
		other []byte
		want  bool
	}{
		"itself":             {base, true},
		"other string type":  {name(6, text, "JP", 10, printable, "JPKI  Test"), true},
		"case and spaces":    {name(6, printable, "jp", 10, text, " jpki test "), true},
		"full width":         {name(6, printable, "JP", 10, text, "ＪＰＫＩ　Test"), true},
		"BMPString":          {name(6, printable, "JP", 10, cbasn1.Tag(30), "\x00J\x00P\x00K\x00I\x00 \x00T\x00e\x00s\x00t"), true},
		"other value":        {name(6, printable, "JP", 10, text, "JPKI Tes"), false},
		"other type":         {name(6, printable, "JP", 11, text, "JPKI Test"), false},
		"other order":        {name(10, text, "JPKI Test", 6, printable, "JP"), false},
		"shorter":            {name(6, printable, "JP"), false},
		"unreadable":         {[]byte{0x30, 1}, false},
		"octets, not string": {name(6, printable, "JP", 10, cbasn1.OCTET_STRING, "JPKI  Test"), false},
	} {
		if dn.Equal(base, test.other) != test.want || dn.Equal(test.other, base) != test.want {
			t.Errorf("%s: want %v", label, test.want)
		}
	}
}

func TestWithin(t *testing.T) {
	full := name(6, printable, "JP", 10, text, "JPKI", 11, text, "A")
	for label, test := range map[string]struct {
		base []byte
		want bool
	}{
		"itself": {full, true}, "parent": {name(6, printable, "jp", 10, text, "jpki"), true}, "empty": {name(), true},
		"sibling": {name(6, printable, "JP", 10, text, "JPKI", 11, text, "B"), false},
		"child":   {name(6, printable, "JP", 10, text, "JPKI", 11, text, "A", 3, text, "x"), false},
		"bad":     {[]byte{1}, false},
	} {
		if dn.Within(full, test.base) != test.want {
			t.Errorf("%s: want %v", label, test.want)
		}
	}
}
