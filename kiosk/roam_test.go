package kiosk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"madoguchi/device/sim"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
	"madoguchi/wire"
)

func TestDraftGoesOnAtAnotherKiosk(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	if w.a.keep(who, 1, "first") || w.a.keep(who, 1, typed) || w.a.drafts.room.Count() != 0 {
		t.Fatal("it stayed at the first kiosk")
	}
	w.nothingIn(who)
	w.b.enters(w.b.hanako)
	if got := w.b.finds(who, typed)[0]; got.Here || got.ID != (wire.ID{1}) || got.Flow != "nursery" || got.Answered != 3 {
		t.Errorf("%+v", got)
	}
	if w.b.keep(who, 1, "gone on") {
		t.Error("it stayed at the second kiosk")
	}
	w.a.enters(w.a.hanako)
	w.a.finds(who, "gone on")
	if err := w.a.drafts.Drop(t.Context(), who, wire.ID{1}); err != nil {
		t.Fatal(err)
	}
	w.b.enters(w.b.hanako)
	w.b.finds(who)
}

func TestWithoutALineTheDraftStaysAndIsHandedOverLater(t *testing.T) {
	w := newTown(t)
	w.line(false)
	who := w.a.enters(w.a.hanako)
	if w.a.drafts.visit.session != nil {
		t.Fatal("a session without a line")
	}
	if !w.a.keep(who, 1, typed) {
		t.Fatal("it is somewhere else")
	}
	w.a.reopen() // killed
	w.a.enters(w.a.hanako)
	w.a.finds(who, typed)
	w.line(true)
	w.a.enters(w.a.hanako)
	if got := w.a.finds(who, typed)[0]; got.Here || w.a.drafts.room.Count() != 0 {
		t.Error("it was not handed over")
	}
	w.b.enters(w.b.hanako)
	w.b.finds(who, typed)
}

// TestChangedAtTwoKiosksBothAreKept: nothing is lost silently, and each goes on for itself.
func TestChangedAtTwoKiosksBothAreKept(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, "begun")
	w.line(false)
	if !w.a.keep(who, 1, "changed here") {
		t.Fatal("not here")
	}
	w.line(true)
	w.b.enters(w.b.hanako)
	w.b.finds(who, "begun")
	w.b.keep(who, 1, "changed there")
	if w.a.keep(who, 1, "changed here again") {
		t.Error("not handed over")
	}
	all, err := w.a.drafts.All(t.Context(), who)
	if got := contents(all); err != nil || len(got) != 2 || !slices.Contains(got, "changed there") || !slices.Contains(got, "changed here again") {
		t.Fatal(got, err)
	}
	w.a.keep(who, 1, "and again") // the flow still names the first id
	w.b.enters(w.b.hanako)
	all, err = w.b.drafts.All(t.Context(), who)
	if got := contents(all); err != nil || len(got) != 2 || !slices.Contains(got, "changed there") || !slices.Contains(got, "and again") {
		t.Fatal(got, err)
	}
}

// TestLostAnswerIsNoConflict: what the mailbox took without our hearing of it is not taken for another kiosk's.
func TestLostAnswerIsNoConflict(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, "one")
	w.lost(true)
	if !w.a.keep(who, 1, "two") {
		t.Error("handed over without an answer")
	}
	w.lost(false)
	began := time.Now()
	if !w.a.keep(who, 1, "three") || time.Since(began) > time.Second {
		t.Error("the mailbox was asked again at once")
	}
	w.a.drafts.visit.quiet = time.Time{}
	w.a.keep(who, 1, "four")
	w.a.finds(who, "four")
	if w.a.drafts.room.Count() != 0 {
		t.Error("something is left here")
	}
}

// TestDroppedWithoutALineIsDroppedLater, and not shown in between.
func TestDroppedWithoutALineIsDroppedLater(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, typed)
	w.line(false)
	if err := w.a.drafts.Drop(t.Context(), who, wire.ID{1}); err != nil {
		t.Fatal(err)
	}
	w.a.finds(who)
	w.line(true)
	w.a.enters(w.a.hanako)
	w.a.finds(who)
	w.b.enters(w.b.hanako)
	w.b.finds(who)
	if w.a.drafts.room.Count() != 0 {
		t.Error("the note stays")
	}
}

// TestOtherPersonSeesNothing at either kiosk.
func TestOtherPersonSeesNothing(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, typed)
	other := w.b.enters(w.b.taro)
	w.b.finds(other)
	if _, err := w.b.drafts.All(t.Context(), who); !errors.Is(err, fault.DraftKeyless) {
		t.Error(err)
	}
}

// TestRolledBackByTheMailboxIsNotShown to who has seen a newer version in this visit.
func TestRolledBackByTheMailboxIsNotShown(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, "old")
	w.a.keep(who, 1, "new")
	w.a.drafts.visit.saw(wire.ID{1}, 9)
	if all, err := w.a.drafts.All(t.Context(), who); !errors.Is(err, fault.DraftUnreadable) {
		t.Error(contents(all), err)
	}
}

// TestLeavingEndsTheSessionAtTheMailbox.
func TestLeavingEndsTheSessionAtTheMailbox(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	s := *w.a.drafts.visit.session
	ended := make(chan struct{})
	w.mu.Lock()
	w.answer = func(string, []byte) bool { close(ended); return true }
	w.mu.Unlock()
	w.a.drafts.Leave(who)
	<-ended
	w.mu.Lock()
	w.answer = nil
	w.mu.Unlock()
	s.seq += 10
	if err := w.a.Kiosk.calls.call(t.Context(), wire.CallDraftList, &s, wire.Empty{}, &wire.DraftListAnswer{}); refusedAs(err) != "session-unknown" {
		t.Error(err)
	}
}

