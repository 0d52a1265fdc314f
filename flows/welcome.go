package flows

import (
	"context"
	"time"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// The answers of the page おかえりなさい, beside the ID of a draft.
const (
	ChoiceNew    = "new"    // begin anew
	ChoiceReload = "reload" // look again for what is kept
)

// maxChanges is how many changes of a form are listed.
const maxChanges = 8

// welcoming is おかえりなさい: what the person has not finished, to be gone on with.
type welcoming struct {
	f       *filing
	always  bool // also when there is nothing
	asked   bool
	passed  bool
	kept    []Kept
	waiting []string // numbers of what is on its way
	trouble *fault.Error
	changes []forms.Change // of the form, since the draft that was chosen
}

func welcome(id string, f *filing, always bool) Step {
	w := &welcoming{f: f, always: always}
	return Step{
		ID: id, When: func() bool { return f.s.LoggedIn && f.t.Drafts != nil && !w.passed },
		Enter: func(ctx context.Context, _ Card) error { return w.enter(ctx) },
		Show:  w.show,
		Do:    w.do,
	}
}

func (w *welcoming) enter(ctx context.Context) error {
	if !w.asked {
		w.look(ctx)
	}
	if len(w.kept)+len(w.waiting) == 0 && w.trouble == nil && !w.always {
		w.passed = true
		return Skip
	}
	return nil
}

// look asks what is kept.
func (w *welcoming) look(ctx context.Context) {
	w.asked, w.trouble, w.kept, w.waiting = true, nil, nil, nil
	all, err := w.f.t.Drafts.All(ctx, w.f.s.Who)
	if err != nil {
		w.trouble = fault.From(err)
	}
	for _, d := range all {
		if d.Flow == nurseryID && d.Form.Name == w.f.form.Name {
			w.sort(d)
		}
	}
}

// sort says what a draft is: one to go on with, or the answers of something that was filed. What was received is
// dropped, what was refused is a draft again, with its reason (PEOPLE rule 5).
func (w *welcoming) sort(d Kept) {
	c, err := openContent(d.Content)
	id, idErr := wire.ParseID(c.Filed)
	if err != nil || idErr != nil {
		w.kept = append(w.kept, d) // never filed, or not to be opened: then the choice says so
		return
	}
	filed, here := w.f.t.Post.Find(id)
	switch {
	case here && filed.Outcome.State == wire.Received:
		w.f.s.keeper.drop(d.ID)
	case here && filed.Outcome.State == wire.Refused:
		d.Reason = filed.Outcome.Reason
		w.kept = append(w.kept, d)
	case here || c.Sent:
		w.waiting = append(w.waiting, wire.Number(id))
	default: // the terminal stopped between signature and disk: nothing was filed
		w.kept = append(w.kept, d)
	}
}

func (w *welcoming) show() Screen {
	if len(w.changes) > 0 {
		return w.changed()
	}
	s := Screen{Kind: Menu, Lines: []i18n.Text{i18n.T("flows.fill.card-free"), i18n.T("visit.kept.what")}, Help: []i18n.Text{i18n.T("visit.kept.help")}}
	for _, number := range w.waiting {
		s.Lines = append(s.Lines, i18n.T("visit.kept.waiting", "Number", number))
	}
	for _, d := range w.kept {
		choice := Choice{ID: d.ID.String(), Label: i18n.T("visit.kept.go-on", "When", ago(w.f.t.Now(), d.SavedAt), "Answered", d.Answered, "Of", d.Of)}
		switch {
		case d.Reason != "":
			choice.Hint = reason(d.Reason)
		case d.Here && !w.f.t.Post.Online():
			choice.Hint = i18n.T("visit.kept.here-now")
		}
		s.Choices = append(s.Choices, choice)
	}
	switch {
	case w.trouble != nil:
		s.Lines = append(s.Lines, w.trouble.Cause(), w.trouble.Remedy())
		s.Choices = append(s.Choices, Choice{ID: ChoiceReload, Label: i18n.T("flows.again")})
	case len(w.kept) == 0:
		s.Lines = append(s.Lines, i18n.T("visit.kept.none"))
	}
	s.Choices = append(s.Choices, Choice{ID: ChoiceNew, Label: i18n.T("visit.kept.new")})
	return s
}

// ago says when, in the days of Japan.
func ago(now, then time.Time) i18n.Text {
	days := daysBetween(then, now)
	switch {
	case days <= 0:
		return i18n.T("visit.kept.today")
	case days == 1:
		return i18n.T("visit.kept.yesterday")
	}
	return i18n.T("visit.kept.days", "Count", days)
}

// changed lists what became of the answers in a newer edition of the form.
func (w *welcoming) changed() Screen {
	s := Screen{
		Kind: Message, Title: i18n.T("visit.changes.title"), Lines: []i18n.Text{i18n.T("visit.changes.what")}, Next: i18n.T("flows.next"),
		Help: []i18n.Text{i18n.T("visit.changes.help")},
	}
	for i, c := range w.changes {
		if i == maxChanges {
			s.Lines = append(s.Lines, i18n.T("visit.changes.more", "Count", len(w.changes)-i))
			break
		}
		label := c.Label
		if label.IsZero() {
			label = i18n.T("visit.changes.nameless")
		}
		s.Lines = append(s.Lines, i18n.T("visit.changes."+string(c.What), "Label", label))
	}
	return s
}

func (w *welcoming) do(ctx context.Context, a Answer) error {
	switch {
	case len(w.changes) > 0:
		w.changes, w.passed = nil, true
		return nil
	case a.Choice == ChoiceReload:
		w.look(ctx)
		return Stay
	case a.Choice == ChoiceNew:
		w.f.anew()
		w.passed = true
		return nil
	}
	for _, d := range w.kept {
		if d.ID.String() != a.Choice {
			continue
		}
		changes, err := w.f.restore(d)
		if err != nil {
			return err
		}
		if w.changes = changes; len(changes) > 0 {
			return Stay
		}
		w.passed = true
		return nil
	}
	return Stay
}
