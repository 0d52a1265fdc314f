package world

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/device/sim"
	"madoguchi/kiosk"
	"madoguchi/mailbox"
	"madoguchi/pki/profile"
)

func TestMake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	if err := Make(t.Context(), dir, Options{}); err != nil {
		t.Fatal(err)
	}
	if !Exists(dir) || Make(t.Context(), dir, Options{}) == nil {
		t.Error("a world was made over a world")
	}
	text, err := os.ReadFile(filepath.Join(dir, ReadmeFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range People() {
		f, err := sim.Load(filepath.Join(dir, CardsDir, p.File+".json"))
		if err != nil || f.Label != p.Name || string(f.Sign.PIN) != p.SignPIN || f.Extended != p.Extended {
			t.Errorf("card of %s: %v", p.File, err)
		}
		for _, want := range []string{p.Name, p.AuthPIN, p.SignPIN, p.File} {
			if !strings.Contains(string(text), want) {
				t.Errorf("the README does not say %q", want)
			}
		}
	}
	c, err := kiosk.LoadConfig(filepath.Join(dir, KioskDir))
	if err != nil || !c.Demo || c.Reader != kiosk.ReaderVirtual {
		t.Errorf("kiosk.toml: %+v, %v", c, err)
	}
}

// TestAnchorsAreMarked: no mailbox that is not a demo takes them.
func TestAnchorsAreMarked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	if err := Make(t.Context(), dir, Options{People: []Person{}}); err != nil {
		t.Fatal(err)
	}
	m, err := mailbox.Open(filepath.Join(dir, MailboxDir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	real := filepath.Join(t.TempDir(), "real")
	ca, err := newAuthorities(m.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range ca.anchors() {
		if !profile.IsDemo(a) {
			t.Error("an anchor is not marked as a demo's")
		}
	}
	err = mailbox.Init(real, mailbox.Options{Name: "mailbox.city.example", Listen: "127.0.0.1:8883", Anchors: ca.anchors()})
	if err == nil {
		t.Error("a mailbox that is not a demo took a demo's anchors")
	}
}
