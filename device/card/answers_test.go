package card_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
)

// script is a card that gives these answers in turn, in hexadecimal, and then breaks the line.
type script []string

func (s *script) Transmit(context.Context, []byte) ([]byte, error) {
	if len(*s) == 0 {
		return nil, apdu.ErrLine
	}
	answer := (*s)[0]
	*s = (*s)[1:]
	return hex.DecodeString(answer)
}

// scripted opens a card that then gives the answers.
func scripted(t *testing.T, extended bool, answers ...string) (*card.Card, *script) {
	t.Helper()
	s := script(append([]string{"9000"}, answers...))
	c, err := card.Open(t.Context(), &s, extended)
	if err != nil {
		t.Fatal(err)
	}
	return c, &s
}

// errOther stands for errors that have no name of their own.
var errOther = errors.New("an error without a meaning of its own")

func checkError(t *testing.T, got, want error) {
	t.Helper()
	if errors.Is(want, errOther) {
		var status *apdu.StatusError
		if !errors.As(got, &status) {
			t.Errorf("got %v, want a status error", got)
		}
		for _, named := range []error{card.ErrNotJPKI, card.ErrBlocked, card.ErrUnknown, card.ErrNoCertificate, card.ErrNotVerified, card.ErrAnswer} {
			if errors.Is(got, named) {
				t.Errorf("got %v", got)
			}
		}
		return
	}
	if !errors.Is(got, want) || (got == nil) != (want == nil) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOpenAnswers(t *testing.T) {
	for answers, want := range map[string]error{
		"9000": nil, "6A82 6A82": card.ErrNotJPKI, "6D00": card.ErrNotJPKI, "6999": card.ErrNotJPKI,
		"6F00 9000": nil, "6F00 6A82 6A82": card.ErrNotJPKI, "6F00 6F00 9000": card.ErrNotJPKI,
		"6A82 9000": nil, "6F00 6A82 9000": nil, "6A82 6F00 9000": card.ErrNotJPKI, "6A82 6D00 9000": card.ErrNotJPKI,
		"90": apdu.ErrResponse, "": apdu.ErrLine, "6F00": apdu.ErrLine, "6A82": apdu.ErrLine,
	} {
		s := script(strings.Fields(answers))
		_, err := card.Open(t.Context(), &s, true)
		checkError(t, err, want)
	}
}

func TestTriesAnswers(t *testing.T) {
	for answers, want := range map[string]struct {
		left int
		err  error
	}{
		"63C5": {5, nil}, "63C0": {0, nil}, "9000": {5, nil}, "6984": {0, nil}, "6983": {0, nil},
		"6A82 6A82": {0, card.ErrNoCertificate}, "6A88 6A82": {0, card.ErrNoCertificate},
		"6300": {0, errOther}, "6700": {0, errOther}, "6F00": {0, errOther}, "63": {0, apdu.ErrResponse},
		"63C6":           {0, card.ErrAnswer},        // more than this PIN can have: it is another
		"6A86 9000 63C5": {5, nil},                   // the file had to be selected
		"6A86 9000 6984": {0, nil},                   //
		"6B00 9000 63C0": {0, nil},                   //
		"6986 9000 6A82": {0, card.ErrNoCertificate}, //
		"6A86 6A82":      {0, errOther},              // neither way
		"6A86 6A86":      {0, errOther},              //
		"6A86":           {0, apdu.ErrLine},          //
		"6A86 9000":      {0, apdu.ErrLine},          //
		"6A82 9000 63C6": {0, card.ErrAnswer},        //
		"6A82 63":        {0, apdu.ErrResponse},      //
	} {
		t.Run(answers, func(t *testing.T) {
			c, rest := scripted(t, true, strings.Fields(answers)...)
			left, err := c.Tries(t.Context(), card.Sign)
			if left != want.left || len(*rest) != 0 {
				t.Errorf("%d, left %v", left, *rest)
			}
			checkError(t, err, want.err)
		})
	}
}

func TestVerifyAnswers(t *testing.T) {
	for answer, want := range map[string]error{
		"9000": nil, "63C0": card.ErrBlocked, "6984": card.ErrBlocked, "6983": card.ErrBlocked,
		"6581": card.ErrUnknown, "6F00": card.ErrUnknown, "6400": card.ErrUnknown, "90": card.ErrUnknown,
		"6300": errOther, "6982": errOther, "6700": errOther, "6A82": errOther, "6CFF": errOther, "6A86": errOther, "6110": errOther,
		"1234": card.ErrUnknown, "": apdu.ErrResponse,
	} {
		t.Run(answer, func(t *testing.T) {
			c, rest := scripted(t, true, "63C3", answer, "9000")
			checkError(t, c.Verify(t.Context(), card.Auth, []byte("1234")), want)
			if len(*rest) != 1 {
				t.Errorf("sent again: %v left", *rest)
			}
		})
	}
	c, _ := scripted(t, true, "63C3", "63C2")
	checkWrong(t, c.Verify(t.Context(), card.Auth, []byte("1234")), 2)
}

// A PIN that cannot be addressed in the query is never sent.
func TestNoPINIsSentUnlessTheQueryWasAnswered(t *testing.T) {
	for answers, want := range map[string]error{
		"6A86 6A82": errOther, "6A82 6A82": card.ErrNoCertificate, "63C0": card.ErrBlocked, "6984": card.ErrBlocked,
		"6983": card.ErrBlocked, "63C4": card.ErrAnswer, "6A86 9000 63C4": card.ErrAnswer, "6A86 9000 63C0": card.ErrBlocked,
		"6A86 9000 6986": errOther, "6700": errOther,
	} {
		c, rest := scripted(t, true, append(strings.Fields(answers), "9000")...)
		checkError(t, c.Verify(t.Context(), card.Auth, []byte("1234")), want)
		if len(*rest) != 1 {
			t.Errorf("%s: the PIN was sent", answers)
		}
	}
}

func TestCertificateAnswers(t *testing.T) {
	full := "308200fc" + strings.Repeat("ab", 252) // 256 bytes in all
	longer := "30820100" + strings.Repeat("ab", 252)
	for name, test := range map[string]struct {
		extended bool
		answers  []string
		size     int // bytes; 0: refused
		err      error
	}{
		"exact":                      {true, []string{full + "9000"}, 256, nil},
		"filler":                     {true, []string{full + "ffff9000"}, 256, nil},
		"end of file":                {true, []string{full + "6282"}, 256, nil},
		"one more read":              {false, []string{longer + "9000", "cdcdcdcd9000"}, 260, nil},
		"more reads, each short":     {false, []string{longer + "9000", "cd9000", "cdcd6282", "cd9000"}, 260, nil},
		"extended, cut by reader":    {true, []string{longer + "9000", "cdcdcdcd9000"}, 260, nil},
		"card without extended":      {true, []string{"6700", full + "9000"}, 256, nil},
		"short, wrong length":        {false, []string{"6700"}, 0, errOther},
		"twice wrong length":         {true, []string{"6700", "6700"}, 0, errOther},
		"no file":                    {true, []string{"6a82", "6a82"}, 0, card.ErrNoCertificate},
		"empty file":                 {true, []string{"6b00", "9000", "6b00"}, 0, card.ErrNoCertificate},
		"selected":                   {true, []string{"6a86", "9000", full + "9000"}, 256, nil},
		"selected, two reads":        {false, []string{"6b00", "9000", longer + "9000", "cdcdcdcd9000"}, 260, nil},
		"selected, short":            {true, []string{"6a86", "9000", "6700", full + "9000"}, 256, nil},
		"selected, gone":             {true, []string{"6a86"}, 0, apdu.ErrLine},
		"not to be selected":         {true, []string{"6a86", "6a86"}, 0, errOther},
		"waits":                      {false, []string{"6100", full + "9000"}, 256, nil},
		"waits in parts":             {false, []string{"6100", full[:100] + "61ce", full[100:] + "9000"}, 256, nil},
		"part comes, part waits":     {false, []string{full[:100] + "61ce", full[100:] + "9000"}, 256, nil},
		"waits, and is gone":         {false, []string{"6100"}, 0, apdu.ErrLine},
		"waits for ever":             {false, []string{"6100", "6100"}, 0, card.ErrAnswer},
		"another Le":                 {false, []string{"6c20", full[:64] + "9000", full[64:] + "9000"}, 256, nil},
		"the same Le again":          {false, []string{"6c00"}, 0, errOther},
		"another Le twice":           {false, []string{"6c20", "6c10"}, 0, errOther},
		"no extended, by another Le": {true, []string{"6c00", full + "9000"}, 256, nil},
		"no bytes":                   {true, []string{"9000"}, 0, card.ErrNoCertificate},
		"filler only":                {true, []string{strings.Repeat("ff", 64) + "9000"}, 0, card.ErrNoCertificate},
		"zeros only":                 {true, []string{strings.Repeat("00", 64) + "9000"}, 0, card.ErrNoCertificate},
		"not verified":               {true, []string{"6982"}, 0, card.ErrNotVerified},
		"not verified, later":        {false, []string{longer + "9000", "6982"}, 0, card.ErrNotVerified},
		"no sequence":                {true, []string{"0403aabbcc9000"}, 0, card.ErrAnswer},
		"empty sequence":             {true, []string{"30009000"}, 0, card.ErrAnswer},
		"header cut":                 {true, []string{"30829000"}, 0, card.ErrAnswer},
		"indefinite":                 {true, []string{"3080aabb00009000"}, 0, card.ErrAnswer},
		"longer than can be read":    {true, []string{"30828000aabb9000"}, 0, card.ErrAnswer},
		"ends early":                 {false, []string{longer + "9000", "6b00"}, 0, card.ErrAnswer},
		"answers nothing for ever":   {false, []string{longer + "9000", "9000"}, 0, card.ErrAnswer},
		"answers more than asked":    {false, []string{longer + "9000", "cdcdcdcdcd9000"}, 0, card.ErrAnswer},
		"no status word":             {true, []string{"30"}, 0, apdu.ErrResponse},
		"card gone":                  {true, nil, 0, apdu.ErrLine},
		"card gone half-way":         {false, []string{longer + "9000"}, 0, apdu.ErrLine},
		"PIN needed, other keys":     {true, []string{"6985"}, 0, errOther},
		"some other status":          {true, []string{"6f00"}, 0, errOther},
		"read of a key":              {true, []string{"6981"}, 0, errOther},
		"offset status on the head":  {false, []string{"6b00", "6a82"}, 0, card.ErrNoCertificate},
	} {
		t.Run(name, func(t *testing.T) {
			c, rest := scripted(t, test.extended, test.answers...)
			der, err := c.Certificate(t.Context(), card.Auth)
			checkError(t, err, test.err)
			if len(der) != test.size || len(*rest) != 0 {
				t.Errorf("%d bytes, %d answers left", len(der), len(*rest))
			}
		})
	}
}

func TestSignAnswers(t *testing.T) {
	for answers, want := range map[string]error{
		"abcd9000": nil, "9000": card.ErrAnswer, "6982": card.ErrNotVerified, "6A82 6A82": card.ErrNoCertificate,
		"6A88 6A82": card.ErrNoCertificate, "6700": errOther, "6F00": errOther, "90": apdu.ErrResponse,
		"6A86 9000 abcd9000": nil, "6102 abcd9000": nil, "6C02 abcd9000": nil, "ab6101 cd9000": nil, "6A86 9000 6102 abcd9000": nil,
		"6A86 6A82": errOther, "6A86 9000 6982": card.ErrNotVerified, "6A86 9000": apdu.ErrLine,
	} {
		c, rest := scripted(t, true, strings.Fields(answers)...)
		signature, err := c.SignDigest(t.Context(), card.Sign, make([]byte, 32), crypto.SHA256)
		checkError(t, err, want)
		if (err == nil) != bytes.Equal(signature, []byte{0xAB, 0xCD}) {
			t.Errorf("%s: %x", answers, signature)
		}
		if len(*rest) != 0 {
			t.Errorf("%s: %v left", answers, *rest)
		}
	}
}

// rows is a card that answers with whatever the fuzzer wrote: each answer behind two bytes with its length.
type rows struct {
	in    []byte
	asked int
}

func (r *rows) Transmit(context.Context, []byte) ([]byte, error) {
	r.asked++
	if len(r.in) < 2 {
		return nil, apdu.ErrLine
	}
	size := min(int(r.in[0])<<8|int(r.in[1]), len(r.in)-2)
	answer := r.in[2 : 2+size]
	r.in = r.in[2+size:]
	return answer, nil
}

func FuzzCard(f *testing.F) {
	f.Add([]byte("\x00\x02\x90\x00\x00\x02\x63\xC3\x00\x02\x90\x00\x00\x07\x30\x03abc\x90\x00\x00\x04ab\x90\x00"), true)
	f.Add([]byte("\x00\x02\x6F\x00\x00\x02\x90\x00\x00\x02\x90\x00\x00\x02\x67\x00"), true)
	f.Add([]byte("\x00\x02\x90\x00\x00\x02\x63\xC3\x00\x02\x90\x00\x00\x04\x30\x82\x90\x00"), false)
	f.Fuzz(func(t *testing.T, in []byte, extended bool) {
		line := &rows{in: in}
		c, err := card.Open(t.Context(), line, extended)
		if err != nil {
			return
		}
		_, _ = c.Tries(t.Context(), card.Auth)
		_ = c.Verify(t.Context(), card.Auth, []byte("1234"))
		if der, err := c.Certificate(t.Context(), card.Auth); err == nil && (len(der) < 3 || der[0] != 0x30) {
			t.Fatalf("certificate %x", der)
		}
		_, _ = c.SignDigest(t.Context(), card.Auth, make([]byte, 32), crypto.SHA256)
		_, _ = c.Device(t.Context())
		_, _ = c.Present(t.Context())
		_, _ = c.CA(t.Context(), card.Sign)
		_ = c.Change(t.Context(), card.Auth, []byte("1234"), []byte("4321"))
		if f, err := card.OpenFace(t.Context(), line, extended); err == nil {
			_ = f.Verify(t.Context(), card.Attributes, []byte("1234"))
			if p, err := f.Person(t.Context()); err == nil && (p.Name == "" || len(p.Birth) != 10 || len(p.Sex) != 1) {
				t.Fatalf("%+v", p)
			}
		}
		if line.asked > 20+len(in) {
			t.Fatalf("%d commands for %d bytes", line.asked, len(in))
		}
	})
}
