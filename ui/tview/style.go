package tview

import "github.com/gdamore/tcell/v2"

// The palette: dark and quiet, the present thing in one warm colour. Whatever colour says is also said by a mark
// or a word.
var (
	ground  = tcell.NewHexColor(0x10161d)
	ink     = tcell.NewHexColor(0xf2f2ee)
	dim     = tcell.NewHexColor(0xa9b4bf)
	bar     = tcell.NewHexColor(0x1d4e6b)
	warm    = tcell.NewHexColor(0xffd479)
	alarm   = tcell.NewHexColor(0xffa98f)
	field   = tcell.NewHexColor(0x24303b)
	dockBg  = tcell.NewHexColor(0x2b2b2b)
	dockInk = tcell.NewHexColor(0xd0d0d0)

	normal  = tcell.StyleDefault.Background(ground).Foreground(ink)
	faint   = normal.Foreground(dim)
	strong  = normal.Bold(true)
	accent  = normal.Foreground(warm).Bold(true)
	chosen  = tcell.StyleDefault.Background(warm).Foreground(ground).Bold(true)
	header  = tcell.StyleDefault.Background(bar).Foreground(ink)
	badge   = tcell.StyleDefault.Background(ink).Foreground(ground).Bold(true)
	typed   = tcell.StyleDefault.Background(field).Foreground(ink).Bold(true)
	trouble = normal.Foreground(alarm)
	docked  = tcell.StyleDefault.Background(dockBg).Foreground(dockInk)
	docking = docked.Foreground(warm).Bold(true)
)
