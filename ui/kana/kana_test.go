package kana

import (
	"strings"
	"testing"
	"unicode/utf8"

	"madoguchi/forms"
)

func typed(s string) string {
	var a Roman
	var out strings.Builder
	for _, r := range s {
		out.WriteString(a.Feed(r))
	}
	out.WriteString(a.Flush())
	return out.String()
}

func TestRomaji(t *testing.T) {
	for _, c := range [][2]string{
		{"takahashi", "たかはし"}, {"sakura", "さくら"}, {"toukyouto", "とうきょうと"}, {"chiyodaku", "ちよだく"}, {"tiyodaku", "ちよだく"}, {"TAKAHASHI", "たかはし"},
		// Hepburn and Kunrei
		{"shi", "し"}, {"si", "し"}, {"chi", "ち"}, {"ti", "ち"}, {"tsu", "つ"}, {"tu", "つ"}, {"fu", "ふ"}, {"hu", "ふ"}, {"ji", "じ"}, {"zi", "じ"}, {"di", "ぢ"}, {"du", "づ"},
		{"sha", "しゃ"}, {"sya", "しゃ"}, {"cho", "ちょ"}, {"tyo", "ちょ"}, {"cyo", "ちょ"}, {"ja", "じゃ"}, {"zya", "じゃ"}, {"jya", "じゃ"}, {"ryuu", "りゅう"},
		// small っ
		{"kitte", "きって"}, {"zasshi", "ざっし"}, {"zassi", "ざっし"}, {"matcha", "まっちゃ"}, {"maccha", "まっちゃ"}, {"beddo", "べっど"}, {"xtu", "っ"}, {"ltsu", "っ"},
		// ん
		{"kanji", "かんじ"}, {"hon", "ほん"}, {"honn", "ほん"}, {"hon'ya", "ほんや"}, {"honnya", "ほんや"}, {"honya", "ほにゃ"}, {"konnnichiha", "こんにちは"}, {"shinbun", "しんぶん"},
		{"tanmei", "たんめい"}, {"kin'en", "きんえん"}, {"xn", "ん"}, {"ten-", "てんー"},
		// small kana, the long mark, foreign sounds
		{"xaxixuxexo", "ぁぃぅぇぉ"}, {"lalilulelo", "ぁぃぅぇぉ"}, {"xyaxyuxyo", "ゃゅょ"}, {"xwa", "ゎ"}, {"ka-do", "かーど"}, {"fakkusu", "ふぁっくす"}, {"thi-", "てぃー"},
		{"dhi", "でぃ"}, {"vaiorin", "ゔぁいおりん"}, {"wi", "うぃ"}, {"she", "しぇ"}, {"je", "じぇ"}, {"twu", "とぅ"}, {"wo", "を"}, {"wyi", "ゐ"},
		// what is none stays
		{"", ""}, {"q", "q"}, {"k", "k"}, {"kt", "kt"}, {"a1", "あ1"}, {"k1", "k1"}, {"n1", "ん1"}, {"sh", "sh"}, {"a髙", "あ髙"}, {"qa", "qあ"}, {"aa.", "ああ。"}, {"m,", "m、"},
	} {
		if got := typed(c[0]); got != c[1] {
			t.Errorf("%q gives %q, want %q", c[0], got, c[1])
		}
	}
}

func TestRomanErases(t *testing.T) {
	var a Roman
	a.Feed('s')
	a.Feed('h')
	if !a.Erase() || a.Held() != "s" || a.Feed('a') != "さ" || a.Erase() {
		t.Errorf("held %q", a.Held())
	}
}

// FuzzRoman: what was typed is never lost: every letter is in the kana, or still a letter.
func FuzzRoman(f *testing.F) {
	for _, s := range []string{"takahashi", "nn'n", "kkk", "tch", "xtsu", "\x00\xff", "q~[-]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a Roman
		n := 0
		for _, r := range s {
			out := a.Feed(r)
			n += utf8.RuneCountInString(out)
			if len(a.Held()) > 4 {
				t.Fatalf("%q holds %q", s, a.Held())
			}
		}
		n += utf8.RuneCountInString(a.Flush())
		if letters := utf8.RuneCountInString(s); n*4 < letters {
			t.Errorf("%q: %d characters of %d", s, n, letters)
		}
		if a.Held() != "" {
			t.Error("Flush leaves something")
		}
	})
}

