package forms

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// set fills a small form; later pairs see the earlier ones.
func fill(t *testing.T, f *Form, answers string) *Draft {
	t.Helper()
	d := f.Draft()
	for pair := range strings.FieldsSeq(answers) {
		path, value, _ := strings.Cut(pair, "=")
		if err := d.Set(path, value); err != nil {
			t.Fatalf("%s: %v", pair, err)
		}
	}
	return d
}

// A condition is true, false, or unknown while what it compares is empty; only true shows a field.
func TestConditions(t *testing.T) {
	for _, c := range []struct {
		cond, answers string
		shown         bool
	}{
		{`{ field = "g/c", is = "a" }`, "", false},
		{`{ field = "g/c", is = "a" }`, "g/c=a", true},
		{`{ field = "g/c", is = "a" }`, "g/c=b", false},
		{`{ field = "g/c", in = ["a", "b"] }`, "g/c=b", true},
		{`{ field = "g/c", in = ["a", "b"] }`, "g/c=c", false},
		{`{ field = "g/m", is = "b" }`, "g/m=a,b", true},
		{`{ field = "g/m", is = "b" }`, "g/m=a,c", false},
		{`{ field = "g/m", in = ["b", "c"] }`, "g/m=a,c", true},
		{`{ field = "g/y", is = true }`, "g/y=yes", true},
		{`{ field = "g/y", is = true }`, "g/y=no", false},
		{`{ field = "g/y", is = false }`, "g/y=no", true},
		{`{ field = "g/n", is = 7 }`, "g/n=7", true},
		{`{ field = "g/n", is = 0 }`, "", false},
		{`{ field = "g/c", filled = true }`, "", false},
		{`{ field = "g/c", filled = true }`, "g/c=c", true},
		{`{ field = "g/c", filled = false }`, "", true},
		{`{ field = "g/n", before = 10 }`, "g/n=9", true},
		{`{ field = "g/n", before = 10 }`, "g/n=10", false},
		{`{ field = "g/n", at_most = 10 }`, "g/n=10", true},
		{`{ field = "g/n", at_most = 10 }`, "g/n=11", false},
		{`{ field = "g/n", at_most = { field = "g/k" } }`, "g/n=9 g/k=10", true},
		{`{ field = "g/n", at_most = { field = "g/k" } }`, "g/n=9", false},
		{`{ field = "g/d", before = "2021-04-01" }`, "g/d=2021-03-31", true},
		{`{ field = "g/d", before = "2021-04-01" }`, "g/d=2021-04-01", false},
		{`{ field = "g/d", before = { field = "g/e" } }`, "g/d=2021-04-01 g/e=2021-04-02", true},
		{`{ field = "g/d", is = { field = "g/e" } }`, "g/d=2021-04-01 g/e=R3.4.1", true},
		{`{ field = "g/t", is = { field = "g/u" } }`, "g/t=x g/u=x", true},
		{`{ not = { field = "g/c", is = "a" } }`, "", false},
		{`{ not = { field = "g/c", is = "a" } }`, "g/c=b", true},
		{`{ all = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] }`, "g/c=a", false},
		{`{ all = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] }`, "g/c=a g/n=1", true},
		{`{ not = { all = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] } }`, "g/c=b", true}, // one false is enough
		{`{ not = { all = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] } }`, "g/c=a", false},
		{`{ any = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] }`, "g/n=1", true}, // one true is enough
		{`{ any = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] }`, "g/n=2", false},
		{`{ not = { any = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] } }`, "g/n=2", false},
		{`{ not = { any = [{ field = "g/c", is = "a" }, { field = "g/n", is = 1 }] } }`, "g/n=2 g/c=b", true},
	} {
		f, err := Load([]byte(smallForm(smallField("z", "date", "when = "+c.cond))))
		if err != nil {
			t.Errorf("%s: %v", c.cond, err)
			continue
		}
		if _, shown := fill(t, f, c.answers).find("g/z"); shown != c.shown {
			t.Errorf("%s with %q: shown %v", c.cond, c.answers, shown)
		}
	}
}

