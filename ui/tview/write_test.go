package tview

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui/sample"
	"madoguchi/ui/skk"
)

// shelf is the dictionary of the tests.
func shelf(t *testing.T) *skk.Shelf {
	t.Helper()
	s := skk.Open(filepath.Join("..", "skk", "testdata"))
	<-s.Ready()
	return s
}

// asks is a question of a kind with a present answer.
func asks(l i18n.Lang, kind forms.Kind, value string) flows.Frame {
	f := sample.Get(l, "text")
	q := *f.Screen.Question
	q.Kind, q.Path = kind, "children/0/"+string(kind)
	f.Screen.Question, f.Screen.Value = &q, value
	return f
}

// tap presses keys: a character types itself, and these stand for keys.
var taps = map[rune]tcell.Key{
	'⏎': tcell.KeyEnter, '⌫': tcell.KeyBackspace2, '⌦': tcell.KeyDelete, '←': tcell.KeyLeft, '→': tcell.KeyRight, '↑': tcell.KeyUp, '↓': tcell.KeyDown, '⎋': tcell.KeyEscape, '⇆': tcell.KeyTab,
}

func tap(f *Front, keys string) {
	for _, r := range keys {
		if k, ok := taps[r]; ok {
			f.view.key(tcell.NewEventKey(k, 0, tcell.ModNone))
			continue
		}
		f.view.key(tcell.NewEventKey(tcell.KeyRune, r, tcell.ModNone))
	}
}

// press touches the middle of what stands on the screen.
func finger(t *testing.T, f *Front, screen *sample.Screen, label string) {
	t.Helper()
	for y, row := range strings.Split(draw(f, screen), "\n") {
		if i := strings.Index(row, label); i >= 0 {
			f.view.pressed = f.view.pressed.Add(-settle)
			f.view.touch(uniseg.StringWidth(row[:i]), y)
			return
		}
	}
	t.Fatalf("no %q on:\n%s", label, screen.Text())
}

func TestGoldenWriting(t *testing.T) {
	for _, lang := range i18n.Langs() {
		for _, size := range sizes {
			var got strings.Builder
			for _, c := range []struct {
				name string
				kind forms.Kind
				keys string
				pad  bool
			}{
				{"composing", forms.Words, "takah", false}, {"candidates", forms.Words, "takahashi  ", false}, {"clauses", forms.Words, "toukyoutochiyodakuchiyoda →", false},
				{"no-kana", forms.Kana, "sakura1", false}, {"pad", forms.Words, "saku", true}, {"pad-candidates", forms.Words, "takahashi  ", true},
				{"pad-furigana", forms.Kana, "", true}, {"pad-date", forms.Date, "", true}, {"pad-phone", forms.Phone, "", true}, {"pad-number", forms.Number, "", true},
			} {
				f, screen := still(t, size[0], size[1], nil)
				f.Dictionary(shelf(t))
				f.Show(asks(lang, c.kind, ""))
				f.refresh()
				f.view.words.SetMode(0)
				f.view.board = c.pad
				tap(f, c.keys)
				fmt.Fprintf(&got, "=== %s\n%s", c.name, draw(f, screen))
			}
			for _, name := range []string{"secret", "password-last"} {
				f, screen := still(t, size[0], size[1], nil)
				f.Show(sample.Get(lang, name))
				f.refresh()
				f.view.board = true
				tap(f, "12")
				fmt.Fprintf(&got, "=== pad-%s\n%s", name, draw(f, screen))
			}
			compare(t, filepath.Join("testdata", fmt.Sprintf("writing-%s-%dx%d.txt", lang, size[0], size[1])), got.String())
		}
	}
}

// answered types on a question and returns what is sent, "" for nothing.
func answered(t *testing.T, f *Front, keys string) string {
	t.Helper()
	tap(f, keys)
	for {
		select {
		case e := <-f.Events():
			if e.Do == flows.DoAnswer {
				return e.Answer.Value
			}
		default:
			return ""
		}
	}
}

