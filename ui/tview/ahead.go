package tview

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"madoguchi/flows"
)

// maxAhead is how many keys are kept while an answer is under way; what is typed beyond them is not taken.
const maxAhead = 256

// ahead holds the keys of a person who types faster than the next screen comes. They are kept for the next screen
// of the same step only, never from or for a secret, and forgotten when anything else comes: a problem, a warning,
// help, the way back.
type ahead struct {
	keys  []*tcell.EventKey
	ready bool   // the screen that they are for has come
	drawn uint64 // the last frame that stood on the screen: a review is laid out by drawing
	plays bool
}

// waits reports whether a key is to be kept for the screen that comes.
func (v *view) waits() bool {
	f := v.frame
	if v.ahead.plays || f.Help || f.Flow == "" || f.Screen.Kind == flows.SecretPage {
		return false
	}
	return f.Busy || v.answered == f.Seq || len(v.ahead.keys) > 0
}

func (v *view) keep(e *tcell.EventKey) {
	if len(v.ahead.keys) < maxAhead {
		v.ahead.keys = append(v.ahead.keys, e)
	}
}

// forget drops the keys that were kept.
func (v *view) forget() {
	clear(v.ahead.keys)
	v.ahead.keys, v.ahead.ready = v.ahead.keys[:0], false
}

// sort judges, before a frame is taken over, whether the kept keys are for it.
func (v *view) sort(f flows.Frame) {
	old := v.frame
	moved := placeOf(f) != v.place || f.Screen.Kind == flows.Review && !slices.Equal(ticksOf(f.Screen), v.ticks)
	switch {
	case len(v.ahead.keys) == 0:
	case f.Flow != old.Flow, f.Step != old.Step, f.Screen.Kind == flows.SecretPage, f.Help, !f.Ends.IsZero():
		v.forget()
	case f.Busy: // not yet
	case f.Problem != nil, !moved:
		v.forget()
	default:
		v.ahead.ready = true
	}
}

// replay does what the kept keys mean on the screen that they were typed for, up to the next answer. Enter alone
// does not answer a question that nobody has seen.
func (v *view) replay() {
	v.ahead.plays = true
	defer func() { v.ahead.plays = false }()
	typed := v.frame.Screen.Kind != flows.QuestionPage
	for len(v.ahead.keys) > 0 && v.answered != v.frame.Seq {
		e := v.ahead.keys[0]
		v.ahead.keys = slices.Delete(v.ahead.keys, 0, 1)
		if e.Key() != tcell.KeyEnter {
			typed = true
		} else if !typed {
			continue
		}
		v.screenKey(e)
	}
	v.ahead.ready = false
}
