package card_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
)

func TestFold(t *testing.T) {
	for name, test := range map[string]struct {
		key      card.Key
		in, want string // want "": refused
	}{
		"digits":                   {card.Auth, "1234", "1234"},
		"full-width digits":        {card.Auth, "１２３４", "1234"},
		"zero":                     {card.Auth, "0０0０", "0000"},
		"three digits":             {card.Auth, "123", ""},
		"five digits":              {card.Auth, "12345", ""},
		"letters to log in":        {card.Auth, "ABCD", ""},
		"password to log in":       {card.Auth, "ABC123", ""},
		"empty":                    {card.Auth, "", ""},
		"password":                 {card.Sign, "ABC123", "ABC123"},
		"small letters":            {card.Sign, "abcXYZ09", "ABCXYZ09"},
		"full-width, mixed":        {card.Sign, "ａｂＣＤ１２", "ABCD12"},
		"sixteen":                  {card.Sign, "ABCDEFGHIJKLMNO1", "ABCDEFGHIJKLMNO1"},
		"seventeen":                {card.Sign, "ABCDEFGHIJKLMNO12", ""},
		"five":                     {card.Sign, "ABC12", ""},
		"four digits for signing":  {card.Sign, "1234", ""},
		"sign in it":               {card.Sign, "ABC-123", ""},
		"blank in it":              {card.Sign, "ABC 123", ""},
		"full-width sign":          {card.Sign, "ABC－123", ""},
		"kana":                     {card.Sign, "アイウエオカ", ""},
		"half-width kana":          {card.Sign, "ｱｲｳｴｵｶ", ""},
		"invalid UTF-8":            {card.Sign, "ABC12\xff", ""},
		"NUL":                      {card.Sign, "ABC12\x00", ""},
		"long s folds to no S":     {card.Sign, "ABC12\u017f", ""},
		"Kelvin sign is no K":      {card.Sign, "ABC12\u212a", ""},
		"arabic-indic digits":      {card.Auth, "١٢٣٤", ""},
		"mathematical digits":      {card.Auth, "𝟏𝟐𝟑𝟒", ""},
		"full-width at the border": {card.Sign, "ABC12～", ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := []byte(test.in)
			got, err := card.Fold(test.key, in)
			if string(got) != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, card.ErrPINShape) {
				t.Errorf("got %q, %v", got, err)
			}
			clear(got)
			if string(in) != test.in {
				t.Error("the input was changed")
			}
		})
	}
}

func FuzzFold(f *testing.F) {
	f.Add([]byte("１２３４"), false)
	f.Add([]byte("abcＸＹＺ09"), true)
	f.Fuzz(func(t *testing.T, in []byte, sign bool) {
		k := card.Auth
		if sign {
			k = card.Sign
		}
		once, err := card.Fold(k, in)
		if err != nil {
			return
		}
		if twice, err := card.Fold(k, once); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q then %q, %v", once, twice, err)
		}
	})
}

func TestTriesAreCountedAndBlock(t *testing.T) {
	for name, k := range map[string]card.Key{"auth": card.Auth, "sign": card.Sign} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			right, wrong, limit := w.authPIN, w.wrongAuth, 3
			if k == card.Sign {
				right, wrong, limit = w.signPIN, w.wrongSign, 5
			}
			for left := limit; left > 0; left-- {
				s := w.session(t)
				c, err := card.Open(t.Context(), s, true)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // asking spends nothing
					if got, err := c.Tries(t.Context(), k); got != left || err != nil {
						t.Fatalf("%d tries, %v; want %d", got, err, left)
					}
				}
				checkWrong(t, c.Verify(t.Context(), k, wrong), left-1)
				_ = s.Close()
			}
			c := w.open(t)
			if got, err := c.Tries(t.Context(), k); got != 0 || err != nil {
				t.Fatalf("blocked: %d, %v", got, err)
			}
			if err := c.Verify(t.Context(), k, right); !errors.Is(err, card.ErrBlocked) {
				t.Errorf("blocked: %v", err)
			}
		})
	}
}

