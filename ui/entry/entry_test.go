package entry

import (
	"strings"
	"testing"

	"madoguchi/ui"
	"madoguchi/ui/kana"
	"madoguchi/ui/skk"
)

func words(t testing.TB) *skk.Shelf {
	t.Helper()
	s := skk.Open("../skk/testdata")
	<-s.Ready()
	return s
}

// keys press: a character types itself, and these stand for keys.
var special = map[rune]Key{
	'⏎': Enter, '⌫': Erase, '⌦': Delete, '←': Left, '→': Right, '↑': Up, '↓': Down, '⇤': Home, '⇥': End, '⎋': Leave, '⇆': Switch, '◂': Shorter, '▸': Longer, '⇟': PageDown, '⇞': PageUp,
}

func press(e *Entry, keys string) {
	for _, r := range keys {
		if k, ok := special[r]; ok {
			e.Key(k)
			continue
		}
		e.Rune(r)
	}
}

// shown is the line with what is composed between brackets, the clause in question between angles.
func shown(e *Entry) string {
	var out strings.Builder
	out.WriteString(e.line.Before())
	for _, p := range e.Pending() {
		if p.Here {
			out.WriteString("<" + p.Text + ">")
			continue
		}
		out.WriteString("[" + p.Text + "]")
	}
	out.WriteString("|" + e.line.After())
	return out.String()
}

func TestTyping(t *testing.T) {
	for _, c := range []struct {
		name  string
		field kana.Field
		keys  string
		want  string
	}{
		{"a name", kana.Names, "takahashi 2 sakura⏎", "髙橋　さくら|"},
		{"kana while it is typed", kana.Names, "takah", "[たかh]|"},
		{"the first candidate", kana.Names, "takahashi ", "<高橋>|"},
		{"the next one", kana.Names, "takahashi  ", "<髙橋>|"},
		{"down and up", kana.Names, "takahashi ↓↓↑", "<髙橋>|"},
		{"round and round", kana.Names, "takahashi ↑", "<タカハシ>|"},
		{"an address at once", kana.Names, "toukyoutochiyodakuchiyoda ", "<東京都>[千代田区][千代田]|"},
		{"and all of it taken", kana.Names, "toukyoutochiyodakuchiyoda ⏎1-1", "東京都千代田区千代田1-1|"},
		{"the next letter takes it", kana.Names, "toukyouto c", "東京都[c]|"},
		{"clauses", kana.Names, "toukyoutochiyodakuchiyoda →→", "[東京都][千代田区]<千代田>|"},
		{"a shorter clause", kana.Names, "sakura ◂", "<さく>[ら]|"},
		{"a longer clause", kana.Names, "chiyodakusa ▸", "<ちよだくさ>|"},
		{"digits choose clause by clause", kana.Names, "toukyoutochiyodaku 11", "東京都千代田区|"},
		{"a digit that is no candidate", kana.Names, "chiyodaku 9", "<千代田区>|"},
		{"okurigana", kana.Any, "hataraku ⏎okuru 2", "働く贈る|"},
		{"back to the reading", kana.Names, "takahashi ⌫", "[たかはし]|"},
		{"escape, and again", kana.Names, "takahashi ⎋⎋", "|"},
		{"erasing", kana.Names, "sakuk⌫⌫", "[さ]|"},
		{"in the middle", kana.Names, "sakura⏎←←x⌫a⏎", "さあ|くら"},
		{"home, end, delete", kana.Names, "sakura⏎⇤⌦⇥no⏎", "くらの|"},
		{"katakana", kana.Names, "⇆sakura⏎", "サクラ|"},
		{"letters", kana.Names, "⇆⇆Maria Silva", "Maria Silva|"},
		{"a word of letters between", kana.Names, "ko-poABC⏎", "こーぽあbc|"},
		{"letters begun with a capital", kana.Names, "ABC⏎ 1", "ABC　1|"},
		{"capital letters by mistake", kana.Names, "TAKAHASHI 2", "たかはし|"},
		{"a code point", kana.Names, "U+9AD9 ⏎", "髙|"},
		{"beyond the first plane", kana.Names, "U+20BB7 1", "𠮷|"},
		{"a JIS code", kana.Names, "K16-1 ⏎", "亜|"},
		{"no code", kana.Names, "U+D800 ⏎", "U+D800|"},
		{"a code of nothing", kana.Names, "U+0007 ⏎", "U+0007|"},
		{"a house number", kana.Names, "1-2-3", "1-2-3|"},
		{"a hyphen that is a long mark", kana.Names, "ka-do⏎", "かーど|"},
		{"digits in a reading", kana.Names, "chiyoda1-1 ", "<千代田>[1-1]|"},
		{"kanji that come ready", kana.Names, "窓口 花子", "窓口　花子|"},
		{"ready kanji behind a reading", kana.Names, "na山", "な山|"},
		{"furigana", kana.Ruby, "takahashi sakurann", "タカハシ　サクラン|"},
		{"furigana, a letter waits", kana.Ruby, "tak", "タ[k]|"},
		{"furigana takes kana only", kana.Ruby, "ka1山", "カ|"},
		{"furigana from hiragana", kana.Ruby, "さくらｶﾞ", "サクラガ|"},
		{"furigana, erasing", kana.Ruby, "sak⌫⌫shi", "シ|"},
		{"a telephone number", kana.Phone, "０９０-1234ー5678x", "090-1234-5678|"},
		{"a date", kana.Date, "令和3年4月1日", "令和3年4月1日|"},
		{"a number", kana.Digits, "１2a", "12|"},
	} {
		e := New(&ui.Line{}, words(t))
		e.Begin(c.field)
		press(e, c.keys)
		if got := shown(e); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.keys, got, c.want)
		}
	}
}

