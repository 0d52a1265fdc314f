package ui

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
)

// Takes is what a screen lets a person type.
type Takes int

// The things a screen takes.
const (
	TakesNothing Takes = iota // it goes on by itself
	TakesEnter                // the main action only
	TakesNumber               // the number of a choice
	TakesMany                 // numbers of options, several
	TakesTicks                // the number of a group, or the main action
	TakesWords                // text
	TakesSecret               // a PIN or password
)

// TakesOf says what the screen of a frame takes now; while it is busy, nothing.
func TakesOf(f flows.Frame) Takes {
	s := f.Screen
	switch {
	case f.Busy:
		return TakesNothing
	case s.Kind == flows.SecretPage && s.Secret != nil && s.Secret.Pad:
		if !s.Secret.PadEnds.IsZero() {
			return TakesNothing // the reader's own keys are in use
		}
		return TakesEnter
	case s.Kind == flows.SecretPage && s.Secret != nil:
		return TakesSecret
	case s.Kind == flows.Review:
		return TakesTicks
	case s.Kind == flows.QuestionPage && s.Question != nil:
		switch {
		case s.Question.Kind == forms.Multi:
			return TakesMany
		case len(Options(s)) > 0:
			return TakesNumber
		}
		return TakesWords
	case len(Options(s)) > 0:
		return TakesNumber
	case !s.Next.IsZero():
		return TakesEnter
	}
	return TakesNothing
}

// Option is a numbered line to choose from: a choice of the screen, an option of its question, or a group of its
// review.
type Option struct {
	ID    string // of a choice or group; of an option: its Value
	Label i18n.Text
	Hint  i18n.Text
	On    bool // the present answer, or ticked
	Rank  int  // of several answers: its place in the order they were chosen, from 1; 0: not chosen
	Box   bool // it is ticked or not, and leads nowhere
	State flows.GroupState
}

// Options lists what the numbers 1, 2, … of the screen mean.
func Options(s flows.Screen) []Option {
	var out []Option
	switch {
	case s.Kind == flows.Review:
		for _, g := range s.Groups {
			out = append(out, Option{ID: g.ID, Label: g.Title, On: g.Ticked})
		}
	case s.Kind == flows.QuestionPage && s.Question != nil:
		out = questionOptions(s.Question, strings.Split(s.Value, ","))
	default:
		for _, c := range s.Choices {
			out = append(out, Option{ID: c.ID, Label: c.Label, Hint: c.Hint, State: c.State})
		}
		if t := s.Tick; t != nil && s.Kind != flows.SecretPage { // digits are the secret's there
			out = append(out, Option{ID: t.ID, Label: t.Label, Hint: t.Hint, On: t.On, Box: true})
		}
	}
	return out
}

func questionOptions(q *forms.Question, now []string) []Option {
	all := q.Options
	if q.Kind == forms.YesNo && len(all) == 0 {
		all = []forms.Option{{Value: "yes", Label: i18n.T("ui.yes")}, {Value: "no", Label: i18n.T("ui.no")}}
	}
	out := make([]Option, 0, len(all))
	for _, o := range all {
		rank := slices.Index(now, o.Value) + 1
		out = append(out, Option{ID: o.Value, Label: o.Label, Hint: o.Note, On: rank > 0, Rank: rank})
	}
	return out
}

// Answer turns a typed line into the answer of the screen. When it is none, complaint says so in the person's
// words and ok is false. Secrets do not pass through here.
func Answer(s flows.Screen, takes Takes, typed string) (a flows.Answer, complaint i18n.Text, ok bool) {
	switch takes {
	case TakesWords:
		return flows.Answer{Value: typed}, i18n.Text{}, true
	case TakesEnter:
		return flows.Answer{}, i18n.Text{}, true
	case TakesMany:
		return several(s, typed)
	case TakesNumber, TakesTicks:
		return single(s, takes, typed)
	default:
		return flows.Answer{}, i18n.T("ui.wait"), false
	}
}

func single(s flows.Screen, takes Takes, typed string) (flows.Answer, i18n.Text, bool) {
	options := Options(s)
	typed = strings.TrimSpace(typed)
	switch {
	case typed == "" && s.Kind == flows.QuestionPage:
		return flows.Answer{Value: s.Value}, i18n.Text{}, true
	case typed == "" && (takes == TakesTicks || !s.Next.IsZero()):
		return flows.Answer{}, i18n.Text{}, true
	case typed == "":
		return flows.Answer{}, i18n.T("ui.choose"), false
	}
	n, ok := Number(typed, len(options))
	if !ok {
		return flows.Answer{}, i18n.T("ui.nosuch", "Max", len(options)), false
	}
	if s.Kind == flows.QuestionPage {
		return flows.Answer{Value: options[n].ID}, i18n.Text{}, true
	}
	return flows.Answer{Choice: options[n].ID}, i18n.Text{}, true
}

func several(s flows.Screen, typed string) (flows.Answer, i18n.Text, bool) {
	options := Options(s)
	if strings.TrimSpace(typed) == "" {
		return flows.Answer{Value: s.Value}, i18n.Text{}, true
	}
	numbers, ok := Numbers(typed, len(options))
	if !ok {
		return flows.Answer{}, i18n.T("ui.nosuch", "Max", len(options)), false
	}
	return flows.Answer{Value: Joined(options, numbers)}, i18n.Text{}, true
}

// Joined returns the values of the options in the order in which they were chosen, joined by commas: a form may
// mean an order of wishes.
func Joined(options []Option, chosen []int) string {
	values := make([]string, 0, len(chosen))
	for _, i := range chosen {
		values = append(values, options[i].ID)
	}
	return strings.Join(values, ",")
}

// Chosen returns the options that are the present answer, in the order in which they were chosen.
func Chosen(options []Option) []int {
	var out []int
	for i, o := range options {
		if o.On {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b int) int { return options[a].Rank - options[b].Rank })
	return out
}

// Number reads a typed number from 1 to count, in digits of any width, as an index from 0.
func Number(typed string, count int) (index int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(width.Fold.String(typed)))
	if err != nil || n < 1 || n > count {
		return 0, false
	}
	return n - 1, true
}

// Numbers reads typed numbers that stand apart by commas or spaces, in their order; "0" is none of them.
func Numbers(typed string, count int) (indexes []int, ok bool) {
	folded := width.Fold.String(typed)
	fields := strings.FieldsFunc(folded, func(r rune) bool { return strings.ContainsRune(", 、。.\t　､｡", r) })
	if len(fields) == 1 && fields[0] == "0" {
		return nil, true
	}
	for _, field := range fields {
		n, ok := Number(field, count)
		if !ok {
			return nil, false
		}
		if !slices.Contains(indexes, n) {
			indexes = append(indexes, n)
		}
	}
	return indexes, len(indexes) > 0
}
