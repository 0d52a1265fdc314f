package tview

import (
	"github.com/gdamore/tcell/v2"

	"madoguchi/flows"
	"madoguchi/ui"
)

// codeFrom is the width from which a slip's QR code stands beside its words.
const codeFrom = 80

// codeRoom gives the right side of a slip to its QR code where it fits whole: beside the words, between header and
// footer. In large letters, on small screens and under the demo's dock at 80 × 25 there is none.
func (v *view) codeRoom(c canvas, p *plan) {
	p.edge = p.right
	s := v.frame.Screen
	if s.Kind != flows.Takeaway || s.Slip == nil || v.frame.Help || c.scale > 1 || c.width < codeFrom || p.foot-1 < ui.QRRows || len(ui.QR(s.Slip.Code)) == 0 {
		return
	}
	if c.width-2*p.left-ui.QRColumns < 40 {
		p.left, p.right = 1, c.width
	}
	p.code = p.right - ui.QRColumns
	p.right = p.code - 2
}

// codeStyle is black on white in every theme.
var codeStyle = tcell.StyleDefault.Foreground(tcell.ColorBlack.TrueColor()).Background(tcell.NewHexColor(0xffffff))

func (v *view) drawCode(c canvas, p plan) {
	if p.code == 0 {
		return
	}
	top := 1 + (p.foot-1-ui.QRRows)/2
	for y, line := range ui.QR(v.frame.Screen.Slip.Code) {
		for x, r := range []rune(line) {
			c.screen.SetContent(p.code+x, top+y, r, nil, codeStyle)
		}
	}
}
