// Package i18n holds the languages. A text is a key with arguments, a person's own words, or words that came
// with a form's data; it becomes a string only when a front draws it, so that the language may change on any
// screen.
//
// A language is a folder: text/<language>/, with one TOML file for each room that speaks and language.toml, which
// says what is to be known of the language itself. All are loaded at start; nothing else names the languages.
//
// Error model: a key without a text is a fault of the program; Say shows the key in angle brackets, and a test
// fails. Nothing here returns an error at run time.
package i18n

import (
	"strings"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
)

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

// in is the language's own words, or those of the first language that it names instead, or Japanese.
func (t Text) in(l Lang) string {
	for _, l := range append([]Lang{l}, languages().get(l).Instead...) {
		if s, ok := t.In[l]; ok {
			return s
		}
	}
	return t.In[Ja]
}

// Say returns the text in a language; where a form lacks the language, in one that its speakers may read.
func (t Text) Say(l Lang) string {
	switch {
	case t.Own != "":
		return t.Own
	case t.In != nil:
		return t.in(l)
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
	s, err := languages().get(l).say.Localize(&goi18n.LocalizeConfig{MessageID: t.Key, TemplateData: args, PluralCount: args["Count"]})
	if err != nil {
		return "⟨" + t.Key + "⟩"
	}
	return strings.TrimSpace(s)
}
