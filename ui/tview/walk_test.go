package tview

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/google/go-cmp/cmp"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui/sample"
)

// hand is a person at a screen without an event loop, who has the five keys or a finger.
type hand struct {
	*testing.T
	f      *Front
	screen tcell.SimulationScreen
	at     time.Time
}

func newHand(t *testing.T, frame flows.Frame, width, height int) *hand {
	t.Helper()
	screen := tcell.NewSimulationScreen("UTF-8")
	f, err := New(screen, nil)
	if err != nil {
		t.Fatal(err)
	}
	screen.SetSize(width, height)
	h := &hand{T: t, f: f, screen: screen, at: sample.Now}
	f.now = func() time.Time { return h.at }
	f.gate.start.Do(func() {})
	f.Show(frame)
	f.refresh()
	h.draw()
	return h
}

func (h *hand) draw() { h.f.view.Draw(h.screen) }

func (h *hand) key(k tcell.Key) {
	h.f.view.key(tcell.NewEventKey(k, 0, 0))
	h.draw()
}

// finger touches the middle of a spot, after scrolling to it by touching the arrows; false: it is nowhere.
func (h *hand) finger(s spot) bool {
	v := h.f.view
	for _, arrow := range []spotKind{atLess, atMore} {
		for range 400 {
			if h.touch(s) {
				return true
			}
			before := fmt.Sprint(v.scroll, v.pick != nil && v.pick.top > 0, v.hits)
			if !h.touch(spot{kind: arrow}) || fmt.Sprint(v.scroll, v.pick != nil && v.pick.top > 0, v.hits) == before {
				break
			}
		}
	}
	return false
}

func (h *hand) touch(s spot) bool {
	for _, hit := range h.f.view.hits {
		if hit.spot == s {
			h.at = h.at.Add(time.Second)
			h.f.view.touch((hit.from+hit.to)/2, (hit.top+hit.bottom)/2)
			h.draw()
			return true
		}
	}
	return false
}

// walk goes down with the five keys, or up where that is nearer, until it stands on a spot; rows of a board are
// entered.
func (h *hand) walk(s spot) bool {
	v := h.f.view
	way := keyDown
	if ring := v.ring(); slices.Index(ring, s) > len(ring)/2 {
		way = keyUp
	}
	for range 2*len(v.ring()) + 60 {
		if v.focus == s {
			return true
		}
		if v.focus.kind == atRow && slices.Contains(v.rowKeys(v.focus.n), s) {
			h.key(keyRight)
			continue
		}
		h.key(way)
	}
	return false
}

// effect is what has happened, without where the screen is scrolled to.
type effect struct {
	Events  []flows.Event
	Marks   []int
	Line    string
	Secret  int
	Hidden  bool
	Board   bool
	Looking bool
	Large   bool
	Open    int
	Values  []string
}

func (h *hand) effect() effect {
	v := h.f.view
	e := effect{Marks: slices.Clone(v.marks), Line: v.line.String(), Secret: v.secret.Len(), Hidden: v.hidden, Board: v.board, Looking: v.looking(), Large: v.large}
	if v.pick != nil {
		e.Open, e.Values = v.pick.open, slices.Clone(v.pick.values)
	}
	for {
		select {
		case got := <-h.f.events:
			if got.Do != flows.DoStillHere {
				e.Events = append(e.Events, got)
			}
			continue
		default:
			return e
		}
	}
}

// until does something until it has an effect: a group must be read before it is ticked.
func (h *hand) until(do func()) effect {
	before := h.effect()
	after := before
	for range 12 {
		do()
		if after = h.effect(); !cmp.Equal(before, after) {
			break
		}
	}
	return after
}

// spots are all that can be pressed on a screen. Of a long list the first, some in between and the last.
func spots(v *view) []spot {
	var out []spot
	for _, s := range v.ring() {
		switch {
		case s.kind == atLine, s.kind == atFound && s.n > 0 && s.n != v.pick.length()-1:
		case s.kind == atRow:
			out = append(out, v.rowKeys(s.n)...)
		default:
			out = append(out, s)
		}
	}
	return out
}

// screens are the samples, those with a board once more with it open.
func screens(t *testing.T, sizes [][2]int, do func(t *testing.T, name string, make func() *hand)) {
	frames := sample.Frames(i18n.Ja)
	for _, size := range sizes {
		for _, n := range frames {
			if !n.Frame.Ends.IsZero() {
				continue // any key means "go on"
			}
			make := func() *hand { return newHand(t, n.Frame, size[0], size[1]) }
			name := fmt.Sprintf("%s %dx%d", n.Name, size[0], size[1])
			do(t, name, make)
			if make().f.view.boardKeys() != nil {
				do(t, name+" board", func() *hand {
					h := make()
					h.f.view.openBoard()
					h.draw()
					return h
				})
			}
		}
	}
}

// TestFiveKeysAndFingersReachEverything: whatever can be pressed on any screen is reached with the five keys, and
// with a finger, and does the same.
func TestFiveKeysAndFingersReachEverything(t *testing.T) {
	on := sizes[1:]
	if testing.Short() {
		on = sizes[1:2]
	}
	screens(t, on, func(t *testing.T, name string, make func() *hand) {
		all := spots(make().f.view)
		if len(all) == 0 {
			t.Errorf("%s: nothing can be pressed", name)
		}
		for _, s := range all {
			five, finger := make(), make()
			if !five.walk(s) {
				t.Errorf("%s: the five keys do not reach %v", name, s)
				continue
			}
			pressed := five.until(func() { five.key(keyRight) })
			touched := finger.until(func() {
				if !finger.finger(s) {
					t.Errorf("%s: a finger does not reach %v", name, s)
				}
			})
			if diff := cmp.Diff(pressed, touched); diff != "" {
				t.Errorf("%s: %v: five keys and a finger differ:\n%s", name, s, diff)
			}
		}
	})
}

// TestTargetsAreLargeEnough: what a finger is for is two rows high or six columns wide.
func TestTargetsAreLargeEnough(t *testing.T) {
	screens(t, sizes, func(t *testing.T, name string, make func() *hand) {
		v := make().f.view
		for _, h := range v.hits {
			// On 40 columns of a 10-inch panel a row is 11 mm high and three columns are 16 mm wide.
			if enough := v.width <= 40 && h.to-h.from >= 3; !enough && h.to-h.from < 6 && h.bottom-h.top < 2 {
				t.Errorf("%s: %v is %d columns and %d rows", name, h.spot, h.to-h.from, h.bottom-h.top)
			}
		}
	})
}

// TestTremblingFinger: two touches within a moment are one, but keys of a board are as fast as they are pressed.
func TestTremblingFinger(t *testing.T) {
	h := newHand(t, sample.Get(i18n.Ja, "text"), 80, 25)
	v := h.f.view
	for _, hit := range v.hits {
		if hit.spot == (spot{atFoot, 0}) {
			h.at = h.at.Add(time.Second)
			v.touch(hit.from, hit.top)
			h.at = h.at.Add(100 * time.Millisecond)
			v.touch(hit.from, hit.top)
		}
	}
	if e := h.effect(); len(e.Events) != 1 {
		t.Errorf("events %v", e.Events)
	}
	h = newHand(t, sample.Get(i18n.Ja, "secret"), 80, 25)
	h.f.view.openBoard()
	h.draw()
	for range 2 {
		for _, hit := range h.f.view.hits {
			if hit.spot == (spot{atKey, 0}) {
				h.f.view.touch(hit.from, hit.top)
			}
		}
	}
	if e := h.effect(); e.Secret != 2 {
		t.Errorf("%d digits", e.Secret)
	}
}
