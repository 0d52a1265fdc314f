package terminal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/ui"
)

// TestARepertoireThatCannotBeReadIsSaid: before the screen is taken, and not by showing nothing.
func TestARepertoireThatCannotBeReadIsSaid(t *testing.T) {
	dir := t.TempDir()
	if _, err := fullScreen(dir, nil); err != nil {
		t.Errorf("without a list: %v", err)
	}
	write := func(list string) {
		if err := os.WriteFile(filepath.Join(dir, repertoireFile), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("20-7e 3000-9fff")
	if _, err := fullScreen(dir, nil); err != nil {
		t.Errorf("with a list: %v", err)
	}
	write("all of them")
	if _, err := fullScreen(dir, nil); !errors.Is(err, ui.ErrRepertoire) {
		t.Errorf("with something else: %v", err)
	}
}
