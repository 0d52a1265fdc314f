package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"madoguchi/i18n"
)

func TestEveryCodeHasCauseAndRemedyInEveryLanguage(t *testing.T) {
	for _, l := range i18n.Langs() {
		for _, c := range All() {
			e := New(c, nil, "Tries", 2, "Max", 3, "Min", 1, "Rule", "x", "Example", "x", "What", "x", "Reason", "x", "Choice", "x")
			for _, text := range []i18n.Text{e.Cause(), e.Remedy()} {
				if s := text.Say(l); s == "" || strings.Contains(s, "⟨") || strings.Contains(s, "<no value>") {
					t.Errorf("%s %s: %q", l, text.Key, s)
				}
			}
		}
	}
}

func TestArgsStayOutOfTheLog(t *testing.T) {
	e := New(PersonDiffers, errors.New("certificate differs"), "What", "窓口花子")
	if strings.Contains(e.Error(), "花子") {
		t.Error(e)
	}
}

func TestFrom(t *testing.T) {
	inner := New(PINWrong, nil, "Tries", 1)
	if got := From(fmt.Errorf("log in: %w", inner)); got != inner {
		t.Errorf("got %v", got)
	}
	if got := From(errors.New("x")); got.Code != Unexpected {
		t.Errorf("got %v", got)
	}
	if From(nil) != nil {
		t.Error("nil is no failure")
	}
	if !errors.Is(fmt.Errorf("log in: %w", inner), PINWrong) {
		t.Error("errors.Is by code")
	}
}
