package ui

import (
	"strconv"
	"strings"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
)

// Role is what a piece of a screen is for; a front gives it a look or a place in the reading order.
type Role int

// The roles.
const (
	Para   Role = iota // a paragraph
	Label              // the official number and label of a question
	Ask                // the question in easy words, or which secret is wanted
	Faint              // help, example, what form the answer has
	Strong             // a paragraph that must not be missed
	Item               // a numbered choice
	Head               // the head of a review group
	Who                // who will see the group, and why
	Pair               // a label with its value
	Big                // the number that is taken away
	Words              // the four words
	Note               // how much is still to come
	Tries              // how often a secret may still be wrong
	Box                // an option that is ticked or not, beside a secret
	Sight              // a recipient: who will see the fields that follow
	Field              // one of them
	Mark               // the fingerprint: a label with its value, and in a slip's code too
)

// Piece is one thing on a screen, in one language, cleaned. A screen is its pieces in reading order.
type Piece struct {
	Role  Role
	No    string // of an Item or Head its key, of a Label or Pair the official number
	Label string // of a Pair
	Text  string
	Index int  // of an Item or Head: into Options
	On    bool // of an Item, Head or Box: the present answer, or ticked
	Box   bool // of an Item: it is ticked, and leads nowhere
	State flows.GroupState
	Word  string // of a State
}

// Body returns the pieces of a frame between its title and the place where the answer is typed.
func Body(f flows.Frame) []Piece {
	p := pieces{lang: f.Lang}
	s := f.Screen
	if f.Help {
		p.paras(Para, s.Help)
		if len(s.Help) == 0 {
			p.add(Para, i18n.T("ui.help.none"))
		}
		return p.all
	}
	first := s.Kind != flows.SecretPage && s.Kind != flows.QuestionPage
	if first {
		p.paras(Para, s.Lines)
	}
	if s.Kind == flows.Contents {
		p.left(s)
	}
	switch {
	case s.Kind == flows.SecretPage && s.Secret != nil:
		p.secret(s)
	case s.Kind == flows.QuestionPage && s.Question != nil:
		p.question(s)
	case s.Kind == flows.Review:
		p.review(s)
	case s.Kind == flows.Takeaway && s.Slip != nil:
		p.slip(s.Slip, len(s.Lines) > 0)
	case s.Kind == flows.Sharing:
		p.sharing(s.Sees)
	}
	if s.Kind != flows.QuestionPage && s.Kind != flows.Review {
		p.options(Options(s))
	}
	switch { // behind: what is asked, and the tries, must be in sight on the smallest screen
	case s.Kind == flows.SecretPage && len(s.Lines) > 0:
		p.paras(Para, s.Lines[1:]) // the first is what is asked
	case !first:
		p.paras(Para, s.Lines)
	}
	return p.all
}

type pieces struct {
	lang i18n.Lang
	all  []Piece
}

func (p *pieces) say(t i18n.Text) string { return Clean(t.Say(p.lang)) }

func (p *pieces) add(r Role, t i18n.Text) {
	if !t.IsZero() {
		p.all = append(p.all, Piece{Role: r, Text: p.say(t)})
	}
}

func (p *pieces) paras(r Role, texts []i18n.Text) {
	for _, t := range texts {
		for line := range strings.SplitSeq(t.Say(p.lang), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				p.all = append(p.all, Piece{Role: r, Text: Clean(line)})
			}
		}
	}
}

func (p *pieces) pair(label i18n.Text, value string) {
	if value != "" {
		p.all = append(p.all, Piece{Role: Pair, Label: p.say(label), Text: Clean(value)})
	}
}

func (p *pieces) options(options []Option) {
	for i, o := range options {
		item := Piece{Role: Item, No: strconv.Itoa(i + 1), Text: p.say(o.Label), Label: p.say(o.Hint), Index: i, On: o.On, Box: o.Box, State: o.State}
		if o.State != "" {
			item.Word = p.say(i18n.T("ui.state." + string(o.State)))
		}
		p.all = append(p.all, item)
	}
}

// sharing lists, recipient by recipient, who will see what.
func (p *pieces) sharing(sees []flows.Sees) {
	for i, s := range sees {
		p.all = append(p.all, Piece{Role: Sight, Text: p.say(s.Recipient), Index: i})
		if !s.Purpose.IsZero() {
			p.all = append(p.all, Piece{Role: Who, Text: p.say(i18n.T("ui.purpose", "Purpose", s.Purpose)), Index: i})
		}
		for _, what := range s.What {
			p.all = append(p.all, Piece{Role: Field, Text: p.say(what), Index: i})
		}
	}
}

// left says how much is still to be done, and about how long it takes.
func (p *pieces) left(s flows.Screen) {
	switch {
	case s.Left == 0 && s.Kind == flows.Contents:
		p.add(Note, i18n.T("ui.left.none"))
	case s.Left == 0:
	case s.Minutes > 0:
		p.add(Note, i18n.T("ui.left.minutes", "Count", s.Left, "Minutes", s.Minutes))
	default:
		p.add(Note, i18n.T("ui.left", "Count", s.Left))
	}
}