// A hidden answer decides nothing: z hangs on y, which hangs on c.
func TestHiddenAnswersDecideNothing(t *testing.T) {
	f, err := Load([]byte(smallForm(smallField("w", "yesno", `when = { field = "g/c", is = "a" }`) + smallField("z", "date", `when = { field = "g/w", is = true }`))))
	if err != nil {
		t.Fatal(err)
	}
	d := fill(t, f, "g/c=a g/w=yes g/z=2021-04-01 g/c=b")
	if _, shown := d.find("g/z"); shown {
		t.Error("z is asked though y is not")
	}
}

func TestRules(t *testing.T) {
	rows := smallRows + smallField("x", "date", "") + smallField("v", "number", "min = 0\nmax = 100")
	two := "r/0/+=yes r/0/x=2021-04-01 r/0/v=40 r/1/+=yes r/1/x=2021-05-01 r/1/v=60 r/2/+=no "
	for _, c := range []struct{ rule, answers, at string }{
		{`at = "g/n"|require = { field = "g/n", at_most = { field = "g/k" } }`, "g/n=2 g/k=1", "g/n"},
		{`at = "g/n"|require = { field = "g/n", at_most = { field = "g/k" } }`, "g/n=1 g/k=1", ""},
		{`at = "g/n"|require = { field = "g/n", at_most = { field = "g/k" } }`, "g/n=2", ""},
		{`at = "g/n"|require = { field = "g/k", filled = true }|when = { field = "g/n", is = 2 }`, "g/n=2", "g/n"},
		{`at = "g/n"|require = { field = "g/k", filled = true }|when = { field = "g/n", is = 2 }`, "g/n=1", ""},
		{`at = "g/n"|forbid = { field = "g/n", is = 2 }`, "g/n=2", "g/n"},
		{`at = "g/d"|require = { field = "g/d", before = "today" }`, "g/d=2026-11-22", "g/d"},
		{`at = "g/d"|require = { field = "g/d", before = "today" }`, "g/d=2026-11-21", ""},
		{`at = "g/e"|check = "period"|with = { from = "g/d", to = "g/e" }`, "g/d=2021-04-02 g/e=2021-04-01", "g/e"},
		{`at = "g/e"|check = "period"|with = { from = "g/d", to = "g/e" }`, "g/d=2021-04-01 g/e=2021-04-01", ""},
		{`at = "g/e"|check = "period"|with = { from = "g/d", to = "g/e", max_months = 1 }`, "g/d=2021-01-31 g/e=2021-02-28", ""},
		{`at = "g/e"|check = "period"|with = { from = "g/d", to = "g/e", max_months = 1 }`, "g/d=2021-01-31 g/e=2021-03-01", "g/e"},
		{`at = "g/e"|check = "days_after"|with = { date = "g/e", after = "g/d", days = 57 }`, "g/d=2021-01-01 g/e=2021-02-26", "g/e"},
		{`at = "g/e"|check = "days_after"|with = { date = "g/e", after = "g/d", days = 57 }`, "g/d=2021-01-01 g/e=2021-02-27", ""},
		{`at = "g/d"|check = "within_months"|with = { date = "g/d", of = "today", months = 6 }`, "g/d=2027-05-22", ""},
		{`at = "g/d"|check = "within_months"|with = { date = "g/d", of = "today", months = 6 }`, "g/d=2027-05-23", "g/d"},
		{`at = "g/d"|check = "within_months"|with = { date = "g/d", of = "today", months = 6 }`, "g/d=2026-11-21", "g/d"},
		{`at = "g/d"|check = "within_months"|with = { date = "g/d", of = "2024-01-31", months = 1 }`, "g/d=2024-02-29", ""},
		{`at = "g/d"|check = "age_on"|with = { birth = "g/d", on = "today", min = 18 }`, "g/d=2008-11-22", ""},
		{`at = "g/d"|check = "age_on"|with = { birth = "g/d", on = "today", min = 18 }`, "g/d=2008-11-23", "g/d"},
		{`at = "g/d"|check = "age_on"|with = { birth = "g/d", on = "2027-02-28", min = 3, max = 3 }`, "g/d=2024-02-29", "g/d"},
		{`at = "g/d"|check = "age_on"|with = { birth = "g/d", on = "2027-03-01", min = 3, max = 3 }`, "g/d=2024-02-29", ""},
		{`at = "g/d"|check = "age_on"|with = { birth = "g/d", on = "2027-03-01", school_year = true, max = 0 }`, "g/d=2026-07-01", ""},
		{`at = "g/d"|check = "first_of_month"|with = { date = "g/d" }`, "g/d=2027-03-02", "g/d"},
		{`at = "g/u"|check = "distinct"|with = { fields = ["g/t", "g/u"] }`, "g/t=x g/u=x", "g/u"},
		{`at = "g/u"|check = "distinct"|with = { fields = ["g/t", "g/u"] }`, "g/t=x g/u=y", ""},
		{`at = "g/u"|check = "count"|with = { fields = ["g/t", "g/u", "g/n"], min = 2 }`, "g/n=1", "g/u"},
		{`at = "g/u"|check = "count"|with = { fields = ["g/t", "g/u", "g/n"], min = 1, max = 1 }`, "g/n=1", ""},
		{`at = "g/u"|check = "count"|with = { fields = ["g/t", "g/u", "g/n"], max = 1 }`, "g/n=1 g/t=x", "g/u"},
		{`at = "g/n"|check = "sum"|with = { fields = ["g/n", "g/k"], at_most = 10 }`, "g/n=5 g/k=6", "g/n"},
		{`at = "g/n"|check = "sum"|with = { fields = ["g/n", "g/k"], at_most = 10 }`, "g/n=5 g/k=5", ""},
		{`at = "g/t"|check = "check_digit"|with = { field = "g/t", scheme = "corporate-number" }`, "g/t=8700110005901", ""},
		{`at = "g/t"|check = "check_digit"|with = { field = "g/t", scheme = "corporate-number" }`, "g/t=8700110005902", "g/t"},
		{`at = "g/t"|check = "check_digit"|with = { field = "g/t", scheme = "luhn" }`, "g/t=4111x", "g/t"},
		// rows
		{`at = "g/n"|check = "sum"|with = { fields = ["r/*/v"], equals = "g/n" }`, two + "g/n=100", ""},
		{`at = "g/n"|check = "sum"|with = { fields = ["r/*/v"], equals = "g/n" }`, two + "g/n=99", "g/n"},
		{`at = "g/n"|check = "sum"|with = { fields = ["r/*/v"], equals = "g/n" }`, two, ""},
		{`at = "r/*/x"|require = { field = "r/*/x", before = "2021-04-15" }`, two, "r/1/x"},
		{`at = "r/*/x"|check = "distinct"|with = { fields = ["r/*/x"] }`, two + "r/1/x=2021-04-01", "r/1/x"},
		{`at = "r/*/v"|require = { field = "g/d", before = { field = "r/*/x" } }`, two + "g/d=2021-04-01", "r/0/v"},
		{`at = "r/*/x"|check = "count"|with = { fields = ["g/t"], min = 1 }`, "", ""}, // no rows: nowhere to speak
	} {
		rule := "[[rule]]\n" + strings.ReplaceAll(c.rule, "|", "\n") + "\nerror = { ja = \"ちがう\", en = \"Wrong\" }\n"
		f, err := Load([]byte(smallForm(rows + rule)))
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		d := fill(t, f, c.answers)
		if strings.Contains(c.answers, "r/") == false {
			d = fill(t, f, c.answers+" r/0/+=no")
		}
		if got := d.Check(env()); c.at == "" && len(got) > 0 || c.at != "" && (len(got) != 1 || got[0].Path != c.at) {
			t.Errorf("%s with %q: %s", c.rule, c.answers, fmt.Sprint(got))
		}
	}
}

// "today" is the day in Japan, not in Greenwich.
func TestTodayIsInJapan(t *testing.T) {
	for in, want := range map[string]string{"2026-11-22T14:59:59Z": "2026-11-22", "2026-11-22T15:00:00Z": "2026-11-23"} {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil || today(at) != want {
			t.Errorf("%s: %s, %v", in, today(at), err)
		}
	}
}
