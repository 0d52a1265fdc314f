package whole

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"madoguchi/flows"
	"madoguchi/kiosk"
	"madoguchi/kiosk/virtual"
	"madoguchi/mailbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// stand is a kiosk with its own reader and network, as flows see it.
type stand struct {
	t     *testing.T
	kiosk *kiosk.Kiosk
	bench *virtual.Bench
	close func()
}

// stand opens a kiosk's folder.
func (c *city) stand(dir string) *stand {
	c.t.Helper()
	bench, err := virtual.Open(c.path(world.CardsDir))
	if err != nil {
		c.t.Fatal(err)
	}
	k, err := kiosk.Open(c.t.Context(), dir, kiosk.Options{
		Reader: bench.Reader, Dial: bench.Dial, Log: slog.New(slog.NewJSONHandler(c.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	s := &stand{t: c.t, kiosk: k, bench: bench, close: sync.OnceFunc(func() { _ = k.Close() })}
	c.t.Cleanup(s.close)
	return s
}

// another enrols one more kiosk.
func (c *city) another(id string) string {
	c.t.Helper()
	must := func(err error) {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
	}
	dir := c.path(id)
	must(kiosk.Init(dir, kiosk.Config{
		ID: id, Profile: "portable", Language: "ja", Demo: true, Reader: kiosk.ReaderVirtual, Cards: filepath.Join("..", world.CardsDir),
		Outbox: kiosk.Limits{Count: 100, MiB: 64},
	}))
	csr, err := os.ReadFile(filepath.Join(dir, kiosk.CSRFile))
	must(err)
	e, err := mailbox.Enrol(c.path(world.MailboxDir), csr, "portable")
	must(err)
	raw, err := e.Marshal()
	must(err)
	must(os.WriteFile(filepath.Join(dir, kiosk.EnrolmentFile), raw, 0o600))
	return dir
}

// killed is what a kiosk's folder holds at this moment, as SIGKILL would leave it.
func (c *city) killed(dir string) string {
	c.t.Helper()
	left := c.path("killed-" + filepath.Base(dir))
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		c.t.Fatal(err)
	}
	return left
}

func (s *stand) online(want bool) *stand {
	s.t.Helper()
	for limit := time.After(patience); ; {
		changed := s.kiosk.Changed()
		if s.kiosk.Online() == want {
			return s
		}
		select {
		case <-changed:
		case <-limit:
			s.t.Fatalf("online is not %v", want)
		}
	}
}

// enters puts a card on the reader and logs in.
func (s *stand) enters(card, pin string) flows.Identity {
	s.t.Helper()
	s.bench.Remove()
	if err := s.bench.Insert(card); err != nil {
		s.t.Fatal(err)
	}
	c, err := s.kiosk.Terminal().Cards.Await(s.t.Context(), flows.MyNumber)
	if err != nil {
		s.t.Fatal(err)
	}
	who, err := c.Login(s.t.Context(), []byte(pin))
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

func (s *stand) keeps(who flows.Identity, content string, here bool) {
	s.t.Helper()
	got, err := s.kiosk.Terminal().Drafts.Keep(s.t.Context(), who, flows.Kept{ID: wire.ID{1}, Flow: "nursery", Content: []byte(content)})
	if err != nil || got != here {
		s.t.Fatalf("kept, only here: %v, %v", got, err)
	}
}

func (s *stand) finds(who flows.Identity, here bool, want ...string) {
	s.t.Helper()
	all, err := s.kiosk.Terminal().Drafts.All(s.t.Context(), who)
	if err != nil || len(all) != len(want) {
		s.t.Fatalf("%d drafts, not %d, %v", len(all), len(want), err)
	}
	for i, d := range all {
		if string(d.Content) != want[i] || d.Here != here {
			s.t.Errorf("a draft is another one, or only here: %v", d.Here)
		}
	}
}

// typed is what a person has entered so far: names and addresses that the search then looks for in every file and log.
var typed = resident.Name + "\n" + resident.Address + "\n" + child

// TestADraftGoesOnAtAnotherKiosk: begun with a line, killed, gone on with elsewhere; nobody else finds it.
func TestADraftGoesOnAtAnotherKiosk(t *testing.T) {
	city := newCity(t).open()
	a, b := city.stand(city.path(world.KioskDir)).online(true), city.stand(city.another("madoguchi-2")).online(true)
	who := a.enters(resident.File, resident.AuthPIN)
	a.keeps(who, typed, false)
	left := city.killed(city.path(world.KioskDir))

	b.finds(b.enters("taro", "4321"), false)
	b.enters(resident.File, resident.AuthPIN)
	b.finds(who, false, typed)
	b.keeps(who, typed+"\n2", false)

	a.close()
	again := city.stand(left).online(true)
	again.enters(resident.File, resident.AuthPIN)
	again.finds(who, false, typed+"\n2")
}

// TestADraftWithoutALineStaysAndIsHandedOver: killed at the same kiosk, found there, and elsewhere once it has a line.
func TestADraftWithoutALineStaysAndIsHandedOver(t *testing.T) {
	city := newCity(t).open()
	a, b := city.stand(city.path(world.KioskDir)).online(true), city.stand(city.another("madoguchi-2")).online(true)
	a.bench.SetNetwork(false)
	a.online(false)
	who := a.enters(resident.File, resident.AuthPIN)
	a.keeps(who, typed, true)
	left := city.killed(city.path(world.KioskDir))
	a.close()
	b.enters(resident.File, resident.AuthPIN)
	b.finds(who, false)

	again := city.stand(left)
	again.bench.SetNetwork(false)
	again.online(false)
	again.enters(resident.File, resident.AuthPIN)
	again.finds(who, true, typed)
	again.bench.SetNetwork(true)
	again.online(true)
	again.enters(resident.File, resident.AuthPIN)
	again.finds(who, false, typed)
	b.enters(resident.File, resident.AuthPIN)
	b.finds(who, false, typed)
}

// TestAMailboxThatRestartsLosesNoDraft: its sessions are over, and the kiosk keeps what comes then.
func TestAMailboxThatRestartsLosesNoDraft(t *testing.T) {
	city := newCity(t).open()
	a := city.stand(city.path(world.KioskDir)).online(true)
	who := a.enters(resident.File, resident.AuthPIN)
	a.keeps(who, typed, false)
	city.stop()
	a.online(false)
	city.open()
	a.online(true)
	a.keeps(who, typed+"\n2", true)
	a.finds(who, true, typed+"\n2")
	a.enters(resident.File, resident.AuthPIN)
	a.finds(who, false, typed+"\n2")
}
