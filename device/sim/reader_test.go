package sim

import (
	"context"
	"encoding/hex"
	"errors"
	"path/filepath"
	"testing"

	"madoguchi/device/apdu"
)

func cardFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "card.json")
	if err := newFile(t).Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func insert(t testing.TB, path string) *Reader {
	t.Helper()
	r := NewReader("slot")
	if err := r.Insert(path); err != nil {
		t.Fatal(err)
	}
	return r
}

func connect(t testing.TB, r *Reader) apdu.Session {
	t.Helper()
	s, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func say(t testing.TB, s apdu.Session, command, want string) {
	t.Helper()
	got, err := s.Transmit(t.Context(), unhex(t, command))
	if err != nil || hex.EncodeToString(got) != want {
		t.Fatalf("%s: got %.60x, %v; want %s", command, got, err, want)
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestSlot(t *testing.T) {
	path := cardFile(t)
	r := NewReader("slot")
	if r.Name() != "slot" || r.Present() || !r.Extended() || r.Inserted() != "" {
		t.Error("a new slot")
	}
	if _, err := r.Connect(t.Context()); !errors.Is(err, apdu.ErrNoCard) {
		t.Errorf("empty: %v", err)
	}
	changed := r.Changed()
	r.Remove()
	if err := r.Insert(filepath.Join(t.TempDir(), "none")); err == nil || closed(changed) || r.Present() {
		t.Error("nothing has been inserted or removed", err)
	}
	if err := r.Insert(path); err != nil || !closed(changed) || !r.Present() || r.Inserted() != path {
		t.Fatal("inserted", err)
	}
	changed = r.Changed()
	if err := r.Insert(path); !errors.Is(err, ErrOccupied) || closed(changed) {
		t.Errorf("occupied: %v", err)
	}
	r.Remove()
	if !closed(changed) || r.Present() {
		t.Error("removed")
	}
}

func TestSessionIsExclusiveAndDiesWithTheCard(t *testing.T) {
	path := cardFile(t)
	r := insert(t, path)
	s := connect(t, r)
	if _, err := r.Connect(t.Context()); !errors.Is(err, apdu.ErrBusy) {
		t.Errorf("second session: %v", err)
	}
	r.Remove()
	if err := r.Insert(path); err != nil {
		t.Fatal(err)
	}
	second := connect(t, r)
	for range 2 {
		if _, err := s.Transmit(t.Context(), unhex(t, selectJPKI)); !errors.Is(err, apdu.ErrRemoved) {
			t.Errorf("card came back: %v", err)
		}
		if err := s.Close(); err != nil { // must not end the second session
			t.Error(err)
		}
	}
	say(t, second, selectJPKI, "9000")
	for range 2 {
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := second.Transmit(t.Context(), unhex(t, selectJPKI)); !errors.Is(err, apdu.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	third := connect(t, r)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := third.Transmit(ended, unhex(t, selectJPKI)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	if _, err := r.Connect(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestPowerOffForgetsThePIN(t *testing.T) {
	r := insert(t, cardFile(t))
	s := connect(t, r)
	say(t, s, selectJPKI, "9000")
	say(t, s, verifySign, "9000")
	say(t, s, "00b0810001", "309000")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = connect(t, r)
	say(t, s, "00b0810001", "6a82")
	say(t, s, selectJPKI, "9000")
	say(t, s, "00b0810001", "6982")
}

// Neither another reader nor another process brings tries back.
func TestCountersStayInTheFile(t *testing.T) {
	path := cardFile(t)
	for _, want := range []string{"63c4", "63c3", "63c2", "63c1", "63c0", "6984"} {
		r := insert(t, path)
		s := connect(t, r)
		say(t, s, selectJPKI, "9000")
		say(t, s, wrongSign, want)
		r.Remove()
	}
	f, err := Load(path)
	if err != nil || f.Sign.Tries != 0 || f.Auth.Tries != 3 {
		t.Fatalf("%+v, %v", f, err)
	}
	f.Sign.Tries = 2 // the municipal office
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	s := connect(t, insert(t, path))
	say(t, s, selectJPKI, "9000")
	say(t, s, verifySign, "9000")
	if f, err = Load(path); err != nil || f.Sign.Tries != 5 {
		t.Errorf("success sets it back: %+v, %v", f, err)
	}
}

func TestCounterIsInTheFileBeforeTheAnswerLeaves(t *testing.T) {
	path := cardFile(t)
	r := insert(t, path)
	s := connect(t, r)
	seen := 0
	r.Log(func(command, response []byte) {
		f, err := Load(path)
		if err != nil {
			t.Error(err)
			return
		}
		switch hex.EncodeToString(response) {
		case "63c2", "63c1":
			seen++
			if left := int(response[1] & 0xF); f.Auth.Tries != left {
				t.Errorf("answer says %d, file %d", left, f.Auth.Tries)
			}
			clear(command) // a copy: the card has its own
		}
	})
	say(t, s, selectJPKI, "9000")
	say(t, s, wrongAuth, "63c2")
	say(t, s, wrongAuth, "63c1")
	if seen != 2 {
		t.Errorf("%d answers seen", seen)
	}
}

func TestCardPulledBeforeTheAnswerHasSpentTheTry(t *testing.T) {
	path := cardFile(t)
	r := insert(t, path)
	s := connect(t, r)
	say(t, s, selectJPKI, "9000")
	r.Log(func(_, _ []byte) { r.Remove() })
	if response, err := s.Transmit(t.Context(), unhex(t, wrongAuth)); !errors.Is(err, apdu.ErrRemoved) || response != nil {
		t.Errorf("got %x, %v", response, err)
	}
	if f, err := Load(path); err != nil || f.Auth.Tries != 2 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestReaderWithoutExtendedLength(t *testing.T) {
	r := insert(t, cardFile(t))
	r.SetExtended(false)
	if r.Extended() {
		t.Error("still extended")
	}
	s := connect(t, r)
	say(t, s, selectJPKI, "9000")
	if _, err := s.Transmit(t.Context(), unhex(t, "00b08a00000000")); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	say(t, s, "00b08a0001", "309000")
}