func checkWrong(t *testing.T, err error, left int) {
	t.Helper()
	var wrong *card.PINError
	switch {
	case left == 0:
		if !errors.Is(err, card.ErrBlocked) {
			t.Errorf("the last try: %v", err)
		}
	case !errors.As(err, &wrong) || wrong.Left != left:
		t.Errorf("%v; want %d left", err, left)
	}
}

func TestSuccessSetsTheCounterBack(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	checkWrong(t, c.Verify(t.Context(), card.Sign, w.wrongSign), 4)
	if err := c.Verify(t.Context(), card.Sign, w.signPIN); err != nil {
		t.Fatal(err)
	}
	if left, err := c.Tries(t.Context(), card.Sign); left != 5 || err != nil {
		t.Errorf("%d, %v", left, err)
	}
}

func TestShapeIsJudgedBeforeTheCardIsAsked(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	w.sent = nil
	for k, pins := range map[card.Key][]string{
		card.Auth: {"", "123", "12345", "ABCD", "１２３４"},
		card.Sign: {"", "1234", "ABC12", "abc123", "ABCDEFGHIJKLMNO12"},
	} {
		for _, pin := range pins {
			if err := c.Verify(t.Context(), k, []byte(pin)); !errors.Is(err, card.ErrPINShape) {
				t.Errorf("%v %q: %v", k, pin, err)
			}
		}
	}
	if len(w.sent) != 0 {
		t.Errorf("sent % X", w.sent)
	}
}

func TestVerifyAsksTheTriesFirstIfNobodyHas(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	if err := c.Verify(t.Context(), card.Auth, w.authPIN); err != nil {
		t.Fatal(err)
	}
	if want := []byte{sel, verify, verify}; !bytes.Equal(w.sent, want) {
		t.Errorf("sent % X", w.sent)
	}
	for range 3 {
		_ = c.Verify(t.Context(), card.Auth, w.wrongAuth)
	}
	w.reader.Remove()
	if err := w.reader.Insert(w.path); err != nil {
		t.Fatal(err)
	}
	c, w.sent = w.open(t), nil
	if err := c.Verify(t.Context(), card.Auth, w.authPIN); !errors.Is(err, card.ErrBlocked) {
		t.Error(err)
	}
	if len(w.sent) != 1 {
		t.Errorf("a PIN was sent to a blocked card: % X", w.sent)
	}
}

// broken is a line that breaks with a VERIFY, before or after the card has it.
type broken struct {
	apdu.Transmitter
	after bool
	sent  int
}

func (b *broken) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if command[1] != verify || len(command) == 4 {
		return b.Transmitter.Transmit(ctx, command)
	}
	b.sent++
	if b.after {
		_, _ = b.Transmitter.Transmit(ctx, command)
	}
	return nil, apdu.ErrLine
}

func TestBrokenLineDuringVerifyIsNeverSentAgain(t *testing.T) {
	for name, after := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			line := &broken{Transmitter: w.session(t), after: after}
			c, err := card.Open(t.Context(), line, true)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Verify(t.Context(), card.Auth, w.wrongAuth)
			if !errors.Is(err, card.ErrUnknown) || !errors.Is(err, apdu.ErrLine) || line.sent != 1 {
				t.Errorf("%v, sent %d times", err, line.sent)
			}
			want := 3
			if after {
				want = 2
			}
			if left, err := c.Tries(t.Context(), card.Auth); left != want || err != nil {
				t.Errorf("%d tries, %v", left, err)
			}
		})
	}
}

func TestNothingIsUnknownWhenNothingWasSent(t *testing.T) {
	w := newWorld(t)
	c := w.open(t)
	if _, err := c.Tries(t.Context(), card.Auth); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Verify(ended, card.Auth, w.authPIN); !errors.Is(err, context.Canceled) || errors.Is(err, card.ErrUnknown) {
		t.Error(err)
	}
}
