package forms

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"madoguchi/i18n"
	"madoguchi/internal/jsonx"
)

// What is saved comes back whole: hidden answers, rows, what was put off, what a card gave.
func TestSaveRestores(t *testing.T) {
	d := nursery(t).Draft()
	d.Prefill(Person{Name: "𠮷田　太郎", Birth: "1988-11-23", Address: strings.Repeat("髙", 200)})
	for _, a := range hanako()[1:] {
		if a[0] == "applicant/birth" || a[0] == "applicant/address" {
			continue
		}
		if err := d.Set(a[0], a[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Set("ground/kind", "illness"); err != nil { // hides employer and hours
		t.Fatal(err)
	}
	if err := d.Set("wish/reason", ""); err != nil {
		t.Fatal(err)
	}
	if err := d.PutOff("wish/visit"); err != nil { // answered: nothing to put off
		t.Fatal(err)
	}
	if err := d.PutOff("wish/facilities"); err != nil || d.IsPutOff("wish/facilities") {
		t.Fatal("an answered question was put off", err)
	}
	got, changes, err := nursery(t).Restore(d.Save())
	if err != nil || len(changes) > 0 {
		t.Fatal(err, changes)
	}
	if !maps.Equal(got.values, d.values) || !maps.Equal(got.given, d.given) || !bytes.Equal(got.Save(), d.Save()) {
		t.Errorf("%v\n%v", got.values, d.values)
	}
	if got.Value("ground/employer") == "" || len(got.given) != 3 {
		t.Error("hidden or given answers are lost", got.given)
	}
}

func TestPutOff(t *testing.T) {
	d := nursery(t).Draft()
	for path, ok := range map[string]bool{
		"applicant/name": true, "wish/start": true, "ground/kind": false, "children/0/allergy": false, "children/1/+": false, "ground/employer": false, "x": false,
	} {
		if err := d.PutOff(path); ok != (err == nil) || ok != d.IsPutOff(path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, q := range d.Questions() {
		if leads := strings.HasSuffix(q.Path, "/+") || q.Path == "ground/kind" || q.Path == "children/0/allergy" || q.Path == "wish/reason"; q.Later == leads {
			t.Errorf("%s: later %v", q.Path, q.Later)
		}
	}
	got, _, err := d.Form().Restore(d.Save())
	if err != nil || !got.IsPutOff("wish/start") {
		t.Fatal(err)
	}
	if err := got.Set("wish/start", "2027-04-01"); err != nil || got.IsPutOff("wish/start") {
		t.Error("still put off after an answer", err)
	}
	chapters := got.Chapters()
	if i := slices.IndexFunc(chapters, func(c Chapter) bool { return c.ID == "applicant" }); chapters[i].PutOff != 1 || chapters[i].Open != 6 || chapters[i].Next != "applicant/name" {
		t.Errorf("%+v", chapters[i])
	}
}

func TestPrefill(t *testing.T) {
	d := nursery(t).Draft()
	if err := d.Set("applicant/name", "窓口 花子"); err != nil {
		t.Fatal(err)
	}
	got := d.Prefill(Person{Name: "窓口　花子", Birth: "1990-04-01", Sex: "female"})
	if !slices.Equal(got, []string{"applicant/birth"}) || d.Value("applicant/name") != "窓口 花子" {
		t.Errorf("%v", got)
	}
	given := func(path string) bool {
		return slices.ContainsFunc(d.Questions(), func(q Question) bool { return q.Path == path && q.Given })
	}
	if !given("applicant/birth") || given("applicant/name") {
		t.Error("not marked as given")
	}
	if err := d.Set("applicant/birth", "1990-04-02"); err != nil || given("applicant/birth") {
		t.Error("still given after a correction", err)
	}
}

// migrations is a form in two versions: a code and a field are called otherwise, a field is gone, two are new.
func migrations(t testing.TB) (old, now *Form) {
	t.Helper()
	two := strings.Replace(smallForm(""), "version = 1", "version = 2", 1)
	two = strings.Replace(two, `{ code = "b", label = { ja = "イ", en = "B" } }`, `{ code = "bb", was = ["b"], label = { ja = "イイ", en = "BB" } }`, 1)
	two = strings.Replace(two, smallField("t", "text", "max = 20"), smallField("tt", "text", "max = 20\nwas = [\"g/t\"]"), 1)
	two = strings.Replace(two, smallField("u", "text", "max = 20"), "", 1)
	two = strings.Replace(two, smallField("n", "number", "min = 0\nmax = 100"), smallField("n", "number", "min = 0\nmax = 9"), 1)
	two += smallField("w", "date", "required = true") + smallField("x", "date", "")
	l, err := ReadLibrary(fstest.MapFS{"small.1/form.toml": {Data: []byte(smallForm(""))}, "small.2/form.toml": {Data: []byte(two)}})
	if err != nil {
		t.Fatal(err)
	}
	return l.forms[0], l.forms[1]
}

func TestRestoreIntoANewerVersion(t *testing.T) {
	old, now := migrations(t)
	d := old.Draft()
	for path, value := range map[string]string{"g/c": "b", "g/m": "a,b", "g/n": "50", "g/d": "2021-04-01", "g/t": "言葉", "g/u": "消える"} {
		if err := d.Set(path, value); err != nil {
			t.Fatal(err)
		}
	}
	got, changes, err := now.Restore(d.Save())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"g/c": "bb", "g/m": "a,bb", "g/d": "2021-04-01", "g/tt": "言葉"}
	if !maps.Equal(got.values, want) {
		t.Errorf("%v", got.values)
	}
	var said []string
	for _, c := range changes {
		said = append(said, fmt.Sprintf("%s %s %s %s", c.What, c.Path, c.No, c.Was.Say(i18n.Ja)))
	}
	if !slices.Equal(said, []string{"dropped  no-u 消える", "renamed g/c no-c イ", "renamed g/m no-m ア、イ", "dropped g/n no-n 50", "new g/w no-w "}) {
		t.Errorf("%q", said)
	}
	now.library = &Library{} // the old version is known no more
	if got, changes, err = now.Restore(d.Save()); err != nil || !maps.Equal(got.values, want) || len(changes) != 4 {
		t.Errorf("%v, %v, %v", got.values, changes, err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	d := filled(t)
	change := func(f func(*savedJSON)) []byte {
		var s savedJSON
		if err := jsonx.Unmarshal(d.Save(), &s); err != nil {
			t.Fatal(err)
		}
		f(&s)
		raw, err := jsonx.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, raw := range map[string][]byte{
		"nothing": nil, "no JSON": []byte("{"), "not canonical": append([]byte(" "), d.Save()...), "another type": change(func(s *savedJSON) { s.Type = "part" }),
		"another version": change(func(s *savedJSON) { s.V = 2 }), "too large": bytes.Repeat([]byte(" "), maxSaved+1),
		"too many": change(func(s *savedJSON) {
			for i := range maxAnswers {
				s.Answers[itoa(i)] = "x"
			}
		}),
	} {
		if _, _, err := d.Form().Restore(raw); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := d.Form().Restore(change(func(s *savedJSON) { s.Form.Name = "moving" })); !errors.Is(err, ErrUnknownForm) {
		t.Errorf("another form: %v", err)
	}
	got, changes, err := d.Form().Restore(change(func(s *savedJSON) {
		s.Answers = map[string]string{"wish/start": "きのう", "children/9/name": "x", "children/00/name": "x", "nobody": "x", "applicant/0/name": "x", "applicant/name": "花子", "children/1/+": "maybe"}
		s.Later = []string{"applicant/name", "applicant/kana", "ground/kind", "nobody"}
	}))
	if err != nil || !maps.Equal(got.values, map[string]string{"applicant/name": "花子"}) || len(changes) != 5 || !maps.Equal(got.later, map[string]bool{"applicant/kana": true}) {
		t.Errorf("%v, %v, %v, %v", got.values, got.later, changes, err)
	}
}

func FuzzRestore(f *testing.F) {
	form := nursery(f)
	d := filled(f, allergic()...)
	f.Add(d.Save())
	f.Add(form.Draft().Save())
	f.Add([]byte(`{"answers":{"children/0/allergens":"egg,egg","children/1/+":"yes"},"form":{"digest":"","name":"nursery-application","version":0},"type":"draft","v":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, _, err := form.Restore(raw)
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnknownForm) {
				t.Fatal(err)
			}
			return
		}
		for _, p := range d.Check(env()) {
			if p.Err.Code == "" {
				t.Fatal(p)
			}
		}
		d.Questions()
		d.Chapters()
		again, changes, err := form.Restore(d.Save())
		if err != nil || len(changes) > 0 || !bytes.Equal(again.Save(), d.Save()) {
			t.Fatalf("what was restored does not come back: %v, %v", changes, err)
		}
	})
}
