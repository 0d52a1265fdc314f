package flows

import "madoguchi/i18n"

// Practice is れんしゅう: the pages of the application, without a card. Nothing is kept, signed or filed, and every page
// says so.
var Practice = Flow{ID: "practice", Steps: func(t *Terminal, s *Session) ([]Step, error) {
	form, err := t.Form(nurseryForm)
	if err != nil {
		return nil, err
	}
	apart := *t
	apart.Post, apart.Drafts, apart.Rounds = nowhere{t.Post}, nil, nil
	f := newFiling(&apart, s, form)
	steps := []Step{fill(stepInput, f), sharing(stepSharing, f), review(stepConfirm, f), practised("practice.end")}
	for i := range steps {
		steps[i].Show = practising(steps[i].Show)
	}
	return steps, nil
}}

// nowhere is a post that keeps nothing.
type nowhere struct{ Post }

// Room is always there.
func (nowhere) Room() error { return nil }

// practising puts above a page that it is practice.
func practising(show func() Screen) func() Screen {
	return func() Screen {
		s := show()
		s.Lines = append([]i18n.Text{i18n.T("visit.practice.nothing")}, s.Lines...)
		return s
	}
}

// practised is the end of the practice, where the signature would be.
func practised(id string) Step {
	return Step{ID: id, Final: true, Show: func() Screen {
		return Screen{
			Kind: Message, Lines: []i18n.Text{i18n.T("visit.practice.end"), i18n.T("visit.practice.then")}, Next: i18n.T("flows.slip.done"),
		}
	}}
}
