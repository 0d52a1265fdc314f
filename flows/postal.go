package flows

import (
	"strconv"

	"madoguchi/forms"
	"madoguchi/i18n"
)

// ChoiceByHand is the choice of none of a postal code's places.
const ChoiceByHand = "by-hand"

// places is what a postal code stands for: the address that is asked next may begin with it. Nothing is an answer
// before the person has sent it.
type places struct {
	path  string // of the address; "" while nothing is offered
	among []Address
	begun string // how the address may begin
}

// found looks a postal code up that has just been answered, for an address behind it that is still empty.
func (p *filler) found(q forms.Question) {
	p.places = places{}
	if q.Kind != forms.Postal || p.f.t.Postal == nil {
		return
	}
	all := p.f.draft.Questions()
	i := index(all, q.Path) + 1
	if i >= len(all) || all[i].Kind != forms.Words || all[i].Chapter != q.Chapter || p.f.draft.Value(all[i].Path) != "" {
		return
	}
	switch among := p.f.t.Postal(p.f.draft.Value(q.Path)); len(among) {
	case 0:
	case 1:
		p.places = places{path: all[i].Path, begun: among[0].Area}
	default:
		p.places = places{path: all[i].Path, among: among}
	}
}

// choosing reports whether the places of a code stand on the screen.
func (p *filler) choosing() bool { return p.cursor == p.places.path && len(p.places.among) > 0 }

// placesPage asks which of a code's places it is.
func (p *filler) placesPage() Screen {
	s := Screen{
		Kind: Menu, Title: i18n.T("flows.postal.title"), Lines: []i18n.Text{i18n.T("flows.postal.which")},
		Help: []i18n.Text{i18n.T("flows.postal.help")},
	}
	for i, a := range p.places.among {
		s.Choices = append(s.Choices, Choice{ID: strconv.Itoa(i), Label: i18n.Own(a.Area)})
	}
	s.Choices = append(s.Choices, Choice{ID: ChoiceByHand, Label: i18n.T("flows.postal.by-hand")})
	return s
}

// choosePlace takes one of the places, or none.
func (p *filler) choosePlace(choice string) error {
	i, err := strconv.Atoi(choice)
	switch {
	case choice == ChoiceByHand:
		p.places = places{}
	case err == nil && i >= 0 && i < len(p.places.among):
		p.places = places{path: p.places.path, begun: p.places.among[i].Area}
	}
	return Stay
}

// begin puts the place into a question that has no answer yet.
func (pl places) begin(s *Screen) {
	if pl.begun == "" || s.Question.Path != pl.path || s.Value != "" {
		return
	}
	s.Value = pl.begun
	s.Lines = append(s.Lines, i18n.T("flows.postal.house"))
}
