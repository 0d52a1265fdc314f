package terminal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"madoguchi/kiosk"
	"madoguchi/ui"
	"madoguchi/ui/tview"
)

// repertoireFile, in the kiosk's folder, lists what the fonts of its screen can show, as `fc-query --format
// '%{charset}'` prints it. Without it the front knows only what the terminal says of widths.
const repertoireFile = "repertoire.txt"

// fullScreen is the full-screen front, which knows what its fonts can show.
func fullScreen(dir string, c kiosk.Config, dock ui.Dock) (*tview.Front, error) {
	front, err := tview.New(nil, dock)
	if err != nil {
		return nil, err
	}
	if c.Large != "" {
		front.Large(func(on bool) error { return enlarge(c, on) })
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

// enlargeWait is how long the command may take that makes the letters larger.
const enlargeWait = 5 * time.Second

// enlarge makes the terminal's letters large, or as they were, by the command that the configuration names.
func enlarge(c kiosk.Config, on bool) error {
	command := c.Normal
	if on {
		command = c.Large
	}
	ctx, cancel := context.WithTimeout(context.Background(), enlargeWait)
	defer cancel()
	if err := exec.CommandContext(ctx, "sh", "-c", command).Run(); err != nil { //nolint:gosec // the operator's own words
		return fmt.Errorf("terminal: larger letters: %w", err)
	}
	return nil
}
