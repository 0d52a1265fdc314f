package tview

import (
	"github.com/gdamore/tcell/v2"

	"madoguchi/i18n"
	"madoguchi/ui"
	kanji "madoguchi/ui/entry"
	"madoguchi/ui/kana"
)

// writing is how the person types words: what is composed, and which page of the board is open. It is the person's
// until the visit ends.
type writing struct {
	words  *kanji.Entry
	pad    kanji.PadPage
	chosen bool // the person chose what letters mean
}

// types reports whether words are being typed; the line of a picker only looks for something.
func (v *view) types() bool { return v.takes() == ui.TakesWords && v.pick == nil }

// composing reports whether something waits to be decided.
func (v *view) composing() bool { return v.types() && v.words.Composing() }

// converting reports whether candidates are on the screen.
func (v *view) converting() bool { return v.composing() && v.words.Converting() }

// begin starts a screen that takes words with the present answer in the line.
func (v *view) begin(value string) {
	v.words.Begin(kana.FieldOf(v.frame.Screen.Question))
	v.line.Set(value) // byte for byte: it may come from a card
	if v.chosen {
		return
	}
	v.words.SetMode(kanji.Hiragana)
	if v.front.lang() == i18n.En {
		v.words.SetMode(kanji.Latin)
	}
}

// forgetWords is the end of a visit: what one person typed does not help the next.
func (v *view) forgetWords() {
	v.words.Forget()
	v.pad, v.chosen = kanji.HiraganaPage, false
}

// typedKeys are the keys of a keyboard that have a meaning for words.
var typedKeys = map[tcell.Key]kanji.Key{
	tcell.KeyEnter: kanji.Enter, tcell.KeyBackspace: kanji.Erase, tcell.KeyBackspace2: kanji.Erase, tcell.KeyDelete: kanji.Delete,
	tcell.KeyLeft: kanji.Left, tcell.KeyRight: kanji.Right, tcell.KeyUp: kanji.Up, tcell.KeyDown: kanji.Down, tcell.KeyPgUp: kanji.PageUp,
	tcell.KeyPgDn: kanji.PageDown, tcell.KeyHome: kanji.Home, tcell.KeyCtrlA: kanji.Home, tcell.KeyEnd: kanji.End, tcell.KeyCtrlE: kanji.End,
	tcell.KeyEscape: kanji.Leave, tcell.KeyCtrlU: kanji.Clear, tcell.KeyTab: kanji.Switch, tcell.KeyCtrlSpace: kanji.Switch,
}

// composeKey takes the keys that mean something else while words are composed; false when the key is an ordinary one.
func (v *view) composeKey(e *tcell.EventKey) bool {
	if !v.composing() || v.frame.Busy || v.answered == v.frame.Seq {
		return false
	}
	k, ok := typedKeys[e.Key()]
	onLine := v.focus.kind == atLine || v.focus.kind == nowhere
	switch {
	case !ok, !v.converting() && !onLine && k != kanji.Leave: // on the board arrows and Enter are for its keys
		return false
	case k == kanji.Enter && !v.words.Field().Converts(): // a waiting n: nothing to decide
		v.words.Flush()
		return false
	case e.Modifiers()&tcell.ModShift != 0 && k == kanji.Left:
		k = kanji.Shorter
	case e.Modifiers()&tcell.ModShift != 0 && k == kanji.Right:
		k = kanji.Longer
	}
	v.notice = i18n.Text{}
	return v.words.Key(k)
}

// writeKey is a key for words that no other part of the screen has taken.
func (v *view) writeKey(e *tcell.EventKey) {
	v.focus = spot{kind: atLine}
	switch k, ok := typedKeys[e.Key()]; {
	case e.Key() == tcell.KeyRune:
		v.words.Rune(e.Rune())
	case ok:
		v.chosen = v.words.Key(k) && k == kanji.Switch || v.chosen
	}
	v.refused()
}

// refused says why a character was not taken.
func (v *view) refused() {
	if !v.words.Refused() {
		return
	}
	switch f := v.words.Field(); {
	case f == kana.Ruby:
		v.notice = i18n.T("ui.write.kana")
	case f.Converts():
		v.notice = i18n.T("ui.write.not")
	default:
		v.notice = i18n.T("ui.write.figures")
	}
}

// decide takes what is composed as it is shown; false when nothing that could be changed is.
func (v *view) decide() bool {
	if !v.composing() {
		return false
	}
	convertible := v.words.Field().Converts()
	v.words.Flush()
	return convertible
}

// wordsBoard are the keys for words: the candidates while there are some, or the pad of the field.
func (v *view) wordsBoard() [][]boardKey {
	if v.converting() {
		return v.offerBoard()
	}
	var out [][]boardKey
	for _, row := range kanji.PadFor(v.words.Field(), v.pad).Rows {
		var keys []boardKey
		for _, k := range row {
			label := k.Label
			if k.Act != kanji.Put {
				label = v.say("ui.kana." + k.Label)
			}
			keys = append(keys, boardKey{label: label, wide: k.Wide, do: func() { v.padKey(k) }})
		}
		out = append(out, keys)
	}
	return out
}

// padKey does what a key of the pad is for.
func (v *view) padKey(k kanji.PadKey) {
	kata := v.pad == kanji.KatakanaPage
	switch k.Act {
	case kanji.Put:
		v.putKey(k.Label, kata)
	case kanji.Voice:
		v.words.Mark(kana.Dakuten)
	case kanji.Half:
		v.words.Mark(kana.Handakuten)
	case kanji.Tiny:
		v.tinyKey()
	case kanji.ActErase:
		v.words.Key(kanji.Erase)
	case kanji.ActLeft:
		v.words.Key(kanji.Left)
	case kanji.ActRight:
		v.words.Key(kanji.Right)
	case kanji.ActSpace:
		v.words.Flush()
		v.words.Rune('　')
	case kanji.ActConvert:
		v.words.Convert()
	case kanji.ActKata:
		v.turnPage(map[bool]kanji.PadPage{true: kanji.HiraganaPage, false: kanji.KatakanaPage}[kata])
	case kanji.ActLetters:
		v.turnPage(kanji.LettersPage)
	case kanji.ActKana:
		v.turnPage(kanji.HiraganaPage)
	case kanji.ActDone:
		v.main()
		return
	}
	v.refused()
}

func (v *view) putKey(label string, kata bool) {
	letters := v.pad == kanji.LettersPage || v.pad == kanji.SmallPage
	for _, r := range label {
		switch {
		case v.words.Field().Roman() && !letters && !kata:
			v.words.Kana(r)
		default:
			v.words.Literal(r)
		}
	}
}

func (v *view) tinyKey() {
	switch v.pad {
	case kanji.LettersPage:
		v.pad = kanji.SmallPage
	case kanji.SmallPage:
		v.pad = kanji.LettersPage
	default:
		v.words.Mark(kana.Small)
	}
}

func (v *view) turnPage(p kanji.PadPage) {
	v.words.Flush()
	v.pad = p
}

// paste takes a pasted text where words are typed. A secret is never pasted: it has been a string already.
func (v *view) paste(text string) {
	if v.lives() || !v.types() || v.frame.Busy || v.answered == v.frame.Seq {
		return
	}
	v.notice = i18n.Text{}
	v.words.Paste(text)
	v.refused()
}
