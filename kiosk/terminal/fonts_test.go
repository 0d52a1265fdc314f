package terminal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/kiosk"
	"madoguchi/ui"
)

// TestARepertoireThatCannotBeReadIsSaid: before the screen is taken, and not by showing nothing.
func TestARepertoireThatCannotBeReadIsSaid(t *testing.T) {
	dir := t.TempDir()
	if _, err := fullScreen(dir, kiosk.Config{}, nil); err != nil {
		t.Errorf("without a list: %v", err)
	}
	write := func(list string) {
		if err := os.WriteFile(filepath.Join(dir, repertoireFile), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("20-7e 3000-9fff")
	if _, err := fullScreen(dir, kiosk.Config{}, nil); err != nil {
		t.Errorf("with a list: %v", err)
	}
	write("all of them")
	if _, err := fullScreen(dir, kiosk.Config{}, nil); !errors.Is(err, ui.ErrRepertoire) {
		t.Errorf("with something else: %v", err)
	}
}

// TestTheCommandThatEnlargesIsTheConfigurations: one for large, one for normal; its failure is an error.
func TestTheCommandThatEnlargesIsTheConfigurations(t *testing.T) {
	dir := t.TempDir()
	large, normal := filepath.Join(dir, "large"), filepath.Join(dir, "normal")
	c := kiosk.Config{Large: "touch " + large, Normal: "touch " + normal}
	for _, on := range []bool{true, false} {
		if err := enlarge(c, on); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(normal)
		if _, there := os.Stat(large); there != nil || on != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("on %v: %v, %v", on, there, err)
		}
	}
	if err := enlarge(kiosk.Config{Large: filepath.Join(dir, "none")}, true); err == nil {
		t.Error("a command that is not there has enlarged")
	}
}
