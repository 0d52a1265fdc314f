package tview

import (
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/sample"
)

// typing presses keys one by one and counts them.
type typing struct {
	*hand
	keys int
}

func (k *typing) press(keys ...tcell.Key) {
	for _, key := range keys {
		k.keys++
		k.key(key)
	}
}

func (k *typing) words(text string) {
	for _, r := range text {
		k.keys++
		k.f.view.key(tcell.NewEventKey(tcell.KeyRune, r, 0))
		k.draw()
	}
}

// chosen are the names of the wishes in their order.
func (k *typing) chosen() string {
	var names []string
	options := ui.Options(k.f.view.frame.Screen)
	for _, i := range k.f.view.marks {
		names = append(names, options[i].Label.Say(i18n.Ja))
	}
	return strings.Join(names, " ")
}

// TestFiveOfThreeHundredIn60Keys: what a family near the south station wants, one of them wrongly at first, and the
// order changed at the end.
func TestFiveOfThreeHundredIn60Keys(t *testing.T) {
	for _, size := range sizes {
		k := &typing{hand: newHand(t, sample.Get(i18n.Ja, "picker"), size[0], size[1])}
		if n := len(k.f.view.pick.found); n != sample.Facilities {
			t.Fatalf("%d facilities", n)
		}
		for _, words := range []string{"ひば", "ツクシエ", "もみじだい", "すみれこ", "にじ"} {
			k.words(words)
			k.press(tcell.KeyEnter)
		}
		if size[0] < besideFrom {
			k.press(keyUp, keyRight) // the wishes
		}
		for k.f.view.focus != (spot{atWish, 4*wishKinds + 0}) { // the last wish, up
			k.press(keyUp)
			if k.keys > 60 {
				break
			}
		}
		k.press(keyRight, tcell.KeyHome, tcell.KeyEnter)
		want := "ひばり保育園 つくし駅前保育園 もみじ第二保育園 にじいろ保育園 すみれこども園"
		if got := k.chosen(); got != want {
			t.Errorf("%v: chosen %s", size, got)
		}
		t.Logf("%v: %d keys", size, k.keys)
		if k.keys > 60 {
			t.Errorf("%v: %d keys", size, k.keys)
		}
		if e := k.effect(); len(e.Events) != 1 || strings.Count(e.Events[0].Answer.Value, ",") != 4 {
			t.Errorf("%v: events %v", size, e.Events)
		}
	}
}

// TestPickerByFiveKeys: the list narrowed by area and age, and a row taken, without typing.
func TestPickerByFiveKeys(t *testing.T) {
	k := &typing{hand: newHand(t, sample.Get(i18n.Ja, "picker"), 80, 25)}
	k.walk(spot{atFacet, 1})
	k.press(keyRight)
	k.walk(spot{atFound, 3})
	k.press(keyRight)
	if v := k.f.view; v.pick.values[1] != "south" || len(v.pick.found) == sample.Facilities || len(v.pick.found) == 0 {
		t.Fatalf("values %v, %d found", v.pick.values, len(v.pick.found))
	}
	k.walk(spot{atFound, 0})
	k.press(keyRight)
	k.walk(spot{atWish, 2})
	before := k.chosen()
	k.press(keyRight)
	if before == "" || k.chosen() != "" {
		t.Errorf("chosen %q, then %q", before, k.chosen())
	}
	k.words("ぬぬぬ")
	k.press(tcell.KeyEnter)
	if v := k.f.view; v.notice.IsZero() || v.line.String() != "ぬぬぬ" {
		t.Error("what was not found is not said")
	}
}

// TestLargeModeByTheTerminal: where the terminal can enlarge its letters it is told to, once, and the next person
// finds it as it was.
func TestLargeModeByTheTerminal(t *testing.T) {
	h := newHand(t, sample.Get(i18n.Ja, "text"), 128, 36)
	var told []bool
	h.f.Large(func(on bool) error { told = append(told, on); return nil })
	h.key(tcell.KeyF3)
	if v := h.f.view; !v.looking() || !v.large || v.scale() != 1 {
		t.Error("the letters are set apart instead")
	}
	start := sample.Get(i18n.Ja, "menu")
	start.Seq = 99
	h.f.Show(start)
	h.f.refresh()
	for range 2 {
		if err := (<-h.f.acts)(); err != nil {
			t.Error(err)
		}
	}
	if v := h.f.view; v.large || v.looking() || !slices.Equal(told, []bool{true, false}) {
		t.Errorf("told %v", told)
	}
}

// TestLargeModeByItself sets letters and lines apart on a grid that is large enough, and touches still find them.
func TestLargeModeByItself(t *testing.T) {
	h := newHand(t, sample.Get(i18n.Ja, "menu"), 80, 25)
	h.key(tcell.KeyF3)
	h.key(tcell.KeyEscape)
	v := h.f.view
	if v.scale() != 2 {
		t.Fatal("no large mode")
	}
	if !h.finger(spot{atOption, 1}) || len(h.effect().Events) != 1 {
		t.Error("the second choice cannot be touched")
	}
	h.screen.SetSize(40, 12)
	h.draw()
	if v.scale() != 1 {
		t.Error("the large mode stays on a small grid")
	}
}
