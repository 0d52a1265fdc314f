package tview

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"madoguchi/i18n"
	"madoguchi/ui/sample"
)

// TestPhoneReadsTheSlipsCode draws the cells as a terminal does, in every theme, and lets an independent decoder
// read the picture.
func TestPhoneReadsTheSlipsCode(t *testing.T) {
	for _, size := range [][2]int{{80, 25}, {128, 36}} {
		for _, theme := range themes {
			f, screen := still(t, size[0], size[1], nil)
			f.view.theme = theme
			f.Show(sample.Get(i18n.JaEasy, "received"))
			draw(f, screen)
			if got := zbar(t, screen.SimulationScreen); got != sample.Code {
				t.Errorf("%v, %s: read %q", size, theme.id, got)
			}
		}
	}
}

// TestNoCodeWhereItDoesNotFit: on a small screen and under the dock there are the words alone; none of the code is
// cut off.
func TestNoCodeWhereItDoesNotFit(t *testing.T) {
	for _, size := range [][2]int{{40, 12}, {79, 36}, {80, 24}} {
		f, screen := still(t, size[0], size[1], nil)
		f.Show(sample.Get(i18n.Ja, "received"))
		if text := draw(f, screen); strings.ContainsAny(text, "▀▄") || !strings.Contains(text, "1234-5678-903") {
			t.Errorf("%v:\n%s", size, text)
		}
	}
}

// zbar reads the QR code in a picture of the screen: eight by sixteen points a cell, letters left out.
func zbar(t *testing.T, screen tcell.SimulationScreen) string {
	t.Helper()
	const w, h = 8, 16
	cells, width, height := screen.GetContents()
	m := image.NewRGBA(image.Rect(0, 0, width*w, height*h))
	for i, cell := range cells {
		ink, ground, _ := cell.Style.Decompose()
		r := ' '
		if len(cell.Runes) > 0 {
			r = cell.Runes[0]
		}
		for y := range h {
			c := ground
			if r == '█' || r == '▀' && y < h/2 || r == '▄' && y >= h/2 {
				c = ink
			}
			red, green, blue := c.RGB()
			for x := range w {
				m.SetRGBA(i%width*w+x, i/width*h+y, color.RGBA{R: uint8(red), G: uint8(green), B: uint8(blue), A: 255})
			}
		}
	}
	name := filepath.Join(t.TempDir(), "screen.png")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, m); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", name).Output()
	if err != nil {
		t.Fatalf("zbarimg (Debian: zbar-tools): %v", err)
	}
	return strings.TrimSuffix(string(raw), "\n")
}
