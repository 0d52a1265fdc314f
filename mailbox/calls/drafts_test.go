package calls

import (
	"bytes"
	"testing"
	"time"

	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

// drafts lists what a person's session sees.
func (r *rig) drafts(by *mailboxtest.Kiosk, s *token) []wire.DraftEntry {
	r.t.Helper()
	var answer wire.DraftListAnswer
	if got := r.fire(shot{by: by, name: wire.CallDraftList, session: s}, &answer); got != "" {
		r.t.Fatal(got)
	}
	return answer.Drafts
}

func (r *rig) get(by *mailboxtest.Kiosk, s *token, id wire.ID) ([]byte, Refusal) {
	r.t.Helper()
	var answer wire.DraftAnswer
	refused := r.fire(shot{by: by, name: wire.CallDraftGet, session: s, body: wire.DraftAsk{ID: id.String()}}, &answer)
	return answer.Sealed, refused
}

func TestDraftIsFoundAtAnotherKiosk(t *testing.T) {
	r := newRig(t)
	sealed := sealedDraft(t, wire.ID{1}, 1, salt(1))
	if got := r.put(r.k1, r.logIn(r.k1, r.people.hanako), 0, sealed); got != "" {
		t.Fatal(got)
	}
	var login wire.LoginAnswer
	if got := r.fire(shot{by: r.k2, name: wire.CallLogin, login: r.signs(r.people.hanako, "k2", r.nonce(r.k2), nil)}, &login); got != "" {
		t.Fatal(got)
	}
	s := &token{text: login.Session}
	all := r.drafts(r.k2, s)
	if len(all) != 1 || all[0].Version != 1 || all[0].Sum != wire.Sum(sealed).String() || len(login.Salts) != 1 || login.Salts[0] != salt(1) {
		t.Fatalf("%+v, %+v", all, login)
	}
	if got, refused := r.get(r.k2, s, wire.ID{1}); refused != "" || !bytes.Equal(got, sealed) {
		t.Error(refused)
	}
	if got := r.fire(shot{by: r.k2, name: wire.CallDraftDrop, session: s, body: wire.DraftAsk{ID: wire.ID{1}.String()}}, nil); got != "" {
		t.Fatal(got)
	}
	if all := r.drafts(r.k2, s); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestOtherPersonsDraftIsRefused: neither seen, nor got, nor dropped, nor replaced.
func TestOtherPersonsDraftIsRefused(t *testing.T) {
	r := newRig(t)
	mine := sealedDraft(t, wire.ID{1}, 1, salt(1))
	hanako, taro := r.logIn(r.k1, r.people.hanako), r.logIn(r.k2, r.people.taro)
	if got := r.put(r.k1, hanako, 0, mine); got != "" {
		t.Fatal(got)
	}
	if all := r.drafts(r.k2, taro); len(all) != 0 {
		t.Error("seen")
	}
	if _, refused := r.get(r.k2, taro, wire.ID{1}); refused != UnknownDraft {
		t.Error("got: ", refused)
	}
	r.fire(shot{by: r.k2, name: wire.CallDraftDrop, session: taro, body: wire.DraftAsk{ID: wire.ID{1}.String()}}, nil)
	if got := r.put(r.k2, taro, 0, sealedDraft(t, wire.ID{1}, 9, salt(2))); got != "" {
		t.Fatal(got)
	}
	if got, refused := r.get(r.k1, hanako, wire.ID{1}); refused != "" || !bytes.Equal(got, mine) {
		t.Error("dropped or replaced: ", refused)
	}
}

func TestRolledBackDraftIsRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	first, second := sealedDraft(t, wire.ID{1}, 1, salt(1)), sealedDraft(t, wire.ID{1}, 2, salt(1))
	for base, sealed := range [][]byte{first, second, second} { // the last one again, since its answer was lost
		if got := r.put(r.k1, s, uint64(base), sealed); got != "" {
			t.Fatal(base, got)
		}
	}
	if got := r.put(r.k1, s, 0, first); got != DraftConflict {
		t.Error(got)
	}
	if got := r.put(r.k1, s, 2, first); got != OlderDraft {
		t.Error(got)
	}
	if all := r.drafts(r.k1, s); len(all) != 1 || all[0].Version != 2 {
		t.Errorf("%+v", all)
	}
}

// TestDraftThatAnotherKioskChangedIsNotOverwritten: nothing is lost silently.
func TestDraftThatAnotherKioskChangedIsNotOverwritten(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	one := sealedDraft(t, wire.ID{1}, 1, salt(1))
	r.put(r.k1, s, 0, one)
	other := sealedDraft(t, wire.ID{1}, 2, salt(1))
	r.put(r.k2, r.logIn(r.k2, r.people.hanako), 1, other)
	if got := r.put(r.k1, s, 1, sealedDraft(t, wire.ID{1}, 5, salt(1))); got != DraftConflict {
		t.Error(got)
	}
	late := shot{by: r.k1, name: wire.CallDraftPut, session: s, body: wire.DraftPutAsk{Base: 0, Prior: wire.Sum(other).String(), Sealed: sealedDraft(t, wire.ID{1}, 3, salt(1))}}
	if got := r.fire(late, nil); got != "" { // it came from the very bytes that are there
		t.Error(got)
	}
}

func TestTooManyDraftsAreRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	for n := range draftsOfPerson {
		if got := r.put(r.k1, s, 0, sealedDraft(t, wire.ID{byte(n)}, 1, salt(byte(n%saltsOfPerson)))); got != "" {
			t.Fatal(n, got)
		}
	}
	if got := r.put(r.k1, s, 0, sealedDraft(t, wire.ID{99}, 1, salt(1))); got != TooManyDrafts {
		t.Error(got)
	}
	if got := r.put(r.k1, s, 1, sealedDraft(t, wire.ID{1}, 2, salt(77))); got != TooManySalts {
		t.Error(got)
	}
	if got := r.put(r.k1, s, 1, sealedDraft(t, wire.ID{1}, 2, salt(1))); got != "" {
		t.Error("a change is none more: ", got)
	}
}

