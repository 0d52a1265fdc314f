package forms

import (
	"slices"
	"strings"
	"testing"

	"madoguchi/i18n"
)

// gardens is a short long list.
func gardens() ([]Option, []Facet) {
	option := func(code, kana, ja, en string, tags ...string) Option {
		return Option{Value: code, Kana: kana, Tags: tags, Label: i18n.Text{In: map[i18n.Lang]string{i18n.Ja: ja, i18n.En: en}}}
	}
	values := func(codes ...string) []Option {
		var out []Option
		for _, c := range codes {
			out = append(out, Option{Value: c})
		}
		return out
	}
	return []Option{
			option("n1", "ミナトミドリ", "港みどり保育園", "Minato-Midori Nursery", "minato", "age-0", "age-1"),
			option("n2", "ミドリノモリ", "みどりの森こども園", "Midori-no-Mori Centre", "kita", "age-1"),
			option("n3", "ガクエン", "学園ガーデン", "Gakuen Garden", "kita", "age-0"),
			option("n4", "ヴィオラ", "ヴィオラ保育室", "Viola", "minato"),
		}, []Facet{
			{ID: "area", Values: values("minato", "kita")}, {ID: "age", Values: values("age-0", "age-1")},
		}
}

func TestFind(t *testing.T) {
	options, facets := gardens()
	for _, c := range []struct {
		words string
		tags  string
		want  string
	}{
		{"", "", "n1 n2 n3 n4"}, {"みどり", "", "n2 n1"}, {"ミドリ", "", "n2 n1"}, {"ﾐﾄﾞﾘ", "", "n2 n1"}, {"みと", "", ""}, {"みな", "", "n1"},
		{"MIDORI", "", "n2 n1"}, {"ｍｉｄｏｒｉ", "", "n2 n1"}, {"がく", "", "n3"}, {"ｶﾞｸ", "", "n3"}, {"学園", "", "n3"}, {"ゔぃ", "", "n4"}, {"う゛ぃ", "", ""},
		{"みどり　もり", "", "n2"}, {"みどり なと", "", "n1"}, {"n3", "", "n3"}, {"ほい", "", ""}, {"保育", "", "n1 n4"},
		{"", "kita", "n2 n3"}, {"", "kita minato", "n1 n2 n3 n4"}, {"", "age-0", "n1 n3"}, {"", "age-0 kita", "n3"}, {"みどり", "age-1 minato", "n1"},
		{"", "nowhere", ""}, {"", "nowhere kita", ""},
	} {
		var got []string
		for _, o := range Find(options, facets, Search{Words: c.words, Tags: strings.Fields(c.tags)}) {
			got = append(got, o.Value)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q, %q: %v", c.words, c.tags, got)
		}
	}
	if options[0].Value != "n1" || len(options) != 4 {
		t.Error("the list was changed")
	}
}

func FuzzFind(f *testing.F) {
	f.Add("みどり", "kita")
	f.Add("\xff゛ ﾞ", "x y")
	f.Fuzz(func(t *testing.T, words, tags string) {
		options, facets := gardens()
		for _, o := range Find(options, facets, Search{Words: words, Tags: strings.Fields(tags)}) {
			if !slices.ContainsFunc(options, func(have Option) bool { return have.Value == o.Value }) {
				t.Fatal(o)
			}
		}
	})
}

func TestSharing(t *testing.T) {
	d := nursery(t).Draft()
	said := func(all []Share) string {
		var out []string
		for _, s := range all {
			for _, line := range s.Lines() {
				out = append(out, s.Recipient.Say(i18n.En)+" | "+line.Say(i18n.En))
			}
		}
		return strings.Join(out, "\n")
	}
	before := said(d.Sharing())
	if strings.Contains(before, "Allergic to") || !strings.Contains(before, "The nurseries you name | Children: Name, Name in katakana, Date of birth, Food allergy") {
		t.Error(before)
	}
	if err := d.Set("children/0/allergy", "present"); err != nil {
		t.Fatal(err)
	}
	if after := said(d.Sharing()); !strings.Contains(after, "The nurseries you name | Children: Name, Name in katakana, Date of birth, Food allergy, Allergic to") {
		t.Error(after)
	}
	if all := said(d.Form().Sharing()); !strings.Contains(all, "Other reason") || strings.Contains(before, "Other reason") {
		t.Error(all)
	}
	if ja := d.Sharing()[0].Lines()[0].Say(i18n.Ja); ja != "保護者：氏名、フリガナ、生年月日、郵便番号、住所、電話番号" {
		t.Error(ja)
	}
}
