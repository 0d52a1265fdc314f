package flows

import (
	"time"

	"madoguchi/forms"
	"madoguchi/wire"
)

// filing is one application on its way from answers to a receipt.
type filing struct {
	t     *Terminal
	s     *Session
	form  *forms.Form
	draft *forms.Draft

	start   time.Time       // when the answers were begun
	kept    Kept            // the draft as it is kept: its ID is zero until the first answer
	resume  string          // step at which a kept draft goes on; "" once it is reached
	path    string          // and the question there
	at      string          // step that the person is at
	skipped map[string]bool // questions left empty that need no answer
	filled  bool            // every question has been answered once
	correct string          // group of the form that the review sends back to be corrected
	doc     *forms.Document // nil: to be built from the draft
	groups  []forms.Section // of doc, as reviewed
	ticked  map[string]bool
	changed map[string]bool // groups that read otherwise than at the last look
	focus   string          // group of the review where the person was
	signed  *Signed         // signed and not yet kept
	filed   wire.ID         // of the document that is being filed, or was
	ticket  wire.Ticket
	outcome wire.Outcome
}

func newFiling(t *Terminal, s *Session, form *forms.Form) *filing {
	if r, ok := t.round(form.Name); ok {
		s.Closes = r.Closes
	}
	return &filing{t: t, s: s, form: form, draft: form.Draft(), skipped: map[string]bool{}}
}

func (f *filing) env() forms.Env {
	return forms.Env{Now: f.t.Now(), Mailbox: f.t.Mailbox, AuthKey: f.s.Who.AuthKey, Random: f.t.Random}
}

// due reports whether a step stands at or behind the one where a kept draft goes on.
func (f *filing) due(step string) bool { return f.resume == "" || f.resume == step }

// reached notes the step that the person is at; from there on the way back is open.
func (f *filing) reached(step string) { f.resume, f.at = "", step }

// missing reports whether a required question has no answer, put off or not.
func (f *filing) missing(q forms.Question) bool { return q.Required && f.draft.Value(q.Path) == "" }

// open reports whether a question is still to be asked. What was put off is not; what need not be answered is asked once.
func (f *filing) open(q forms.Question) bool {
	return f.draft.Value(q.Path) == "" && !f.draft.IsPutOff(q.Path) && (q.Required || !f.skipped[q.Path])
}

// answered counts the questions that have an answer.
func (f *filing) answered() (n int) {
	for _, c := range f.draft.Chapters() {
		n += c.Answered
	}
	return n
}

// prefill takes name, birth date and address from the card, where it has been read, into what is not answered yet.
func (f *filing) prefill() {
	if f.s.Card != nil {
		f.draft.Prefill(f.s.Card.person())
	}
}

// person is the holder as a form asks for them.
func (a Attributes) person() forms.Person {
	return forms.Person{Name: a.Name, Birth: a.Birth, Address: a.Address, Sex: map[string]string{"1": "male", "2": "female"}[a.Sex]}
}