func TestFullKioskIsRefused(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	err := r.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("fill", `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO drafts SELECT randomblob(32), randomblob(16), 1, '', '', x'', 'k1', ?, 1, x'00' FROM n`, draftsOfKiosk, r.now.Unix())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.put(r.k1, s, 0, sealedDraft(t, wire.ID{1}, 1, salt(1))); got != KioskFull {
		t.Error(got)
	}
}

// TestDraftsEndAfterThirtyDays of the mailbox's clock since they were last saved, and the keys held for them.
func TestDraftsEndAfterThirtyDays(t *testing.T) {
	r := newRig(t)
	s := r.logIn(r.k1, r.people.hanako)
	var key, again, other wire.DraftKeyAnswer
	r.fire(shot{by: r.k1, name: wire.CallDraftKey, session: s}, &key)
	r.put(r.k1, s, 0, sealedDraft(t, wire.ID{1}, 1, salt(1)))
	r.now = r.now.Add(20 * 24 * time.Hour)
	s = r.logIn(r.k1, r.people.hanako)
	r.put(r.k1, s, 0, sealedDraft(t, wire.ID{2}, 1, salt(1)))
	r.now = r.now.Add(10*24*time.Hour + time.Second)
	s = r.logIn(r.k1, r.people.hanako)
	if all := r.drafts(r.k1, s); len(all) != 1 || all[0].ID != (wire.ID{2}).String() {
		t.Errorf("%+v", all)
	}
	if _, refused := r.get(r.k1, s, wire.ID{1}); refused != UnknownDraft {
		t.Error(refused)
	}
	sweep := func() {
		if err := r.server.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	r.fire(shot{by: r.k1, name: wire.CallDraftKey, session: s}, &again)
	r.now = r.now.Add(DraftTerm)
	sweep()
	s = r.logIn(r.k1, r.people.hanako)
	r.fire(shot{by: r.k1, name: wire.CallDraftKey, session: s}, &other)
	if !bytes.Equal(key.Key, again.Key) || key.Salt != again.Salt || bytes.Equal(key.Key, other.Key) || len(key.Key) == 0 {
		t.Error("the held key changed while there were drafts, or outlived them")
	}
	if all := r.drafts(r.k1, s); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// TestHeldKeyIsItsOwnersAlone.
func TestHeldKeyIsItsOwnersAlone(t *testing.T) {
	r := newRig(t)
	var hers, his wire.DraftKeyAnswer
	r.fire(shot{by: r.k1, name: wire.CallDraftKey, session: r.logIn(r.k1, r.people.hanako)}, &hers)
	r.fire(shot{by: r.k2, name: wire.CallDraftKey, session: r.logIn(r.k2, r.people.taro)}, &his)
	if len(hers.Key) == 0 || bytes.Equal(hers.Key, his.Key) {
		t.Error("one key for two")
	}
}
