// Package i18n holds the languages. A text is a key with arguments, a person's own words, or words that came
// with a form's data; it becomes a string only when a front draws it, so that the language may change on any
// screen.
//
// The texts are the TOML files below text/<language>/, one file for each room that speaks, all loaded at start.
//
// Error model: a key without a text is a fault of the program; Say shows the key in angle brackets, and a test
// fails. Nothing here returns an error at run time.
package i18n

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

// Lang is a language as a BCP 47 tag; ja-easy is やさしい日本語, with readings.
type Lang string

// The languages there are from the first day.
const (
	Ja     Lang = "ja"
	JaEasy Lang = "ja-easy"
	En     Lang = "en"
)

// Langs returns every language, the default first, in the order in which the language key walks them.
func Langs() []Lang { return []Lang{Ja, JaEasy, En} }

// Next returns the language after l.
func (l Lang) Next() Lang {
	all := Langs()
	return all[(slices.Index(all, l)+1)%len(all)]
}

// Text is something to be shown. Exactly one of Key, Own and In is set; the zero Text shows nothing.
type Text struct {
	Key  string          // a message of the catalogue
	Args map[string]any  // for Key: strings, integers or Texts
	Own  string          // a person's own words, the same in every language
	In   map[Lang]string // words that came with data such as a form
}

// T is the message named key; args are names and values in turn.
func T(key string, args ...any) Text {
	t := Text{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if t.Args == nil {
			t.Args = map[string]any{}
		}
		t.Args[args[i].(string)] = args[i+1]
	}
	return t
}

// Own is a person's own words, shown as they are.
func Own(words string) Text { return Text{Own: words} }

// IsZero reports whether the text shows nothing.
func (t Text) IsZero() bool { return t.Key == "" && t.Own == "" && len(t.In) == 0 }

// Say returns the text in a language; where a form lacks the language, its Japanese.
func (t Text) Say(l Lang) string {
	switch {
	case t.Own != "":
		return t.Own
	case t.In != nil:
		if s, ok := t.In[l]; ok {
			return s
		}
		return t.In[Ja]
	case t.Key == "":
		return ""
	}
	args := make(map[string]any, len(t.Args))
	for name, value := range t.Args {
		if inner, ok := value.(Text); ok {
			value = inner.Say(l)
		}
		args[name] = value
	}
	s, err := localizer(l).Localize(&goi18n.LocalizeConfig{MessageID: t.Key, TemplateData: args, PluralCount: args["Count"]})
	if err != nil {
		return "⟨" + t.Key + "⟩"
	}
	return strings.TrimSpace(s)
}

//go:embed text
var files embed.FS

var load = sync.OnceValues(func() (map[Lang]*goi18n.Localizer, error) {
	out := map[Lang]*goi18n.Localizer{}
	for _, l := range Langs() {
		tag := language.Make(strings.TrimSuffix(string(l), "-easy")) // CLDR knows no easy language
		bundle := goi18n.NewBundle(tag)                              // a bundle each: no language borrows another's words
		bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
		names, err := fs.Glob(files, path.Join("text", string(l), "*.toml"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			raw, err := files.ReadFile(name)
			if err != nil {
				return nil, err
			}
			// go-i18n takes the language from the name
			if _, err := bundle.ParseMessageFileBytes(raw, tag.String()+".toml"); err != nil {
				return nil, fmt.Errorf("i18n: %s: %w", name, err)
			}
		}
		out[l] = goi18n.NewLocalizer(bundle, tag.String())
	}
	return out, nil
})

func localizer(l Lang) *goi18n.Localizer {
	all, err := load()
	if err != nil {
		panic(err) // embedded files, read by a test: cannot happen in a build that passed it
	}
	if loc, ok := all[l]; ok {
		return loc
	}
	return all[Ja]
}