func writes(t *testing.T, kind forms.Kind, value string) (*Front, *sample.Screen) {
	t.Helper()
	f, screen := still(t, 80, 25, nil)
	f.Dictionary(shelf(t))
	f.Show(asks(i18n.Ja, kind, value))
	f.refresh()
	return f, screen
}

// TestWritesNames counts the keys of a name: what is shown is sent, Enter decides first and sends then.
func TestWritesNames(t *testing.T) {
	for _, c := range []struct {
		kind       forms.Kind
		now        string
		keys, want string
	}{
		{forms.Words, "", "takahashi 2 sakura⏎⏎", "髙橋　さくら"},
		{forms.Words, "", "takahashi  ⏎ sakura⏎⏎", "髙橋　さくら"},
		{forms.Words, "", "toukyoutochiyodakuchiyoda ⏎1-1⏎", "東京都千代田区千代田1-1"},
		{forms.Words, "東京都千代田区千代田", "1-1⏎", "東京都千代田区千代田1-1"},
		{forms.Words, "", "⇆⇆Maria Silva⏎", "Maria Silva"},
		{forms.Words, "さら", "←ku⏎⏎", "さくら"},
		{forms.Words, "", "sakura ⎋⎋tarou⏎⏎", "たろう"},
		{forms.Kana, "", "takahashi sakura⏎", "タカハシ　サクラ"},
		{forms.Kana, "", "hon⏎", "ホン"},
		{forms.Postal, "", "１００-0001⏎", "100-0001"},
		{forms.Date, "", "令和3年4月1日⏎", "令和3年4月1日"},
		{forms.Number, "7", "⌫12⏎", "12"},
	} {
		f, _ := writes(t, c.kind, c.now)
		if got := answered(t, f, c.keys); got != c.want {
			t.Errorf("%q: %q, want %q", c.keys, got, c.want)
		}
	}
}

// TestWritesByFinger touches every key of a name.
func TestWritesByFinger(t *testing.T) {
	f, screen := writes(t, forms.Words, "")
	finger(t, f, screen, "文字盤")
	for _, key := range []string{" た ", " か ", " は ", " し ", "変換", "2 髙橋", "空白", " さ ", " く ", " ら ", "これに決める", "すすむ ]"} {
		finger(t, f, screen, key)
	}
	select {
	case e := <-f.Events():
		for e.Do != flows.DoAnswer {
			e = <-f.Events()
		}
		if e.Answer.Value != "髙橋　さくら" {
			t.Errorf("%q", e.Answer.Value)
		}
	default:
		t.Errorf("nothing was sent from:\n%s", screen.Text())
	}
}

// TestEveryKeyOfThePads presses each key of each pad by finger, at every size.
func TestEveryKeyOfThePads(t *testing.T) {
	for _, size := range sizes {
		for _, kind := range []forms.Kind{forms.Words, forms.Kana, forms.Date, forms.Phone, forms.Postal, forms.Number} {
			f, screen := still(t, size[0], size[1], nil)
			f.Show(asks(i18n.Ja, kind, ""))
			f.refresh()
			f.view.board = true
			draw(f, screen)
			keys := 0
			for _, h := range f.view.hits {
				if h.spot.kind != atKey {
					continue
				}
				if keys++; h.to-h.from < 3 || h.bottom <= h.top || h.spot.n != keys-1 {
					t.Errorf("%v %s: key %d is %d wide", size, kind, h.spot.n, h.to-h.from)
				}
				f.view.enter()
				f.view.pad = 0
				f.view.touch((h.from+h.to)/2, h.top)
			}
			if n := len(f.view.boardKeys()); keys < 3*n || n < 4 {
				t.Errorf("%v %s: %d keys", size, kind, keys)
			}
		}
	}
}

