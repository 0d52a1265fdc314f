package card_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/sim"
)

func TestChange(t *testing.T) {
	for name, change := range map[string]func(*sim.Options){
		"today": func(*sim.Options) {}, "next": next(t), "selected": func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.NoShortIDs} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, change)
			c := w.open(t)
			if err := c.Change(t.Context(), card.Auth, w.authPIN, []byte("9753")); err != nil {
				t.Fatal(err)
			}
			if err := c.Change(t.Context(), card.Sign, w.signPIN, []byte("NEW4567")); err != nil {
				t.Fatal(err)
			}
			file, err := sim.Load(w.path)
			if err != nil || string(file.Auth.PIN) != "9753" || string(file.Sign.PIN) != "NEW4567" || file.Auth.Tries != 3 || file.Sign.Tries != 5 {
				t.Error("not changed, or a try spent", err)
			}
			checkWrong(t, c.Verify(t.Context(), card.Auth, w.authPIN), 2)
		})
	}
}

func TestChangeOfThePINForThePersonsData(t *testing.T) {
	w := newWorld(t)
	f := w.face(t)
	w.sent = nil
	if err := f.Change(t.Context(), []byte("5678"), []byte("8642")); err != nil {
		t.Fatal(err)
	}
	if want := []byte{verify, verify, sel, change}; !bytes.Equal(w.sent, want) {
		t.Errorf("sent % X", w.sent)
	}
	file, err := sim.Load(w.path)
	if err != nil || string(file.Face.PIN) != "8642" || string(file.Auth.PIN) != "1234" {
		t.Error("another PIN was changed", err)
	}
}

func TestChangeRefusesBeforeTheCardIsAsked(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	w.sent = nil
	for k, pins := range map[card.Key][][2]string{
		card.Auth: {{"1234", "123"}, {"1234", "ABCD"}, {"1234", ""}, {"12345", "1234"}, {"1234", "１２３４"}},
		card.Sign: {{"ABC123", "ABCDEF"}, {"ABC123", "123456"}, {"ABC123", "abc456"}, {"ABC123", "AB1"}, {"ABC12", "NEW4567"}},
	} {
		for _, p := range pins {
			if err := c.Change(t.Context(), k, []byte(p[0]), []byte(p[1])); !errors.Is(err, card.ErrPINShape) {
				t.Errorf("%v %q: %v", k, p, err)
			}
		}
	}
	if err := c.Change(t.Context(), card.Attributes, []byte("1234"), []byte("4321")); !errors.Is(err, card.ErrNoCertificate) {
		t.Error(err)
	}
	if len(w.sent) != 0 {
		t.Errorf("sent % X", w.sent)
	}
	checkWrong(t, c.Change(t.Context(), card.Auth, w.wrongAuth, []byte("4321")), 2)
	if file, err := sim.Load(w.path); err != nil || string(file.Auth.PIN) != "1234" {
		t.Error("changed with a wrong PIN", err)
	}
}

func TestChangeAnswers(t *testing.T) {
	for answers, want := range map[string]error{
		"9000": nil, "6982": card.ErrNotVerified, "6A80": errOther, "6985": errOther, "6700": errOther,
		"6581": card.ErrChangeUnknown, "6F00": card.ErrChangeUnknown, "1234": card.ErrChangeUnknown, "90": card.ErrChangeUnknown,
		"": card.ErrChangeUnknown, "6CFF": errOther, "6110": errOther,
	} {
		t.Run(answers, func(t *testing.T) {
			c, rest := scripted(t, true, append([]string{"63C3", "9000", "9000"}, append(strings.Fields(answers), "9000")...)...)
			if answers == "" {
				*rest = (*rest)[:3]
			}
			checkError(t, c.Change(t.Context(), card.Auth, []byte("1234"), []byte("4321")), want)
			if answers != "" && len(*rest) != 1 {
				t.Errorf("sent again: %v left", *rest)
			}
		})
	}
	for answers, want := range map[string]error{"6A82": card.ErrAnswer, "6A86": card.ErrAnswer, "": apdu.ErrLine} { // selecting the file fails
		c, rest := scripted(t, true, append([]string{"63C3", "9000"}, strings.Fields(answers)...)...)
		checkError(t, c.Change(t.Context(), card.Auth, []byte("1234"), []byte("4321")), want)
		if len(*rest) != 0 {
			t.Error("the new PIN was sent")
		}
	}
}
