// Package kana turns what is typed on a Latin keyboard or pressed on a 五十音 pad into kana: the romaji automaton,
// the marks (゛ ゜ and small kana), folding between hiragana, katakana and half-width kana, and which characters each
// kind of field takes.
//
// Error model: nothing here fails. What is no romaji stays as the letters that were typed, so that nothing typed is
// ever lost; what a field does not take is reported by a false.
package kana

import (
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Katakana turns hiragana into katakana and leaves all else.
func Katakana(s string) string {
	return strings.Map(func(r rune) rune {
		if isHira(r) {
			return r + ('ァ' - 'ぁ')
		}
		return r
	}, s)
}

// Hiragana turns katakana that have a hiragana into it and leaves all else.
func Hiragana(s string) string {
	return strings.Map(func(r rune) rune {
		if isHira(r - ('ァ' - 'ぁ')) {
			return r - ('ァ' - 'ぁ')
		}
		return r
	}, s)
}

func isHira(r rune) bool { return r >= 'ぁ' && r <= 'ゖ' || r == 'ゝ' || r == 'ゞ' }

func isKata(r rune) bool { return r >= 'ァ' && r <= 'ヾ' }

func isHalf(r rune) bool { return r >= 0xFF61 && r <= 0xFF9F }

// Is reports whether a character belongs to the reading of a word: hiragana or the long mark.
func Is(r rune) bool { return isHira(r) || r == 'ー' }

// Fold turns half-width kana into full-width ones with their marks joined (ｶﾞ→ガ) and leaves all else as it is: a
// name keeps its code points. Terminals and the libraries disagree about the width of ｶﾞ.
func Fold(s string) string {
	if !strings.ContainsFunc(s, isHalf) {
		return s
	}
	var out, half strings.Builder
	flush := func() {
		out.WriteString(norm.NFC.String(width.Fold.String(half.String())))
		half.Reset()
	}
	for _, r := range s {
		if isHalf(r) {
			half.WriteRune(r)
			continue
		}
		flush()
		out.WriteRune(r)
	}
	flush()
	return out.String()
}
