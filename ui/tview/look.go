package tview

import (
	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// entry is what a person is doing on one screen; it stays while the screen stays the same, in whichever language.
type entry struct {
	place    string    // which screen it is
	line     ui.Line   // text, or the digits of a number
	secret   ui.Secret // a PIN or password
	focus    spot      // where the five keys are
	marks    []int     // options of a several-of-many question, in the order they were chosen
	ticks    []bool    // of a review, as they were when the focus was put
	notice   i18n.Text // what was wrong with the line
	scroll   int
	reveal   spot    // to be brought into sight at the next drawing
	pick     *picker // of a long list
	inRow    int     // row of the board that the five keys are in, -1: none
	answered uint64  // the frame that was answered
}

func newEntry() *entry { return &entry{inRow: -1} }

// wipe forgets what is being typed.
func (e *entry) wipe() {
	e.line.Wipe()
	e.secret.Wipe()
}

// look is how the screen is to be seen; it is the person's until the visit ends.
type look struct {
	theme  *theme
	large  bool
	hidden bool // only the present value is to be seen
	board  bool // the board is open
}

// What a person may choose of a look.
const (
	lookLarge  = "large"
	lookNormal = "normal"
)

// looking reports whether the person is choosing a look.
func (v *view) looking() bool { return v.under != nil }

// enlarge makes the letters large at once, where it can be done, and shows what else there is.
func (v *view) enlarge() {
	if v.looking() {
		v.endLook()
		return
	}
	v.setLarge(true)
	v.under = v.entry
	v.entry = newEntry()
	v.frame = v.panel()
	v.arrive()
}

// endLook goes back to the screen as it was left.
func (v *view) endLook() {
	v.wipe()
	v.entry, v.under = v.under, nil
	v.frame = v.newest
	v.arrive()
}

// panel is the page on which a look is chosen, as a frame like any other: numbered, for keys and fingers.
func (v *view) panel() flows.Frame {
	f := v.newest
	f.Help, f.Busy, f.Problem, f.CanStop = false, false, nil, false
	f.Screen = flows.Screen{
		Kind: flows.Menu, Title: i18n.T("ui.look.title"), Lines: []i18n.Text{i18n.T("ui.look.how")}, Next: i18n.T("ui.look.end"),
	}
	add := func(id string, on bool) {
		c := flows.Choice{ID: id, Label: i18n.T("ui.look." + id)}
		if on {
			c.Hint = i18n.T("ui.look.now")
		}
		f.Screen.Choices = append(f.Screen.Choices, c)
	}
	if v.canEnlarge() {
		add(lookNormal, !v.large)
		add(lookLarge, v.large)
	}
	if !v.few {
		for _, t := range themes {
			add(t.id, v.theme == t)
		}
	}
	return f
}

// setLook takes a choice of the panel.
func (v *view) setLook(id string) {
	switch id {
	case "":
		v.endLook()
		return
	case lookLarge, lookNormal:
		v.setLarge(id == lookLarge)
	}
	for _, t := range themes {
		if t.id == id {
			v.theme = t
		}
	}
	v.line.Wipe()
	v.frame = v.panel()
	v.arrive()
}

// canEnlarge reports whether there is a large mode: by the terminal's own letters, or on a grid that is large enough.
func (v *view) canEnlarge() bool { return v.large || v.front.large != nil || v.roomy() }

func (v *view) roomy() bool { return v.width >= 80 && v.height >= 24 }

func (v *view) setLarge(on bool) {
	if on == v.large || on && !v.canEnlarge() {
		return
	}
	v.large = on
	v.laid = [2]int{}
	if do := v.front.large; do != nil {
		v.front.act(func() error { return do(on) })
	}
}

// scale is how many cells of the terminal one cell of ours is, each way.
func (v *view) scale() int {
	if v.large && v.front.large == nil {
		return 2
	}
	return 1
}

// colours are the theme that the terminal can show.
func (v *view) colours() *theme {
	if v.few {
		return few
	}
	return v.theme
}