func TestFolding(t *testing.T) {
	for _, c := range []struct{ in, fold, kata, hira string }{
		{"ﾊﾟﾝﾀﾞ", "パンダ", "ﾊﾟﾝﾀﾞ", "ﾊﾟﾝﾀﾞ"}, {"さくら", "さくら", "サクラ", "さくら"}, {"サクラー", "サクラー", "サクラー", "さくらー"}, {"ゔヴゖヶ", "ゔヴゖヶ", "ヴヴヶヶ", "ゔゔゖゖ"},
		{"髙橋𠮷葛\U000E0100", "髙橋𠮷葛\U000E0100", "髙橋𠮷葛\U000E0100", "髙橋𠮷葛\U000E0100"}, {"ＡＢ㈱", "ＡＢ㈱", "ＡＢ㈱", "ＡＢ㈱"}, {"ヷ", "ヷ", "ヷ", "ヷ"},
	} {
		if got := [3]string{Fold(c.in), Katakana(c.in), Hiragana(c.in)}; got != [3]string{c.fold, c.kata, c.hira} {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, c := range []struct {
		m    Mark
		in   rune
		want rune
		ok   bool
	}{
		{Dakuten, 'か', 'が', true}, {Dakuten, 'が', 'か', true}, {Dakuten, 'ぱ', 'ば', true}, {Handakuten, 'ば', 'ぱ', true}, {Handakuten, 'か', 'か', false},
		{Small, 'や', 'ゃ', true}, {Small, 'ゃ', 'や', true}, {Small, 'つ', 'っ', true}, {Dakuten, 'っ', 'づ', true}, {Small, 'カ', 'ヵ', true}, {Dakuten, 'ウ', 'ヴ', true},
		{Dakuten, 'ハ', 'バ', true}, {Handakuten, 'バ', 'パ', true}, {Dakuten, '漢', '漢', false}, {Small, 'ん', 'ん', false}, {Dakuten, 'ー', 'ー', false},
	} {
		if got, ok := Apply(c.m, c.in); got != c.want || ok != c.ok {
			t.Errorf("Apply(%d, %c) = %c, %v", c.m, c.in, got, ok)
		}
	}
}

func TestFieldsTake(t *testing.T) {
	for _, c := range []struct {
		f        Field
		in, want string
		dropped  bool
	}{
		{Ruby, "たかはし さくら", "タカハシ　サクラ", false}, {Ruby, "ﾀｶﾊｼ ｻﾞ", "タカハシ　ザ", false}, {Ruby, "髙A1", "", true}, {Ruby, "ヴィ・ー", "ヴィ・ー", false},
		{Names, "髙橋\tさくら\n", "髙橋 さくら", false}, {Names, "ﾊﾟ \u202eabc\x1b", "パ abc", true}, {Names, "葛\U000E0100 A\u200dB", "葛\U000E0100 A\u200dB", false},
		{Phone, "０９０－１２３４ー５６７８", "090-1234-5678", false}, {Phone, "090a", "090", true}, {Postal, "〒100-0001", "〒100-0001", false}, {Digits, "１２.3", "123", true},
		{Date, "令和３年４月１日", "令和3年4月1日", false}, {Date, "H2.4.1", "H2.4.1", false}, {Any, "", "", false},
	} {
		if got, dropped := c.f.Clean(c.in); got != c.want || dropped != c.dropped {
			t.Errorf("%d.Clean(%q) = %q, %v", c.f, c.in, got, dropped)
		}
	}
}

func TestFieldOfAQuestion(t *testing.T) {
	for kind, want := range map[forms.Kind]Field{
		forms.Kana: Ruby, forms.Words: Names, forms.Number: Digits, forms.Phone: Phone, forms.Postal: Postal, forms.Date: Date,
	} {
		if got := FieldOf(&forms.Question{Kind: kind, Max: 100}); got != want {
			t.Errorf("%s: %d", kind, got)
		}
	}
	if FieldOf(&forms.Question{Kind: forms.Words, Max: 1000}) != Any {
		t.Error("a long text is taken for a name")
	}
}

func TestInitials(t *testing.T) {
	for r, want := range map[rune]string{'く': "k", 'し': "s", 'じ': "zj", 'っ': "t", 'い': "i", 'ち': "tc"} {
		if got := Initials(r); got != want {
			t.Errorf("%c: %q, want %q", r, got, want)
		}
	}
}
