package tview

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"madoguchi/fault"
	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/sample"
)

// bare is a text without what a line break or the mark beside a failure puts between its characters.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '┃' {
			return -1
		}
		return r
	}, s)
}

// TestEveryFailureIsWholeOnTheSmallestScreen: code, cause and remedy, none of them cut, in every language.
func TestEveryFailureIsWholeOnTheSmallestScreen(t *testing.T) {
	for _, l := range i18n.Langs() {
		for _, code := range fault.All() {
			f, screen := still(t, 40, 12, nil)
			frame := sample.Get(l, "secret")
			frame.Problem = fault.New(code, nil, "Tries", 2, "Max", 60, "Min", 1, "Rule", i18n.T("forms.my-number"),
				"Example", "090-1234-5678", "What", i18n.T("kiosk.person.address"), "Choice", i18n.T("forms.yes"))
			f.Show(frame)
			text := bare(draw(f, screen))
			for _, want := range []string{frame.Problem.Cause().Say(l), frame.Problem.Remedy().Say(l), string(code)} {
				if !strings.Contains(text, bare(ui.Clean(want))) {
					t.Errorf("%s %s: %q is not whole on\n%s", l, code, want, screen.Text())
				}
			}
		}
	}
}

// TestAnotherLanguageKeepsThePlace: what is typed, marked and looked at stays, on every screen.
func TestAnotherLanguageKeepsThePlace(t *testing.T) {
	for _, n := range sample.Frames(i18n.Ja) {
		f, screen := still(t, 80, 25, nil)
		f.Show(n.Frame)
		draw(f, screen)
		v := f.view
		if v.takes() == ui.TakesWords || v.takes() == ui.TakesNumber || v.takes() == ui.TakesSecret {
			v.line.Set("12")
		}
		v.turn(1)
		draw(f, screen)
		typed, focus, marks := v.line.String(), v.focus, slices.Clone(v.marks)
		other := sample.Get(i18n.En, n.Name)
		other.Seq = n.Frame.Seq + 100
		f.Show(other)
		text := draw(f, screen)
		if v.frame.Lang != i18n.En || v.line.String() != typed || v.focus != focus || !slices.Equal(v.marks, marks) {
			t.Errorf("%s: %q %v %v, not %q %v %v, on\n%s", n.Name, v.line.String(), v.focus, v.marks, typed, focus, marks, text)
		}
	}
}
