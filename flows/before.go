package flows

import (
	"context"

	"madoguchi/i18n"
)

// TickSlow is the box that takes the time limit away.
const TickSlow = "slow"

// before is はじめる前に: what is needed, how long it takes, whether it can be saved, and until when the office takes it.
func before(id string, f *filing) Step {
	return Step{
		ID: id, When: func() bool { return !f.s.LoggedIn },
		Show: func() Screen {
			s := Screen{
				Kind:  Message,
				Lines: []i18n.Text{i18n.T("visit.before.card"), i18n.T("visit.before.secrets"), i18n.T("visit.before.time")},
				Next:  i18n.T("visit.before.begin"),
				Help:  []i18n.Text{i18n.T("visit.before.help")},
			}
			if f.t.Drafts != nil {
				s.Lines = append(s.Lines, i18n.T("visit.before.saved"))
			} else {
				s.Lines = append(s.Lines, i18n.T("visit.before.not-saved"))
			}
			if r, ok := f.t.round(f.form.Name); ok {
				s.Lines = append(s.Lines, untilText(r), countsText(r))
			}
			if f.t.Unhurried {
				s.Tick = &Tick{ID: TickSlow, Label: i18n.T("visit.before.slow"), Hint: i18n.T("visit.before.slow-hint"), On: f.s.Unhurried}
			}
			return s
		},
		Do: func(_ context.Context, a Answer) error {
			if a.Choice == TickSlow && f.t.Unhurried {
				f.s.Unhurried = !f.s.Unhurried
				return Stay
			}
			if a.Choice != "" {
				return Stay
			}
			return nil
		},
	}
}
