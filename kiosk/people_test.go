package kiosk_test

import (
	"errors"
	"testing"

	"madoguchi/device/sim"
	"madoguchi/fault"
	"madoguchi/flows"
)

// TestEachPersonsCard has everybody of the world log in and sign; what a card cannot do is told before its PIN is asked.
func TestEachPersonsCard(t *testing.T) {
	for name, test := range map[string]struct {
		tries, sign fault.Code // "": it works
	}{
		"hanako":  {},
		"taro":    {},
		"maria":   {},
		"expired": {}, // a terminal refuses no card on its own clock alone (TRUST §5)
		"revoked": {}, // only the mailbox's side can know
		"renewed": {},
		"next":    {},
		"child":   {tries: fault.NoSignKey},
		"phone":   {tries: fault.PhoneCannotSign},
		"moved":   {sign: fault.PersonDiffers}, // the application has the new address, the certificate the old one
	} {
		t.Run(name, func(t *testing.T) {
			m := newTerminal(t, name)
			m.insert()
			c, err := m.await(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if left, err := c.Tries(t.Context(), flows.AuthKey); left != 3 || err != nil {
				t.Fatal(left, err)
			}
			for range 2 { // what the card says of itself is read once
				_, err = c.Tries(t.Context(), flows.SignKey)
				checkCode(t, err, test.tries)
			}
			who, err := c.Login(t.Context(), []byte(m.person.AuthPIN))
			if err != nil || who.AuthKey != m.key {
				t.Fatal("log-in", err)
			}
			if test.tries == "" {
				_, err = c.Sign(t.Context(), []byte(m.person.SignPIN), m.document())
				checkCode(t, err, test.sign)
			}
		})
	}
}

func checkCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if want == "" && err != nil || want != "" && !errors.Is(err, want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestOlderCardIsNoneForThisTerminal(t *testing.T) {
	m := newTerminal(t, "hanako")
	f := m.file()
	f.Kind, f.Auth, f.Face = sim.Resident, nil, nil
	m.save(f)
	m.insert()
	c, err := m.await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Tries(t.Context(), flows.AuthKey)
	checkCode(t, err, fault.CardUnknown)
}

// TestNoiseInTheFlagsIsNoWordAboutTheCard: what cannot be read of what a card says of itself keeps nobody from signing.
func TestNoiseInTheFlagsIsNoWordAboutTheCard(t *testing.T) {
	m := newTerminal(t, "hanako")
	m.insert()
	c, err := m.await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.reader.Play(sim.Mishap{What: sim.Garbage, At: 1}, sim.Mishap{What: sim.Longer, At: 2})
	if left, err := c.Tries(t.Context(), flows.SignKey); left != 5 || err != nil {
		t.Error(left, err)
	}
}

// TestShortCardCostsNoMoreThanItsReads: a contactless card does not say that it takes no extended length. The card page
// learns it, with one command that is refused; the log-in stays within 11 commands, the signing, in another power-up,
// within 18, and neither tries again.
func TestShortCardCostsNoMoreThanItsReads(t *testing.T) {
	m := newTerminal(t, "hanako")
	f := m.file()
	f.Extended, f.Quirks = false, []sim.Quirk{sim.Silent}
	m.save(f)
	m.insert()
	sent, refused := 0, 0
	m.reader.Log(func(_, response []byte) {
		sent++
		if string(response) == "\x67\x00" {
			refused++
		}
	})
	c, err := m.await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []flows.Key{flows.AuthKey, flows.SignKey, flows.InputKey} { // as the card page asks
		if _, err := c.Tries(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	if refused != 1 {
		t.Errorf("the card page was refused %d commands", refused)
	}
	sent, refused = 0, 0
	if _, err := c.Login(t.Context(), []byte(m.person.AuthPIN)); err != nil || sent > 11 || refused != 0 {
		t.Errorf("log-in: %d commands, %d refused, %v", sent, refused, err)
	}
	m.reader.Remove()
	m.insert()
	sent = 0
	if err := sign(t.Context(), m, m.person.SignPIN); err != nil || sent > 18 || refused != 0 {
		t.Errorf("signing: %d commands, %d refused, %v", sent, refused, err)
	}
}
