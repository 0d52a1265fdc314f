package forms

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"madoguchi/i18n"
)

// Search narrows a long list down. Its zero value finds everything.
type Search struct {
	Words string   // how the name begins, or part of it; blanks separate words that must all be found
	Tags  []string // codes of facets: of one facet any, of several facets all
}

// Find returns the options that a search leaves, in the list's order, those whose reading begins with the words
// first. Width, case, hiragana and katakana make no difference. It is a pure function of what a Question says.
func Find(options []Option, facets []Facet, s Search) []Option {
	words := strings.Fields(folded(s.Words))
	wanted := byFacet(facets, s.Tags)
	var begins, holds []Option
	for _, o := range options {
		if !o.fits(wanted) {
			continue
		}
		switch first, found := o.match(words); {
		case found && first:
			begins = append(begins, o)
		case found:
			holds = append(holds, o)
		}
	}
	return append(begins, holds...)
}

// byFacet sorts codes by their facet; a code of no facet finds nothing.
func byFacet(facets []Facet, tags []string) [][]string {
	var out [][]string
	known := 0
	for _, f := range facets {
		var of []string
		for _, v := range f.Values {
			if slices.Contains(tags, v.Value) {
				of = append(of, v.Value)
			}
		}
		if known += len(of); len(of) > 0 {
			out = append(out, of)
		}
	}
	if known < len(tags) {
		out = append(out, nil)
	}
	return out
}

func (o Option) fits(wanted [][]string) bool {
	for _, anyOf := range wanted {
		if !slices.ContainsFunc(anyOf, func(tag string) bool { return slices.Contains(o.Tags, tag) }) {
			return false
		}
	}
	return true
}

// match reports whether all words are found, and whether the first of them begins the reading or a label.
func (o Option) match(words []string) (first, found bool) {
	names := []string{folded(o.Kana), folded(o.Value)}
	for _, l := range i18n.Langs() {
		names = append(names, folded(o.Label.Say(l)))
	}
	for i, word := range words {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, word) }) {
			return false, false
		}
		first = first || i == 0 && slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, word) })
	}
	return first || len(words) == 0, true
}

// folded is a text for finding only: one width, one case, hiragana.
func folded(s string) string {
	return hiragana(strings.ToLower(norm.NFC.String(width.Fold.String(s))))
}

// hiragana turns katakana into hiragana and leaves the rest.
func hiragana(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' {
			return r - ('ァ' - 'ぁ')
		}
		return r
	}, s)
}
