package kiosk_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/kiosk"
	"madoguchi/pki/keyring"
	"madoguchi/wire/enrolment"
	"madoguchi/world"
)

// TestFoldersThatAreRefused: each spoils one thing of an enrolled kiosk's folder.
func TestFoldersThatAreRefused(t *testing.T) {
	dir, other := filepath.Join(t.TempDir(), "world"), filepath.Join(t.TempDir(), "other")
	for _, d := range []string{dir, other} {
		if err := world.Make(t.Context(), d, world.Options{People: []world.Person{}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		spoil func(t *testing.T, folder string)
		want  string
	}{
		"as it is": {func(*testing.T, string) {}, ""},
		"demo keyring, no demo": {func(t *testing.T, folder string) {
			edit(t, folder, kiosk.ConfigFile, "demo = true", "demo = false")
			edit(t, folder, kiosk.ConfigFile, "reader = 'virtual'", "reader = 'pcsc'")
		}, "demo"},
		"rounds that do not resolve": {func(t *testing.T, folder string) {
			edit(t, folder, kiosk.RoundsFile, "counts = \"claimed\"", "counts = \"guessed\"")
		}, "rounds"},
		"enrolment of another kiosk": {func(t *testing.T, folder string) {
			enrolled(t, folder, func(e *enrolment.Enrolment) { e.Kiosk = "madoguchi-2" })
		}, "another kiosk"},
		"keyring of another mailbox": {func(t *testing.T, folder string) {
			enrolled(t, folder, func(e *enrolment.Enrolment) { e.Mailbox = "mailbox.elsewhere.example" })
		}, "another mailbox"},
		"wrong root": {func(t *testing.T, folder string) {
			foreign := enrolled(t, filepath.Join(other, world.KioskDir), nil)
			enrolled(t, folder, func(e *enrolment.Enrolment) { e.Root = foreign.Root })
		}, keyring.ErrSignature.Error()},
		"device certificate of another key": {func(t *testing.T, folder string) {
			foreign := enrolled(t, filepath.Join(other, world.KioskDir), nil)
			enrolled(t, folder, func(e *enrolment.Enrolment) { e.Device = foreign.Device })
		}, "another key"},
		"device key torn": {func(t *testing.T, folder string) { edit(t, folder, kiosk.DeviceKeyFile, "BEGIN", "BEGUN") }, "PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "kiosk")
			if err := os.CopyFS(folder, os.DirFS(filepath.Join(dir, world.KioskDir))); err != nil {
				t.Fatal(err)
			}
			test.spoil(t, folder)
			k, err := kiosk.Open(t.Context(), folder, kiosk.Options{})
			if err == nil {
				_ = k.Close()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func edit(t *testing.T, folder, file, before, after string) {
	t.Helper()
	name := filepath.Join(folder, file)
	raw, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(raw), before) {
		t.Fatalf("%s has no %q: %v", file, before, err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(raw), before, after, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// enrolled reads the enrolment of a kiosk and writes it back changed.
func enrolled(t *testing.T, folder string, change func(*enrolment.Enrolment)) enrolment.Enrolment {
	t.Helper()
	name := filepath.Join(folder, kiosk.EnrolmentFile)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := enrolment.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if change == nil {
		return e
	}
	change(&e)
	if raw, err = e.Marshal(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}
