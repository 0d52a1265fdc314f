package ui

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatTheScreenCannotShowIsNamed(t *testing.T) {
	r, err := ParseRepertoire("20-7e, 3000-30ff\n4e00-9fff U+20BB7")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, want string }{
		{"abc 窓口", "abc 窓口"},
		{"𠮷田", "𠮷田"},
		{"葛\U000E0100城", "葛\U000E0100城"}, // a selector has no glyph of its own
		{"\U00031350木", "〓(U+31350)木"},
		{"髙橋", "髙橋"},
		{"﨑", "〓(U+FA11 たつさき)"},
		{"\ue000", "〓(U+E000 外字)"},
		{"é", "〓(U+00E9)"},
	} {
		got := r.Show(c.in)
		if c.in == "\U00031350木" {
			c.want = "〓(U+31350 漢字・拡張)木"
		}
		if got != c.want {
			t.Errorf("Show(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := (*Repertoire)(nil).Show("𠮷"); got != "𠮷" {
		t.Errorf("nil shows %q", got)
	}
	wide := (*Repertoire)(nil).Without(func(s string) bool { return strings.HasPrefix(s, "①") })
	if got := wide.Show("①𠮷"); got != "〓(U+2460)𠮷" {
		t.Errorf("without ①: %q", got)
	}
}

func TestBadRepertoires(t *testing.T) {
	for _, list := range []string{"", "  ", "xyz", "9-1", "110000", "20-", "-20", "4e00-9fff-a000"} {
		if _, err := ParseRepertoire(list); !errors.Is(err, ErrRepertoire) {
			t.Errorf("%q: %v", list, err)
		}
	}
}

func FuzzParseRepertoire(f *testing.F) {
	f.Add("20-7e 4e00-9fff", "窓口 é")
	f.Add("U+20BB7,u+41", "𠮷A")
	f.Fuzz(func(t *testing.T, list, text string) {
		r, err := ParseRepertoire(list)
		if err != nil {
			return
		}
		if shown := r.Show(text); strings.Contains(shown, "〓") != (shown != text) && !strings.Contains(text, "〓") {
			t.Errorf("%q shows %q as %q", list, text, shown)
		}
	})
}
