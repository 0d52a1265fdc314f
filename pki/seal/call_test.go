package seal

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

func TestAnswerOnlyFromWhoCouldOpenTheCall(t *testing.T) {
	key, err := Generate("k")
	if err != nil {
		t.Fatal(err)
	}
	ask, err := Ask(key.Public(), "m")
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := ask.Seal([]byte("header"), []byte("question"))
	if err != nil {
		t.Fatal(err)
	}
	plain, asked, err := OpenCall(key, "m", []byte("header"), ask.Enc(), ciphertext)
	if err != nil || string(plain) != "question" {
		t.Fatal(err)
	}
	nonce, answer, err := asked.Seal([]byte("id"), []byte("answer"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ask.Open([]byte("id"), nonce, answer); err != nil || string(got) != "answer" {
		t.Fatal(err)
	}
	_, again, err := asked.Seal([]byte("id"), []byte("answer"))
	if err != nil || bytes.Equal(again, answer) {
		t.Error("two answers are encrypted alike", err)
	}
	other, err := Ask(key.Public(), "m")
	if err != nil {
		t.Fatal(err)
	}
	tampered := slices.Clone(answer)
	tampered[0] ^= 1
	for name, got := range map[string]error{
		"another call's answer": openErr(other.Open([]byte("id"), nonce, answer)),
		"tampered answer":       openErr(ask.Open([]byte("id"), nonce, tampered)),
		"answer under an id":    openErr(ask.Open([]byte("di"), nonce, answer)),
		"short nonce":           openErr(ask.Open([]byte("id"), nonce[1:], answer)),
		"empty answer":          openErr(ask.Open([]byte("id"), nonce, nil)),
		"another header":        callErr(OpenCall(key, "m", []byte("other"), ask.Enc(), ciphertext)),
		"another mailbox":       callErr(OpenCall(key, "n", []byte("header"), ask.Enc(), ciphertext)),
		"another context":       callErr(OpenCall(key, "m", []byte("header"), other.Enc(), ciphertext)),
		"short enc":             callErr(OpenCall(key, "m", []byte("header"), ask.Enc()[1:], ciphertext)),
		"short ciphertext":      callErr(OpenCall(key, "m", []byte("header"), ask.Enc(), ciphertext[:3])),
		"a call as submission":  openErr(Open(key, "m", []byte("header"), ask.Enc(), ciphertext)),
	} {
		if !errors.Is(got, ErrOpen) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := Ask(PublicKey{}, "m"); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, _, err := OpenCall(nil, "m", nil, nil, nil); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
}

func openErr(_ []byte, err error) error           { return err }
func callErr(_ []byte, _ *Asked, err error) error { return err }

func FuzzOpenCall(f *testing.F) {
	key, err := Generate("k")
	if err != nil {
		f.Fatal(err)
	}
	ask, err := Ask(key.Public(), "m")
	if err != nil {
		f.Fatal(err)
	}
	ciphertext, err := ask.Seal(nil, []byte("question"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ask.Enc(), ciphertext)
	f.Fuzz(func(t *testing.T, enc, in []byte) {
		if _, _, err := OpenCall(key, "m", nil, enc, in); err == nil && !bytes.Equal(in, ciphertext) {
			t.Fatal("a forged call opens")
		}
	})
}
