package kiosk_test

import (
	"bytes"
	"errors"
	"testing"

	"madoguchi/fault"
	"madoguchi/flows"
)

// TestEachPersonsNameAndAddress reads everybody's by each of the two numbers; a phone and the next card lack some.
func TestEachPersonsNameAndAddress(t *testing.T) {
	for _, name := range []string{"hanako", "taro", "maria", "child", "moved", "next", "phone"} {
		t.Run(name, func(t *testing.T) {
			m := newTerminal(t, name)
			m.insert()
			c, err := m.await(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for k, number := range map[flows.Key]string{flows.InputKey: m.person.FacePIN, flows.NumberB: m.person.NumberB} {
				secret := []byte(number)
				a, err := c.Attributes(t.Context(), k, bytes.Clone(secret))
				switch {
				case number == "":
					if _, triesErr := c.Tries(t.Context(), k); !errors.Is(triesErr, fault.NoAttributes) || err == nil {
						t.Error(k, triesErr, err)
					}
				case err != nil || a != m.attributes():
					t.Error(k, a, err)
				}
			}
		})
	}
}

// TestNameAndAddressHaveTheirOwnTries: a wrong number counts for itself alone, is told by the card, and blocks nothing else.
func TestNameAndAddressHaveTheirOwnTries(t *testing.T) {
	for k, of := range map[flows.Key]int{flows.InputKey: 3, flows.NumberB: 10} {
		m := newTerminal(t, "hanako")
		m.insert()
		c, err := m.await(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wrong := map[flows.Key]string{flows.InputKey: "9999", flows.NumberB: "99999999999999"}[k]
		for left := of - 1; left >= 0; left-- {
			secret := []byte(wrong)
			want := fault.PINWrong
			if left == 0 {
				want = fault.PINBlocked
			}
			_, err := c.Attributes(t.Context(), k, secret)
			checkCode(t, err, want)
			if !bytes.Equal(secret, make([]byte, len(wrong))) {
				t.Error("the number was not wiped")
			}
			if now, err := c.Tries(t.Context(), k); now != left || err != nil {
				t.Error(k, now, err)
			}
		}
		f := m.file()
		if f.Auth.Tries != 3 || f.Sign.Tries != 5 || f.Face.Tries+f.Face.NumberTries != 13-of {
			t.Errorf("%s: %d %d %d %d", k, f.Auth.Tries, f.Sign.Tries, f.Face.Tries, f.Face.NumberTries)
		}
		if err := logIn(t.Context(), m, m.person.AuthPIN); err != nil {
			t.Error(err)
		}
	}
}

// TestNameAndAddressAreReadBeforeTheKeys: in that power-up the application with the keys is not selected, nothing of 個人番号
// is named, and the card is off afterwards.
func TestNameAndAddressAreReadBeforeTheKeys(t *testing.T) {
	m := newTerminal(t, "hanako")
	m.insert()
	c, err := m.await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tries(t.Context(), flows.AuthKey); err != nil {
		t.Fatal(err)
	}
	var sent [][]byte
	m.reader.Log(func(command, _ []byte) { sent = append(sent, bytes.Clone(command)) })
	if _, err := c.Attributes(t.Context(), flows.InputKey, []byte(m.person.FacePIN)); err != nil {
		t.Fatal(err)
	}
	want := []string{"\x00\xA4\x04\x0C\x0A\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x08", "\x00\x20\x00\x91", "\x00\x20\x00\x91\x04" + m.person.FacePIN, "\x00\xB0\x82\x00\x00\x00\x00"}
	for i, command := range sent {
		if i >= len(want) || string(command) != want[i] {
			t.Errorf("command %d: % X", i+1, command)
		}
	}
	m.reader.Log(nil)
	s, err := m.reader.Connect(t.Context()) // nobody holds it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, step := range []struct{ command, answer string }{{want[0], "\x90\x00"}, {"\x00\xB0\x82\x00\x00", "\x69\x82"}} {
		if answer, err := s.Transmit(t.Context(), []byte(step.command)); err != nil || string(answer) != step.answer {
			t.Errorf("% X: % X, %v", step.command, answer, err)
		}
	}
}

// TestAnybodysCardMayBeRead: family by tapping leaves the log-in as it was, and signing stays with the card that logged in.
func TestAnybodysCardMayBeRead(t *testing.T) {
	m := newTerminal(t, "hanako")
	m.insert()
	if err := logIn(t.Context(), m, m.person.AuthPIN); err != nil {
		t.Fatal(err)
	}
	child := newTerminal(t, "child")
	m.reader.Remove()
	if err := m.reader.Insert(child.path); err != nil {
		t.Fatal(err)
	}
	c, err := m.await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a, err := c.Attributes(t.Context(), flows.NumberB, []byte(child.person.NumberB)); err != nil || a != child.attributes() {
		t.Error(a, err)
	}
	m.reader.Remove()
	m.insert()
	if err := sign(t.Context(), m, m.person.SignPIN); err != nil {
		t.Error(err)
	}
}
