package flows

import (
	"errors"
	"testing"

	"madoguchi/forms"
)

// asking is the real form at a question, with a terminal that knows three codes.
func asking(t *testing.T, path string) *filler {
	t.Helper()
	form, err := forms.Builtin().Form("nursery-application")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string][]Address{
		"100-0001": {{"東京都千代田区千代田"}}, "498-0000": {{"愛知県弥富市"}, {"三重県桑名郡木曽岬町"}},
	}
	terminal := &Terminal{Postal: func(code string) []Address { return codes[code] }}
	p := &filler{f: newFiling(terminal, &Session{}, form), id: "nursery.input", cursor: path}
	if s := p.show(); s.Question == nil || s.Question.Path != path {
		t.Fatalf("no question %s", path)
	}
	return p
}

func (p *filler) says(t *testing.T, a Answer) Screen {
	t.Helper()
	if err := p.take(a); !errors.Is(err, Stay) {
		t.Fatalf("%+v: %v", a, err)
	}
	return p.show()
}

func TestAPostalCodeBeginsTheAddress(t *testing.T) {
	p := asking(t, "applicant/postal")
	s := p.says(t, Answer{Value: "1000001"})
	if s.Question == nil || s.Question.Path != "applicant/address" || s.Value != "東京都千代田区千代田" || len(s.Lines) == 0 {
		t.Fatalf("%+v", s)
	}
	if p.f.draft.Value("applicant/address") != "" {
		t.Error("what nobody sent is an answer")
	}
	if s = p.says(t, Answer{Value: "東京都千代田区千代田1-1"}); p.f.draft.Value("applicant/address") != "東京都千代田区千代田1-1" {
		t.Errorf("%+v", s)
	}
}

func TestSeveralPlacesAreChosenFrom(t *testing.T) {
	for choice, want := range map[string]string{"1": "三重県桑名郡木曽岬町", ChoiceByHand: ""} {
		p := asking(t, "applicant/postal")
		s := p.says(t, Answer{Value: "498-0000"})
		if s.Kind != Menu || len(s.Choices) != 3 || s.Choices[0].Label.Own != "愛知県弥富市" {
			t.Fatalf("%+v", s)
		}
		if s = p.says(t, Answer{Choice: "7"}); s.Kind != Menu {
			t.Errorf("a choice that there is not: %+v", s)
		}
		if s = p.says(t, Answer{Choice: choice}); s.Question == nil || s.Question.Path != "applicant/address" || s.Value != want {
			t.Errorf("%s: %+v", choice, s)
		}
		if !p.back() || p.cursor != "applicant/postal" {
			t.Errorf("back leads to %s", p.cursor)
		}
	}
}

// TestNothingIsForced: an address that is there stays; an unknown code, or a terminal without codes, offers nothing.
func TestNothingIsForced(t *testing.T) {
	p := asking(t, "applicant/postal")
	if err := p.f.draft.Set("applicant/address", "大阪府大阪市北区1"); err != nil {
		t.Fatal(err)
	}
	p.says(t, Answer{Value: "100-0001"})
	p.cursor = "applicant/address"
	if s := p.show(); s.Value != "大阪府大阪市北区1" {
		t.Errorf("%q", s.Value)
	}
	p = asking(t, "applicant/postal")
	if s := p.says(t, Answer{Value: "999-9999"}); s.Value != "" {
		t.Errorf("%q", s.Value)
	}
	p = asking(t, "applicant/postal")
	p.f.t.Postal = nil
	if s := p.says(t, Answer{Value: "100-0001"}); s.Value != "" {
		t.Errorf("%q", s.Value)
	}
}
