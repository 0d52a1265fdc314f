package forms

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"madoguchi/fault"
)

func paths(d *Draft) []string {
	var out []string
	for _, q := range d.Questions() {
		out = append(out, q.Path)
	}
	return out
}

// The plain persona answers every question that is asked in order, and no more than twenty.
func TestPersona(t *testing.T) {
	d := nursery(t).Draft()
	said := map[string]string{}
	for _, a := range hanako() {
		said[strings.Replace(a[0], "children/+", "children/1/+", 1)] = a[1]
	}
	n := 0
	for i := 0; i < len(d.Questions()); i++ { //nolint:intrange // an answer brings more questions
		q := d.Questions()[i]
		if q.Ask.IsZero() || q.Label.IsZero() || q.Group.IsZero() || q.No == "" {
			t.Errorf("%s: without words or number", q.Path)
		}
		if err := d.Set(q.Path, said[q.Path]); err != nil {
			t.Fatalf("%s: %v", q.Path, err)
		}
		n++
	}
	if n != len(said) || n > 20 || d.Open() != 0 || len(d.Check(env())) != 0 {
		t.Errorf("%d asked, %d said, %d open, %v", n, len(said), d.Open(), d.Check(env()))
	}
}

func TestConditionShowsAndHides(t *testing.T) {
	d := filled(t)
	shown := func(path string) bool { return slices.Contains(paths(d), path) }
	for _, c := range []struct {
		ground                   string
		employer, due, otherText bool
	}{{"work", true, false, false}, {"job-offer", true, false, false}, {"childbirth", false, true, false}, {"other", false, false, true}, {"illness", false, false, false}} {
		if err := d.Set("ground/kind", c.ground); err != nil {
			t.Fatal(err)
		}
		if shown("ground/employer") != c.employer || shown("ground/due") != c.due || shown("ground/detail") != c.otherText {
			t.Errorf("%s: %v", c.ground, paths(d))
		}
	}
	if err := d.Set("ground/employer", "x"); err == nil {
		t.Error("a hidden field took an answer")
	}
	if d.Value("ground/employer") == "" {
		t.Error("a hidden answer is lost")
	}
	if doc, err := d.Document(env()); err != nil || strings.Contains(string(doc.Parts()[0]), "employer") {
		t.Errorf("a hidden answer is in the document, or %v", err)
	}
}

func TestRepeatingGroup(t *testing.T) {
	d := nursery(t).Draft()
	set := func(path, value string) {
		t.Helper()
		if err := d.Set(path, value); err != nil {
			t.Fatal(path, err)
		}
	}
	has := func(path string) bool { return slices.Contains(paths(d), path) }
	if !has("children/1/+") || has("children/1/name") || has("children/2/+") {
		t.Fatal(paths(d))
	}
	set("children/1/+", "yes")
	p := paths(d)
	if slices.Index(p, "children/1/+") >= slices.Index(p, "children/1/name") || !has("children/2/+") {
		t.Fatal(p)
	}
	set("children/+", "yes") // the last one that is asked
	set("children/+", "yes")
	if !has("children/3/name") || has("children/4/+") {
		t.Error("four children are the most", paths(d))
	}
	set("children/1/name", "次郎")
	set("children/1/+", "no")
	if has("children/1/name") || has("children/2/name") {
		t.Error("no second child, and yet asked for", paths(d))
	}
	set("children/1/+", "yes")
	if d.Value("children/1/name") != "次郎" {
		t.Error("the second child's name is lost")
	}
}

