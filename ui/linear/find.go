package linear

import (
	"strings"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
)

const (
	longFrom   = 30 // options from which a list is searched, not read out
	readAtOnce = 15 // of what was found
)

// long reports a list that nobody wants to hear whole.
func long(s flows.Screen) bool {
	return s.Kind == flows.QuestionPage && s.Question != nil && len(s.Question.Options) >= longFrom
}

// find reads what a search leaves of a long list, each with its number in the whole list: it is answered by that
// number. A word that is a value of a facet narrows by it; without words the facets are read.
func (f *Front) find(words string) {
	if !f.can(find) {
		f.say("ui.linear.notnow")
		f.prompt()
		return
	}
	q := f.frame.Screen.Question
	if strings.TrimSpace(words) == "" {
		f.facets(q)
		f.prompt()
		return
	}
	found := forms.Find(q.Options, q.Facets, search(q, words))
	f.say("ui.linear.found", "Count", len(found))
	number := map[string]int{}
	for i, o := range q.Options {
		number[o.Value] = i + 1
	}
	for _, o := range found[:min(len(found), readAtOnce)] {
		f.say("ui.linear.option", "No", number[o.Value], "Label", o.Label, "Note", o.Note)
	}
	if more := len(found) - readAtOnce; more > 0 {
		f.say("ui.linear.foundmore", "Count", more)
	}
	f.prompt()
}

// search tells values of facets, in whichever language they are typed, from words to look for.
func search(q *forms.Question, words string) forms.Search {
	var s forms.Search
	rest := " " + strings.ToLower(strings.Join(strings.Fields(words), " ")) + " "
	for _, facet := range q.Facets {
		for _, v := range facet.Values {
			for _, l := range i18n.Langs() {
				label := " " + strings.ToLower(ui.Clean(v.Label.Say(l))) + " "
				if strings.Contains(rest, label) {
					rest = strings.Replace(rest, label, " ", 1)
					s.Tags = append(s.Tags, v.Value)
				}
			}
		}
	}
	s.Words = strings.TrimSpace(rest)
	return s
}

// facets reads by what a list can be narrowed, a facet a line.
func (f *Front) facets(q *forms.Question) {
	for _, facet := range q.Facets {
		var values []string
		for _, v := range facet.Values {
			values = append(values, ui.Clean(v.Label.Say(lang(f.frame))))
		}
		f.write(ui.Clean(facet.Label.Say(lang(f.frame))) + ": " + strings.Join(values, ", ") + "\n")
	}
	f.say("ui.linear.search")
}
