package profile

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/text/width"
)

// Holder is the person of a 署名用電子証明書 (基本4情報), as its subjectAltName has it. Characters that JPKI cannot
// carry stand substituted; the Subst fields mark them with '1', one digit a character.
type Holder struct {
	Name         string // 氏名, U+3000 between the names
	Address      string // 住所
	Birth        string // 生年月日 as YYYY-MM-DD, Gregorian; parts that are not known are zeros
	Sex          string // 性別: "1" male, "2" female, "3" unknown, "9" not applicable (ISO 5218, as EF 0002 writes it)
	NameSubst    string // 氏名の代替文字の使用位置情報; may be ""
	AddressSubst string // 住所の代替文字の使用位置情報; may be ""
}

// The otherName types of a holder (jpki-card.md §10.3).
const (
	otherNameName         = 1
	otherNameNameSubst    = 2
	otherNameSex          = 3
	otherNameBirth        = 4
	otherNameAddress      = 5
	otherNameAddressSubst = 6
)

var oidHolder = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5}

var otherNameTag = cbasn1.Tag(0).ContextSpecific().Constructed()

// HolderOf reads the holder of a 署名用電子証明書. The error wraps ErrHolder and says which value was wrong, never
// what it was. Address and its substitution marks are told apart by shape, since issuers have swapped them.
func HolderOf(cert *x509.Certificate) (Holder, error) {
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidSubjectAltName) {
			return ParseHolder(e.Value)
		}
	}
	return Holder{}, fmt.Errorf("%w: no subject alternative name", ErrHolder)
}

// ParseHolder is HolderOf for the value of the subjectAltName extension, a DER GeneralNames (RFC 5280 §4.2.1.6).
func ParseHolder(san []byte) (Holder, error) {
	values, err := otherNames(san)
	if err != nil {
		return Holder{}, err
	}
	address, subst := values[otherNameAddress], values[otherNameAddressSubst]
	if isMarks(address) && !isMarks(subst) {
		address, subst = subst, address
	}
	birth, ok := parseBirth(values[otherNameBirth])
	h := Holder{
		Name: values[otherNameName], Address: address, Birth: birth, Sex: values[otherNameSex],
		NameSubst: values[otherNameNameSubst], AddressSubst: subst,
	}
	switch {
	case h.Name == "":
		return Holder{}, fmt.Errorf("%w: name", ErrHolder)
	case h.Address == "":
		return Holder{}, fmt.Errorf("%w: address", ErrHolder)
	case !ok:
		return Holder{}, fmt.Errorf("%w: birth date", ErrHolder)
	case len(h.Sex) != 1 || !strings.Contains("1239", h.Sex):
		return Holder{}, fmt.Errorf("%w: sex", ErrHolder)
	case !marks(h.Name, h.NameSubst), !marks(h.Address, subst):
		return Holder{}, fmt.Errorf("%w: substitution marks", ErrHolder)
	}
	return h, nil
}

