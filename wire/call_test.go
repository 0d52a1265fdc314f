package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCallRoundTrip(t *testing.T) {
	header, err := NewCallHeader("2026-11", "k1", ID{1})
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseCall(Call{Header: header, Enc: []byte("enc"), Ciphertext: []byte("ct")}.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if h, id, err := back.ParseHeader(); err != nil || id != (ID{1}) || h != (CallHeader{V: 1, Key: "2026-11", Kiosk: "k1", Call: ID{1}.String()}) {
		t.Error(h, id, err)
	}
	head, err := NewAskHead(CallLogin, "token", 3)
	if err != nil {
		t.Fatal(err)
	}
	ask, err := ParseAsk(Ask{Head: head, Body: []byte("{}"), Signature: []byte("s")}.Marshal())
	if err != nil || !bytes.Equal(ask.Signed(header, nil), Pack("MGQ1", header, nil, head, []byte("{}"))) {
		t.Error(ask, err)
	}
	if h, err := ask.ParseHead(); err != nil || h != (AskHead{V: 1, Name: CallLogin, Session: "token", Seq: 3}) {
		t.Error(h, err)
	}
	id := ID{1}
	if a, got, err := ParseAnswer(Answer{Call: id[:], Nonce: []byte("n"), Ciphertext: []byte("c")}.Marshal()); err != nil || got != id || string(a.Nonce) != "n" {
		t.Error(a, err)
	}
	text, err := Reply{At: time.Unix(7, 0), Refused: "x", Body: []byte("{}")}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseReply(text); err != nil || r.At.Unix() != 7 || r.Refused != "x" || string(r.Body) != "{}" {
		t.Error(r, err)
	}
}

func TestCallRefused(t *testing.T) {
	header := func(s string) error { _, _, err := Call{Header: []byte(s)}.ParseHeader(); return err }
	head := func(s string) error { _, err := Ask{Head: []byte(s)}.ParseHead(); return err }
	call := `"call":"` + ID{1}.String() + `"`
	for name, test := range map[string]struct{ got, want error }{
		"oversize call":             {second(ParseCall(make([]byte, MaxCall+1))), ErrFormat},
		"no call":                   {second(ParseCall([]byte("MGE1"))), ErrFormat},
		"call of two fields":        {second(ParseCall(Pack("MGC1", nil, nil))), ErrFormat},
		"header of version 2":       {header(`{` + call + `,"key":"k","kiosk":"k1","v":2}`), ErrVersion},
		"header, no JSON":           {header(`{`), ErrFormat},
		"header, not canonical":     {header(`{"v":1,` + call + `,"key":"k","kiosk":"k1"}`), ErrFormat},
		"header without key":        {header(`{` + call + `,"key":"","kiosk":"k1","v":1}`), ErrFormat},
		"header, wildcard":          {header(`{` + call + `,"key":"k","kiosk":"*","v":1}`), ErrFormat},
		"header, call id":           {header(`{"call":"7","key":"k","kiosk":"k1","v":1}`), ErrFormat},
		"ask of version 2":          {head(`{"name":"login","seq":0,"session":"","v":2}`), ErrVersion},
		"ask without name":          {head(`{"name":"","seq":0,"session":"","v":1}`), ErrFormat},
		"ask, long name":            {head(`{"name":"` + strings.Repeat("x", 65) + `","seq":0,"session":"","v":1}`), ErrFormat},
		"ask, negative seq":         {head(`{"name":"login","seq":-1,"session":"","v":1}`), ErrFormat},
		"ask, unknown member":       {head(`{"name":"login","seq":0,"session":"","v":1,"x":1}`), ErrFormat},
		"answer, short id":          {third(ParseAnswer(Pack("MGA1", []byte("x"), nil, nil))), ErrFormat},
		"reply of version 2":        {second(ParseReply(Pack("MGR1", []byte(`{"at":0,"refused":"","v":2}`), nil))), ErrVersion},
		"reply, no JSON":            {second(ParseReply(Pack("MGR1", nil, nil))), ErrFormat},
		"body, no JSON":             {ParseBody([]byte("}"), &Empty{}), ErrFormat},
		"body, unknown member":      {ParseBody([]byte(`{"x":1}`), &Empty{}), ErrFormat},
		"oversize body":             {ParseBody(make([]byte, MaxCall+1), &Empty{}), ErrFormat},
		"challenge, member missing": {second(ParseChallenge([]byte(`{"type":"login","v":1}`))), ErrFormat},
		"reply, member missing":     {second(ParseReply(Pack("MGR1", []byte(`{"v":1}`), nil))), ErrFormat},
		"body, member missing":      {ParseBody([]byte(`{}`), &DraftAsk{}), ErrFormat},
		"local challenge":           {second(ParseChallenge([]byte(`{"kiosk":"k","mailbox":"m","nonce":"n","type":"local","v":1}`))), ErrFormat},
		"challenge, no JSON":        {second(ParseChallenge([]byte(`{`))), ErrFormat},
		"oversize challenge":        {second(ParseChallenge(make([]byte, 2000))), ErrFormat},
		"salt that is none":         {second(DraftKeyText("m", "salt")), ErrFormat},
	} {
		if !errors.Is(test.got, test.want) {
			t.Errorf("%s: %v", name, test.got)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

func TestLoginChallengeIsBoundToItsCall(t *testing.T) {
	nonce, err := NewNonce(strings.NewReader(strings.Repeat("n", 16)))
	if err != nil {
		t.Fatal(err)
	}
	c := LoginChallenge("m", "k1", nonce, RoleResident, []byte("enc"))
	text, err := c.Bytes()
	want := `{"enc":"` + Sum([]byte("enc")).String() + `","kiosk":"k1","mailbox":"m","nonce":"` + nonce + `","role":"resident","type":"login","v":1}`
	if err != nil || string(text) != want {
		t.Fatal(string(text), err)
	}
	if back, err := ParseChallenge(text); err != nil || back != c {
		t.Error(back, err)
	}
}

func FuzzCall(f *testing.F) {
	header, _ := NewCallHeader("k", "a", ID{1})
	f.Add(Call{Header: header, Enc: []byte{1}, Ciphertext: []byte{2}}.Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := ParseCall(in)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Marshal(), in) {
			t.Fatal("another encoding of the same call")
		}
		_, _, _ = c.ParseHeader()
	})
}

func FuzzAsk(f *testing.F) {
	head, _ := NewAskHead("login", "s", 1)
	f.Add(Ask{Head: head, Body: []byte("{}"), Signature: []byte{3}}.Marshal())
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := ParseAsk(in)
		if err != nil {
			return
		}
		if !bytes.Equal(a.Marshal(), in) {
			t.Fatal("another encoding of the same ask")
		}
		_, _ = a.ParseHead()
		_ = ParseBody(a.Body, &LoginAsk{})
		_ = ParseBody(a.Body, &DraftPutAsk{})
	})
}

func FuzzAnswer(f *testing.F) {
	id := ID{1}
	f.Add(Answer{Call: id[:], Nonce: []byte{1}, Ciphertext: []byte{2}}.Marshal())
	reply, _ := Reply{At: time.Unix(7, 0)}.Marshal()
	f.Add(reply)
	f.Fuzz(func(t *testing.T, in []byte) {
		if a, _, err := ParseAnswer(in); err == nil && !bytes.Equal(a.Marshal(), in) {
			t.Fatal("another encoding of the same answer")
		}
		if r, err := ParseReply(in); err == nil {
			if again, err := r.Marshal(); err != nil || !bytes.Equal(again, in) {
				t.Fatal("another encoding of the same reply", err)
			}
			_ = ParseBody(r.Body, &DraftListAnswer{})
		}
	})
}

func FuzzChallenge(f *testing.F) {
	text, _ := LoginChallenge("m", "k", "n", RoleResident, nil).Bytes()
	f.Add(text)
	f.Fuzz(func(t *testing.T, in []byte) {
		if c, err := ParseChallenge(in); err == nil {
			if again, err := c.Bytes(); err != nil || !bytes.Equal(again, in) {
				t.Fatal("another encoding of the same challenge", err)
			}
		}
	})
}
