package card_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/sim"
)

// guard watches what reaches the card. A PIN may go to its own file only, and to each no oftener than once.
type guard struct {
	t        *testing.T
	pins     map[string]byte // by their bytes: the file, as the next command names it
	selected byte
	verified int
	changed  int
}

func (g *guard) see(command, _ []byte) {
	ins := command[1]
	switch {
	case ins == sel && command[2] == 4:
		g.selected = 0
	case ins == sel:
		g.selected = command[6]
	case len(command) > 4 && (ins == verify || ins == change):
		g.pin(ins, command)
	case command[3]&0x80 != 0 && command[3] != 0x80 && ins != read:
		g.selected = command[3] & 0x1F
	case command[2]&0x80 != 0 && ins == read:
		g.selected = command[2] & 0x1F
	}
}

func (g *guard) pin(ins byte, command []byte) {
	file := g.selected
	if command[3] != 0x80 {
		file = command[3] & 0x1F
	}
	want, known := g.pins[string(command[5:])]
	if !known || file != want {
		g.t.Errorf("%02X: a PIN that is not that file's (%02X)", ins, file)
	}
	if ins == verify {
		g.verified++
	} else {
		g.changed++
	}
	if g.verified > 1 || g.changed > 1 {
		g.t.Errorf("%d VERIFY and %d changes for one PIN", g.verified, g.changed)
	}
}

// trial is one use of a card that something befalls.
type trial struct {
	name    string
	run     flow
	wrong   bool // with a wrong PIN
	changes bool // the PIN
	number  bool // by 照合番号B
}

var trials = []trial{
	{"log-in", logInFlow, false, false, false},
	{"signing", signFlow, false, false, false},
	{"the person's data", attributesFlow, false, false, false},
	{"the person's data by number", numberFlow, false, false, true},
	{"PIN change", changeFlow, false, true, false},
	{"log-in, wrong PIN", logInFlow, true, false, false},
	{"signing, wrong password", signFlow, true, false, false},
	{"the person's data, wrong PIN", attributesFlow, true, false, false},
	{"the person's data, wrong number", numberFlow, true, false, true},
	{"PIN change, wrong PIN", changeFlow, true, true, false},
}

// TestMishapAtEveryCommand lets everything that can go wrong befall every single command of every use of a card, of
// cards of each way of addressing. Whatever comes: a named error; no PIN at another file, none sent twice; the
// counters on the card tell of no other try than the one; and the same card, put in again, works.
func TestMishapAtEveryCommand(t *testing.T) {
	for name, change := range map[string]func(*sim.Options){
		"extended": func(*sim.Options) {},
		"short, files selected": func(o *sim.Options) {
			o.Extended, o.Quirks = false, []sim.Quirk{sim.NoShortIDs}
		},
		"next": next(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, change)
			pristine, err := os.ReadFile(w.path)
			if err != nil {
				t.Fatal(err)
			}
			w.path = filepath.Join(memory(t), "card.json")
			w.restore(t, pristine)
			for _, one := range trials {
				if name == "next" && one.number {
					continue // it has none
				}
				w.insert(t)
				commands := w.commands(t, one, name == "next")
				w.restore(t, pristine)
				for _, what := range []sim.What{sim.PullBefore, sim.PullDuring, sim.Garbage, sim.Cut, sim.Stub, sim.Longer, sim.Mute} {
					for n := 1; n <= commands; n += stride() {
						t.Run(fmt.Sprintf("%s/%s %d", one.name, what, n), func(t *testing.T) {
							w.befall(t, one, sim.Mishap{What: what, At: n}, name == "next")
						})
						w.restore(t, pristine)
					}
				}
			}
		})
	}
}

// stride leaves most commands out where the tests are to be short.
func stride() int {
	if testing.Short() {
		return 4
	}
	return 1
}

// memory is a folder that costs no disk, where there is one: the card's file is made durable thousands of times.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "card-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// commands counts what an undisturbed use sends.
func (w *world) commands(t *testing.T, one trial, next bool) int {
	t.Helper()
	w.sent = nil
	w.reader.Log(func(command, _ []byte) { w.sent = append(w.sent, command[1]) })
	s := w.session(t)
	var wrong *card.PINError
	if err := one.run(t.Context(), s, true, w.chosen(one, next)); (err != nil) != one.wrong || one.wrong && !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	_ = s.Close()
	return len(w.sent)
}

