package i18n

import (
	_ "embed" // the list of words
	"strings"
	"sync"
)

// WordsInList is how many words the list has: one for each value of a byte.
const WordsInList = 256

//go:embed words.tsv
var wordsFile string

// wordList reads the lines "byte in hexadecimal, Japanese, English". The list is fixed for ever: slips bear its words.
var wordList = sync.OnceValue(func() [WordsInList]map[Lang]string {
	var out [WordsInList]map[Lang]string
	for i, line := range strings.Split(strings.TrimSpace(wordsFile), "\n") {
		if fields := strings.Split(line, "\t"); i < len(out) && len(fields) == 3 {
			out[i] = map[Lang]string{Ja: fields[1], En: fields[2]}
		}
	}
	return out
})

// FourWords returns four words for the first 32 bits of a hash, a byte each, to be said aloud and compared: the
// fingerprint for ears. The same hash gives the same four things in every language.
func FourWords(h [32]byte) Text {
	list := wordList()
	in := map[Lang]string{}
	for _, a := range languages() {
		column, separator := Lang(a.Words), " "
		if column == Ja {
			separator = "・"
		}
		words := make([]string, 0, 4)
		for _, b := range h[:4] {
			words = append(words, list[b][column])
		}
		in[a.lang] = strings.Join(words, separator)
	}
	return Text{In: in}
}
