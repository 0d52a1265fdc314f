package json

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/i18n"
	"madoguchi/ui/sample"
)

// TestLanguagesDifferInWordsOnly: of every frame all but the texts is the same in all languages: numbers, ids, kinds,
// values, codes. Two people can point at 7.
func TestLanguagesDifferInWordsOnly(t *testing.T) {
	for _, n := range sample.Frames(i18n.Ja) {
		want := wordless(t, n.Name, i18n.Ja)
		for _, l := range i18n.Langs() {
			if diff := cmp.Diff(want, wordless(t, n.Name, l)); diff != "" {
				t.Errorf("%s in %s:\n%s", n.Name, l, diff)
			}
		}
	}
}

func wordless(t *testing.T, name string, l i18n.Lang) any {
	t.Helper()
	raw, err := json.Marshal(encode(sample.Get(l, name)))
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	strip(all)
	return all
}

// strip takes out what a language may change.
func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "text")
		delete(v, "lang")
		for _, inner := range v {
			strip(inner)
		}
	case []any:
		for _, inner := range v {
			strip(inner)
		}
	}
}
