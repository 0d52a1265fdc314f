package ui

import (
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// The size of the slip's QR code on the screen, its quiet zone included: version 5, 37 modules.
const (
	QRColumns = 37 + 2*quiet
	QRRows    = (QRColumns + 1) / 2
)

// quiet is the light border that a reader needs, in modules (ISO/IEC 18004 §9.1).
const quiet = 4

// QR draws a text of the alphanumeric repertoire as a QR code in half blocks, two modules a cell, with its quiet
// zone. Black cells on white, whatever the theme: many readers do not know light on dark. Every line is equally
// wide. A text that is no such code, or that needs more than QRColumns, gives nothing.
func QR(text string) []string {
	if text == "" {
		return nil
	}
	code, err := qr.Encode(text, qr.L, qr.AlphaNumeric)
	if err != nil {
		return nil
	}
	size := code.Bounds().Dx()
	columns := size + 2*quiet
	if columns > QRColumns {
		return nil
	}
	dark := func(x, y int) bool {
		x, y = x-quiet, y-quiet
		return x >= 0 && y >= 0 && x < size && y < size && code.At(x, y) == color.Black
	}
	var lines []string
	for y := 0; y < columns; y += 2 {
		var line strings.Builder
		for x := range columns {
			line.WriteRune(halfBlock(dark(x, y), dark(x, y+1)))
		}
		lines = append(lines, line.String())
	}
	return lines
}

func halfBlock(upper, lower bool) rune {
	switch {
	case upper && lower:
		return '█'
	case upper:
		return '▀'
	case lower:
		return '▄'
	}
	return ' '
}
