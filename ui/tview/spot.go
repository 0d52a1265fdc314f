package tview

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
)

// A spot is a thing on the screen that can be pressed: by a finger where it is drawn, by five keys in the order of
// the ring. What is no spot cannot be done.
type spot struct {
	kind spotKind
	n    int // which of them, from 0
}

type spotKind int

const (
	nowhere   spotKind = iota
	atLine             // where text is typed
	atOption           // one of ui.Options
	atBox              // the tick beside a secret
	atFacet            // of the picker: by what the list is narrowed down
	atFound            // of the picker: a row of the list
	atWish             // of the picker: a wish, to be moved or taken away
	atKeys             // opens and closes the board
	atRow              // a row of a large board
	atKey              // a key of the board
	atOffer            // for fingers: a candidate below the line
	atNext             // the main action
	atLater            // puts a question off
	atFoot             // of the footer
	atMore             // for fingers: scrolls down
	atLess             // for fingers: scrolls up
	atCard             // of the demo's dock
	atNetwork          // of the demo's dock
)

// hit is a part of the screen that can be touched.
type hit struct {
	from, to, top, bottom int // to and bottom are behind it
	spot                  spot
}

func (v *view) hit(from, to, y int, s spot) { v.hits = append(v.hits, hit{from, to, y, y + 1, s}) }

func (v *view) area(from, to, top, bottom int, s spot) {
	v.hits = append(v.hits, hit{from, to, top, bottom, s})
}

// ring lists the spots of the screen in the order in which up and down walk them; it has no end.
func (v *view) ring() []spot {
	if v.inRow >= 0 {
		return v.rowKeys(v.inRow)
	}
	var out []spot
	add := func(k spotKind, n int) {
		for i := range n {
			out = append(out, spot{k, i})
		}
	}
	takes := v.takes()
	switch {
	case v.frame.Help || takes == ui.TakesNothing:
	case v.pick != nil:
		out = v.pick.ring()
	case takes == ui.TakesWords || takes == ui.TakesSecret:
		add(atLine, 1)
	default:
		add(atOption, len(ui.Options(v.frame.Screen)))
	}
	if v.boxed() {
		add(atBox, 1)
	}
	out = append(out, v.boardRing()...)
	if v.nextLabel() != "" {
		add(atNext, 1)
	}
	if v.later() {
		add(atLater, 1)
	}
	for i, f := range v.feet() {
		if f.on {
			out = append(out, spot{atFoot, i})
		}
	}
	return out
}

// boxed reports whether the screen has a tick beside its secret.
func (v *view) boxed() bool {
	s := v.frame.Screen
	covered := v.boardOpen() && v.height/v.scale() < tallFrom // the board is the whole screen
	return s.Kind == flows.SecretPage && s.Tick != nil && !v.frame.Help && v.takes() != ui.TakesNothing && !covered
}

func (v *view) later() bool {
	s := v.frame.Screen
	return s.Kind == flows.QuestionPage && s.Later && !v.frame.Help && !v.frame.Busy
}

// press does what a spot is for.
func (v *view) press(s spot) {
	switch s.kind {
	case atLine:
		v.focus = s
		v.openBoard()
	case atOption:
		v.choose(s.n)
	case atBox:
		v.answer(flows.Answer{Choice: v.frame.Screen.Tick.ID})
	case atFacet, atFound, atWish:
		v.pick.press(s)
	case atKeys:
		v.turnBoard()
	case atRow:
		v.enterRow(s.n)
	case atKey:
		v.strike(s.n)
	case atOffer:
		v.words.Choose(s.n)
	case atNext:
		v.main()
	case atLater:
		v.answer(flows.Answer{Choice: flows.ChoiceLater})
	case atFoot:
		v.step(s.n)
	case atMore:
		v.turn(+1)
	case atLess:
		v.turn(-1)
	case atCard:
		v.dockKey(tcell.KeyF5 + tcell.Key(s.n))
	case atNetwork:
		v.dockKey(tcell.KeyF9)
	case nowhere:
	}
}

// turn scrolls by a page.
func (v *view) turn(by int) {
	if v.pick != nil {
		v.pick.scrollBy(by * max(1, v.pick.rows-1))
		return
	}
	v.scroll = max(0, v.scroll+by*max(1, v.visible-1))
}

// choose takes an option: of several it is marked, of a review ticked once it has been read, of others it is the
// answer.
func (v *view) choose(i int) {
	v.line.Wipe()
	v.focus = spot{atOption, i}
	options := ui.Options(v.frame.Screen)
	switch v.takes() {
	case ui.TakesMany:
		v.mark(i)
	case ui.TakesNumber:
		v.send(ui.TakesNumber, itoa(i+1))
	case ui.TakesTicks:
		if !options[i].On && !v.seen(i) {
			v.readOn(i)
			return
		}
		v.answer(flows.Answer{Choice: options[i].ID})
	default:
	}
}

// mark chooses one of several, or takes the choice back.
func (v *view) mark(i int) {
	if at := slices.Index(v.marks, i); at >= 0 {
		v.marks = slices.Delete(v.marks, at, at+1)
		return
	}
	if q := v.frame.Screen.Question; q != nil && q.Max > 0 && len(v.marks) >= q.Max {
		v.notice = i18n.T("ui.many", "Max", q.Max)
		return
	}
	v.marks = append(v.marks, i)
}

// foot is a thing that every screen has, always in the same place.
type foot struct {
	key, label, short string
	on                bool
	do                func()
}

// feet lists the footer.
func (v *view) feet() []foot {
	f := v.frame
	hide, stop := "ui.key.hide", "ui.key.stop"
	if v.hidden {
		hide = "ui.key.show"
	}
	if f.Saved {
		stop = "ui.key.stop.saved"
	}
	shown := f.Seq > 0
	return []foot{
		{"Esc", "ui.key.back", "ui.key.back", f.CanBack || f.Help || v.looking(), v.back},
		{"F1", "ui.key.help", "ui.key.help", shown && !v.looking(), func() { v.do(flows.DoHelp) }},
		{"F2", "ui.key.language", "ui.key.language.short", shown, func() { v.do(flows.DoLanguage) }},
		{"F3", "ui.key.big", "ui.key.big.short", shown, v.enlarge},
		{"F4", hide, hide, shown, func() { v.hidden = !v.hidden }},
		{"F10", stop, "ui.key.stop", f.CanStop && !v.looking(), v.stop},
	}
}

func (v *view) step(n int) {
	if f := v.feet()[n]; f.on {
		v.forget()
		f.do()
	}
}

func (v *view) do(what string) { v.front.emit(flows.Event{Seq: v.frame.Seq, Do: what}) }

func (v *view) back() {
	switch {
	case v.looking():
		v.endLook()
	case v.frame.Help:
		v.do(flows.DoHelp)
	case v.frame.CanBack:
		v.do(flows.DoBack)
	}
}

func (v *view) stop() {
	if v.frame.CanStop {
		v.do(flows.DoCancel)
	}
}
