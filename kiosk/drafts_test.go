package kiosk

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"madoguchi/device/sim"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/pki/draft"
	"madoguchi/wire"
)

// shelf is a desk that keeps drafts in a folder, and two people's cards.
type shelf struct {
	*desk
	t            testing.TB
	city         *mailboxtest.City
	dir          string
	hanako, taro sim.Options
	log          bytes.Buffer
}

// twoCards are the same in the whole process.
var twoCards struct {
	once         sync.Once
	hanako, taro sim.Options
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	d, city := emptyDesk(t)
	s := &shelf{desk: d, t: t, city: city, dir: t.TempDir()}
	twoCards.once.Do(func() {
		twoCards.hanako, twoCards.taro = d.options(t, city, city.Person), d.options(t, city, city.Person)
	})
	s.hanako, s.taro = twoCards.hanako, twoCards.taro
	d.Kiosk.log, d.Kiosk.ownerKey = slog.New(slog.NewTextHandler(&s.log, nil)), []byte("owner key")
	s.reopen()
	return s
}

// reopen is the kiosk after a crash: nothing but what is on disk.
func (s *shelf) reopen() {
	s.t.Helper()
	if err := s.openDrafts(s.dir); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) enters(card sim.Options) flows.Identity {
	s.t.Helper()
	s.put(s.t, card)
	c, err := s.cards.Await(s.t.Context(), flows.MyNumber)
	if err != nil {
		s.t.Fatal(err)
	}
	who, err := c.Login(s.t.Context(), []byte("1234"))
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

func (s *shelf) keeps(who flows.Identity, id byte, content string) {
	s.t.Helper()
	d := keptOf(id, content)
	if here, err := s.drafts.Keep(s.t.Context(), who, d); err != nil || !here {
		s.t.Fatal(here, err)
	}
}

func keptOf(id byte, content string) flows.Kept {
	return flows.Kept{
		ID: wire.ID{id}, Flow: "nursery", Form: forms.FormRef{Name: "nursery-application", Version: 1, Digest: "d"},
		SavedAt: time.Unix(int64(id), 0).UTC(), Answered: 3, Of: 20, Reason: "form-invalid", Content: []byte(content),
	}
}

// finds requires the contents of a person's drafts, the newest first.
func (s *shelf) finds(who flows.Identity, want ...string) []flows.Kept {
	s.t.Helper()
	all, err := s.drafts.All(s.t.Context(), who)
	if err != nil || len(all) != len(want) {
		s.t.Fatalf("%d drafts, not %d, %v", len(all), len(want), err)
	}
	for i, d := range all {
		if string(d.Content) != want[i] {
			s.t.Errorf("draft %d is %q, not %q", i, d.Content, want[i])
		}
	}
	return all
}

const typed = "窓口　小雪 090-1234-5678"

func TestTheSameCardFindsItsDraftAgain(t *testing.T) {
	s := newShelf(t)
	who := s.enters(s.hanako)
	s.keeps(who, 1, "an older one")
	s.keeps(who, 2, "first")
	s.keeps(who, 2, typed)
	s.reopen()
	if again := s.enters(s.hanako); again != who {
		t.Fatal("another person")
	}
	got := s.finds(who, typed, "an older one")[0]
	want := keptOf(2, typed)
	want.Here = true
	if got.ID != want.ID || got.Flow != want.Flow || got.Form != want.Form || !got.SavedAt.Equal(want.SavedAt) ||
		got.Answered != 3 || got.Of != 20 || got.Reason != want.Reason || !got.Here {
		t.Errorf("%+v", got)
	}
	if err := s.drafts.Drop(t.Context(), who, wire.ID{2}); err != nil {
		t.Fatal(err)
	}
	s.reopen()
	s.enters(s.hanako)
	s.finds(who, "an older one")
}

func TestKeyOfDraftsTakesOneSignatureMore(t *testing.T) {
	s := newShelf(t)
	s.sent = nil
	s.keeps(s.enters(s.hanako), 1, "x")
	first := len(s.sent)
	s.sent = nil
	s.enters(s.hanako)
	if first != 6 || len(s.sent) != 6 {
		t.Errorf("%d and %d commands", first, len(s.sent))
	}
}

// TestNothingToReadOnTheDisk: neither contents nor whose they are, nor the same size for what is as long.
func TestNothingToReadOnTheDisk(t *testing.T) {
	s := newShelf(t)
	who := s.enters(s.hanako)
	s.keeps(who, 1, typed)
	s.keeps(who, 2, "a much shorter one")
	var sizes []int
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sizes = append(sizes, len(raw))
		for _, secret := range []string{"小雪", "090-1234", "nursery", who.AuthKey.String(), string(who.AuthKey[:])} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("the disk holds %q", secret)
			}
		}
		return nil
	})
	if err != nil || len(sizes) != 2 || sizes[0] != sizes[1] {
		t.Error(sizes, err)
	}
}

