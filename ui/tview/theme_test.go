package tview

import (
	"math"
	"testing"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(c int32) float64 {
	part := func(shift int) float64 {
		v := float64(c>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

// TestThemesCanBeRead: every ink has seven to one against its ground, in the theme for poor sight fifteen.
func TestThemesCanBeRead(t *testing.T) {
	for _, theme := range themes {
		least := 7.0
		if theme == contrast {
			least = 15
		}
		for i, c := range theme.tones {
			a, b := luminance(c.ink), luminance(c.ground)
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < least {
				t.Errorf("%s: tone %d has a contrast of %.1f", theme.id, i, ratio)
			}
		}
	}
}
