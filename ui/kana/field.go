package kana

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"madoguchi/forms"
)

// Field is how the characters of a kind of field are treated.
type Field int

// The fields.
const (
	Any    Field = iota // words: every character
	Names               // words that are a name or an address: dictionaries of names come first
	Ruby                // フリガナ: katakana and nothing else
	Digits              // a number
	Phone               // digits and hyphens
	Postal              // digits and a hyphen
	Date                // digits, hyphens, and the words of the calendar
)

// prose is the length from which a text is rather sentences than a name or an address.
const prose = 201

// FieldOf says how a question's answer is treated.
func FieldOf(q *forms.Question) Field {
	switch q.Kind {
	case forms.Kana:
		return Ruby
	case forms.Number:
		return Digits
	case forms.Phone:
		return Phone
	case forms.Postal:
		return Postal
	case forms.Date:
		return Date
	default:
		if q.Max > 0 && q.Max < prose {
			return Names
		}
		return Any
	}
}

// Converts reports whether a field takes kanji, and so a conversion.
func (f Field) Converts() bool { return f == Any || f == Names }

// Roman reports whether letters are romaji in the field.
func (f Field) Roman() bool { return f.Converts() || f == Ruby }

// Take folds a character as the field wants it and reports whether the field takes it at all.
//
//	フリガナ  hiragana and half-width kana become full-width katakana; a space becomes a full-width one
//	digits    full-width digits become ASCII; what is typed for a hyphen becomes one
//	date      also the letters and kanji of eras, years, months and days
//	words     half-width kana become full-width, all else stays byte for byte
func (f Field) Take(r rune) (rune, bool) {
	if unicode.IsControl(r) || r == unicode.ReplacementChar {
		return r, false
	}
	switch f {
	case Any, Names:
		return r, true
	case Ruby:
		if r == ' ' {
			r = '　'
		}
		r = []rune(Katakana(string(r)))[0]
		return r, isKata(r) || r == '　'
	}
	r = digit(r)
	if r >= '0' && r <= '9' {
		return r, true
	}
	return r, strings.ContainsRune(extra[f], r)
}

// extra are the characters beside digits that a field of figures takes.
var extra = map[Field]string{Digits: "", Phone: "-()", Postal: "-〒", Date: "-/.年月日元明治大正昭和平成令MTSHRmtshr"}

// digit folds a full-width digit or letter and the many strokes that people type for a hyphen.
func digit(r rune) rune {
	switch r {
	case 'ー', '−', '‐', '–', '—', '―', '－', 'ｰ':
		return '-'
	}
	if n := width.LookupRune(r).Narrow(); n != 0 && n < unicode.MaxASCII {
		return n
	}
	return r
}

// Clean makes a pasted text fit for the field: half-width kana are folded, line ends and tabs become a space, what the
// field does not take is left out. It reports whether anything was left out.
func (f Field) Clean(s string) (string, bool) {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " ")
	var out strings.Builder
	dropped := false
	for _, r := range Fold(strings.TrimSpace(s)) {
		if unicode.In(r, unicode.Cf) && r != '\u200c' && r != '\u200d' { // what cannot be seen is refused later anyhow
			dropped = true
			continue
		}
		r, ok := f.Take(r)
		if !ok {
			dropped = true
			continue
		}
		out.WriteRune(r)
	}
	return out.String(), dropped
}