func (w *world) restore(t *testing.T, pristine []byte) {
	t.Helper()
	if err := os.WriteFile(w.path, pristine, 0o600); err != nil {
		t.Fatal(err)
	}
}

// insert puts the card into a slot of its own.
func (w *world) insert(t *testing.T) {
	t.Helper()
	w.reader = sim.NewReader("slot")
	if err := w.reader.Insert(w.path); err != nil {
		t.Fatal(err)
	}
}

// chosen are the PINs of a trial.
func (w *world) chosen(one trial, next bool) pins {
	p := w.pins()
	if next {
		p.face = p.auth
	}
	if one.wrong {
		p.auth, p.sign, p.face, p.number = []byte("0000"), []byte("XYZ987"), []byte("0001"), []byte("02040120351009")
	}
	return p
}

func (w *world) befall(t *testing.T, one trial, m sim.Mishap, next bool) {
	p := w.chosen(one, next)
	g := &guard{t: t, pins: map[string]byte{string(p.auth): 0x18, string(p.fresh): 0x18, string(p.sign): 0x1B, string(p.face): 0x11, string(p.number): 0x15}}
	if next {
		g.pins = map[string]byte{string(p.auth): 0x05, string(p.fresh): 0x05, string(p.sign): 0x06, string(p.face): 0x05}
	}
	synctest.Test(t, func(t *testing.T) { // where the time limit of a mute card costs none
		w.insert(t)
		w.reader.Log(g.see)
		w.reader.Play(m)
		s, err := w.reader.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = one.run(t.Context(), apdu.Limit(s, time.Minute), true, p)
		_ = s.Close()
		w.judge(t, one, m, g, err)
		w.recovers(t, one, next)
	})
}

// judge holds the error and the card's counters against what has happened.
func (w *world) judge(t *testing.T, one trial, m sim.Mishap, g *guard, err error) {
	t.Helper()
	var status *apdu.StatusError
	var wrong *card.PINError
	named := errors.As(err, &status) || errors.As(err, &wrong)
	for _, e := range []error{
		apdu.ErrRemoved, apdu.ErrMute, apdu.ErrResponse, card.ErrUnknown, card.ErrChangeUnknown, card.ErrAnswer, card.ErrNotJPKI,
		card.ErrNoAttributes, errSignature,
	} {
		named = named || errors.Is(err, e)
	}
	pulled := m.What == sim.PullBefore || m.What == sim.PullDuring
	switch {
	case err == nil && (m.What != sim.Longer || one.wrong), err != nil && !named:
		t.Errorf("no named error: %v", err)
	case pulled && !errors.Is(err, apdu.ErrRemoved), m.What == sim.Mute && !errors.Is(err, apdu.ErrMute):
		t.Errorf("another error than what happened: %v", err)
	}
	f, loadErr := sim.Load(w.path)
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	spent := f.Auth.Limit - f.Auth.Tries + f.Sign.Limit - f.Sign.Tries
	if f.Face.PIN != nil {
		spent += f.Face.Limit - f.Face.Tries + 10 - f.Face.NumberTries
	}
	want := 0
	if one.wrong {
		want = g.verified
	}
	if spent != want {
		t.Errorf("%d tries spent, %d wrong PINs reached the card", spent, want)
	}
	isNew := bytes.Equal(f.Auth.PIN, []byte("8642"))
	if isNew != (g.changed == 1) || isNew && err != nil && !errors.Is(err, card.ErrChangeUnknown) {
		t.Errorf("the PIN on the card is the new one: %v, and the error %v", isNew, err)
	}
}

// recovers puts the card in again and uses it as before with the PINs that its person may know.
func (w *world) recovers(t *testing.T, one trial, next bool) {
	t.Helper()
	w.insert(t)
	again := func(p pins) error {
		s := w.session(t)
		defer func() { _ = s.Close() }()
		if one.changes {
			return logInFlow(t.Context(), s, true, p)
		}
		return one.run(t.Context(), s, true, p)
	}
	right := w.chosen(trial{}, next)
	err := again(right)
	var wrong *card.PINError
	if one.changes && errors.As(err, &wrong) && wrong.Left == 2 { // it was changed after all: one more, knowingly
		right.auth = right.fresh
		err = again(right)
	}
	if err != nil {
		t.Errorf("the card does not recover: %v", err)
	}
}
