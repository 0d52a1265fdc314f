package forms

import (
	"errors"
	"testing"

	"madoguchi/fault"
	"madoguchi/i18n"
)

func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"2021-04-01": "2021-04-01", "2021/4/1": "2021-04-01", "2021.4.1": "2021-04-01", "2021年4月1日": "2021-04-01", "20210401": "2021-04-01",
		"２０２１ー４ー１": "2021-04-01", "2021 年 4 月 1 日": "2021-04-01",
		"令和3年4月1日": "2021-04-01", "R3.4.1": "2021-04-01", "r3/4/1": "2021-04-01", "Ｒ３－４－１": "2021-04-01", "令和３年４月１日": "2021-04-01",
		"令和元年5月1日": "2019-05-01", "R1.5.1": "2019-05-01", "平成31年4月30日": "2019-04-30", "H1.1.8": "1989-01-08", "平成元年1月8日": "1989-01-08",
		"昭和64年1月7日": "1989-01-07", "S1.12.25": "1926-12-25", "大正15年12月24日": "1926-12-24", "T1.7.30": "1912-07-30",
		"明治45年7月29日": "1912-07-29", "M6.1.1": "1873-01-01", "R6.2.29": "2024-02-29",
		// no such days
		"平成31年5月1日": "", "昭和64年1月8日": "", "R1.4.30": "", "S1.12.24": "", "M5.12.31": "", "令和0年1月1日": "", "2023-02-29": "", "2021-13-01": "",
		"2021-00-10": "", "1872-12-31": "", "2200-01-01": "", "9999-12-31": "", "令和99年12月31日": "2117-12-31",
		// no dates
		"": "", "きのう": "", "2021": "", "2021-04": "", "R3": "", "X3.4.1": "", "21-04-01": "", "2021-4-1-1": "", "令和三年四月一日": "", "-2021-04-01": "",
	} {
		got, err := parseDate(in)
		if got != want || (want == "") != errors.Is(err, fault.NotADate) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestDateText(t *testing.T) {
	for in, want := range map[string][2]string{
		"2019-05-01": {"2019年5月1日（令和元年）", "2019-05-01 (Reiwa 1)"},
		"2019-04-30": {"2019年4月30日（平成31年）", "2019-04-30 (Heisei 31)"},
		"1989-01-07": {"1989年1月7日（昭和64年）", "1989-01-07 (Showa 64)"},
		"1926-12-24": {"1926年12月24日（大正15年）", "1926-12-24 (Taisho 15)"},
		"1873-01-01": {"1873年1月1日（明治6年）", "1873-01-01 (Meiji 6)"},
	} {
		if got := dateText(in); got.Say(i18n.Ja) != want[0] || got.Say(i18n.En) != want[1] {
			t.Errorf("%s: %q, %q", in, got.Say(i18n.Ja), got.Say(i18n.En))
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2021-04-01", "令和3年4月1日", "R3.4.1", "昭和64年1月8日", "20210401", "Ｒ元年5月1日", "ſ63.1.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := parseDate(s)
		if err != nil {
			if out != "" || !errors.Is(err, fault.NotADate) {
				t.Fatalf("%q, %v", out, err)
			}
			return
		}
		again, err := parseDate(out)
		if err != nil || again != out || dateOf(out).Format(isoDate) != out {
			t.Fatalf("%q is not a normal form: %q, %v", out, again, err)
		}
		if era, err := parseDate(eraOnly(dateText(out).Say(i18n.Ja), out)); err != nil || era != out {
			t.Fatalf("%q does not come back from its era: %q, %v", out, era, err)
		}
	})
}
