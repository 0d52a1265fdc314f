package i18n

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

// TestALanguageIsAFolder: one more folder is one more language, and nothing of the program has to be told of it.
func TestALanguageIsAFolder(t *testing.T) {
	all, err := load(os.DirFS("testdata/made-up"))
	if err != nil {
		t.Fatal(err)
	}
	if got := all.langs(); !slices.Equal(got, []Lang{Ja, "tlh"}) {
		t.Fatalf("languages %v", got)
	}
	klingon := all.get("tlh")
	said, err := klingon.say.Localize(&goi18n.LocalizeConfig{MessageID: "ui.yes"})
	if err != nil || said != "HIja'" || klingon.Name != "tlhIngan Hol" {
		t.Errorf("%q, %v, %+v", said, err, klingon)
	}
	if all.get("none").lang != Ja {
		t.Error("a language that there is none of is not the default")
	}
}

func TestAFolderThatIsNoLanguageIsRefused(t *testing.T) {
	const good = "order = 1\nname = 'x'\nplural = 'en'\nwords = 'en'\nstamp = '2006'\n"
	for name, text := range map[string]string{
		"nothing": "", "a typing error": good + "naem = 'y'\n", "no such column": "name = 'x'\nplural = 'en'\nwords = 'fr'\nstamp = '2006'\n",
		"no tag": "name = 'x'\nplural = '!'\nwords = 'en'\nstamp = '2006'\n",
	} {
		if _, err := load(fstest.MapFS{"xx/language.toml": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if _, err := load(fstest.MapFS{"xx/language.toml": {Data: []byte(good)}, "xx/ui.toml": {Data: []byte("=")}}); err == nil {
		t.Error("a file of texts that is none: read")
	}
	if _, err := load(fstest.MapFS{"xx/ui.toml": {Data: []byte("a = 'b'")}}); err == nil {
		t.Error("a folder without language.toml: read")
	}
}

// TestWordsOfDataInAnotherLanguage: what a form has in Japanese and English only is read in what comes nearest.
func TestWordsOfDataInAnotherLanguage(t *testing.T) {
	form := Text{In: map[Lang]string{Ja: "氏名", En: "Name"}}
	if got := form.Say(JaEasy); got != "氏名" {
		t.Errorf("やさしい日本語 reads %q", got)
	}
	if got := form.Say(En); got != "Name" {
		t.Errorf("English reads %q", got)
	}
}
