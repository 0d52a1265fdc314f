package rounds

import (
	_ "embed"
	"errors"
	"strings"
	"testing"
	"time"

	"madoguchi/i18n"
)

//go:embed demo.toml
var demo []byte

func calendar(t testing.TB) *Calendar {
	t.Helper()
	c, err := Load(demo)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, Japan)
	if err != nil {
		panic(err)
	}
	return t.UTC() // whatever the zone
}

func TestAt(t *testing.T) {
	c := calendar(t)
	for now, want := range map[string]string{
		"2026-10-01 08:29:59": "", "2026-10-01 08:30:00": "2027-04-first", "2026-12-10 16:59:59": "2027-04-first", "2026-12-10 17:00:00": "",
		"2026-12-10 17:15:00": "2027-04-second", "2027-02-12 17:00:00": "",
	} {
		r, open := c.At("nursery-application", at(now))
		if r.ID != want || open != (want != "") {
			t.Errorf("%s: %q", now, r.ID)
		}
	}
	if _, open := c.At("moving", at("2026-11-01 12:00:00")); open || c.Restricts("moving") || !c.Restricts("nursery-application") {
		t.Error("a round of another form")
	}
	if r, ok := c.Next("nursery-application", at("2026-12-10 17:05:00")); !ok || r.ID != "2027-04-second" || r.Counts != Received {
		t.Errorf("%+v", r)
	}
	if _, ok := c.Next("nursery-application", at("2027-01-01 00:00:00")); ok {
		t.Error("a third round")
	}
	if _, open := (&Calendar{}).At("nursery-application", at("2026-11-01 12:00:00")); open {
		t.Error("the zero Calendar has a round")
	}
}

func TestRound(t *testing.T) {
	r, _ := calendar(t).At("nursery-application", at("2026-12-10 16:45:00"))
	if left := r.Left(at("2026-12-10 16:45:00")); left != 15*time.Minute || r.Left(at("2026-12-11 00:00:00")) != 0 {
		t.Error(left)
	}
	for _, c := range []struct {
		begun, now string
		may        bool
	}{
		{"2026-12-10 16:59:59", "2026-12-10 16:59:59", true}, {"2026-12-10 16:59:59", "2026-12-10 17:14:59", true},
		{"2026-12-10 16:59:59", "2026-12-10 17:15:00", false}, {"2026-12-10 17:00:00", "2026-12-10 17:01:00", false},
		{"2026-09-30 12:00:00", "2026-11-01 12:00:00", false}, {"2026-11-02 12:00:00", "2026-11-01 12:00:00", false},
	} {
		if got := r.MaySign(at(c.begun), at(c.now)); got != c.may {
			t.Errorf("begun %s, now %s: %v", c.begun, c.now, got)
		}
	}
	if !r.PapersUntil.Equal(at("2026-12-19 00:00:00")) || r.Name.Say(i18n.JaEasy) != "2027年4月に入る人（1回目）" {
		t.Error(r.PapersUntil, r.Name)
	}
}

func TestOffice(t *testing.T) {
	o := calendar(t).Office
	for now, closes := range map[string]string{
		"2026-11-24 08:29:59": "", "2026-11-24 08:30:00": "2026-11-24 17:15:00", "2026-11-24 17:14:59": "2026-11-24 17:15:00", "2026-11-24 17:15:00": "",
		"2026-11-22 12:00:00": "", "2026-11-23 12:00:00": "", // Sunday; a holiday on a Monday
	} {
		got, open := o.Open(at(now))
		if open != (closes != "") || open && !got.Equal(at(closes)) {
			t.Errorf("%s: %v, %v", now, got, open)
		}
	}
	for now, opens := range map[string]string{
		"2026-11-24 07:00:00": "2026-11-24 08:30:00", "2026-11-24 09:00:00": "2026-11-25 08:30:00", "2026-11-20 18:00:00": "2026-11-24 08:30:00",
		"2026-12-28 18:00:00": "2027-01-04 08:30:00",
	} {
		if got, ok := o.Opens(at(now)); !ok || !got.Equal(at(opens)) {
			t.Errorf("%s: %v", now, got)
		}
	}
	var none Office
	if _, open := none.Open(at("2026-11-24 12:00:00")); open || none.Known() || !o.Known() {
		t.Error("the zero Office is open")
	}
	if _, ok := none.Opens(at("2026-11-24 12:00:00")); ok {
		t.Error("the zero Office opens")
	}
}

func TestLoadRefuses(t *testing.T) {
	good := string(demo)
	for name, change := range map[string][2]string{
		"not TOML":                {"[office]", "[office"},
		"an unknown name":         {"grace = ", "graze = "},
		"a language missing":      {`ja-easy = "2027年4月に入る人（1回目）", `, ""},
		"an unknown language":     {`en = "April 2027, first round"`, `en = "April 2027, first round", xx = "?"`},
		"no id":                   {`id = "2027-04-first"`, `id = ""`},
		"no form":                 {`form = "nursery-application"`, `form = ""`},
		"an id twice":             {`id = "2027-04-second"`, `id = "2027-04-first"`},
		"an overlap":              {"opens = 2026-12-10T17:15:00", "opens = 2026-12-10T16:59:59"},
		"closed before opened":    {"closes = 2026-12-10T17:00:00", "closes = 2026-09-10T17:00:00"},
		"never opened":            {"opens = 2026-10-01T08:30:00\n", ""},
		"a grace of a day":        {`grace = "15m"`, `grace = "24h"`},
		"a grace before the end":  {`grace = "15m"`, `grace = "-1m"`},
		"a grace in words":        {`grace = "15m"`, `grace = "soon"`},
		"some time counts":        {`counts = "claimed"`, `counts = "some"`},
		"papers before the end":   {"papers_until = 2026-12-18", "papers_until = 2026-12-01"},
		"an unknown day":          {`"mon"`, `"moon"`},
		"a day twice":             {`"tue"`, `"mon"`},
		"no days":                 {`days = ["mon", "tue", "wed", "thu", "fri"]`, `days = []`},
		"the office closes first": {"to = 17:15:00", "to = 08:00:00"},
		"a day of 25 hours":       {"to = 17:15:00", "to = 25:00:00"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s: nothing changed", name)
		}
		if _, err := Load([]byte(bad)); !errors.Is(err, ErrRounds) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := Load(nil); err != nil || len(c.Rounds) > 0 || c.Office.Known() {
		t.Errorf("an empty file: %v", err)
	}
	if _, err := Load(make([]byte, maxFile+1)); !errors.Is(err, ErrRounds) {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(demo, int64(1_796_000_000))
	f.Add([]byte("[office]\nfrom = 00:00:00\nto = 23:59:59\n"), int64(0))
	f.Fuzz(func(t *testing.T, raw []byte, seconds int64) {
		c, err := Load(raw)
		if err != nil {
			if !errors.Is(err, ErrRounds) {
				t.Fatal(err)
			}
			return
		}
		now := time.Unix(seconds%(1<<40), 0)
		if r, open := c.At("nursery-application", now); open && (r.Left(now) <= 0 || !r.MaySign(now, now)) {
			t.Fatalf("%+v", r)
		}
		if closes, open := c.Office.Open(now); open && !closes.After(now) {
			t.Fatal(closes)
		}
		c.Office.Opens(now)
	})
}
