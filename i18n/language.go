package i18n

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

// Lang is a language as a BCP 47 tag, the name of its folder; ja-easy is やさしい日本語, with readings.
type Lang string

// The languages that the program itself speaks of: what is signed is Japanese, what is missing is said in it.
const (
	Ja     Lang = "ja"
	JaEasy Lang = "ja-easy"
	En     Lang = "en"
)

// about is what a folder's language.toml says.
type about struct {
	Order   int    `toml:"order"`   // in which the language key walks them; the lowest is the default
	Name    string `toml:"name"`    // as its speakers call it
	Plural  string `toml:"plural"`  // BCP 47 tag whose plural rules it follows (CLDR)
	Words   string `toml:"words"`   // column of the four words that its speakers can say: ja or en
	Stamp   string `toml:"stamp"`   // layout of a date with hours and minutes, as package time writes it
	Instead []Lang `toml:"instead"` // where a form's data lacks the language, the first of these that it has

	lang Lang
	say  *goi18n.Localizer
}

const aboutFile = "language.toml"

// set is all languages, in their order.
type set []about

//go:embed text
var files embed.FS

var languages = sync.OnceValue(func() set {
	sub, err := fs.Sub(files, "text")
	if err == nil {
		var all set
		if all, err = load(sub); err == nil {
			return all
		}
	}
	panic(err) // embedded files, read by a test: cannot happen in a build that passed it
})

// load reads every folder as a language.
func load(fsys fs.FS) (set, error) {
	folders, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var all set
	for _, folder := range folders {
		a, err := loadLanguage(fsys, folder.Name())
		if err != nil {
			return nil, fmt.Errorf("i18n: %s: %w", folder.Name(), err)
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b about) int { return cmp.Or(a.Order-b.Order, cmp.Compare(a.lang, b.lang)) })
	return all, nil
}

func loadLanguage(fsys fs.FS, folder string) (about, error) {
	a := about{lang: Lang(folder)}
	raw, err := fs.ReadFile(fsys, path.Join(folder, aboutFile))
	if err != nil {
		return a, err
	}
	if err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&a); err != nil {
		return a, err
	}
	tag, err := language.Parse(a.Plural)
	if err != nil || a.Name == "" || a.Stamp == "" || a.Words != string(Ja) && a.Words != string(En) {
		return a, errors.Join(errors.New(aboutFile+": name, plural, words or stamp"), err)
	}
	bundle := goi18n.NewBundle(tag) // a bundle each: no language borrows another's words
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(fsys, path.Join(folder, "*.toml"))
	if err != nil {
		return a, err
	}
	for _, name := range names {
		if path.Base(name) == aboutFile {
			continue
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return a, err
		}
		if _, err := bundle.ParseMessageFileBytes(raw, tag.String()+".toml"); err != nil { // go-i18n takes the language from the name
			return a, fmt.Errorf("%s: %w", name, err)
		}
	}
	a.say = goi18n.NewLocalizer(bundle, tag.String())
	return a, nil
}

// get returns a language, the default for one that there is none of.
func (s set) get(l Lang) about {
	for _, a := range s {
		if a.lang == l {
			return a
		}
	}
	return s[0]
}

func (s set) langs() []Lang {
	out := make([]Lang, 0, len(s))
	for _, a := range s {
		out = append(out, a.lang)
	}
	return out
}

// Langs returns every language, the default first, in the order in which the language key walks them.
func Langs() []Lang { return languages().langs() }

// Next returns the language after l.
func (l Lang) Next() Lang {
	all := Langs()
	return all[(slices.Index(all, l)+1)%len(all)]
}

// Name is what the speakers of the language call it.
func (l Lang) Name() string { return languages().get(l).Name }

// Stamp is the layout of a date with hours and minutes, for time.Time.Format.
func (l Lang) Stamp() string { return languages().get(l).Stamp }
