package kiosk_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"madoguchi/device/sim"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/kiosk"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/pki/profile"
	"madoguchi/wire"
	"madoguchi/world"
)

// model is a world that the tests of this package copy their cards from.
var model = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kiosk-world-")
	if err != nil {
		return "", err
	}
	return dir, world.Make(context.Background(), filepath.Join(dir, "world"), world.Options{})
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := model(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// terminal is a kiosk without a line, with one card of the world on its reader.
type terminal struct {
	t      *testing.T
	kiosk  *kiosk.Kiosk
	reader *sim.Reader
	path   string
	person world.Person
	key    wire.Hash // of the card's 利用者証明用 certificate
}

func newTerminal(t *testing.T, name string) *terminal { return newSlowTerminal(t, name, time.Minute) }

// newSlowTerminal is newTerminal with a time limit for the card.
func newSlowTerminal(t *testing.T, name string, answer time.Duration) *terminal {
	t.Helper()
	dir, err := model()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(dir, "world", world.KioskDir))); err != nil {
		t.Fatal(err)
	}
	m := &terminal{t: t, reader: sim.NewReader("slot"), path: filepath.Join(memory(t), "card.json")}
	people := world.People()
	m.person = people[slices.IndexFunc(people, func(p world.Person) bool { return p.File == name })]
	f, err := sim.Load(filepath.Join(dir, "world", world.CardsDir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	m.save(f)
	cert, err := x509.ParseCertificate(f.Auth.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	m.key = wire.Sum(cert.RawSubjectPublicKeyInfo)
	noLine := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no line") }
	if m.kiosk, err = kiosk.Open(t.Context(), folder, kiosk.Options{Reader: m.reader, Dial: noLine, Answer: answer}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.kiosk.Close() })
	return m
}

// memory is a folder that costs no disk, where there is one.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "card-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (m *terminal) save(f *sim.File) {
	m.t.Helper()
	if err := f.Save(m.path); err != nil {
		m.t.Fatal(err)
	}
}

func (m *terminal) file() *sim.File {
	m.t.Helper()
	f, err := sim.Load(m.path)
	if err != nil {
		m.t.Fatal(err)
	}
	return f
}

func (m *terminal) insert() {
	m.t.Helper()
	if err := m.reader.Insert(m.path); err != nil {
		m.t.Fatal(err)
	}
}

// document is an application of the card's person.
func (m *terminal) document() forms.Document {
	m.t.Helper()
	p := m.person
	c := &mailboxtest.City{Person: profile.Holder{Name: p.Name, Birth: p.Birth, Address: p.Address, Sex: p.Sex}, AuthKey: m.key}
	return c.Document(m.t, world.Mailbox)
}

// visit is what a flow does with a card: it asks for it and its tries, then uses one of the keys.
type visit func(ctx context.Context, m *terminal, pin string) error

func (m *terminal) await(ctx context.Context) (flows.Card, error) {
	return m.kiosk.Terminal().Cards.Await(ctx, flows.MyNumber)
}

func logIn(ctx context.Context, m *terminal, pin string) error {
	c, err := m.await(ctx)
	if err == nil {
		_, err = c.Tries(ctx, flows.AuthKey)
	}
	if err == nil {
		_, err = c.Tries(ctx, flows.SignKey)
	}
	if err != nil {
		return err
	}
	who, err := c.Login(ctx, []byte(pin))
	if err == nil && who.AuthKey != m.key {
		return errors.New("logged in as another")
	}
	return err
}

func sign(ctx context.Context, m *terminal, pin string) error {
	c, err := m.await(ctx)
	if err == nil {
		_, err = c.Tries(ctx, flows.SignKey)
	}
	if err != nil {
		return err
	}
	_, err = c.Sign(ctx, []byte(pin), m.document())
	return err
}

// attributes reads name and address by one of the two numbers.
func attributes(k flows.Key) visit {
	return func(ctx context.Context, m *terminal, number string) error {
		c, err := m.await(ctx)
		if err == nil {
			_, err = c.Tries(ctx, k)
		}
		if err != nil {
			return err
		}
		a, err := c.Attributes(ctx, k, []byte(number))
		if err == nil && a != m.attributes() {
			return errors.New("another person")
		}
		return err
	}
}

func (m *terminal) attributes() flows.Attributes {
	return flows.Attributes{Name: m.person.Name, Address: m.person.Address, Birth: m.person.Birth, Sex: m.person.Sex}
}