// TestDraftsRefused: each by the name of what is refused.
func TestDraftsRefused(t *testing.T) {
	for name, attack := range map[string]func(s *shelf, who flows.Identity) (flows.Identity, error){
		"nobody has logged in": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			s.drafts.Leave(who)
			return who, fault.DraftKeyless
		},
		"other person": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			s.enters(s.taro)
			return who, fault.DraftKeyless
		},
		"wrong card": func(s *shelf, who flows.Identity) (flows.Identity, error) { // it finds nothing of the owner's
			return s.enters(s.taro), nil
		},
		"swapped between persons": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			thief := s.enters(s.taro)
			row, _ := s.drafts.row(s.owner(who), wire.ID{1})
			_ = s.drafts.room.Remove(s.owner(who), row.ID)
			row.Owner = s.owner(thief)
			_ = s.drafts.room.Put(row)
			return thief, fault.DraftUnreadable
		},
		"rolled back": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			row, _ := s.drafts.row(s.owner(who), wire.ID{1})
			s.keeps(who, 1, "newer")
			row.Version = 2
			_ = s.drafts.room.Put(row)
			return who, fault.DraftUnreadable
		},
		"tampered": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			row, _ := s.drafts.row(s.owner(who), wire.ID{1})
			row.Sealed[len(row.Sealed)-1] ^= 1
			_ = s.drafts.room.Put(row)
			return who, fault.DraftUnreadable
		},
		"truncated": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			row, _ := s.drafts.row(s.owner(who), wire.ID{1})
			row.Sealed = row.Sealed[:len(row.Sealed)/2]
			_ = s.drafts.room.Put(row)
			return who, fault.DraftUnreadable
		},
		"under another id": func(s *shelf, who flows.Identity) (flows.Identity, error) {
			row, _ := s.drafts.row(s.owner(who), wire.ID{1})
			_ = s.drafts.room.Remove(s.owner(who), row.ID)
			row.ID = wire.ID{9}
			_ = s.drafts.room.Put(row)
			return who, fault.DraftUnreadable
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			who := s.enters(s.hanako)
			s.keeps(who, 1, typed)
			asking, want := attack(s, who)
			all, err := s.drafts.All(t.Context(), asking)
			if len(all) != 0 || want == nil && err != nil || !errors.Is(err, want) {
				t.Errorf("%d drafts, %v", len(all), err)
			}
			if bytes.Contains(s.log.Bytes(), []byte("小雪")) {
				t.Error("the log holds what was typed")
			}
		})
	}
}

func TestTooLargeOrTooMany(t *testing.T) {
	s := newShelf(t)
	who := s.enters(s.hanako)
	if _, err := s.drafts.Keep(t.Context(), who, keptOf(1, string(make([]byte, draft.Max)))); !errors.Is(err, fault.TooLarge) {
		t.Error(err)
	}
	var err error
	for n := byte(1); n < 100 && err == nil; n++ {
		_, err = s.drafts.Keep(t.Context(), who, keptOf(n, "x"))
	}
	if !errors.Is(err, fault.DraftsFull) {
		t.Error(err)
	}
}

func TestLeavingWipesTheKey(t *testing.T) {
	s := newShelf(t)
	who := s.enters(s.hanako)
	keys := s.drafts.visit.keys
	sealed, err := s.drafts.visit.seal(keptOf(1, "x"), 1)
	if err != nil {
		t.Fatal(err)
	}
	s.drafts.Leave(flows.Identity{}) // somebody else's end
	s.keeps(who, 1, "x")
	s.drafts.Leave(who)
	if _, _, err := draft.Open(keys, who.AuthKey, sealed); !errors.Is(err, draft.ErrKey) {
		t.Error("the key is still there:", err)
	}
}

func FuzzKept(f *testing.F) {
	plain, err := packKept(keptOf(1, typed))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := unpackKept(wire.ID{}, in)
		if err != nil {
			return
		}
		if again, err := packKept(d); err != nil || !bytes.Equal(again, in) {
			t.Fatal("another encoding of the same draft", err)
		}
	})
}