// TestNoDictionary: kana and codes are there without any.
func TestNoDictionary(t *testing.T) {
	for _, c := range [][2]string{{"takahashi ", "<たかはし>|"}, {"takahashi 2", "タカハシ|"}, {"U+9AD9 ⏎U+6A4B ⏎ sakura⏎", "髙橋　さくら|"}} {
		e := New(&ui.Line{}, nil)
		e.Begin(kana.Names)
		press(e, c[0])
		if got := shown(e); got != c[1] {
			t.Errorf("%q gives %q, want %q", c[0], got, c[1])
		}
	}
}

// TestOwnWords: what the person chose comes first, and is forgotten with the session.
func TestOwnWords(t *testing.T) {
	e := New(&ui.Line{}, words(t))
	e.Begin(kana.Names)
	press(e, "takahashi 2takahashi ")
	if got := shown(e); got != "髙橋<髙橋>|" {
		t.Errorf("the second time: %q", got)
	}
	press(e, "⏎sakura ◂U")
	press(e, "⎋")
	e.Begin(kana.Names)
	press(e, "chiyodakuchiyoda ⏎")
	if e.Begin(kana.Names); len(e.own["ちよだくちよだ"]) != 1 {
		t.Error("the whole is not remembered")
	}
	e.Forget()
	if press(e, "takahashi "); !strings.HasSuffix(shown(e), "<高橋>|") || len(e.own) != 0 {
		t.Errorf("the next person finds %q", shown(e))
	}
}

func TestPages(t *testing.T) {
	e := New(&ui.Line{}, words(t))
	e.Begin(kana.Names)
	press(e, "sakura ")
	p := e.Offers()
	if p.Page != 1 || p.Of != 1 || p.At != 0 || p.Candidates[0].Note != "名" {
		t.Errorf("%+v", p)
	}
	if e.Offers().More {
		t.Error("one clause, and more")
	}
	press(e, "⎋⎋U+9AD9 ")
	if p := e.Offers(); p.Candidates[0].Note != "U+9AD9" {
		t.Errorf("%+v", p)
	}
	many := &conversion{clauses: []clause{{candidates: make([]Candidate, 20)}}}
	many.turn(1)
	many.move(3)
	if many.now().at != 12 {
		t.Errorf("at %d", many.now().at)
	}
	many.turn(1)
	many.turn(1)
	if many.now().at != 0 {
		t.Errorf("at %d", many.now().at)
	}
	many.turn(-1)
	if many.now().at != 18 {
		t.Errorf("at %d", many.now().at)
	}
}

