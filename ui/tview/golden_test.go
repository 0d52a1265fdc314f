package tview

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/sample"
)

var update = flag.Bool("update", false, "write the golden screens anew")

var sizes = [][2]int{{128, 36}, {80, 25}, {40, 12}}

// still draws a frame without an event loop.
func still(t *testing.T, width, height int, dock ui.Dock) (*Front, *sample.Screen) {
	t.Helper()
	screen := sample.NewScreen()
	f, err := New(screen, dock)
	if err != nil {
		t.Fatal(err)
	}
	screen.SetSize(width, height)
	t.Cleanup(screen.Fini)
	f.now = func() time.Time { return sample.Now }
	if dock != nil {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		f.watch(ctx) // one look
	}
	f.gate.start.Do(func() {}) // no loop, no goroutine
	return f, screen
}

func draw(f *Front, screen *sample.Screen) string {
	f.refresh()
	screen.Clear()
	f.view.Draw(screen)
	screen.Show()
	return screen.Text()
}

func TestGoldenScreens(t *testing.T) {
	for _, lang := range i18n.Langs() {
		for _, size := range sizes {
			for _, dock := range []ui.Dock{nil, sample.NewDock()} {
				golden(t, lang, size, dock)
			}
		}
	}
}

func golden(t *testing.T, lang i18n.Lang, size [2]int, dock ui.Dock) {
	t.Helper()
	var got strings.Builder
	name := fmt.Sprintf("%s-%dx%d", lang, size[0], size[1])
	for _, n := range sample.Frames(lang) {
		if dock != nil && n.Name != "secret-problem" && n.Name != "card" {
			continue // the dock is the same on all of them
		}
		f, screen := still(t, size[0], size[1], dock)
		f.Show(n.Frame)
		fmt.Fprintf(&got, "=== %s\n%s", n.Name, draw(f, screen))
	}
	if dock != nil {
		name += "-dock"
	}
	compare(t, filepath.Join("testdata", name+".txt"), got.String())
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", path, diff)
	}
	if strings.Contains(got, "⟨") {
		t.Errorf("%s: a text is missing", path)
	}
}
