package sim

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/device/apdu"
)

func TestParseMishap(t *testing.T) {
	for line, want := range map[string]*Mishap{
		"pull-before 1":    {What: PullBefore, At: 1},
		"pull-during  12 ": {What: PullDuring, At: 12},
		"slow 0 250ms":     {What: Slow, Delay: 250 * time.Millisecond},
		"mute 3":           {What: Mute, At: 3},
		"slow 0":           nil, "slow 0 1h": nil, "slow 0 -1s": nil, "mute": nil, "mute -1": nil, "mute 1 2": nil, "loud 1": nil, "": nil, "mute x": nil,
	} {
		got, err := ParseMishap(line)
		if want == nil {
			if !errors.Is(err, ErrMishap) {
				t.Errorf("%q: %v", line, err)
			}
			continue
		}
		if err != nil || got != *want {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

func FuzzMishap(f *testing.F) {
	f.Add("pull-during 3")
	f.Add("slow 0 1m0s")
	f.Fuzz(func(t *testing.T, line string) {
		m, err := ParseMishap(line)
		if err != nil {
			return
		}
		if again, err := ParseMishap(m.String()); err != nil || again != m {
			t.Fatalf("%q became %q", line, m)
		}
	})
}

func TestMishaps(t *testing.T) {
	for name, test := range map[string]struct {
		what  What
		want  string // what comes back for the second command, a wrong PIN; "": ErrRemoved
		tries int    // in the file afterwards
	}{
		"pulled before": {PullBefore, "", 3},
		"pulled during": {PullDuring, "", 2},
		"garbage":       {Garbage, "1212", 2},
		"cut":           {Cut, "63", 2},
		"stub":          {Stub, "63", 2},
		"short only":    {ShortOnly, "63c2", 2},
	} {
		t.Run(name, func(t *testing.T) {
			path := cardFile(t)
			r := insert(t, path)
			r.Play(Mishap{What: test.what, At: 2})
			s := connect(t, r)
			say(t, s, selectJPKI, "9000")
			got, err := s.Transmit(t.Context(), unhex(t, wrongAuth))
			if pulled := test.want == ""; pulled != errors.Is(err, apdu.ErrRemoved) || pulled == r.Present() || !pulled && len(got)*2 != len(test.want) {
				t.Errorf("%x, %v, present %v", got, err, r.Present())
			}
			if test.want != "" && test.want != "1212" && hex.EncodeToString(got) != test.want {
				t.Errorf("%x", got)
			}
			if f, err := Load(path); err != nil || f.Auth.Tries != test.tries {
				t.Errorf("%d tries, %v", f.Auth.Tries, err)
			}
			if r.Count() != 2 {
				t.Errorf("%d commands counted", r.Count())
			}
		})
	}
}

func TestLongerAnswerAndShortOnly(t *testing.T) {
	r := insert(t, cardFile(t))
	r.Play(Mishap{What: Longer, At: 2}, Mishap{What: ShortOnly})
	s := connect(t, r)
	say(t, s, selectJPKI, "9000")
	if got, err := s.Transmit(t.Context(), unhex(t, "00b0880003")); err != nil || len(got) != 305 {
		t.Errorf("%x, %v", got, err)
	}
	say(t, s, "00b08800000003", "6700")
	say(t, s, "00b0880003", "8f8f009000")
}

func TestScriptOfTheCardCountsFromEachInsertion(t *testing.T) {
	path := cardFile(t)
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Script = []Mishap{{What: PullBefore, At: 2}}
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	r := NewReader("slot")
	for range 2 {
		if err := r.Insert(path); err != nil {
			t.Fatal(err)
		}
		s := connect(t, r)
		say(t, s, selectJPKI, "9000")
		if _, err := s.Transmit(t.Context(), unhex(t, "00200098")); !errors.Is(err, apdu.ErrRemoved) {
			t.Error(err)
		}
	}
	r.Play(Mishap{What: PullBefore, At: 9}) // in place of the card's own, over insertions
	if err := r.Insert(path); err != nil {
		t.Fatal(err)
	}
	s := connect(t, r)
	say(t, s, selectJPKI, "9000")
	say(t, s, "00200098", "63c3")
}

func TestSlowAndMute(t *testing.T) {
	path := cardFile(t)
	synctest.Test(t, func(t *testing.T) {
		r := insert(t, path)
		r.Play(Mishap{What: Slow, At: 1, Delay: 3 * time.Second}, Mishap{What: Mute, At: 2}, Mishap{What: Mute, At: 3}, Mishap{What: Mute, At: 4})
		s := connect(t, r)
		start := time.Now()
		say(t, s, selectJPKI, "9000")
		if late := time.Since(start); late != 3*time.Second {
			t.Errorf("after %v", late)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := s.Transmit(ctx, unhex(t, "00200098")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("mute: %v", err)
		}
		for _, end := range []func(){func() { _ = s.Close() }, r.Remove} {
			answered := make(chan error)
			go func() {
				_, err := s.Transmit(t.Context(), unhex(t, "00200098"))
				answered <- err
			}()
			synctest.Wait()
			end()
			if err := <-answered; !errors.Is(err, apdu.ErrClosed) && !errors.Is(err, apdu.ErrRemoved) {
				t.Errorf("mute until the end: %v", err)
			}
			if s, _ = r.Connect(t.Context()); s == nil {
				break
			}
		}
	})
}