// TestLeavingDecides: whoever goes on with a reading or candidates open loses nothing.
func TestLeavingDecides(t *testing.T) {
	for _, c := range [][2]string{{"sakura", "さくら"}, {"hon", "ほん"}, {"takahashi  ", "髙橋"}, {"AB", "AB"}, {"⇆saku", "サク"}, {"sak", "さk"}} {
		e := New(&ui.Line{}, words(t))
		e.Begin(kana.Names)
		press(e, c[0])
		if e.Flush(); e.line.String() != c[1] || e.Composing() {
			t.Errorf("%q leaves %q", c[0], e.line.String())
		}
	}
}

func TestPasteIsCleaned(t *testing.T) {
	e := New(&ui.Line{}, words(t))
	e.Begin(kana.Names)
	press(e, "na")
	e.Paste("髙橋\r\nさくら\x1b[31m")
	if got := shown(e); got != "な髙橋 さくら[31m|" || !e.Refused() {
		t.Errorf("%q", got)
	}
}

func TestMarksFromThePad(t *testing.T) {
	e := New(&ui.Line{}, words(t))
	e.Begin(kana.Names)
	for _, r := range "さくら" {
		e.Kana(r)
	}
	e.Mark(kana.Dakuten)
	if !e.Refused() {
		t.Error("ら takes no mark")
	}
	e.Convert()
	if shown(e) != "<咲良>|" {
		t.Error(shown(e))
	}
	press(e, "⏎")
	e.Kana('は')
	e.Mark(kana.Dakuten)
	e.Mark(kana.Handakuten)
	press(e, "⏎")
	e.Mark(kana.Dakuten) // in the line
	if shown(e) != "咲良ば|" {
		t.Error(shown(e))
	}
	e.Begin(kana.Ruby)
	e.Kana('つ')
	e.Mark(kana.Small)
	if shown(e) != "咲良ばッ|" {
		t.Error(shown(e))
	}
}

// FuzzEntry: no key can break it, and no key but those that erase takes away what is decided.
func FuzzEntry(f *testing.F) {
	f.Add("takahashi  ⏎sakura⏎", uint8(1))
	f.Add("toukyoutochiyodaku ▸◂→⏎", uint8(0))
	f.Add("ab⇆⇆⌫⎋U+9AD9 ｶﾞ", uint8(2))
	shelf := words(f)
	f.Fuzz(func(t *testing.T, keys string, field uint8) {
		if len(keys) > 300 {
			return
		}
		e := New(&ui.Line{}, shelf)
		e.Begin(kana.Field(field % 7))
		for _, r := range keys {
			before := []rune(e.line.String())
			press(e, string(r))
			after := []rune(e.line.String())
			if r != '⌫' && r != '⌦' && r != 'ﾞ' && r != 'ﾟ' && !within(before, after) {
				t.Fatalf("%q took something away: %q, then %q", r, string(before), string(after))
			}
			if o := e.Offers(); e.Converting() && (o.At >= len(o.Candidates) || len(o.Candidates) == 0) {
				t.Fatalf("no candidate at %d", o.At)
			}
			if n := len([]rune(e.roman.Held())) + len(e.reading); n > maxReading+8 {
				t.Fatalf("%d wait", n)
			}
		}
		pending := e.Pending()
		line := e.line.String()
		e.Flush()
		if len(pending) > 0 && e.field.Converts() && len(e.line.String()) <= len(line) {
			t.Errorf("%v is lost", pending)
		}
	})
}

// within reports whether all of a stands in b, in its order.
func within(a, b []rune) bool {
	i := 0
	for _, r := range b {
		if i < len(a) && a[i] == r {
			i++
		}
	}
	return i == len(a)
}

func TestFormsOfNames(t *testing.T) {
	for kanji, all := range others {
		if len(all) == 0 {
			t.Errorf("%c has no other form", kanji)
		}
		for _, other := range all {
			if other == string(kanji) {
				t.Errorf("%c is its own other form", kanji)
			}
		}
	}
	if len(others) < 90 {
		t.Errorf("%d kanji: one is written twice, or lost", len(others))
	}
}

// BenchmarkConvert is the longest wait of a person: an address of 30 kana with Debian's dictionaries.
func BenchmarkConvert(b *testing.B) {
	s := skk.Open(skk.Folder)
	<-s.Ready()
	e := New(&ui.Line{}, s)
	e.Begin(kana.Names)
	press(e, "kanagawakenyokohamashinakakunihonoodoori")
	for b.Loop() {
		e.Convert()
		e.conv = nil
	}
}
