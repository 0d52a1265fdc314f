package terminal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"madoguchi/ui"
	"madoguchi/ui/tview"
)

// repertoireFile, in the kiosk's folder, lists what the fonts of its screen can show, as `fc-query --format
// '%{charset}'` prints it. Without it the front knows only what the terminal says of widths.
const repertoireFile = "repertoire.txt"

// fullScreen is the full-screen front, which knows what its fonts can show.
func fullScreen(dir string, dock ui.Dock) (*tview.Front, error) {
	front, err := tview.New(nil, dock)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(dir, repertoireFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return front, nil
	case err != nil:
		return nil, fmt.Errorf("terminal: %w", err)
	}
	r, err := ui.ParseRepertoire(string(raw))
	if err != nil {
		return nil, fmt.Errorf("terminal: %s: %w", repertoireFile, err)
	}
	front.Fonts(r)
	return front, nil
}