// TestRefusedLoginIsALocalOne: the mailbox judges a card, the kiosk sends nobody away.
func TestRefusedLoginIsALocalOne(t *testing.T) {
	w := newTown(t)
	w.ahead = 10 * 365 * 24 * time.Hour // the certificate has ended there
	who := w.a.enters(w.a.hanako)
	if w.a.drafts.visit.session != nil || !w.a.keep(who, 1, typed) {
		t.Error("a session with an expired certificate")
	}
	w.a.finds(who, typed)
}

// TestSilentMailboxHoldsNobodyUp: the log-in is local after its bound.
func TestSilentMailboxHoldsNobodyUp(t *testing.T) {
	w := newTown(t)
	w.lost(true)
	who := w.a.enters(w.a.hanako)
	if w.a.drafts.visit.session != nil || !w.a.keep(who, 1, typed) {
		t.Error("a session without an answer")
	}
}

var nextCard struct {
	once sync.Once
	opts sim.Options
}

// ecdsa is a card of the next generation, whose signatures differ each time.
func (s *shelf) ecdsa() sim.Options {
	s.t.Helper()
	nextCard.once.Do(func() {
		o := s.hanako
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			s.t.Fatal(err)
		}
		o.Kind, o.AuthKey, o.SignKey = sim.Next, key, key
		o.AuthCert, err = s.city.Auth.Issue(profile.JPKIAuth, issue.Request{
			Subject: pkix.Name{Country: []string{"JP"}, CommonName: "20260101000000"}, Public: key.Public(),
			From: time.Now().AddDate(0, -1, 0), To: time.Now().AddDate(4, 0, 0),
		})
		if err != nil {
			s.t.Fatal(err)
		}
		nextCard.opts = o
	})
	return nextCard.opts
}

// TestCardThatCannotRebuildAKeyIsHeldOne by the mailbox, and none without a line.
func TestCardThatCannotRebuildAKeyIsHeldOne(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.ecdsa())
	if w.a.keep(who, 1, typed) {
		t.Error("not handed over")
	}
	w.line(false)
	if !w.a.keep(who, 1, "gone on without a line") {
		t.Error("not kept here")
	}
	w.b.enters(w.b.ecdsa())
	if _, err := w.b.drafts.Keep(t.Context(), who, keptOf(2, "x")); !errors.Is(err, fault.DraftKeyless) {
		t.Error(err)
	}
	w.line(true)
	w.a.enters(w.a.ecdsa())
	w.a.finds(who, "gone on without a line")
	w.b.enters(w.b.ecdsa())
	w.b.finds(who, "gone on without a line")
}

// TestAnswerRefused: each by the name of what is refused; the call goes on waiting for the right one.
func TestAnswerRefused(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	v := w.a.drafts.visit
	for name, spoil := range map[string]func(good []byte) []byte{
		"from somebody else": func(good []byte) []byte {
			a, _, _ := wire.ParseAnswer(good)
			a.Ciphertext = []byte("what a broker would like to say")
			return a.Marshal()
		},
		"to another call": func(good []byte) []byte {
			a, _, _ := wire.ParseAnswer(good)
			other := wire.ID{9}
			a.Call = other[:]
			return a.Marshal()
		},
		"tampered": func(good []byte) []byte {
			out := slices.Clone(good)
			out[len(out)-1] ^= 1
			return out
		},
		"nonce tampered": func(good []byte) []byte {
			a, _, _ := wire.ParseAnswer(good)
			a.Nonce = slices.Clone(a.Nonce)
			a.Nonce[0] ^= 1
			return a.Marshal()
		},
		"truncated": func(good []byte) []byte { return good[:len(good)-1] },
		"oversize":  func([]byte) []byte { return make([]byte, wire.MaxCall+1) },
		"none":      func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var refused error
			w.mu.Lock()
			w.answer = func(_ string, good []byte) bool {
				refused = w.a.Kiosk.calls.take(spoil(good))
				return true // and then the right one
			}
			w.mu.Unlock()
			if err := v.ask(t.Context(), wire.CallDraftList, wire.Empty{}, &wire.DraftListAnswer{}); err != nil || refused == nil {
				t.Error(err, refused)
			}
		})
	}
	t.Run("replayed", func(t *testing.T) {
		var good []byte
		w.mu.Lock()
		w.answer = func(_ string, payload []byte) bool { good = payload; return true }
		w.mu.Unlock()
		if err := v.ask(t.Context(), wire.CallDraftList, wire.Empty{}, &wire.DraftListAnswer{}); err != nil {
			t.Fatal(err)
		}
		if err := w.a.Kiosk.calls.take(good); !errors.Is(err, errNotWaiting) {
			t.Error(err)
		}
	})
	w.a.drafts.Leave(who)
}

func TestCallWithoutALineIsNotNow(t *testing.T) {
	w := newTown(t)
	w.line(false)
	call := func() error {
		return w.a.Kiosk.calls.call(t.Context(), wire.CallNonce, nil, wire.Empty{}, &wire.NonceAnswer{})
	}
	if err := call(); !errors.Is(err, fault.NotNow) {
		t.Error(err)
	}
	w.line(true)
	w.mu.Lock()
	w.answer = func(string, []byte) bool { w.line(false); return false }
	w.mu.Unlock()
	if err := call(); !errors.Is(err, fault.NotNow) { // it ends when the line does, not after its limit
		t.Error(err)
	}
	var none *calls
	if err := none.call(t.Context(), wire.CallNonce, nil, wire.Empty{}, nil); !errors.Is(err, fault.NotNow) {
		t.Error(err)
	}
}

var _ flows.Drafts = (*unfinished)(nil)