func TestCheck(t *testing.T) {
	second := [][2]string{{"children/+", "yes"}, {"children/1/kana", "ジロウ"}, {"children/1/birth", "2025-01-01"}, {"children/1/sex", "male"},
		{"children/1/situation", "home"}, {"children/1/allergy", "none"}, {"children/+", "no"}}
	for _, c := range []struct {
		name string
		set  [][2]string
		path string
		code fault.Code
	}{
		{"sound", nil, "", ""},
		{"56 days old", [][2]string{{"children/0/birth", "2026-11-22"}, {"wish/start", "2027-01-01"}}, "children/0/birth", fault.RuleBroken},
		{"57 days old", [][2]string{{"children/0/birth", "2026-11-05"}, {"wish/start", "2027-01-01"}}, "", ""},
		{"of school age", [][2]string{{"children/0/birth", "2021-04-01"}}, "children/0/birth", fault.RuleBroken},
		{"the oldest class", [][2]string{{"children/0/birth", "2021-04-02"}}, "", ""},
		{"still in nursery in March", [][2]string{{"children/0/birth", "2020-04-02"}, {"wish/start", "2027-03-01"}}, "", ""},
		{"at school since April", [][2]string{{"children/0/birth", "2020-04-01"}, {"wish/start", "2027-03-01"}}, "children/0/birth", fault.RuleBroken},
		{"child unborn", [][2]string{{"children/0/birth", "2026-11-23"}}, "children/0/birth", fault.RuleBroken},
		{"parent unborn", [][2]string{{"applicant/birth", "2026-11-22"}}, "applicant/birth", fault.RuleBroken},
		{"child older than parent", [][2]string{{"applicant/birth", "2024-05-11"}}, "children/0/birth", fault.RuleBroken},
		{"not a first", [][2]string{{"wish/start", "2027-04-02"}}, "wish/start", fault.RuleBroken},
		{"today", [][2]string{{"wish/start", "2026-11-01"}}, "wish/start", fault.RuleBroken},
		{"second child named as the first", append(slices.Clone(second), [2]string{"children/1/name", "窓口 さくら"}), "children/1/name", fault.RuleBroken},
		{"second child", append(slices.Clone(second), [2]string{"children/1/name", "窓口 次郎"}), "", ""},
		{"second child without a name", second, "children/1/name", fault.FieldRequired},
		{"other reason missing", [][2]string{{"wish/reason", "other"}}, "wish/reason-other", fault.FieldRequired},
	} {
		d := filled(t, c.set...)
		problems := d.Check(env())
		_, err := d.Document(env())
		if c.path == "" {
			if len(problems) > 0 || err != nil {
				t.Errorf("%s: %v, %v", c.name, problems, err)
			}
			continue
		}
		if len(problems) == 0 || problems[0].Path != c.path || problems[0].Err.Code != c.code || !errors.Is(err, c.code) {
			t.Errorf("%s: %v, %v", c.name, problems, err)
			continue
		}
		if problems[0].Err.Cause().IsZero() {
			t.Errorf("%s: no words", c.name)
		}
	}
}

func TestSet(t *testing.T) {
	d := filled(t)
	for _, c := range []struct {
		path, raw string
		code      fault.Code
		after     string
	}{
		{"applicant/birth", "平成31年5月1日", fault.NotADate, "1990-04-01"},
		{"applicant/birth", "S50.1.2", "", "1975-01-02"},
		{"wish/facilities", "honcho,ekimae,midori,kawabe", fault.TooMany, "midori,honcho"},
		{"wish/facilities", "any", fault.NotAChoice, "midori,honcho"},
		{"wish/reason", "", "", ""},
		{"applicant/name", " ", fault.FieldRequired, ""},
	} {
		err := d.Set(c.path, c.raw)
		if c.code == "" && err != nil || c.code != "" && !errors.Is(err, c.code) || d.Value(c.path) != c.after {
			t.Errorf("%s %q: %v, %q", c.path, c.raw, err, d.Value(c.path))
		}
	}
	if d.Open() != 1 {
		t.Errorf("%d open", d.Open())
	}
	for _, path := range []string{"", "applicant", "applicant/nobody", "children/*/name", "children/9/name", "children/1/name"} {
		if err := d.Set(path, "x"); err == nil {
			t.Errorf("%q took an answer", path)
		}
	}
}

// A screen is drawn while an answer is being set: under -race this fails if the draft is not guarded.
func TestDraftWhileDrawn(t *testing.T) {
	d := filled(t)
	done := make(chan int)
	go func() {
		n := 0
		for range 50 {
			n += len(d.Questions()) + d.Open()
		}
		done <- n
	}()
	for _, ground := range []string{"illness", "work", "other", "work"} {
		if err := d.Set("ground/kind", ground); err != nil {
			t.Error(err)
		}
	}
	if <-done == 0 {
		t.Error("nothing was asked")
	}
}
