package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"madoguchi/wire"
)

const mailbox = "mailbox.city.example"

func key(t testing.TB, id string) *PrivateKey {
	t.Helper()
	k, err := Generate(id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedOpensForItsKeyMailboxAndHeaderOnly(t *testing.T) {
	k, aad, plain := key(t, "2026-11"), []byte(`{"v":1}`), bytes.Repeat([]byte("保育園"), 4000)
	enc, sealed, err := Seal(k.Public(), mailbox, aad, plain)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(enc) + len(sealed) - len(plain); got != Overhead() {
		t.Errorf("sealing added %d bytes, Overhead says %d", got, Overhead())
	}
	seed, err := k.Bytes()
	if err != nil || len(seed) != PrivateSize {
		t.Fatal(len(seed), err)
	}
	restored, err := ParsePrivate("2026-11", seed)
	if err != nil {
		t.Fatal(err)
	}
	renamed, err := ParsePrivate("2026-12", seed)
	if err != nil {
		t.Fatal(err)
	}
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 1; return b }
	last := len(sealed) - 1
	for name, test := range map[string]struct {
		key              *PrivateKey
		mailbox          string
		aad, enc, sealed []byte
		want             error
	}{
		"as sealed":            {k, mailbox, aad, enc, sealed, nil},
		"key from its seed":    {restored, mailbox, aad, enc, sealed, nil},
		"another key":          {key(t, "2026-11"), mailbox, aad, enc, sealed, ErrOpen},
		"same key, other id":   {renamed, mailbox, aad, enc, sealed, ErrOpen},
		"another mailbox":      {k, "other.example", aad, enc, sealed, ErrOpen},
		"another header":       {k, mailbox, []byte(`{"v":2}`), enc, sealed, ErrOpen},
		"no header":            {k, mailbox, nil, enc, sealed, ErrOpen},
		"enc changed":          {k, mailbox, aad, flip(enc, 0), sealed, ErrOpen},
		"enc's curve changed":  {k, mailbox, aad, flip(enc, EncSize-1), sealed, ErrOpen},
		"enc cut":              {k, mailbox, aad, enc[:EncSize-1], sealed, ErrOpen},
		"enc missing":          {k, mailbox, aad, nil, sealed, ErrOpen},
		"ciphertext changed":   {k, mailbox, aad, enc, flip(sealed, 0), ErrOpen},
		"tag changed":          {k, mailbox, aad, enc, flip(sealed, last), ErrOpen},
		"ciphertext cut":       {k, mailbox, aad, enc, sealed[:last], ErrOpen},
		"ciphertext too short": {k, mailbox, aad, enc, sealed[:3], ErrOpen},
		"ciphertext longer":    {k, mailbox, aad, enc, append(bytes.Clone(sealed), 0), ErrOpen},
		"no key":               {nil, mailbox, aad, enc, sealed, ErrKey},
		"zero key":             {&PrivateKey{}, mailbox, aad, enc, sealed, ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Open(test.key, test.mailbox, test.aad, test.enc, test.sealed)
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if test.want == nil && !bytes.Equal(got, plain) {
				t.Error("opened to something else")
			}
		})
	}
}

func TestInfoMovesNoByteBetweenMailboxAndKey(t *testing.T) {
	if bytes.Equal(info("a", "bc"), info("ab", "c")) {
		t.Error("a byte can move between mailbox and key id")
	}
	want := wire.Pack("madoguchi/submission/v1", []byte("m"), []byte("k"))
	if got := info("m", "k"); !bytes.Equal(got, want) {
		t.Errorf("info is %q", got)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	long := strings.Repeat("a", maxID+1)
	pub := key(t, "k").Public().Bytes()
	if len(pub) != PublicSize {
		t.Fatalf("public key of %d bytes", len(pub))
	}
	for name, got := range map[string]func() error{
		"generate without id":  func() error { _, err := Generate(""); return err },
		"generate, id long":    func() error { _, err := Generate(long); return err },
		"public without id":    func() error { _, err := ParsePublic("", pub); return err },
		"public cut":           func() error { _, err := ParsePublic("k", pub[1:]); return err },
		"public not a lattice": func() error { _, err := ParsePublic("k", bytes.Repeat([]byte{0xff}, PublicSize)); return err },
		"private without id":   func() error { _, err := ParsePrivate("", make([]byte, PrivateSize)); return err },
		"private short":        func() error { _, err := ParsePrivate("k", make([]byte, PrivateSize-1)); return err },
		"seal to zero key":     func() error { _, _, err := Seal(PublicKey{ID: "k"}, mailbox, nil, nil); return err },
	} {
		if err := got(); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if (PublicKey{}).Bytes() != nil {
		t.Error("the zero key has bytes")
	}
	back, err := ParsePublic("k", pub)
	if err != nil || back.ID != "k" || !bytes.Equal(back.Bytes(), pub) {
		t.Error(back.ID, err)
	}
}

func TestSealingTwiceGivesOtherBytes(t *testing.T) {
	k := key(t, "k").Public()
	enc1, ct1, err1 := Seal(k, mailbox, nil, []byte("x"))
	enc2, ct2, err2 := Seal(k, mailbox, nil, []byte("x"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(enc1, enc2) || bytes.Equal(ct1, ct2) {
		t.Error("sealing shows that two submissions are the same")
	}
}

func FuzzOpen(f *testing.F) {
	k := key(f, "k")
	enc, sealed, err := Seal(k.Public(), mailbox, []byte("aad"), []byte("plain"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("aad"), enc, sealed)
	f.Add([]byte{}, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, aad, e, c []byte) {
		plain, err := Open(k, mailbox, aad, e, c)
		same := bytes.Equal(aad, []byte("aad")) && bytes.Equal(e, enc) && bytes.Equal(c, sealed)
		if same != (err == nil) || same && string(plain) != "plain" {
			t.Fatalf("opened %t, same bytes %t", err == nil, same)
		}
	})
}

func FuzzParsePublic(f *testing.F) {
	f.Add(key(f, "k").Public().Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParsePublic("k", b)
		if err != nil {
			return
		}
		if !bytes.Equal(k.Bytes(), b) {
			t.Fatal("another encoding of the same key")
		}
		_, _, _ = Seal(k, mailbox, nil, nil) // may refuse a point of low order; must not panic
	})
}

func BenchmarkSeal16k(b *testing.B) {
	k, plain := key(b, "k").Public(), make([]byte, 16<<10)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		if _, _, err := Seal(k, mailbox, nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}
