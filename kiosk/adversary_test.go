package kiosk

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"madoguchi/fault"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/draft"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

// The rows of "who can, who cannot" that concern calls and drafts.

// TestKioskThiefCannotLogIn: whoever has the device key and no card gets no session, and none once it is struck off.
func TestKioskThiefCannotLogIn(t *testing.T) {
	w := newTown(t)
	thief := w.a.Kiosk.calls
	var nonce wire.NonceAnswer
	if err := thief.call(t.Context(), wire.CallNonce, nil, wire.Empty{}, &nonce); err != nil {
		t.Fatal(err)
	}
	q, err := thief.begin()
	if err != nil {
		t.Fatal(err)
	}
	text, err := wire.LoginChallenge(mailboxName, "k1", nonce.Nonce, wire.RoleResident, q.asking.Enc()).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	ask := wire.LoginAsk{Challenge: text, Certificate: w.a.hanako.AuthCert, Signature: make([]byte, 256)} // a certificate is public
	if err := thief.put(t.Context(), q, wire.CallLogin, nil, ask, &wire.LoginAnswer{}); refusedAs(err) != "challenge-signature" {
		t.Error(err)
	}
	if err := w.store.Update(t.Context(), func(tx *store.Tx) error { return registry.Strike(tx, "k1", "stolen", w.a.now()) }); err != nil {
		t.Fatal(err)
	}
	w.lost(true)
	if err := thief.call(t.Context(), wire.CallNonce, nil, wire.Empty{}, &nonce); !errors.Is(err, fault.NotNow) { // not even an answer
		t.Error(err)
	}
}

// TestKioskThiefCannotReadDrafts: neither contents nor owners, with everything that is on the kiosk's disk.
func TestKioskThiefCannotReadDrafts(t *testing.T) {
	w := newTown(t)
	w.line(false)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, typed)
	row := w.a.drafts.room.Owned(w.a.owner(who))[0]
	guess, err := draft.ByCardKey(salts(t, row.Sealed), bytes.Repeat([]byte{1}, 256))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := draft.Open([]*draft.Key{guess}, who.AuthKey, row.Sealed); !errors.Is(err, draft.ErrOpen) {
		t.Error(err)
	}
	if w.b.owner(who) == row.Owner {
		t.Error("two kiosks know the same person by the same tag")
	}
}

func salts(t *testing.T, sealed []byte) string {
	t.Helper()
	h, _, err := draft.Parse(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return h.Salt
}

// TestRogueKioskCannotActWithoutTheCard: a session of one kiosk is none at another, and has ended for who has left.
func TestRogueKioskCannotActWithoutTheCard(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, typed)
	stolen := *w.a.drafts.visit.session
	stolen.seq += 100
	list := func(c *calls, s *session) error {
		return c.call(t.Context(), wire.CallDraftList, s, wire.Empty{}, &wire.DraftListAnswer{})
	}
	if err := list(w.b.Kiosk.calls, &stolen); refusedAs(err) != "session-of-another-kiosk" {
		t.Error(err)
	}
	w.a.enters(w.a.taro) // hanako has left
	if err := list(w.a.Kiosk.calls, &stolen); refusedAs(err) != "session-unknown" {
		t.Error(err)
	}
}

// TestRogueBrokerCannotReadOrAttributeOrForge: nothing in the clear but kiosk, key and call id; what it makes up is no
// answer, and what it keeps is none later.
func TestRogueBrokerCannotReadOrAttributeOrForge(t *testing.T) {
	w := newTown(t)
	var seen [][]byte
	w.mu.Lock()
	w.answer = func(_ string, payload []byte) bool { seen = append(seen, slices.Clone(payload)); return true }
	w.mu.Unlock()
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, typed)
	q, err := w.a.Kiosk.calls.begin()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := w.a.Kiosk.calls.seal(q, wire.CallDraftGet, w.a.drafts.visit.session, wire.DraftAsk{ID: wire.ID{1}.String()})
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range append(seen, sealed) {
		for _, secret := range [][]byte{[]byte("draft"), []byte(w.a.drafts.visit.session.token), who.AuthKey[:], []byte(who.AuthKey.String())} {
			if bytes.Contains(payload, secret) {
				t.Errorf("the line shows %q", secret)
			}
		}
	}
	own, err := seal.Generate(w.key.ID()) // a key of the same name
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.ParseCall(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := seal.OpenCall(own, mailboxName, m.Header, m.Enc, m.Ciphertext); !errors.Is(err, seal.ErrOpen) {
		t.Error(err)
	}
	for _, old := range seen { // a roll-back to what was answered before
		if err := w.a.Kiosk.calls.take(old); !errors.Is(err, errNotWaiting) {
			t.Error(err)
		}
	}
}

// TestMailboxOperatorCannotReadADraft of a card that rebuilds its key: everything that the mailbox has is not enough.
func TestMailboxOperatorCannotReadADraft(t *testing.T) {
	w := newTown(t)
	who := w.a.enters(w.a.hanako)
	w.a.keep(who, 1, typed)
	w.nothingIn(who)
	var d store.Draft
	err := w.store.View(t.Context(), func(tx *store.Tx) (err error) {
		d, err = tx.Draft(who.AuthKey, wire.ID{1})
		return err
	})
	if err != nil || d.Scheme != string(draft.ByCard) {
		t.Fatal(d.Scheme, err)
	}
	err = w.store.View(t.Context(), func(tx *store.Tx) error { _, _, err := tx.DraftKey(who.AuthKey); return err })
	if !errors.Is(err, store.ErrNotFound) {
		t.Error("the mailbox holds a key: ", err)
	}
}
