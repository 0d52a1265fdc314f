package i18n_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"madoguchi/i18n"
)

// The rules of i18n/README.md for やさしい日本語, as far as a program can see them.
var (
	// asTyped stand without a reading: 番号 is on every page, 令和 is typed as the example shows it.
	asTyped  = strings.NewReplacer("番号", "", "令和", "")
	inserted = regexp.MustCompile(`\{\{[^}]*\}\}`)
	kanji    = regexp.MustCompile(`[\p{Han}々]+`)
	reading  = regexp.MustCompile(`^（[ぁ-ゖー]+）`)
	readings = regexp.MustCompile(`（[ぁ-ゖー]+）`)
)

// longestSentence is in characters, without the readings.
const longestSentence = 36

func TestEasyJapaneseHasReadings(t *testing.T) {
	easy := easyKanji(t)
	all := texts(t, i18n.JaEasy)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		for _, word := range withoutReading(easy, all[key]) {
			t.Errorf("%s: %s has no reading: %q", key, word, all[key])
		}
	}
	if got := withoutReading(easy, "申込を書いて、申込（もうしこみ）の番号"); !slices.Equal(got, []string{"申込"}) {
		t.Errorf("the rule finds %q", got)
	}
}

// withoutReading lists the words with a kanji beyond the easy ones that have no reading where they first stand.
func withoutReading(easy, text string) []string {
	text = asTyped.Replace(inserted.ReplaceAllString(text, ""))
	var read, out []string
	for _, at := range kanji.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		hard := strings.ContainsFunc(word, func(r rune) bool { return !strings.ContainsRune(easy, r) })
		switch {
		case !hard || slices.Contains(read, word):
		case reading.MatchString(text[at[1]:]):
			read = append(read, word)
		default:
			out = append(out, word)
		}
	}
	return out
}

func TestEasyJapaneseHasShortSentences(t *testing.T) {
	for key, text := range texts(t, i18n.JaEasy) {
		text = readings.ReplaceAllString(inserted.ReplaceAllString(text, ""), "")
		for sentence := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("。\n:：", r) }) {
			if n := utf8.RuneCountInString(strings.TrimSpace(sentence)); n > longestSentence {
				t.Errorf("%s: a sentence of %d characters: %q", key, n, sentence)
			}
		}
	}
}

// easyKanji are the 240 kanji of the first two years at school, which stand without a reading.
func easyKanji(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/easy-kanji.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Join(strings.Fields(string(raw)), "")
	if n := utf8.RuneCountInString(out); n != 240 || strings.ContainsFunc(out, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
		t.Fatalf("%d characters", n)
	}
	return out
}