// otherNames returns the holder's values by the last arc of their type. Names of other kinds are passed over.
func otherNames(san []byte) (map[int]string, error) {
	in, names := cryptobyte.String(san), cryptobyte.String(nil)
	if !in.ReadASN1(&names, cbasn1.SEQUENCE) || !in.Empty() {
		return nil, fmt.Errorf("%w: not GeneralNames", ErrHolder)
	}
	values := map[int]string{}
	for !names.Empty() {
		var name cryptobyte.String
		var tag cbasn1.Tag
		if !names.ReadAnyASN1(&name, &tag) {
			return nil, fmt.Errorf("%w: not GeneralNames", ErrHolder)
		}
		if tag != otherNameTag {
			continue
		}
		if err := readOtherName(name, values); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func readOtherName(name cryptobyte.String, values map[int]string) error {
	var kind asn1.ObjectIdentifier
	var inner cryptobyte.String
	if !name.ReadASN1ObjectIdentifier(&kind) || !name.ReadASN1(&inner, otherNameTag) || !name.Empty() {
		return fmt.Errorf("%w: otherName", ErrHolder)
	}
	last := len(kind) - 1
	if last != len(oidHolder) || !kind[:last].Equal(oidHolder) {
		return nil
	}
	var value cryptobyte.String
	if !inner.ReadASN1(&value, cbasn1.UTF8String) || !inner.Empty() || !isText(value) {
		return fmt.Errorf("%w: otherName is no UTF8String", ErrHolder)
	}
	if _, twice := values[kind[last]]; twice {
		return fmt.Errorf("%w: otherName twice", ErrHolder)
	}
	values[kind[last]] = string(value)
	return nil
}

// isText refuses invalid UTF-8 and control characters, which would reach screens and paper.
func isText(b []byte) bool {
	return utf8.Valid(b) && !strings.ContainsFunc(string(b), unicode.IsControl)
}

// marks reports whether m can mark text: nothing, or no more digits than text has UTF-16 units, since no source says
// how JPKI counts characters outside of the basic plane. Fewer are met with.
func marks(text, m string) bool {
	return m == "" || isMarks(m) && len(m) <= len(utf16.Encode([]rune(text)))
}

// Substituted returns the positions, in characters from 0, that marks say stand for another character that JPKI
// cannot carry (代替文字). marks is one of a Holder's Subst fields.
func Substituted(marks string) []int {
	var out []int
	for i, digit := range marks {
		if digit == '1' {
			out = append(out, i)
		}
	}
	return out
}

// Differs returns which of the three differs from the holder's: "name", "birth" or "address", the first of them; ""
// when it is the same person. Spaces and character width do not count; every other code point does.
func (h Holder) Differs(name, birth, address string) string {
	switch {
	case plain(h.Name) != plain(name):
		return "name"
	case plain(h.Birth) != plain(birth):
		return "birth"
	case plain(h.Address) != plain(address):
		return "address"
	}
	return ""
}

// plain folds a text for comparing only; what is signed keeps every code point.
func plain(s string) string {
	return strings.NewReplacer(" ", "", "\u3000", "").Replace(width.Fold.String(s))
}

func isMarks(s string) bool { return s != "" && strings.Trim(s, "01") == "" }

// parseBirth turns EYYYYMMDD (E: the era's digit, the date Gregorian) into YYYY-MM-DD. Some old registers know no
// month or day, so only the shape is checked.
func parseBirth(s string) (string, bool) {
	if len(s) != 9 || strings.Trim(s, "0123456789") != "" || s[0] > '5' || s[5:7] > "12" || s[7:] > "31" {
		return "", false
	}
	return s[1:5] + "-" + s[5:7] + "-" + s[7:], true
}

// eras are the first days of the eras that have a digit, from 5 down.
var eras = []struct{ first, digit string }{
	{"2019-05-01", "5"}, // 令和
	{"1989-01-08", "4"}, // 平成
	{"1926-12-25", "3"}, // 昭和
	{"1912-07-30", "2"}, // 大正
	{"1868-10-23", "1"}, // 明治
}

func formatBirth(birth string) (string, error) {
	if _, err := time.Parse(time.DateOnly, birth); err != nil {
		return "", fmt.Errorf("%w: birth date", ErrHolder)
	}
	for _, era := range eras {
		if birth >= era.first {
			return era.digit + strings.ReplaceAll(birth, "-", ""), nil
		}
	}
	return "0" + strings.ReplaceAll(birth, "-", ""), nil
}

// Marshal returns the value of the subjectAltName extension for the holder, in the order found on cards. An empty
// Subst field is written as zeros. It refuses a holder that ParseHolder would not give back.
func (h Holder) Marshal() ([]byte, error) {
	birth, err := formatBirth(h.Birth)
	if err != nil {
		return nil, err
	}
	if h.NameSubst == "" {
		h.NameSubst = strings.Repeat("0", utf8.RuneCountInString(h.Name))
	}
	if h.AddressSubst == "" {
		h.AddressSubst = strings.Repeat("0", utf8.RuneCountInString(h.Address))
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addOtherName(b, otherNameName, h.Name)
		addOtherName(b, otherNameBirth, birth)
		addOtherName(b, otherNameSex, h.Sex)
		addOtherName(b, otherNameAddress, h.Address)
		addOtherName(b, otherNameNameSubst, h.NameSubst)
		addOtherName(b, otherNameAddressSubst, h.AddressSubst)
	})
	san, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: encode", ErrHolder)
	}
	if _, err := ParseHolder(san); err != nil {
		return nil, err
	}
	return san, nil
}

func addOtherName(b *cryptobyte.Builder, kind int, value string) {
	b.AddASN1(otherNameTag, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(append(oidHolder[:len(oidHolder):len(oidHolder)], kind))
		b.AddASN1(otherNameTag, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(value)) })
		})
	})
}
