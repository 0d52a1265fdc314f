package ui

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"madoguchi/wire"
)

// slipCode is the text of a compact receipt: 100 bytes in base45.
func slipCode() string {
	b := make([]byte, 100)
	for i := range b {
		b[i] = byte(i*151 + 7)
	}
	return wire.Base45(b)
}

func TestQRHasTheSizeOfTheSlip(t *testing.T) {
	for _, size := range []int{100, 102} { // what a compact form has, and may have
		lines := QR(wire.Base45(make([]byte, size)))
		if len(lines) != QRRows || QRRows != 23 || QRColumns != 45 {
			t.Fatalf("%d bytes: %d lines of %d", size, len(lines), QRRows)
		}
		for y, line := range lines {
			if n := utf8.RuneCountInString(line); n != QRColumns {
				t.Errorf("line %d has %d columns", y, n)
			}
			quietEnds := strings.HasPrefix(line, "    ") && strings.HasSuffix(line, "    ")
			if !quietEnds || (y < 2 || y > 20) && strings.TrimSpace(line) != "" {
				t.Errorf("line %d: no quiet zone: %q", y, line)
			}
		}
	}
}

func TestQRGivesNothingForWhatDoesNotFit(t *testing.T) {
	for _, text := range []string{"", "lower case", "漢字", strings.Repeat("A", 155), strings.Repeat("A", 5000)} {
		if lines := QR(text); lines != nil {
			t.Errorf("%.20q gives %d lines", text, len(lines))
		}
	}
}

// TestPhoneReadsTheQR draws the cells as a terminal does and lets an independent decoder read them, in cells of
// several sizes.
func TestPhoneReadsTheQR(t *testing.T) {
	want := slipCode()
	for _, cell := range []image.Point{{X: 8, Y: 16}, {X: 6, Y: 13}, {X: 10, Y: 22}, {X: 5, Y: 10}} {
		if got := decode(t, QR(want), cell); got != want {
			t.Errorf("cells of %v: read %q", cell, got)
		}
	}
}

func decode(t *testing.T, lines []string, cell image.Point) string {
	t.Helper()
	const around = 20 // the dark theme around the code
	m := image.NewGray(image.Rect(0, 0, QRColumns*cell.X+2*around, len(lines)*cell.Y+2*around))
	for y, line := range lines {
		for x, r := range []rune(line) {
			for py := range cell.Y {
				upper := py < cell.Y/2
				dark := r == '█' || r == '▀' && upper || r == '▄' && !upper
				for px := range cell.X {
					m.SetGray(around+x*cell.X+px, around+y*cell.Y+py, map[bool]color.Gray{true: {Y: 0}, false: {Y: 255}}[dark])
				}
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "code.png")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", name).Output()
	if err != nil {
		t.Fatalf("zbarimg (Debian: zbar-tools): %v", err)
	}
	return strings.TrimSuffix(string(raw), "\n")
}
