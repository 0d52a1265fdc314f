package draft

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"madoguchi/wire"
)

// card is a 利用者証明用 key.
type card struct {
	key   *rsa.PrivateKey
	owner wire.Hash
}

func newCard(t testing.TB, name string) card {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return card{key, wire.Sum([]byte(name))}
}

func (c card) rebuild(t testing.TB, mailbox, salt string) *Key {
	t.Helper()
	text, err := wire.DraftKeyText(mailbox, salt)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(nil, c.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	key, err := ByCardKey(salt, signature)
	if err != nil || !bytes.Equal(signature, make([]byte, len(signature))) {
		t.Fatal("key", err)
	}
	return key
}

func newSalt(t testing.TB) string {
	t.Helper()
	salt, err := wire.NewNonce(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return salt
}

func TestTheSameCardRebuildsTheKey(t *testing.T) {
	c, salt, id := newCard(t, "hanako"), newSalt(t), wire.ID{1}
	sealed, err := Seal(c.rebuild(t, "m", salt), c.owner, id, 3, []byte("答え"))
	if err != nil {
		t.Fatal(err)
	}
	h, plain, err := Open([]*Key{c.rebuild(t, "m", newSalt(t)), c.rebuild(t, "m", salt)}, c.owner, sealed)
	if err != nil || string(plain) != "答え" || h.Version != 3 || h.ID != id.String() {
		t.Fatal(h, err)
	}
	if _, got, err := Parse(sealed); err != nil || got != id {
		t.Error(got, err)
	}
}

// TestDraftRefused: each by the name of what is refused.
func TestDraftRefused(t *testing.T) {
	c, salt, id := newCard(t, "hanako"), newSalt(t), wire.ID{1}
	key := c.rebuild(t, "m", salt)
	seal := func(owner wire.Hash, id wire.ID, version uint64) []byte {
		sealed, err := Seal(key, owner, id, version, []byte("answers"))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	good := seal(c.owner, id, 2)
	fields, _ := wire.Unpack(magic, good)
	older, _ := wire.Unpack(magic, seal(c.owner, id, 1))
	other, _ := wire.Unpack(magic, seal(c.owner, wire.ID{2}, 2))
	thief := newCard(t, "taro")
	for name, test := range map[string]struct {
		keys   []*Key
		owner  wire.Hash
		sealed []byte
		want   error
	}{
		"wrong card":              {[]*Key{thief.rebuild(t, "m", salt)}, c.owner, good, ErrOpen},
		"other person":            {[]*Key{key}, thief.owner, good, ErrOpen},
		"swapped between persons": {[]*Key{key}, c.owner, seal(thief.owner, id, 2), ErrOpen},
		"other mailbox":           {[]*Key{c.rebuild(t, "n", salt)}, c.owner, good, ErrOpen},
		"other salt":              {[]*Key{c.rebuild(t, "m", newSalt(t))}, c.owner, good, ErrKey},
		"other scheme":            {[]*Key{{Scheme: ByMailbox, Salt: salt, secret: key.secret}}, c.owner, good, ErrKey},
		"no key":                  {nil, c.owner, good, ErrKey},
		"wiped key":               {[]*Key{{Scheme: ByCard, Salt: salt}}, c.owner, good, ErrKey},
		"tampered":                {[]*Key{key}, c.owner, spoil(good, len(good)-20), ErrOpen},
		"rolled back":             {[]*Key{key}, c.owner, wire.Pack(magic, fields[0], older[1]), ErrOpen},
		"swapped header":          {[]*Key{key}, c.owner, wire.Pack(magic, fields[0], other[1]), ErrOpen},
		"truncated":               {[]*Key{key}, c.owner, good[:len(good)-1], ErrFormat},
		"truncated text":          {[]*Key{key}, c.owner, wire.Pack(magic, fields[0], fields[1][:len(fields[1])-1]), ErrOpen},
		"emptied":                 {[]*Key{key}, c.owner, wire.Pack(magic, fields[0], nil), ErrOpen},
		"no header":               {[]*Key{key}, c.owner, wire.Pack(magic, nil, fields[1]), ErrFormat},
		"oversize":                {[]*Key{key}, c.owner, make([]byte, Largest+1), ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			if _, plain, err := Open(test.keys, test.owner, test.sealed); !errors.Is(err, test.want) || plain != nil {
				t.Errorf("%v", err)
			}
		})
	}
	if _, plain, err := Open([]*Key{key}, c.owner, good); err != nil || string(plain) != "answers" {
		t.Error("the good one", err)
	}
	key.Wipe()
	if _, _, err := Open([]*Key{key}, c.owner, good); !errors.Is(err, ErrKey) {
		t.Error("a wiped key opens", err)
	}
}

func spoil(b []byte, at int) []byte {
	out := slices.Clone(b)
	out[at] ^= 1
	return out
}

// TestSizesTellLittle: few sizes for all lengths, and what is too large is not sealed.
func TestSizesTellLittle(t *testing.T) {
	key, err := ByMailboxKey(newSalt(t), make([]byte, KeySize))
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[int]bool{}
	for n := 0; n <= Max; n += 997 {
		sealed, err := Seal(key, wire.Hash{}, wire.ID{}, 1, make([]byte, n))
		if err != nil || len(sealed) > Largest {
			t.Fatal(n, len(sealed), err)
		}
		sizes[len(sealed)] = true
	}
	if _, err := Seal(key, wire.Hash{}, wire.ID{}, 1, make([]byte, Max+1)); !errors.Is(err, ErrSize) {
		t.Error(err)
	}
	if len(sizes) != 6 {
		t.Errorf("%d sizes", len(sizes))
	}
	if _, err := ByMailboxKey("", nil); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := ByCardKey("", []byte("short")); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	key, err := ByMailboxKey(newSalt(f), make([]byte, KeySize))
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := Seal(key, wire.Hash{}, wire.ID{1}, 1, []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, _, err := Open([]*Key{key}, wire.Hash{}, in); err == nil && !bytes.Equal(in, sealed) {
			t.Fatal("another draft opens")
		}
	})
}
