package tview

import (
	"fmt"

	"github.com/rivo/tview"
	"github.com/rivo/uniseg"

	"madoguchi/ui"
	kanji "madoguchi/ui/entry"
)

// offerBoard are the candidates as keys, three in a row, and below them what else can be done with the clause.
func (v *view) offerBoard() [][]boardKey {
	const perRow = 3
	offers := v.words.Offers()
	var out [][]boardKey
	for i, c := range offers.Candidates {
		if i%perRow == 0 {
			out = append(out, nil)
		}
		label := itoa(i+1) + " " + v.shown(c.Text)
		last := len(out) - 1
		out[last] = append(out[last], boardKey{label: label, wide: 20, at: i == offers.At, do: func() { v.words.Choose(i) }})
	}
	act := func(label string, k kanji.Key) boardKey {
		return boardKey{label: v.say("ui.kana." + label), wide: 12, do: func() { v.words.Key(k) }}
	}
	last := []boardKey{act("back", kanji.Leave), act("shorter", kanji.Shorter), act("longer", kanji.Longer)}
	if offers.Of > 1 {
		last = append(last, act("more", kanji.PageDown))
	}
	return append(out, append(last, act("done", kanji.Enter)))
}

// offer is a candidate as it stands below the line.
type offer struct {
	x, y  int
	label string
	n     int
}

// offers lays the candidates out below the line, for who types on a keyboard; none while the board shows them.
func (v *view) offers(width int) (all []offer, rows int) {
	if !v.converting() || v.board {
		return nil, 0
	}
	x, y := 0, 0
	for i, c := range v.words.Offers().Candidates {
		label := " " + itoa(i+1) + " " + v.shown(c.Text) + " "
		wide := uniseg.StringWidth(label)
		if x > 0 && x+wide > width {
			x, y = 0, y+1
		}
		all = append(all, offer{x, y, label, i})
		x += wide + 1
	}
	return all, y + 1
}

// offerRows is how many rows are needed below the buttons: candidates and what is said of them, or how to type.
func (v *view) offerRows(width int, tall bool) int {
	switch _, rows := v.offers(width); {
	case rows > 0:
		return rows + 1
	case v.board || !v.types() || !v.words.Field().Converts() || !tall && !v.composing():
		return 0
	}
	return 1
}

// drawOffers draws the candidates, or says how kana become kanji.
func (v *view) drawOffers(c canvas, left, right, y int) {
	all, rows := v.offers(right - left)
	if rows == 0 {
		c.keys(left, y, right, v.writeHint(), faint)
		return
	}
	offers := v.words.Offers()
	for _, o := range all {
		t := plain
		if o.n == offers.At {
			t = chosen
		}
		end := c.put(left+o.x, y+o.y, right, o.label, t)
		v.area(left+o.x, end, y+o.y, y+o.y+1, spot{atOffer, o.n})
	}
	note := ui.Clean(offers.Candidates[offers.At].Note)
	if offers.Of > 1 {
		note = fmt.Sprintf("%d/%d  %s", offers.Page, offers.Of, note)
	}
	how := v.say("ui.write.choose")
	c.put(left, y+rows, right-uniseg.StringWidth(how)-1, note, faint)
	c.keys(right-uniseg.StringWidth(how), y+rows, right, how, faint)
}

// writeHint says what the keys do for words now.
func (v *view) writeHint() string {
	switch {
	case v.composing():
		return v.say("ui.write.composing")
	case v.words.Mode() == kanji.Latin:
		return v.say("ui.write.latin")
	}
	return v.say("ui.write.romaji")
}

// modeMark says at the end of the line what letters become.
func (v *view) modeMark() string {
	if !v.types() || !v.words.Field().Roman() {
		return ""
	}
	return map[kanji.Mode]string{kanji.Hiragana: "あ", kanji.Katakana: "ア", kanji.Latin: "A"}[v.words.Mode()]
}

// drawWords draws the line with what is composed at the cursor, which the terminal's own cursor follows.
func (v *view) drawWords(c canvas, x, end, y int) {
	if mark := v.modeMark(); mark != "" {
		c.put(end-3, y, end, mark, typed)
		end -= 4
	}
	runs := []span{{v.shown(v.line.Before()), typed}}
	caret := uniseg.StringWidth(runs[0].text)
	width := caret
	for _, p := range v.words.Pending() {
		t := composed
		if p.Here {
			t = chosen
		}
		runs = append(runs, span{v.shown(p.Text), t})
		if width += uniseg.StringWidth(v.shown(p.Text)); p.Here || !v.converting() {
			caret = width
		}
	}
	runs = append(runs, span{v.shown(v.line.After()), typed})
	skip := max(0, caret-(end-x-2)) // the part of a long line where the cursor is
	if skip > 0 {
		x = c.put(x, y, end, "…", typed)
		skip++
	}
	at := x - skip
	for _, run := range runs {
		text := run.text
		for text != "" && at < x {
			var wide int
			_, text, wide, _ = uniseg.FirstGraphemeClusterInString(text, -1)
			at += wide
		}
		at = c.put(max(at, x), y, end, text, run.tone)
	}
	if v.focus.kind == nowhere || v.focus.kind == atLine {
		c.cursor(x+caret-skip, y)
	}
}

// PasteHandler takes a pasted text.
func (v *view) PasteHandler() func(string, func(tview.Primitive)) {
	return func(text string, _ func(tview.Primitive)) { v.paste(text) }
}

// Dictionary gives the front words to convert kana with.
func (f *Front) Dictionary(d kanji.Dictionary) { f.view.words = kanji.New(&f.view.line, d) }
