package forms

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"madoguchi/fault"
)

// eraOnly makes 令和3年4月1日 of 2021年4月1日（令和3年）.
func eraOnly(shown, iso string) string {
	m := regexp.MustCompile(`年([0-9]+月[0-9]+日)（(.+年)）$`).FindStringSubmatch(shown)
	if m == nil {
		return iso + " is not shown with an era"
	}
	return m[2] + m[1]
}

func abc() *list {
	return &list{options: make([]Option, 3), index: map[string]int{"a": 0, "b": 1, "c": 2}}
}

func TestNormal(t *testing.T) {
	kinds := map[Kind]*field{
		Words: {kind: Words, max: 5}, Kana: {kind: Kana, max: 8}, Choice: {kind: Choice, list: abc()}, Multi: {kind: Multi, list: abc(), max: 2},
		Number: {kind: Number, min: 1, max: 400}, YesNo: {kind: YesNo}, Phone: {kind: Phone}, Postal: {kind: Postal}, Date: {kind: Date},
	}
	for _, c := range []struct {
		kind     Kind
		in, want string
		code     fault.Code
	}{
		{Words, "", "", ""}, {Words, " 　 ", "", ""}, {Words, " 花 子 ", "花 子", ""},
		{Words, "𠮷田", "𠮷田", ""}, {Words, "葛\U000E0100城", "葛\U000E0100城", ""},
		{Words, "葛\U000E0100城葛\U000E0100城葛\U000E0100", "葛\U000E0100城葛\U000E0100城葛\U000E0100", ""}, // five characters
		{Words, "か\u3099", "か\u3099", ""}, // never normalised
		{Words, "神", "神", ""},             // U+FA19, a compatibility ideograph
		{Words, "123456", "", fault.FieldTooLong}, {Words, "a" + strings.Repeat("\u0301", 40), "", fault.FieldTooLong},
		{Words, "a\x07", "", fault.BadCharacter}, {Words, "a\nb", "", fault.BadCharacter}, {Words, "a\u202eb", "", fault.BadCharacter},
		{Words, "a\u200bb", "", fault.BadCharacter}, {Words, "a\xff", "", fault.BadCharacter}, {Words, "a\ufffd", "", fault.BadCharacter},
		{Kana, "ﾏﾄﾞｸﾞﾁ ﾊﾅｺ", "マドグチ　ハナコ", ""}, {Kana, "がーゔ", "ガーヴ", ""}, {Kana, "か\u3099", "ガ", ""}, {Kana, "ヴァン・ゴ", "ヴァン・ゴ", ""},
		{Kana, "花子", "", fault.NotKana}, {Kana, "hanako", "", fault.NotKana}, {Kana, "ア\u3099", "", fault.NotKana}, {Kana, "アアアアアアアアア", "", fault.FieldTooLong},
		{Date, "R3.4.1", "2021-04-01", ""}, {Date, "x", "", fault.NotADate},
		{Choice, "b", "b", ""}, {Choice, "d", "", fault.NotAChoice}, {Choice, "a,b", "", fault.TooMany}, {Choice, "2", "", fault.NotAChoice},
		{Multi, "c,a", "c,a", ""}, {Multi, "c, a ,c", "c,a", ""}, {Multi, "a,b,c", "", fault.TooMany}, {Multi, "a,", "", fault.NotAChoice},
		{Number, "１６０", "160", ""}, {Number, "007", "7", ""}, {Number, "0", "", fault.NotANumber}, {Number, "401", "", fault.NotANumber},
		{Number, "1.5", "", fault.NotANumber}, {Number, "99999999999999999999", "", fault.NotANumber},
		{YesNo, "yes", "yes", ""}, {YesNo, "no", "no", ""}, {YesNo, "はい", "", fault.NotAChoice},
		{Phone, "090-1234-5678", "09012345678", ""}, {Phone, "０３（１２３４）５６７８", "0312345678", ""}, {Phone, "1234567890", "", fault.BadShape},
		{Phone, "090-1234-567", "0901234567", ""}, {Phone, "090", "", fault.BadShape}, {Phone, "090-1234-5678x", "", fault.BadShape},
		{Postal, "〒１００ー０００１", "100-0001", ""}, {Postal, "1000001", "100-0001", ""}, {Postal, "100-001", "", fault.BadShape},
	} {
		got, err := kinds[c.kind].normal(c.in)
		var fe *fault.Error
		if errors.As(err, &fe) != (c.code != "") || fe != nil && fe.Code != c.code || got != c.want {
			t.Errorf("%s %q: %q, %v", c.kind, c.in, got, err)
		}
	}
}

func TestMyNumber(t *testing.T) {
	for in, want := range map[string]bool{
		"123456789018": true, "番号は１２３４５６７８９０１８です": true, "1234 5678 9018": true, "1234-5678-9018": true, "1234ー5678ー9018": true,
		"123456789017": false, "1234567890189": false, "0123456789018": false, "12345678901": false, "1234  5678 9018": false, "": false,
		"令和3年 123456789018": true,
	} {
		if got := hasMyNumber(in); got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestCheckDigits(t *testing.T) {
	for _, c := range []struct {
		name  string
		check func(string) bool
		good  string
	}{
		{"個人番号", checkMyNumber, "123456789018"},
		{"法人番号", checkCorporate, "8700110005901"},
		{"luhn", checkLuhn, "4111111111111111"},
	} {
		if !c.check(c.good) || c.check("") || c.check("1") {
			t.Errorf("%s: %s", c.name, c.good)
		}
		wrong := 0
		for i := range c.good {
			other := []byte(c.good)
			other[i] = '0' + (other[i]-'0'+1)%10
			if !c.check(string(other)) {
				wrong++
			}
		}
		if wrong < len(c.good)-1 {
			t.Errorf("%s: only %d of %d wrong digits found", c.name, wrong, len(c.good))
		}
	}
}

// FuzzNormal shows that a normal form is its own normal form: Parse relies on it.
func FuzzNormal(f *testing.F) {
	for i, s := range []string{"窓口　花子", "ﾏﾄﾞｸﾞﾁ ﾊﾅｺ", "R3.4.1", "c,a", "１６０", "no", "０３ー１２３４ー５６７８", "〒100-0001", "か\u3099 ゔ"} {
		f.Add(i, s)
	}
	l := abc()
	fields := []*field{{kind: Words, max: 50}, {kind: Kana, max: 50}, {kind: Date}, {kind: Choice, list: l}, {kind: Multi, list: l, max: 3},
		{kind: Number, min: -5, max: 500}, {kind: YesNo}, {kind: Phone}, {kind: Postal}}
	f.Fuzz(func(t *testing.T, i int, s string) {
		fd := fields[uint(i)%uint(len(fields))]
		out, err := fd.normal(s)
		if err != nil {
			var fe *fault.Error
			if out != "" || !errors.As(err, &fe) {
				t.Fatalf("%s %q: %q, %v", fd.kind, s, out, err)
			}
			return
		}
		if again, err := fd.normal(out); err != nil || again != out {
			t.Fatalf("%s %q: %q becomes %q, %v", fd.kind, s, out, again, err)
		}
		if out == "" {
			return
		}
		if value, err := fd.decode(plain(fd.encode(out))); err != nil || value != out {
			t.Fatalf("%s %q: %q comes back as %q, %v", fd.kind, s, out, value, err)
		}
	})
}

// plain is what JSON makes of a value.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []string:
		var out []any
		for _, s := range v {
			out = append(out, s)
		}
		return out
	}
	return v
}
