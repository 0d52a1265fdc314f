package i18n_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"madoguchi/i18n"
)

// texts reads a language's files, key to template, and refuses a key in two files.
func texts(t *testing.T, l i18n.Lang) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("text", string(l), "*.toml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", l, len(names), err)
	}
	out := map[string]string{}
	for _, name := range names {
		if filepath.Base(name) == "language.toml" {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]any
		if err := toml.Unmarshal(raw, &tree); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key, text := range flatten("", tree) {
			if _, double := out[key]; double {
				t.Errorf("%s: %s stands in another file too", name, key)
			}
			out[key] = text
		}
	}
	return out
}

// plural are the categories of CLDR, which are not part of a key.
var plural = []string{"zero", "one", "two", "few", "many", "other"}

func flatten(prefix string, tree map[string]any) map[string]string {
	out := map[string]string{}
	for name, value := range tree {
		key := strings.TrimPrefix(prefix+"."+name, ".")
		if slices.Contains(plural, name) {
			key = prefix
		}
		switch value := value.(type) {
		case string:
			out[key] += value
		case map[string]any:
			maps.Copy(out, flatten(key, value))
		}
	}
	return out
}

var argument = regexp.MustCompile(`\{\{[^}]*?\.([A-Za-z]+)[^}]*\}\}`)

func arguments(template string) []string {
	var out []string
	for _, m := range argument.FindAllStringSubmatch(template, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryKeyInEveryLanguage(t *testing.T) {
	base := texts(t, i18n.Ja)
	for _, l := range i18n.Langs() {
		other := texts(t, l)
		for _, key := range slices.Sorted(maps.Keys(base)) {
			text, ok := other[key]
			switch {
			case !ok:
				t.Errorf("%s: no %s", l, key)
			case strings.TrimSpace(text) == "":
				t.Errorf("%s: %s is empty", l, key)
			case !slices.Equal(arguments(text), arguments(base[key])):
				t.Errorf("%s: %s has arguments %v, not %v", l, key, arguments(text), arguments(base[key]))
			case argument.MatchString(text):
			case i18n.T(key).Say(l) == "⟨"+key+"⟩":
				t.Errorf("%s: %s cannot be said", l, key)
			}
		}
		for key := range other {
			if _, ok := base[key]; !ok {
				t.Errorf("ja: no %s", key)
			}
		}
	}
}

// A literal key in the program has a text. Keys that are put together are the business of the room that does it.
func TestEveryLiteralKeyHasAText(t *testing.T) {
	base := texts(t, i18n.Ja)
	literal := regexp.MustCompile(`i18n\.T\("([^"]+)"[,)]`)
	found := 0
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir() && strings.HasPrefix(e.Name(), ".") && e.Name() != "..":
			return errorOr(err, fs.SkipDir)
		case filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		raw, err := os.ReadFile(name)
		for _, m := range literal.FindAllSubmatch(raw, -1) {
			found++
			if _, ok := base[string(m[1])]; !ok {
				t.Errorf("%s: no text for %q", name, m[1])
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d keys found, %v", found, err)
	}
}

func errorOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func TestText(t *testing.T) {
	form := i18n.Text{In: map[i18n.Lang]string{i18n.Ja: "氏名"}}
	for _, c := range []struct {
		name   string
		text   i18n.Text
		ja, en string
	}{
		{"own words", i18n.Own("𠮷田"), "𠮷田", "𠮷田"},
		{"a form without the language", form, "氏名", "氏名"},
		{"nothing", i18n.Text{}, "", ""},
		{"no such key", i18n.T("no.such"), "⟨no.such⟩", "⟨no.such⟩"},
		{"a text as argument", i18n.T("fault.F07.cause", "Rule", i18n.T("forms.yes")), "はい", "Yes"},
	} {
		if ja, en := c.text.Say(i18n.Ja), c.text.Say(i18n.En); ja != c.ja || en != c.en {
			t.Errorf("%s: %q, %q", c.name, ja, en)
		}
	}
	if i18n.Ja.Next() != i18n.JaEasy || i18n.JaEasy.Next() != i18n.En || i18n.En.Next() != i18n.Ja {
		t.Error("the language key does not walk round")
	}
}
