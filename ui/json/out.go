package json

import (
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// line is one line out: exactly one member is there.
type line struct {
	Frame *frame   `json:"frame,omitzero"`
	Dock  *dock    `json:"dock,omitzero"`
	Error *failure `json:"error,omitzero"`
}

type failure struct {
	Line int    `json:"line,omitzero"` // of the input, from 1
	What string `json:"what"`
}

// words is a text in the frame's language; the key is there where the text is the program's own.
type words struct {
	Text string `json:"text"`
	Key  string `json:"key,omitzero"`
}

type frame struct {
	Seq     uint64   `json:"seq"`
	Flow    string   `json:"flow"`
	Step    string   `json:"step"`
	At      int      `json:"at"`
	Of      int      `json:"of"`
	Lang    string   `json:"lang"`
	Screen  screen   `json:"screen"`
	Problem *problem `json:"problem,omitzero"`
	Busy    bool     `json:"busy"`
	Online  bool     `json:"online"`
	Saved   bool     `json:"saved"`
	CanBack bool     `json:"canBack"`
	CanStop bool     `json:"canStop"`
	Help    bool     `json:"help"`
	Ends    string   `json:"ends,omitzero"`
	Closes  string   `json:"closes,omitzero"`
}

type problem struct {
	Code   string `json:"code"`
	Cause  words  `json:"cause"`
	Remedy words  `json:"remedy"`
}

type screen struct {
	Kind     string    `json:"kind"`
	Title    words     `json:"title"`
	Lines    []words   `json:"lines,omitzero"`
	Choices  []choice  `json:"choices,omitzero"`
	Question *question `json:"question,omitzero"`
	Secret   *secret   `json:"secret,omitzero"`
	Groups   []group   `json:"groups,omitzero"`
	Words    *words    `json:"words,omitzero"`
	Mark     string    `json:"mark,omitzero"`
	Focus    string    `json:"focus,omitzero"`
	Slip     *slip     `json:"slip,omitzero"`
	Sees     []sees    `json:"sees,omitzero"`
	Tick     *tick     `json:"tick,omitzero"`
	Left     *int      `json:"left,omitzero"`
	Minutes  int       `json:"minutes,omitzero"`
	Alarm    bool      `json:"alarm,omitzero"`
	Next     *words    `json:"next,omitzero"`
	Help     []words   `json:"help,omitzero"`
}

type choice struct {
	No    int    `json:"no"`
	ID    string `json:"id"`
	Label words  `json:"label"`
	Hint  *words `json:"hint,omitzero"`
	State string `json:"state,omitzero"`
}

type tick struct {
	ID    string `json:"id"`
	Label words  `json:"label"`
	Hint  *words `json:"hint,omitzero"`
	On    bool   `json:"on"`
}

type sees struct {
	Recipient words   `json:"recipient"`
	Purpose   *words  `json:"purpose,omitzero"`
	What      []words `json:"what"`
}

type question struct {
	Path     string   `json:"path"`
	No       string   `json:"no,omitzero"`
	Group    *words   `json:"group,omitzero"`
	Label    words    `json:"label"`
	Ask      *words   `json:"ask,omitzero"`
	Help     *words   `json:"help,omitzero"`
	Example  *words   `json:"example,omitzero"`
	Kind     string   `json:"kind"`
	Options  []option `json:"options,omitzero"`
	Facets   []facet  `json:"facets,omitzero"`
	Required bool     `json:"required"`
	Min      int      `json:"min,omitzero"`
	Max      int      `json:"max,omitzero"`
	Value    string   `json:"value"`
	Left     int      `json:"left"`
	Later    bool     `json:"later,omitzero"`
}

type option struct {
	Value string   `json:"value"`
	Label words    `json:"label"`
	Alone bool     `json:"alone,omitzero"`
	Kana  string   `json:"kana,omitzero"`
	Tags  []string `json:"tags,omitzero"`
	Note  *words   `json:"note,omitzero"`
}

type facet struct {
	ID     string   `json:"id"`
	Label  words    `json:"label"`
	Values []option `json:"values"`
}

type secret struct {
	Shape   string `json:"shape"`
	Label   words  `json:"label"`
	Min     int    `json:"min"`
	Max     int    `json:"max"`
	Tries   int    `json:"tries"`
	TriesOf int    `json:"triesOf"`
	Pad     bool   `json:"pad,omitzero"`
	PadEnds string `json:"padEnds,omitzero"`
}

type group struct {
	ID        string `json:"id"`
	Title     words  `json:"title"`
	Recipient words  `json:"recipient"`
	Purpose   words  `json:"purpose"`
	Rows      []row  `json:"rows"`
	Ticked    bool   `json:"ticked"`
	Changed   bool   `json:"changed,omitzero"`
}

type row struct {
	No    string `json:"no,omitzero"`
	Label words  `json:"label"`
	Value words  `json:"value"`
}

type slip struct {
	Number     string `json:"number"`
	State      string `json:"state"`
	Reason     string `json:"reason,omitzero"`
	KeptAt     string `json:"keptAt"`
	ReceivedAt string `json:"receivedAt,omitzero"`
	Words      words  `json:"words"`
	Mark       string `json:"mark"`
	NextStep   words  `json:"nextStep"`
	Phone      string `json:"phone,omitzero"`
	Code       string `json:"code,omitzero"`
}

type dock struct {
	Cards   []dockCard `json:"cards"`
	Network bool       `json:"network"`
	Outbox  []string   `json:"outbox"`
}

type dockCard struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	AuthPIN  string `json:"authPin"`
	SignPIN  string `json:"signPin"`
	Inserted bool   `json:"inserted"`
}

