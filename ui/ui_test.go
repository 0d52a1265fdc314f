package ui

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
	"github.com/rivo/uniseg"

	"madoguchi/i18n"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Tanaka", "Tanaka"},
		{"ﾊﾟﾝﾀﾞ", "パンダ"},
		{"ＡＢＣ　㈱", "ＡＢＣ　㈱"},
		{"髙橋 𠮷田 葛\U000E0100", "髙橋 𠮷田 葛\U000E0100"},
		{"a\nb\tc", "a⏎b c"},
		{"\x1b[31m", "〓(U+001B)[31m"},
		{"abc\u202edef", "abc〓(U+202E)def"},
		{"㊙", "(秘)"},
		{"①⑳棟 ③ ④", "① ⑳ 棟 ③ ④"}, // drawn wider than they count
		{"か\u3099", "か\u3099"},   // a person's own bytes are not normalised
		{"\ue000", "〓(U+E000)"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "ｶﾞ", "\x00\xff", "窓口 花子", "a\u202e\u2066\u200d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		for _, r := range got {
			if unicode.IsControl(r) || r >= 0xFF61 && r <= 0xFF9F {
				t.Errorf("Clean(%q) = %q", s, got)
			}
		}
		if Clean(got) != got {
			t.Errorf("Clean is not stable on %q", s)
		}
	})
}

func TestSecretLeavesNothing(t *testing.T) {
	var s Secret
	for _, r := range "４8é6" {
		if !s.Add(r) {
			t.Errorf("%q was not taken", r)
		}
	}
	s.Erase()
	if s.Add('\n') || s.Add('\x00') {
		t.Error("a control character was taken")
	}
	if s.Len() != 3 {
		t.Errorf("length %d", s.Len())
	}
	if got := s.Take(); !bytes.Equal(got, []byte("４8é")) {
		t.Errorf("took %q", got)
	}
	if s.Len() != 0 || s.buf != [len(s.buf)]byte{} {
		t.Error("something is left")
	}
	for range MaxSecret {
		s.Add('9')
	}
	if s.Add('9') {
		t.Error("more than MaxSecret was taken")
	}
	s.Wipe()
	s.Erase()
	if s.Len() != 0 || s.buf != [len(s.buf)]byte{} {
		t.Error("something is left")
	}
}

func TestLineMovesByCharacter(t *testing.T) {
	var l Line
	for _, r := range "葛\U000E0100飾" {
		l.Insert(r)
	}
	l.Left()
	if got := l.Before(); got != "葛\U000E0100" {
		t.Errorf("before the cursor %q", got)
	}
	l.Erase()
	l.Insert('x')
	l.Delete()
	if got := l.String(); got != "x" {
		t.Errorf("line %q", got)
	}
	if l.Insert('\x1b') {
		t.Error("a control character was taken")
	}
	l.Set(strings.Repeat("a", MaxLine+5))
	if l.Insert('b') || len(l.String()) != MaxLine {
		t.Error("longer than MaxLine")
	}
	l.Home()
	l.Left()
	l.Delete()
	l.End()
	l.Right()
	if len(l.String()) != MaxLine-1 {
		t.Errorf("length %d", len(l.String()))
	}
	l.Wipe()
	if l.String() != "" {
		t.Error("something is left")
	}
}

func FuzzLine(f *testing.F) {
	f.Add("葛\U000E0100が", []byte{0, 1, 2, 3, 4, 5})
	f.Fuzz(func(t *testing.T, text string, keys []byte) {
		var l Line
		for _, r := range text {
			l.Insert(r)
		}
		for _, k := range keys {
			[]func(){l.Left, l.Right, l.Home, l.End, l.Erase, l.Delete}[k%6]()
			if l.at < 0 || l.at > len(l.text) {
				t.Fatal("the cursor left the line")
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		typed string
		want  []int
		ok    bool
	}{
		{"1", []int{0}, true}, {"１、３", []int{0, 2}, true}, {" 2 3 ", []int{1, 2}, true}, {"0", nil, true},
		{"4", nil, false}, {"1,x", nil, false}, {"", nil, false}, {"-1", nil, false}, {"99999999999999999999", nil, false},
	} {
		got, ok := Numbers(c.typed, 3)
		if ok != c.ok || ok && len(got) != len(c.want) {
			t.Errorf("Numbers(%q) = %v, %v", c.typed, got, ok)
		}
	}
}

func TestStamp(t *testing.T) {
	at := time.Date(2026, 12, 31, 15, 4, 0, 0, time.UTC)
	if ja, en := Stamp(at, i18n.Ja), Stamp(at, i18n.En); ja != "2027年1月1日 00時04分" || en != "1 January 2027, 00:04" {
		t.Errorf("%q, %q", ja, en)
	}
	if Stamp(time.Time{}, i18n.Ja) != "" {
		t.Error("the zero time is shown")
	}
}

// TestWidthsAgree pins what the layout builds on: the marks that it draws are one column wide.
func TestWidthsAgree(t *testing.T) {
	for _, s := range []string{"▶", "✓", "█", "●", "─", "┃", "▼", "…", "⏎"} {
		if n := uniseg.StringWidth(s); n != 1 {
			t.Errorf("%s is %d wide", s, n)
		}
	}
}

// TestSameTexts: what one language says, the other says too.
func TestSameTexts(t *testing.T) {
	keys := map[i18n.Lang][]string{}
	for _, l := range i18n.Langs() {
		raw, err := os.ReadFile(filepath.Join("..", "i18n", "text", string(l), "ui.toml"))
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := toml.Unmarshal(raw, &all); err != nil {
			t.Fatal(err)
		}
		keys[l] = slices.Sorted(maps.Keys(all))
	}
	if diff := cmp.Diff(keys[i18n.Ja], keys[i18n.En]); diff != "" {
		t.Errorf("ja, en:\n%s", diff)
	}
}
