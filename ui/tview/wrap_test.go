package tview

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 8, []string{"one two", "three"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"番号がちがいます。", 16, []string{"番号がちがいま", "す。"}},
		{"a 窓口", 4, []string{"a 窓", "口"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.text, c.width)); diff != "" {
			t.Errorf("wrap(%q, %d):\n%s", c.text, c.width, diff)
		}
	}
}

// FuzzWrap: no row is too wide, and nothing but spaces at the ends of rows gets lost.
func FuzzWrap(f *testing.F) {
	f.Add("番号がちがいます。Check the number", 12)
	f.Add("    ", 2)
	f.Add(" 0( 0", 1)
	f.Add("\t\x0000000000", 3)
	f.Add("葛\U000E013D\xb6\xef\x80\xef\xbe !", 3) // once left a space behind the end of a row
	f.Add("葛\U000E0100ｶﾞ\u200d!", 3)
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = 2 + width&63
		rows := wrap(text, width)
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeeze(strings.Join(rows, "")) != squeeze(text) {
			t.Errorf("wrap(%q, %d) = %q", text, width, rows)
		}
		for _, row := range rows {
			if uniseg.StringWidth(row) > width && uniseg.GraphemeClusterCount(strings.TrimSpace(row)) > 1 {
				t.Errorf("wrap(%q, %d): row %q is %d wide", text, width, row, uniseg.StringWidth(row))
			}
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"窓口市", 5, "窓口…"}, {"窓口市", 4, "窓…"}, {"abc", 0, ""}, {"abc", 1, "…"}} {
		if got := cut(c.text, c.width); got != c.want {
			t.Errorf("cut(%q, %d) = %q", c.text, c.width, got)
		}
	}
}
