package forms

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"madoguchi/fault"
)

// Bounds of what a definition may ask for.
const (
	maxParts  = 8
	maxRows   = 20
	maxText   = 2000
	maxNumber = 1_000_000_000
)

// normal turns what a person typed into the normal form that is signed; "" stays "". Its failures are *fault.Error.
//
//	text    the words byte for byte, without white space at the ends (names are never normalised)
//	kana    full-width katakana; half-width and hiragana are folded
//	date    YYYY-MM-DD
//	choice  a code; several joined by "," in the person's order
//	number  decimal digits
//	yesno   yes, no
//	phone   10 or 11 digits
//	postal  NNN-NNNN
//	digits  digits alone, leading zeros kept
func (f *field) normal(raw string) (string, error) {
	s := strings.TrimSpace(raw)
	if err := cleanText(s); err != nil || s == "" {
		return "", err
	}
	switch f.kind {
	case Words:
		return f.words(s)
	case Kana:
		return f.kana(s)
	case Date:
		return parseDate(s)
	case Choice:
		return f.choices(s, 1)
	case Multi:
		return f.choices(s, f.max)
	case YesNo:
		if s != "yes" && s != "no" {
			return "", fault.New(fault.NotAChoice, nil)
		}
		return s, nil
	case Number:
		return f.number(s)
	case Phone:
		return f.phone(s)
	case Postal:
		return f.postal(s)
	case Digits:
		return f.digits(s)
	}
	return "", fmt.Errorf("forms: no such kind: %q", f.kind) // cannot happen: kinds are resolved at load
}

// cleanText refuses what could make the review show something else than the bytes say: control characters, marks
// of writing direction, invisible formatting. Variation selectors (IVS) and joiners stay.
func cleanText(s string) error {
	if !utf8.ValidString(s) {
		return fault.New(fault.BadCharacter, errors.New("not UTF-8"))
	}
	for _, r := range s {
		joiner := r == '\u200c' || r == '\u200d'
		if r == utf8.RuneError || !joiner && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return fault.New(fault.BadCharacter, errors.New("character of a forbidden class"))
		}
	}
	return nil
}

// length counts characters as people do: marks and variation selectors belong to what they follow.
func length(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			n++
		}
	}
	return n
}

func (f *field) words(s string) (string, error) {
	if length(s) > f.max || utf8.RuneCountInString(s) > 4*f.max {
		return "", fault.New(fault.FieldTooLong, nil, "Max", f.max)
	}
	return s, nil
}

// digits are exempt from the question about My Numbers: their kind says what they are (TRUST §9).
func (f *field) digits(s string) (string, error) {
	digits, ok := digitsOf(s, "- ")
	switch {
	case !ok || digits == "":
		return "", fault.New(fault.NotDigits, nil)
	case len(digits) > f.max:
		return "", fault.New(fault.FieldTooLong, nil, "Max", f.max)
	}
	return digits, nil
}

func (f *field) kana(s string) (string, error) {
	var out strings.Builder
	for _, r := range norm.NFC.String(width.Fold.String(s)) {
		switch {
		case r >= 'ぁ' && r <= 'ゖ', r == 'ゝ', r == 'ゞ':
			r += 'ァ' - 'ぁ'
		case r == ' ':
			r = '　'
		}
		if (r < 'ァ' || r > 'ヾ') && r != '　' { // ァ to ヺ, ・, ー, ヽ, ヾ
			return "", fault.New(fault.NotKana, nil)
		}
		out.WriteRune(r)
	}
	if length(out.String()) > f.max {
		return "", fault.New(fault.FieldTooLong, nil, "Max", f.max)
	}
	return out.String(), nil
}

// choices keeps the person's order; a code named twice counts once.
func (f *field) choices(s string, limit int) (string, error) {
	var out []string
	seen := map[string]bool{}
	for code := range strings.SplitSeq(s, ",") {
		code = strings.TrimSpace(code)
		if _, ok := f.list.index[code]; !ok {
			return "", fault.New(fault.NotAChoice, nil)
		}
		if !seen[code] {
			seen[code] = true
			out = append(out, code)
		}
	}
	switch {
	case len(out) > limit:
		return "", fault.New(fault.TooMany, nil, "Max", limit)
	case f.kind == Multi && len(out) < f.min:
		return "", fault.New(fault.TooFew, nil, "Min", f.min)
	}
	for _, code := range out {
		if o := f.list.options[f.list.index[code]]; o.Alone && len(out) > 1 {
			return "", fault.New(fault.NotTogether, nil, "Choice", o.Label)
		}
	}
	return strings.Join(out, ","), nil
}

func (f *field) number(s string) (string, error) {
	n, err := strconv.Atoi(width.Fold.String(s))
	if err != nil || n < f.min || n > f.max {
		return "", fault.New(fault.NotANumber, nil, "Min", f.min, "Max", f.max)
	}
	return strconv.Itoa(n), nil
}

func (f *field) phone(s string) (string, error) {
	digits, ok := digitsOf(s, "-() ")
	if !ok || len(digits) < 10 || len(digits) > 11 || digits[0] != '0' {
		return "", fault.New(fault.BadShape, nil, "Example", f.example)
	}
	return digits, nil
}

func (f *field) postal(s string) (string, error) {
	digits, ok := digitsOf(strings.TrimPrefix(s, "〒"), "- ")
	if !ok || len(digits) != 7 {
		return "", fault.New(fault.BadShape, nil, "Example", f.example)
	}
	return digits[:3] + "-" + digits[3:], nil
}

// hyphens are the characters that people type for a hyphen between digits.
var hyphens = strings.NewReplacer("ー", "-", "−", "-", "‐", "-", "–", "-", "—", "-", "―", "-")

// digitsOf folds the width and drops separators; false if anything else is left.
func digitsOf(s, separators string) (string, bool) {
	var out strings.Builder
	for _, r := range hyphens.Replace(width.Fold.String(s)) {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case !strings.ContainsRune(separators, r):
			return "", false
		}
	}
	return out.String(), true
}
