package i18n_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"madoguchi/i18n"
)

// The file is read here by other means than the package's.
func TestWordList(t *testing.T) {
	raw, err := os.ReadFile("words.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	if len(lines) != i18n.WordsInList {
		t.Fatalf("%d words", len(lines))
	}
	shape := regexp.MustCompile(`^([0-9a-f]{2})\t([ぁ-ゖァ-ヺー]{2,9})\t([a-z]+(?:-[a-z]+)?)$`)
	seen := map[string]bool{}
	for i, line := range lines {
		m := shape.FindStringSubmatch(line)
		if m == nil || m[1] != fmt.Sprintf("%02x", i) {
			t.Errorf("line %d: %q", i+1, line)
			continue
		}
		if seen[m[2]] || seen[m[3]] {
			t.Errorf("line %d: a word twice: %q", i+1, line)
		}
		seen[m[2]], seen[m[3]] = true, true
	}
}

func TestFourWords(t *testing.T) {
	for _, c := range []struct {
		hash   [32]byte
		ja, en string
	}{
		{[32]byte{}, "さくら・さくら・さくら・さくら", "cherry cherry cherry cherry"},
		{[32]byte{0x00, 0x01, 0x30, 0xff, 0x77}, "さくら・もみじ・いぬ・じしゃく", "cherry maple dog magnet"},
	} {
		got := i18n.FourWords(c.hash)
		if got.Say(i18n.Ja) != c.ja || got.Say(i18n.En) != c.en {
			t.Errorf("%x: %q, %q", c.hash[:4], got.Say(i18n.Ja), got.Say(i18n.En))
		}
	}
}