// TestFiveKeysWrite: up, down, right, left and Enter are enough for a name.
func TestFiveKeysWrite(t *testing.T) {
	f, screen := writes(t, forms.Words, "")
	walk := func(to spot) {
		t.Helper()
		for range 100 {
			if f.view.focus == to {
				tap(f, "⏎")
				draw(f, screen)
				return
			}
			tap(f, "↓")
			draw(f, screen)
		}
		t.Fatalf("no way to %v on:\n%s", to, screen.Text())
	}
	draw(f, screen)
	walk(spot{kind: atKeys})
	key := func(label string) {
		t.Helper()
		n := 0
		for row, keys := range f.view.boardKeys() {
			for _, k := range keys {
				if k.label == label {
					walk(spot{atRow, row})
					walk(spot{atKey, n})
					tap(f, "←")
					return
				}
				n++
			}
		}
		t.Fatalf("no key %q", label)
	}
	for _, label := range []string{"た", "か", "は", "し", "変換"} {
		key(label)
	}
	tap(f, "↓⏎")
	if got := f.view.line.String(); got != "髙橋" {
		t.Errorf("%q on:\n%s", got, screen.Text())
	}
}

func TestPasteIntoALine(t *testing.T) {
	f, _ := writes(t, forms.Words, "")
	f.view.PasteHandler()("髙橋\r\nさくら\x1b", nil)
	if got := f.view.line.String(); got != "髙橋 さくら" || f.view.notice.IsZero() {
		t.Errorf("%q", got)
	}
	f.Show(sample.Get(i18n.Ja, "secret"))
	f.refresh()
	f.view.PasteHandler()("1234", nil)
	if f.view.secret.Len() != 0 {
		t.Error("a secret was pasted")
	}
}

// TestOwnWordsEndWithTheVisit: the next person does not find what the one before chose.
func TestOwnWordsEndWithTheVisit(t *testing.T) {
	f, screen := writes(t, forms.Words, "")
	tap(f, "takahashi 2⇆")
	menu := sample.Get(i18n.Ja, "menu")
	menu.Seq = 100
	f.Show(menu)
	f.refresh()
	next := asks(i18n.Ja, forms.Words, "")
	next.Seq = 101
	f.Show(next)
	f.refresh()
	tap(f, "takahashi ")
	if draw(f, screen); f.view.words.Pending()[0].Text != "高橋" || f.view.modeMark() != "あ" {
		t.Errorf("%v", f.view.words.Pending())
	}
}

// TestSwitchingKeepsWhatIsComposed: the language key in the middle of a word loses nothing.
func TestSwitchingKeepsWhatIsComposed(t *testing.T) {
	f, _ := writes(t, forms.Words, "")
	tap(f, "takah")
	en := asks(i18n.En, forms.Words, "")
	en.Seq = 50
	f.Show(en)
	f.refresh()
	if got := answered(t, f, "ashi 2⏎"); got != "髙橋" {
		t.Errorf("%q", got)
	}
}

// TestAPressedKeyOfASecretIsNotShown: a finger on the password's keys changes the dots and nothing else, so that who
// looks over a shoulder does not see which key it was.
func TestAPressedKeyOfASecretIsNotShown(t *testing.T) {
	for _, name := range []string{"secret", "password-last"} {
		f, screen := still(t, 80, 25, nil)
		f.Show(sample.Get(i18n.Ja, name))
		f.refresh()
		f.view.board = true
		before := strings.Split(draw(f, screen), "\n")
		finger(t, f, screen, "  7  ")
		after := strings.Split(draw(f, screen), "\n")
		changed := 0
		for y := range before {
			if before[y] != after[y] && !strings.HasPrefix(before[y], "cursor") {
				changed++
				if !strings.Contains(after[y], "●") {
					t.Errorf("%s: %q became %q", name, before[y], after[y])
				}
			}
		}
		if changed != 1 || f.view.secret.Len() != 1 || f.view.line.String() != "" {
			t.Errorf("%s: %d rows changed, %d characters", name, changed, f.view.secret.Len())
		}
	}
}