// secret asks in easy words, the flow's first line, below the official name; where the flow has none the name asks.
func (p *pieces) secret(screen flows.Screen) {
	s := screen.Secret
	defer p.box(screen.Tick)
	if len(screen.Lines) == 0 {
		p.add(Ask, s.Label)
		if !s.Pad {
			p.add(Faint, i18n.T("ui.shape."+string(s.Shape), "Min", s.Min, "Max", s.Max))
		}
	} else {
		p.add(Label, s.Label)
		p.paras(Ask, screen.Lines[:1])
	}
	switch {
	case s.TriesOf == 0:
	case s.Tries == 1:
		p.add(Strong, i18n.T("ui.tries.last", "Of", s.TriesOf))
	default:
		p.add(Tries, i18n.T("ui.tries", "Tries", s.Tries, "Of", s.TriesOf))
	}
	if s.Pad {
		p.add(Strong, i18n.T("ui.pad"))
	}
}

// box is a tick of its own beside a secret, where numbers are the secret's.
func (p *pieces) box(t *flows.Tick) {
	if t != nil {
		p.all = append(p.all, Piece{Role: Box, Text: p.say(t.Label), Label: p.say(t.Hint), On: t.On})
	}
}

func (p *pieces) question(s flows.Screen) {
	q := s.Question
	label := p.say(q.Label)
	if !q.Group.IsZero() {
		label = p.say(i18n.T("ui.path", "Group", q.Group, "Label", q.Label))
	}
	p.all = append(p.all, Piece{Role: Label, No: Clean(q.No), Text: label})
	if q.Ask.IsZero() {
		p.add(Ask, q.Label)
	}
	p.add(Ask, q.Ask)
	p.add(Faint, q.Help)
	if !q.Example.IsZero() {
		p.add(Faint, i18n.T("ui.example", "Example", q.Example))
	}
	if q.Kind == forms.Multi {
		p.add(Faint, i18n.T("ui.many", "Max", q.Max))
	}
	if optional := i18n.T("ui.optional"); !q.Required && p.say(optional) != p.say(q.Help) {
		p.add(Faint, optional)
	}
	p.options(Options(s))
	p.left(s)
}

func (p *pieces) review(s flows.Screen) {
	for i, g := range s.Groups {
		p.all = append(p.all, Piece{Role: Head, No: strconv.Itoa(i + 1), Text: p.say(g.Title), Index: i, On: g.Ticked})
		if !g.Recipient.IsZero() {
			p.add(Who, i18n.T("ui.who", "Recipient", g.Recipient, "Purpose", g.Purpose))
		}
		for _, r := range g.Rows {
			p.all = append(p.all, Piece{Role: Pair, No: Clean(r.No), Label: p.say(r.Label), Text: p.say(r.Value)})
		}
	}
	if !s.Words.IsZero() {
		p.all = append(p.all, Piece{Role: Words, Label: p.say(i18n.T("ui.slip.words")), Text: p.say(s.Words)})
	}
	p.pair(i18n.T("ui.slip.mark"), s.Mark)
}

// slip shows what is taken away; where the flow has said how things stand, that is not said again.
func (p *pieces) slip(s *flows.Slip, said bool) {
	switch { // wire.Received and wire.Refused; the walls keep wire out of the fronts
	case said:
	case s.State == "refused":
		p.add(Strong, i18n.T("ui.slip.refused", "Reason", s.Reason))
	case s.State == "received":
		p.add(Strong, i18n.T("ui.slip.received"))
	default:
		p.add(Strong, i18n.T("ui.slip.waiting"))
	}
	p.all = append(p.all, Piece{Role: Big, Label: p.say(i18n.T("ui.slip.number")), Text: Clean(s.Number)})
	if !s.Words.IsZero() {
		p.all = append(p.all, Piece{Role: Words, Label: p.say(i18n.T("ui.slip.words")), Text: p.say(s.Words)})
	}
	p.pair(i18n.T("ui.slip.kept"), Stamp(s.KeptAt, p.lang))
	p.pair(i18n.T("ui.slip.receivedat"), Stamp(s.ReceivedAt, p.lang))
	if !s.NextStep.IsZero() {
		p.pair(i18n.T("ui.slip.next"), s.NextStep.Say(p.lang))
	}
	p.pair(i18n.T("ui.slip.phone"), s.Phone)
	if s.Mark != "" {
		p.all = append(p.all, Piece{Role: Mark, Label: p.say(i18n.T("ui.slip.mark")), Text: Clean(s.Mark)})
	}
}

// Hint says what the keys do on the screen now: the main action, or how to answer.
func Hint(f flows.Frame) i18n.Text {
	next := f.Screen.Next
	switch TakesOf(f) {
	case TakesWords, TakesSecret:
		return i18n.T("ui.enter", "Next", orNext(next))
	case TakesMany:
		return i18n.T("ui.enter.many")
	case TakesNumber:
		if !next.IsZero() && f.Screen.Kind != flows.QuestionPage {
			return i18n.T("ui.enter.numberor", "Next", next)
		}
		return i18n.T("ui.enter.number")
	case TakesTicks:
		return i18n.T("ui.enter.ticks", "Next", orNext(next))
	case TakesEnter:
		return i18n.T("ui.enter", "Next", next)
	case TakesNothing:
	}
	if f.Busy {
		return i18n.T("ui.busy")
	}
	return i18n.Text{}
}

func orNext(t i18n.Text) i18n.Text {
	if t.IsZero() {
		return i18n.T("ui.next")
	}
	return t
}
