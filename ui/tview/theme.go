package tview

import "github.com/gdamore/tcell/v2"

// tone is what a run of text is for; a theme gives it its colours. Whatever a tone says is also said by a mark or
// a word.
type tone int

// The tones.
const (
	plain    tone = iota
	faint         // what may be passed over: labels, help
	strong        // what is to be read
	accent        // the one thing that matters now
	chosen        // where the person is
	header        // the top line
	badge         // the name of a key
	typed         // the line that is typed in
	composed      // in it: what is not decided yet
	trouble       // what is wrong
	button        // what can be pressed
	action        // the main action
	rest          // the footer
	calling       // a card was left behind: the whole screen
	docked        // the demo's dock
	docking       // what lies on its reader
	tones
)

// colours are two of a theme's: ink on ground.
type colours struct {
	ink, ground int32
	bold        bool
}

// theme is the colours of every tone. Inks keep at least seven to one against their grounds (WCAG 2.2, 1.4.6).
type theme struct {
	id     string
	tones  [tones]colours
	styles [tones]tcell.Style
}

// themes are what a person may choose from, the first at the start.
var themes = []*theme{paper, night, contrast, signals}

func init() {
	for _, t := range append(themes, few) {
		t.tones[composed] = t.tones[typed]
		for i, c := range t.tones {
			t.styles[i] = tcell.StyleDefault.Background(tcell.NewHexColor(c.ground)).Foreground(tcell.NewHexColor(c.ink)).Bold(c.bold)
		}
		t.styles[composed] = t.styles[composed].Underline(true)
	}
}

// manyColours is from how many colours a terminal shows the themes; below it there is one that eight colours can
// show, in which no dark ink is bold, as that would make it grey.
const manyColours = 256

var few = &theme{id: "few", tones: [tones]colours{
	plain: {0xffffff, 0x000000, false}, faint: {0xffffff, 0x000000, false}, strong: {0xffffff, 0x000000, true}, accent: {0xffff00, 0x000000, true},
	chosen: {0x000000, 0xffff00, false}, header: {0x000000, 0xffffff, false}, badge: {0x000000, 0xffffff, false}, typed: {0x000000, 0xffffff, false},
	trouble: {0xffff00, 0x000000, true}, button: {0x000000, 0xffffff, false}, action: {0x000000, 0x00ffff, false}, rest: {0x000000, 0xffffff, false},
	calling: {0x000000, 0xffff00, false}, docked: {0xffffff, 0x000000, false}, docking: {0xffff00, 0x000000, true},
}}

// paper is dark ink on a light ground, for a bright hall.
var paper = &theme{id: "light", tones: [tones]colours{
	plain: {0x16202a, 0xfbf9f4, false}, faint: {0x44505c, 0xfbf9f4, false}, strong: {0x16202a, 0xfbf9f4, true}, accent: {0x003f73, 0xfbf9f4, true},
	chosen: {0xffffff, 0x00497f, true}, header: {0xffffff, 0x123a58, false}, badge: {0x16202a, 0xd3dde5, true}, typed: {0x16202a, 0xdbe7f1, true},
	trouble: {0x8c1207, 0xfbf9f4, true}, button: {0x16202a, 0xe6ebef, true}, action: {0xffffff, 0x0b5a2b, true}, rest: {0x16202a, 0xdfe5ea, false},
	calling: {0xffffff, 0x8c1207, true}, docked: {0x303030, 0xe4e0d6, false}, docking: {0x7a2e00, 0xe4e0d6, true},
}}

// night is light ink on a dark ground, for a dark room and for eyes that light dazzles.
var night = &theme{id: "dark", tones: [tones]colours{
	plain: {0xf2f2ee, 0x10161d, false}, faint: {0xb4bec8, 0x10161d, false}, strong: {0xffffff, 0x10161d, true}, accent: {0xffd479, 0x10161d, true},
	chosen: {0x10161d, 0xffd479, true}, header: {0xffffff, 0x1b4761, false}, badge: {0x10161d, 0xe4e9ee, true}, typed: {0xffffff, 0x2a3642, true},
	trouble: {0xffb09b, 0x10161d, true}, button: {0xffffff, 0x24303b, true}, action: {0x08130b, 0x7fd59b, true}, rest: {0xf2f2ee, 0x1d2731, false},
	calling: {0x10161d, 0xffd479, true}, docked: {0xd6d6d6, 0x2b2b2b, false}, docking: {0xffd479, 0x2b2b2b, true},
}}

// contrast is white and yellow on black, for poor sight.
var contrast = &theme{id: "contrast", tones: [tones]colours{
	plain: {0xffffff, 0x000000, true}, faint: {0xffffff, 0x000000, false}, strong: {0xffffff, 0x000000, true}, accent: {0xffff00, 0x000000, true},
	chosen: {0x000000, 0xffff00, true}, header: {0x000000, 0xffffff, true}, badge: {0x000000, 0xffffff, true}, typed: {0x000000, 0xffffff, true},
	trouble: {0xffff00, 0x000000, true}, button: {0xffffff, 0x262626, true}, action: {0x000000, 0x00ffff, true}, rest: {0x000000, 0xffffff, true},
	calling: {0x000000, 0xffff00, true}, docked: {0xffffff, 0x101010, false}, docking: {0xffff00, 0x101010, true},
}}

// signals uses blue, orange and greys only: what those who mix up red and green keep apart.
var signals = &theme{id: "signals", tones: [tones]colours{
	plain: {0x111111, 0xffffff, false}, faint: {0x484848, 0xffffff, false}, strong: {0x111111, 0xffffff, true}, accent: {0x004a86, 0xffffff, true},
	chosen: {0xffffff, 0x004a86, true}, header: {0xffffff, 0x333333, false}, badge: {0x111111, 0xdcdcdc, true}, typed: {0x111111, 0xd9e6f2, true},
	trouble: {0x111111, 0xf5b041, true}, button: {0x111111, 0xe6e6e6, true}, action: {0xffffff, 0x00456f, true}, rest: {0x111111, 0xe2e2e2, false},
	calling: {0x111111, 0xf5b041, true}, docked: {0x333333, 0xebebeb, false}, docking: {0x003a68, 0xebebeb, true},
}}
