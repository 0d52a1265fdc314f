package world

import (
	"path/filepath"
	"testing"

	"madoguchi/mailbox"
	"madoguchi/pki/profile"
)

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
