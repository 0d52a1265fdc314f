package kana

import (
	"strings"
)

// Roman is the automaton that reads romaji, Hepburn and Kunrei alike, a letter at a time. It holds the letters that
// are not a kana yet. The zero value is ready. Not safe for concurrent use.
type Roman struct{ held string }

// Held returns the letters that wait for more.
func (a *Roman) Held() string { return a.held }

// Clear forgets the letters that wait.
func (a *Roman) Clear() { a.held = "" }

// Erase takes the last waiting letter away; false when there is none.
func (a *Roman) Erase() bool {
	if a.held == "" {
		return false
	}
	a.held = a.held[:len(a.held)-1]
	return true
}

// Feed takes one letter, in either case, and returns the hiragana that it completes. A character that is no part of
// romaji comes back behind what was held.
func (a *Roman) Feed(r rune) string {
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	if r < '!' || r > '~' || r >= '0' && r <= '9' {
		return a.Flush() + string(r)
	}
	a.held += string(r)
	var out strings.Builder
	for a.held != "" {
		kana, rest, more := step(a.held)
		if more {
			break
		}
		out.WriteString(kana)
		a.held = rest
	}
	return out.String()
}

// Flush ends the word: a waiting n is ん, any other letter stays one.
func (a *Roman) Flush() string {
	held := a.held
	a.held = ""
	if held == "n" {
		return "ん"
	}
	return held
}

// step reads the start of held: the kana there and what is left, or that more letters are needed.
func step(held string) (kana, rest string, more bool) {
	if k, ok := romaji[held]; ok {
		return k, "", false
	}
	switch {
	case begins[held]:
		return "", held, true
	case len(held) < 2:
		return held, "", false
	case held[0] == 'n':
		return "ん", held[1:], false
	case held[0] == held[1] && isConsonant(held[0]), held[0] == 't' && held[1] == 'c':
		return "っ", held[1:], false
	}
	return held[:1], held[1:], false
}

func isConsonant(c byte) bool {
	return c >= 'a' && c <= 'z' && !strings.ContainsRune("aiueon", rune(c))
}

// rows are the syllables of each consonant with the vowels a i u e o; "_" stands for none.
var rows = map[string]string{
	"": "あ い う え お", "k": "か き く け こ", "s": "さ し す せ そ", "t": "た ち つ て と", "n": "な に ぬ ね の", "h": "は ひ ふ へ ほ",
	"m": "ま み む め も", "y": "や _ ゆ いぇ よ", "r": "ら り る れ ろ", "w": "わ うぃ _ うぇ を", "g": "が ぎ ぐ げ ご", "z": "ざ じ ず ぜ ぞ",
	"d": "だ ぢ づ で ど", "b": "ば び ぶ べ ぼ", "p": "ぱ ぴ ぷ ぺ ぽ", "f": "ふぁ ふぃ ふ ふぇ ふぉ", "v": "ゔぁ ゔぃ ゔ ゔぇ ゔぉ", "j": "じゃ じ じゅ じぇ じょ",
	"c":  "_ _ _ _ _",
	"ky": "きゃ きぃ きゅ きぇ きょ", "sy": "しゃ しぃ しゅ しぇ しょ", "sh": "しゃ し しゅ しぇ しょ", "ty": "ちゃ ちぃ ちゅ ちぇ ちょ", "ch": "ちゃ ち ちゅ ちぇ ちょ",
	"cy": "ちゃ ちぃ ちゅ ちぇ ちょ", "ny": "にゃ にぃ にゅ にぇ にょ", "hy": "ひゃ ひぃ ひゅ ひぇ ひょ", "my": "みゃ みぃ みゅ みぇ みょ", "ry": "りゃ りぃ りゅ りぇ りょ",
	"gy": "ぎゃ ぎぃ ぎゅ ぎぇ ぎょ", "zy": "じゃ じぃ じゅ じぇ じょ", "jy": "じゃ じぃ じゅ じぇ じょ", "dy": "ぢゃ ぢぃ ぢゅ ぢぇ ぢょ", "by": "びゃ びぃ びゅ びぇ びょ",
	"py": "ぴゃ ぴぃ ぴゅ ぴぇ ぴょ", "ts": "つぁ つぃ つ つぇ つぉ", "th": "てゃ てぃ てゅ てぇ てょ", "dh": "でゃ でぃ でゅ でぇ でょ", "tw": "とぁ とぃ とぅ とぇ とぉ",
	"dw": "どぁ どぃ どぅ どぇ どぉ", "kw": "くぁ くぃ _ くぇ くぉ", "gw": "ぐぁ ぐぃ _ ぐぇ ぐぉ", "fy": "ふゃ _ ふゅ _ ふょ", "wh": "うぁ うぃ _ うぇ うぉ",
	"x": "ぁ ぃ ぅ ぇ ぉ", "l": "ぁ ぃ ぅ ぇ ぉ", "xy": "ゃ ぃ ゅ ぇ ょ", "ly": "ゃ ぃ ゅ ぇ ょ",
}

// singles are what is not a row.
var singles = map[string]string{
	"nn": "ん", "n'": "ん", "xn": "ん", "xtu": "っ", "xtsu": "っ", "ltu": "っ", "ltsu": "っ", "xwa": "ゎ", "lwa": "ゎ", "xka": "ゕ", "lka": "ゕ", "xke": "ゖ", "lke": "ゖ",
	"wyi": "ゐ", "wye": "ゑ", "-": "ー", ",": "、", ".": "。", "/": "・", "[": "「", "]": "」", "~": "〜",
}

// romaji is the whole table, and begins holds every proper start of its entries.
var romaji, begins = func() (map[string]string, map[string]bool) {
	table := map[string]string{}
	for roman, kana := range singles {
		table[roman] = kana
	}
	for consonant, row := range rows {
		for i, kana := range strings.Fields(row) {
			if kana != "_" {
				table[consonant+string("aiueo"[i])] = kana
			}
		}
	}
	starts := map[string]bool{}
	for roman := range table {
		for i := 1; i < len(roman); i++ {
			starts[roman[:i]] = true
		}
	}
	return table, starts
}()

// Initials returns the letters with which the romaji of a kana may begin; SKK dictionaries name the ending of a verb
// by one of them.
func Initials(r rune) string { return initials[r] }

var initials = func() map[rune]string {
	out := map[rune]string{'っ': "t", 'ん': "n"}
	for _, consonant := range []string{"", "k", "s", "t", "n", "h", "m", "y", "r", "w", "g", "z", "d", "b", "p", "j", "c"} {
		for i, kana := range strings.Fields(rows[consonant]) {
			if r := []rune(kana); len(r) == 1 && kana != "_" {
				letter := consonant
				if letter == "" {
					letter = string("aiueo"[i])
				}
				out[r[0]] += letter
			}
		}
	}
	out['ち'] += "c"
	return out
}()
