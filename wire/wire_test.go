package wire

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestNumberFindsWrongDigitsAndSwaps(t *testing.T) {
	id, _ := ParseID("00112233445566778899aabbccddeeff")
	n := Number(id)
	if !NumberOK(n) || !NumberOK(strings.ReplaceAll(n, "-", " ")) {
		t.Fatalf("%s does not hold", n)
	}
	for i := range n {
		if n[i] == '-' {
			continue
		}
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(n)
			wrong[i] = d
			if d != n[i] && NumberOK(string(wrong)) {
				t.Errorf("%s holds too", wrong)
			}
		}
	}
	digits := strings.ReplaceAll(n, "-", "")
	for i := range len(digits) - 1 {
		swapped := []byte(digits)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		if digits[i] != digits[i+1] && NumberOK(string(swapped)) {
			t.Errorf("swap %s holds", swapped)
		}
	}
	for _, bad := range []string{"", "1234", n + "0", "abcd-efgh-ijk"} {
		if NumberOK(bad) {
			t.Errorf("%q holds", bad)
		}
	}
	if got := NewTicket(id, Hash{}, time.Time{}); got.Number != n {
		t.Errorf("ticket %s, number %s", got.Number, n)
	}
}

func TestIDAndHashText(t *testing.T) {
	id, err := NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseID(id.String()); err != nil || back != id {
		t.Error(back, err)
	}
	h := Sum([]byte("x"))
	if back, err := ParseHash(h.String()); err != nil || back != h {
		t.Error(back, err)
	}
	if len(h.Fingerprint()) != 19 {
		t.Error(h.Fingerprint())
	}
	for _, bad := range []string{"", "00", strings.ToUpper(id.String()), id.String() + "00", "zz"} {
		if _, err := ParseID(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestKioskIDs(t *testing.T) {
	for id, ok := range map[string]bool{
		"k1": true, "city-hall-03": true, strings.Repeat("a", 32): true,
		"": false, "*": false, "+": false, "#": false, ">": false, "a/b": false, "a.b": false, "K1": false, "é": false,
		"k1\n": false, strings.Repeat("a", 33): false,
	} {
		if err := CheckKiosk(id); (err == nil) != ok {
			t.Errorf("%q: %v", id, err)
		}
		if k, err := KioskOf(UpSubmission(id)); ok && (err != nil || k != id) {
			t.Errorf("%q: %q, %v", id, k, err)
		}
	}
	for _, topic := range []string{"", "kiosk", "kiosk/a", "catalogue/x/y", "kiosk/*/up/submission"} {
		if _, err := KioskOf(topic); err == nil {
			t.Errorf("%q belongs to nobody", topic)
		}
	}
}

func TestEnvelopeRoundTrip(t *testing.T) {
	header, err := NewHeader("2026-11", "k1", 7)
	if err != nil {
		t.Fatal(err)
	}
	e := Envelope{Header: header, Enc: []byte("enc"), Ciphertext: []byte("ct"), Signature: []byte("sig")}
	back, err := ParseEnvelope(e.Marshal())
	if err != nil || !bytes.Equal(back.Marshal(), e.Marshal()) || !bytes.Equal(back.Signed(), e.Signed()) {
		t.Fatal(back, err)
	}
	h, err := back.ParseHeader()
	if err != nil || h != (Header{V: 1, Key: "2026-11", Kiosk: "k1", Seq: 7}) {
		t.Error(h, err)
	}
	if _, err := ParseEnvelope(make([]byte, MaxSealed+1)); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	moved := Envelope{Header: []byte("a"), Enc: []byte("bc")}
	other := Envelope{Header: []byte("ab"), Enc: []byte("c")}
	if bytes.Equal(moved.Signed(), other.Signed()) {
		t.Error("a byte can move between fields")
	}
}

func TestHeaderRefuses(t *testing.T) {
	for _, h := range []string{`{}`, `{"key":"k","kiosk":"*","seq":1,"v":1}`, `{"key":"k","kiosk":"a","seq":1,"v":2}`, `{"key":"k", "kiosk":"a","seq":1,"v":1}`} {
		if _, err := (Envelope{Header: []byte(h)}).ParseHeader(); err == nil {
			t.Errorf("%s accepted", h)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	header, _ := NewHeader("k", "a", 1)
	f.Add(Envelope{Header: header, Enc: []byte{1}, Ciphertext: []byte{2}, Signature: []byte{3}}.Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := ParseEnvelope(in)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Marshal(), in) {
			t.Fatal("another encoding of the same envelope")
		}
		_, _ = e.ParseHeader()
	})
}

func FuzzSubmission(f *testing.F) {
	f.Add(Submission{CMS: []byte{1}, Parts: [][]byte{{2}, {}}}.Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := ParseSubmission(in)
		if err == nil && !bytes.Equal(s.Marshal(), in) {
			t.Fatal("another encoding of the same submission")
		}
	})
}

func TestChallengesAreFresh(t *testing.T) {
	a, err := LocalChallenge(rand.Reader, "mailbox", "k1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := LocalChallenge(rand.Reader, "mailbox", "k1")
	if err != nil || a.Nonce == b.Nonce || len(a.Nonce) != 22 {
		t.Errorf("nonces %q and %q, %v", a.Nonce, b.Nonce, err)
	}
	text, err := a.Bytes()
	if want := `{"kiosk":"k1","mailbox":"mailbox","nonce":"` + a.Nonce + `","type":"local","v":1}`; err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := LocalChallenge(bytes.NewReader(nil), "mailbox", "k1"); err == nil {
		t.Error("a challenge without randomness")
	}
}