// speaker says texts in one language.
type speaker i18n.Lang

func (s speaker) say(t i18n.Text) words { return words{Text: t.Say(i18n.Lang(s)), Key: t.Key} }

// maybe is nil for a text that shows nothing.
func (s speaker) maybe(t i18n.Text) *words {
	if t.IsZero() {
		return nil
	}
	w := s.say(t)
	return &w
}

func (s speaker) all(texts []i18n.Text) (out []words) {
	for _, t := range texts {
		out = append(out, s.say(t))
	}
	return out
}

func encode(f flows.Frame) *frame {
	s := speaker(f.Lang)
	return &frame{
		Seq: f.Seq, Flow: f.Flow, Step: f.Step, At: f.At, Of: f.Of, Lang: string(f.Lang), Screen: s.screen(f.Screen),
		Problem: s.problem(f.Problem), Busy: f.Busy, Online: f.Online, Saved: f.Saved, CanBack: f.CanBack,
		CanStop: f.CanStop, Help: f.Help, Ends: stamp(f.Ends), Closes: stamp(f.Closes),
	}
}

func (s speaker) problem(e *fault.Error) *problem {
	if e == nil {
		return nil
	}
	return &problem{Code: string(e.Code), Cause: s.say(e.Cause()), Remedy: s.say(e.Remedy())}
}

func (s speaker) screen(in flows.Screen) screen {
	out := screen{
		Kind: string(in.Kind), Title: s.say(in.Title), Lines: s.all(in.Lines), Question: s.question(in),
		Words: s.maybe(in.Words), Mark: in.Mark, Slip: s.slip(in.Slip), Next: s.maybe(in.Next), Help: s.all(in.Help),
		Focus: in.Focus, Minutes: in.Minutes, Alarm: in.Alarm, Tick: s.tick(in.Tick),
	}
	if in.Kind == flows.Contents {
		out.Left = &in.Left
	}
	for i, c := range in.Choices {
		out.Choices = append(out.Choices, choice{No: i + 1, ID: c.ID, Label: s.say(c.Label), Hint: s.maybe(c.Hint), State: string(c.State)})
	}
	for _, c := range in.Sees {
		out.Sees = append(out.Sees, sees{Recipient: s.say(c.Recipient), Purpose: s.maybe(c.Purpose), What: s.all(c.What)})
	}
	if in.Secret != nil {
		out.Secret = &secret{
			Shape: string(in.Secret.Shape), Label: s.say(in.Secret.Label), Min: in.Secret.Min, Max: in.Secret.Max,
			Tries: in.Secret.Tries, TriesOf: in.Secret.TriesOf, Pad: in.Secret.Pad, PadEnds: stamp(in.Secret.PadEnds),
		}
	}
	for _, g := range in.Groups {
		out.Groups = append(out.Groups, s.group(g))
	}
	return out
}

func (s speaker) question(in flows.Screen) *question {
	q := in.Question
	if q == nil {
		return nil
	}
	return &question{
		Path: q.Path, No: q.No, Group: s.maybe(q.Group), Label: s.say(q.Label), Ask: s.maybe(q.Ask), Help: s.maybe(q.Help),
		Example: s.maybe(q.Example), Kind: string(q.Kind), Options: s.options(q.Options), Required: q.Required,
		Facets: s.facets(q.Facets), Min: q.Min, Max: q.Max, Value: in.Value, Left: in.Left, Later: in.Later,
	}
}

func (s speaker) tick(in *flows.Tick) *tick {
	if in == nil {
		return nil
	}
	return &tick{ID: in.ID, Label: s.say(in.Label), Hint: s.maybe(in.Hint), On: in.On}
}

func (s speaker) facets(in []forms.Facet) (out []facet) {
	for _, f := range in {
		out = append(out, facet{ID: f.ID, Label: s.say(f.Label), Values: s.options(f.Values)})
	}
	return out
}

func (s speaker) options(in []forms.Option) (out []option) {
	for _, o := range in {
		out = append(out, option{Value: o.Value, Label: s.say(o.Label), Kana: o.Kana, Tags: o.Tags, Note: s.maybe(o.Note), Alone: o.Alone})
	}
	return out
}

func (s speaker) group(g flows.Group) group {
	out := group{
		ID: g.ID, Title: s.say(g.Title), Recipient: s.say(g.Recipient), Purpose: s.say(g.Purpose), Ticked: g.Ticked, Rows: []row{}, Changed: g.Changed,
	}
	for _, r := range g.Rows {
		out.Rows = append(out.Rows, row{No: r.No, Label: s.say(r.Label), Value: s.say(r.Value)})
	}
	return out
}

func (s speaker) slip(in *flows.Slip) *slip {
	if in == nil {
		return nil
	}
	return &slip{
		Number: in.Number, State: string(in.State), Reason: in.Reason, KeptAt: stamp(in.KeptAt), ReceivedAt: stamp(in.ReceivedAt),
		Words: s.say(in.Words), Mark: in.Mark, NextStep: s.say(in.NextStep), Phone: in.Phone, Code: in.Code,
	}
}

// stamp writes a time as RFC 3339 in UTC, to the second; "" for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func docked(d ui.Dock) line {
	out := &dock{Cards: []dockCard{}, Network: d.Network(), Outbox: append([]string{}, d.Outbox()...)}
	for _, c := range d.Cards() {
		out.Cards = append(out.Cards, dockCard{Name: c.Name, Label: c.Label, AuthPIN: c.AuthPIN, SignPIN: c.SignPIN, Inserted: c.Inserted})
	}
	return line{Dock: out}
}
