package forms

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"madoguchi/i18n"
)

// maxDefinition bounds one definition file, in bytes.
const maxDefinition = 1 << 20

// words are a text in every language, as a definition writes it.
type words map[string]string

// definition is a form as its file writes it. Nothing in it is resolved yet.
type definition struct {
	Name    string       `toml:"name"`
	Version int          `toml:"version"`
	Title   words        `toml:"title"`
	Seconds map[Kind]int `toml:"seconds"` // how long a question of each kind takes a person, about
	Part    []partDef    `toml:"part"`
	List    []listDef    `toml:"list"`
	Chapter []chapterDef `toml:"chapter"`
	Group   []groupDef   `toml:"group"`
	Rule    []ruleDef    `toml:"rule"`
	Paper   []paperDef   `toml:"paper"`
}

// overlayDef is what a municipality lays over a form.
type overlayDef struct {
	Overlay string     `toml:"overlay"` // its own name
	Edition int        `toml:"edition"`
	Form    string     `toml:"form"`
	Version int        `toml:"version"`
	List    []listDef  `toml:"list"`
	Group   []groupDef `toml:"group"`
	Rule    []ruleDef  `toml:"rule"`
	Paper   []paperDef `toml:"paper"`
}

type partDef struct {
	ID             string `toml:"id"`
	Recipient      string `toml:"recipient"` // a code, as it stands in the signed bytes
	RecipientLabel words  `toml:"recipient_label"`
	Purpose        string `toml:"purpose"`
	PurposeLabel   words  `toml:"purpose_label"`
}

type listDef struct {
	ID    string     `toml:"id"`
	Value []valueDef `toml:"value"`
	Facet []facetDef `toml:"facet"`
	Table *tableDef  `toml:"table"` // instead of Value: a long list in a file of its own
}

type valueDef struct {
	Code  string   `toml:"code"`
	Label words    `toml:"label"`
	Kana  string   `toml:"kana"`
	Tags  []string `toml:"tags"` // codes of the list's facets
	Note  words    `toml:"note"`
	Alone bool     `toml:"alone"` // not together with another one: "none of these"
	Was   []string `toml:"was"`   // its codes in earlier versions and editions
}

// facetDef is something that a long list is narrowed down by; its codes are unique in the list.
type facetDef struct {
	ID    string     `toml:"id"`
	Label words      `toml:"label"`
	Value []valueDef `toml:"value"` // code and label alone
}

// tableDef names a file of values beside the definition. Its hash makes it part of the definition's digest.
type tableDef struct {
	File   string `toml:"file"`
	SHA256 string `toml:"sha256"`
}

// chapterDef is a line of the contents page: one or more groups.
type chapterDef struct {
	ID    string `toml:"id"`
	Title words  `toml:"title"`
}

// paperDef is a paper that must come with the document, if the condition holds. It never keeps a document from
// being made: what is missing has a date instead.
type paperDef struct {
	ID    string   `toml:"id"`
	Label words    `toml:"label"`
	Help  words    `toml:"help"` // where to get it, what it must show
	Rows  string   `toml:"rows"` // a group: the condition is of its rows, and one is enough
	When  *condDef `toml:"when"`
}

type groupDef struct {
	ID      string     `toml:"id"`
	Chapter string     `toml:"chapter"`
	Title   words      `toml:"title"`
	Parts   []string   `toml:"parts"` // for those fields that name none
	When    *condDef   `toml:"when"`
	Repeat  *repeatDef `toml:"repeat"`
	Field   []fieldDef `toml:"field"`
}

// repeatDef makes a group repeat; Row names one row, with {n} for its number from 1. With As it has the rows of an
// earlier group, and no question for one more.
type repeatDef struct {
	As    string `toml:"as"`
	Min   int    `toml:"min"`
	Max   int    `toml:"max"`
	No    string `toml:"no"`
	Row   words  `toml:"row"`
	Label words  `toml:"label"`
	Ask   words  `toml:"ask"`
}

type fieldDef struct {
	ID       string   `toml:"id"`
	No       string   `toml:"no"`
	Kind     string   `toml:"kind"`
	Label    words    `toml:"label"`
	Ask      words    `toml:"ask"`
	Help     words    `toml:"help"`
	Example  words    `toml:"example"`
	List     string   `toml:"list"`
	Required *bool    `toml:"required"`
	Max      *int     `toml:"max"`
	Min      *int     `toml:"min"`
	Parts    []string `toml:"parts"`
	Person   string   `toml:"person"` // name, birth or address of the applicant
	When     *condDef `toml:"when"`
	After    string   `toml:"after"` // overlays: the field that it follows

	Card      string         `toml:"card"`      // name, birth, sex or address of whoever's card fills this group in
	Among     string         `toml:"among"`     // multi: only what was chosen there, an earlier field of the same list
	Otherwise string         `toml:"otherwise"` // the answer where it is not asked
	Compute   string         `toml:"compute"`   // never asked: a function, with parameters
	With      map[string]any `toml:"with"`
	Was       []string       `toml:"was"` // its paths in earlier versions
}

// condDef is one condition: exactly one of All, Any, Not, or Field with exactly one comparison.
type condDef struct {
	All    []condDef `toml:"all"`
	Any    []condDef `toml:"any"`
	Not    *condDef  `toml:"not"`
	Field  string    `toml:"field"`
	Is     any       `toml:"is"`
	In     []any     `toml:"in"`
	Filled *bool     `toml:"filled"`
	Before any       `toml:"before"`
	AtMost any       `toml:"at_most"`
}

// ruleDef is one rule: exactly one of Require, Forbid and Check.
type ruleDef struct {
	At      string         `toml:"at"`
	When    *condDef       `toml:"when"`
	Require *condDef       `toml:"require"`
	Forbid  *condDef       `toml:"forbid"`
	Check   string         `toml:"check"`
	With    map[string]any `toml:"with"`
	Error   words          `toml:"error"`
}

// decode reads TOML strictly: an unknown name is an error.
func decode(raw []byte, into any) error {
	if len(raw) > maxDefinition {
		return fmt.Errorf("%w: over %d bytes", ErrDefinition, maxDefinition)
	}
	dec := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) {
			return fmt.Errorf("%w: unknown name: %s", ErrDefinition, strict.String())
		}
		return fmt.Errorf("%w: %w", ErrDefinition, err)
	}
	return nil
}

// text turns words into a text and requires Japanese and English and no language that there is not.
func (w words) text(place string) (i18n.Text, error) {
	in := map[i18n.Lang]string{}
	for _, l := range i18n.Langs() {
		if l != i18n.Ja && l != i18n.En && w[string(l)] == "" { // editions from before the language have none
			continue
		}
		if w[string(l)] == "" {
			return i18n.Text{}, fmt.Errorf("%w: %s: no text in %q", ErrDefinition, place, l)
		}
		in[l] = w[string(l)]
	}
	if len(w) != len(in) {
		return i18n.Text{}, fmt.Errorf("%w: %s: text in an unknown language", ErrDefinition, place)
	}
	return i18n.Text{In: in}, nil
}
