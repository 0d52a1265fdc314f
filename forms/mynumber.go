package forms

import (
	"strings"

	"golang.org/x/text/width"
)

// hasMyNumber reports whether free text holds twelve digits with the check digit of an 個人番号, alone or in
// groups as printed on the card. Such a number is never stored (TRUST §9).
func hasMyNumber(s string) bool {
	var run strings.Builder
	gap := false // one separator since the last digit
	found := func() bool { defer run.Reset(); return run.Len() == 12 && checkMyNumber(run.String()) }
	for _, r := range hyphens.Replace(width.Fold.String(s)) {
		switch {
		case r >= '0' && r <= '9':
			run.WriteRune(r)
			gap = false
		case (r == ' ' || r == '-') && !gap:
			gap = true
		default:
			if found() {
				return true
			}
			gap = false
		}
	}
	return found()
}

// checkMyNumber is the check digit of an 個人番号 (12 digits, modulus 11).
func checkMyNumber(s string) bool {
	if len(s) != 12 {
		return false
	}
	sum := 0
	for n := 1; n <= 11; n++ {
		weight := n + 1
		if n >= 7 {
			weight = n - 5
		}
		sum += int(s[11-n]-'0') * weight
	}
	want := 0
	if rest := sum % 11; rest > 1 {
		want = 11 - rest
	}
	return int(s[11]-'0') == want
}

// checkCorporate is the check digit of a 法人番号 (13 digits, the first is 9 minus the weighted sum modulo 9).
func checkCorporate(s string) bool {
	if len(s) != 13 {
		return false
	}
	sum := 0
	for n := 1; n <= 12; n++ {
		sum += int(s[13-n]-'0') * (2 - n%2)
	}
	return int(s[0]-'0') == 9-sum%9
}

// checkLuhn is the check digit of ISO/IEC 7812-1 annex B.
func checkLuhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return len(s) > 1 && sum%10 == 0
}