// putBack puts the card in again whenever it has been pulled, until ctx ends.
func (m *terminal) putBack(ctx context.Context) {
	for {
		changed := m.reader.Changed()
		if !m.reader.Present() {
			_ = m.reader.Insert(m.path)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// TestMishapAtEveryCommandOfAVisit lets a card be pulled, or answer wrongly or not at all, at every command of logging
// in and of signing at the terminal: always a failure with a code that leaves the person a way on, no try spent but the
// one that was typed, and the same card goes on to work.
func TestMishapAtEveryCommandOfAVisit(t *testing.T) {
	m := newTerminal(t, "hanako")
	pristine := m.file()
	var mute sync.WaitGroup
	for name, one := range m.uses() {
		m.save(pristine)
		m.insert()
		m.begin(t)
		m.reader.Play([]sim.Mishap{}...)
		if err := one.run(t.Context(), m, one.pin); (err != nil) != one.wrong {
			t.Fatal(name, err)
		}
		commands := m.reader.Count()
		m.reader.Remove()
		for n := 1; n <= commands; n += stride() {
			for _, what := range []sim.What{sim.PullBefore, sim.PullDuring, sim.Garbage, sim.Cut, sim.Stub, sim.Longer} {
				m.save(pristine)
				t.Run(fmt.Sprintf("%s/%s %d", name, what, n), func(t *testing.T) {
					m.befall(t, one, sim.Mishap{What: what, At: n})
				})
			}
			patient := newSlowTerminal(t, "hanako", 3*time.Second)
			mute.Go(func() { patient.befall(t, one, sim.Mishap{What: sim.Mute, At: n}) }) // side by side: each takes its time
		}
	}
	mute.Wait()
}

// stride leaves most commands out where the tests are to be short.
func stride() int {
	if testing.Short() {
		return 5
	}
	return 1
}

// use is a visit with a PIN.
type use struct {
	run   visit
	pin   string
	wrong bool
}

func (m *terminal) uses() map[string]use {
	return map[string]use{
		"log-in": {logIn, m.person.AuthPIN, false}, "log-in, wrong PIN": {logIn, "0000", true},
		"name and address": {attributes(flows.InputKey), m.person.FacePIN, false}, "name and address, wrong PIN": {attributes(flows.InputKey), "0000", true},
		"name and address by number": {attributes(flows.NumberB), m.person.NumberB, false}, "by a wrong number": {attributes(flows.NumberB), "00000000000000", true},
		"signing": {sign, m.person.SignPIN, false}, "signing, wrong password": {sign, "WRONG1", true},
	}
}

// begin logs in: what the terminal then knows of the card it does not ask again.
func (m *terminal) begin(t *testing.T) {
	t.Helper()
	if err := logIn(t.Context(), m, m.person.AuthPIN); err != nil {
		t.Fatal(err)
	}
}

func (m *terminal) befall(t *testing.T, one use, mishap sim.Mishap) {
	m.insert()
	m.begin(t)
	verified := 0
	m.reader.Log(func(command, _ []byte) {
		if command[1] == 0x20 && len(command) > 4 {
			verified++
		}
	})
	m.reader.Play(mishap)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	var hand sync.WaitGroup
	hand.Go(func() { m.putBack(ctx) })
	defer func() {
		cancel()
		hand.Wait()
		m.reader.Log(nil)
		m.reader.Remove()
	}()
	m.named(t, one.run(ctx, m, one.pin), one.wrong, mishap)
	f := m.file()
	want := 0
	if one.wrong {
		want = verified
	}
	spent := 3 - f.Auth.Tries + 5 - f.Sign.Tries + 3 - f.Face.Tries + 10 - f.Face.NumberTries
	if verified > 1 || spent != want {
		t.Errorf("%d PINs reached the card, %d tries spent, want %d", verified, spent, want)
	}
	if err := logIn(ctx, m, m.person.AuthPIN); err != nil {
		t.Errorf("logging in afterwards: %v", err)
	}
	if err := sign(ctx, m, m.person.SignPIN); err != nil {
		t.Errorf("signing afterwards: %v", err)
	}
}

// named requires a failure with a code that fits. A card that is pulled while the terminal waits for it is just waited
// for again.
func (m *terminal) named(t *testing.T, err error, wrong bool, mishap sim.Mishap) {
	t.Helper()
	var f *fault.Error
	codes := []fault.Code{fault.CardUnreadable, fault.PINUnknown, fault.CardUnknown, fault.OwnCheckFailed, fault.NoAttributes}
	switch mishap.What {
	case sim.PullBefore, sim.PullDuring:
		codes = []fault.Code{fault.CardRemoved, fault.PINUnknown}
	case sim.Longer:
		codes = append(codes, fault.PINWrong)
	default:
	}
	if wrong {
		codes = append(codes, fault.PINWrong)
	}
	switch {
	case err == nil && wrong:
		t.Error("a wrong PIN was taken")
	case err != nil && (!errors.As(err, &f) || !slices.Contains(codes, f.Code)):
		t.Errorf("got %v", err)
	}
}
