package forms

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// small is a form with a field of most kinds, for the grammar.
const small = `
name = "small"
version = 1
title = { ja = "小", en = "Small" }
[[part]]
id = "office"
recipient = "office"
recipient_label = { ja = "窓口", en = "Office" }
purpose = "test"
purpose_label = { ja = "試験", en = "Test" }
[[list]]
id = "abc"
value = [{ code = "a", label = { ja = "ア", en = "A" } }, { code = "b", label = { ja = "イ", en = "B" } }, { code = "c", label = { ja = "ウ", en = "C" } }]
[[group]]
id = "g"
title = { ja = "組", en = "Group" }
parts = ["office"]
`

// tiny fields: path "g/<id>".
func smallField(id, kind, more string) string {
	return fmt.Sprintf("[[group.field]]\nid = %q\nno = %q\nkind = %q\nlabel = { ja = \"名\", en = \"Name\" }\nask = { ja = \"何\", en = \"What\" }\n%s\n", id, "no-"+id, kind, more)
}

func smallForm(more string) string {
	return small + smallField("c", "choice", `list = "abc"`) + smallField("m", "multi", `list = "abc"`) + smallField("n", "number", "min = 0\nmax = 100") +
		smallField("k", "number", "min = 0\nmax = 100") + smallField("d", "date", "") + smallField("e", "date", "") + smallField("y", "yesno", "") +
		smallField("t", "text", "max = 20") + smallField("u", "text", "max = 20") + more
}

const smallRows = `
[[group]]
id = "r"
title = { ja = "行", en = "Rows" }
parts = ["office"]
repeat = { min = 0, max = 3, no = "90", row = { ja = "{n}", en = "{n}" }, label = { ja = "もう一つ", en = "More" }, ask = { ja = "{n}?", en = "{n}?" } }
`

func TestLoadRefuses(t *testing.T) {
	good := smallForm(smallField("z", "text", "max = 5\nwhen = { field = \"g/c\", is = \"a\" }"))
	if _, err := Load([]byte(good)); err != nil {
		t.Fatal(err)
	}
	when := func(cond string) string { return smallForm(smallField("z", "text", "max = 5\nwhen = "+cond)) }
	rule := func(body string) string {
		return smallForm("[[rule]]\nat = \"g/n\"\nerror = { ja = \"ちがう\", en = \"Wrong\" }\n" + body)
	}
	deep := strings.Repeat("{ not = ", 9) + `{ field = "g/c", is = "a" }` + strings.Repeat(" }", 9)
	for name, def := range map[string]string{
		"not TOML":              "a = ",
		"unknown name":          good + "\n[[group]]\nid = \"x\"\ncolour = 1\n",
		"no version":            strings.Replace(good, "version = 1", "version = 0", 1),
		"a language missing":    strings.Replace(good, `title = { ja = "小", en = "Small" }`, `title = { ja = "小" }`, 1),
		"an unknown language":   strings.Replace(good, `en = "Small"`, `en = "Small", xx = "?"`, 1),
		"bad id":                strings.Replace(good, `id = "g"`, `id = "g/h"`, 1),
		"list twice a code":     strings.Replace(good, `code = "b"`, `code = "a"`, 1),
		"code with a comma":     strings.Replace(good, `code = "b"`, `code = "b,c"`, 1),
		"unknown part":          strings.Replace(good, `parts = ["office"]`, `parts = ["elsewhere"]`, 1),
		"seen by nobody":        strings.Replace(good, `parts = ["office"]`, `parts = []`, 1),
		"unknown kind":          smallForm(smallField("z", "colour", "")),
		"field twice":           smallForm(smallField("c", "date", "")),
		"number twice":          strings.Replace(good, `"no-d"`, `"no-c"`, 1),
		"unknown list":          smallForm(smallField("z", "choice", `list = "xyz"`)),
		"choice without a list": smallForm(smallField("z", "choice", "")),
		"text without a max":    smallForm(smallField("z", "text", "")),
		"number without bounds": smallForm(smallField("z", "number", "max = 3")),
		"date with a max":       smallForm(smallField("z", "date", "max = 3")),
		"phone, no example":     smallForm(smallField("z", "phone", "")),
		"person of wrong kind":  smallForm(smallField("z", "text", "max = 3\nperson = \"birth\"")),
		"unknown role":          smallForm(smallField("z", "text", "max = 3\nperson = \"shoe\"")),
		"rows without bounds":   smallForm(strings.Replace(smallRows, "max = 3", "max = 0", 1) + smallField("x", "date", "")),
		"empty group":           smallForm(smallRows),

		"when: unknown field":       when(`{ field = "g/q", is = "a" }`),
		"when: itself":              when(`{ field = "g/z", is = "a" }`),
		"when: unknown code":        when(`{ field = "g/c", is = "z" }`),
		"when: unknown code in":     when(`{ field = "g/c", in = ["a", "z"] }`),
		"when: wrong kind of value": when(`{ field = "g/c", is = 1 }`),
		"when: string for yesno":    when(`{ field = "g/y", is = "yes" }`),
		"when: no date":             when(`{ field = "g/d", before = "2021-02-30" }`),
		"when: not normal form":     when(`{ field = "g/d", before = "R3.4.1" }`),
		"when: out of bounds":       when(`{ field = "g/n", is = 101 }`),
		"when: text has no order":   when(`{ field = "g/t", before = "a" }`),
		"when: other kinds":         when(`{ field = "g/d", before = { field = "g/n" } }`),
		"when: two comparisons":     when(`{ field = "g/c", is = "a", filled = true }`),
		"when: no comparison":       when(`{ field = "g/c" }`),
		"when: comparison alone":    when(`{ is = "a" }`),
		"when: two forms":           when(`{ field = "g/c", is = "a", not = { field = "g/c", is = "a" } }`),
		"when: nothing":             when(`{}`),
		"when: empty all":           when(`{ all = [] }`),
		"when: empty in":            when(`{ field = "g/c", in = [] }`),
		"when: today":               when(`{ field = "g/d", before = "today" }`),
		"when: too deep":            when(deep),
		"when: unknown operator":    when(`{ field = "g/c", matches = "a" }`),
		"when: a row from outside":  smallForm(smallRows + smallField("x", "date", "") + strings.Replace(small[strings.Index(small, "[[group]]"):], `id = "g"`, `id = "h"`, 1) + smallField("w", "date", `when = { field = "r/*/x", filled = true }`)),

		"rule: at nowhere":           strings.Replace(rule(`require = { field = "g/n", is = 1 }`), `at = "g/n"`, `at = "g/q"`, 1),
		"rule: no words":             strings.Replace(rule(`require = { field = "g/n", is = 1 }`), `, en = "Wrong"`, "", 1),
		"rule: nothing":              rule(""),
		"rule: two":                  rule("require = { field = \"g/n\", is = 1 }\nforbid = { field = \"g/n\", is = 1 }"),
		"rule: parameters, no check": rule("require = { field = \"g/n\", is = 1 }\nwith = { a = 1 }"),
		"check: unknown":             rule(`check = "exec"`),
		"check: missing parameter":   rule("check = \"days_after\"\nwith = { date = \"g/d\", after = \"g/e\" }"),
		"check: unknown parameter":   rule("check = \"first_of_month\"\nwith = { date = \"g/d\", x = 1 }"),
		"check: wrong kind":          rule("check = \"first_of_month\"\nwith = { date = \"g/n\" }"),
		"check: unknown field":       rule("check = \"distinct\"\nwith = { fields = [\"g/q\"] }"),
		"check: no fields":           rule("check = \"distinct\"\nwith = { fields = [] }"),
		"check: unknown scheme":      rule("check = \"check_digit\"\nwith = { field = \"g/t\", scheme = \"x\" }"),
	} {
		if _, err := Load([]byte(def)); !errors.Is(err, ErrDefinition) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("data/nursery-application.1/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestOverlay(t *testing.T) {
	base := read(t, "form.toml")
	head := "overlay = \"x\"\nedition = 1\nform = \"nursery-application\"\nversion = 1\n"
	group := func(g, field string) string { return head + "[[group]]\nid = \"" + g + "\"\n[[group.field]]\n" + field }
	plain, err := Load(base)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		overlay string
		ok      bool
	}{
		"nothing":               {head, true},
		"tighter":               {group("wish", "id = \"reason\"\nrequired = true"), true},
		"larger min":            {group("ground", "id = \"hours\"\nmin = 48"), true},
		"other words":           {group("wish", "id = \"start\"\nhelp = { ja = \"4月だけです。\", en = \"April only.\" }"), true},
		"another rule":          {head + "[[rule]]\nat = \"wish/start\"\nrequire = { field = \"wish/start\", is = \"2027-04-01\" }\nerror = { ja = \"四月\", en = \"April\" }", true},
		"no name":               {strings.Replace(head, `"x"`, `""`, 1), false},
		"for another form":      {strings.Replace(head, "nursery-application", "other", 1), false},
		"for another version":   {strings.Replace(head, "version = 1", "version = 2", 1), false},
		"drops":                 {group("wish", "id = \"start\"\nrequired = false"), false},
		"hides":                 {group("wish", "id = \"start\"\nwhen = { field = \"applicant/name\", filled = false }"), false},
		"hides a group":         {head + "[[group]]\nid = \"wish\"\nwhen = { field = \"applicant/name\", filled = false }", false},
		"retypes":               {group("wish", "id = \"start\"\nkind = \"text\"\nmax = 10"), false},
		"another list":          {group("wish", "id = \"facilities\"\nlist = \"reason\""), false},
		"larger max":            {group("wish", "id = \"facilities\"\nmax = 6"), false},
		"smaller min":           {group("ground", "id = \"hours\"\nmin = 0"), false},
		"others see it":         {group("children", "id = \"allergy\"\nparts = [\"city\", \"facility\"]"), false},
		"another number":        {group("wish", "id = \"start\"\nno = \"99\""), false},
		"after nobody":          {group("wish", "id = \"new\"\nafter = \"nobody\"\nno = \"99\"\nkind = \"date\""), false},
		"a list without a code": {head + "[[list]]\nid = \"ground\"\nvalue = [{ code = \"work\", label = { ja = \"就労\", en = \"Work\" } }]", false},
		"an empty list":         {head + "[[list]]\nid = \"facility\"\n", false},
		"more than an overlay":  {head + "title = { ja = \"x\", en = \"x\" }", false},
	} {
		f, err := Load(base, []byte(c.overlay))
		if c.ok != (err == nil) || err != nil && !errors.Is(err, ErrDefinition) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && f.Digest == plain.Digest {
			t.Errorf("%s: the digest is the bare form's", name)
		}
	}
	if plain.Digest != sha256.Sum256(base) {
		t.Error("a bare form's digest is not its file's SHA-256")
	}
}

// The city's own list and question are there, in their place.
func TestOverlayOfTheDemoCity(t *testing.T) {
	d := filled(t)
	all := d.Questions()
	for i, q := range all {
		if q.Path != "wish/facilities" {
			continue
		}
		if len(q.Options) != 6 || q.Max != 3 || all[i+1].Path != "wish/visit" || !all[i+1].Required {
			t.Errorf("%d nurseries, %d at most, then %s", len(q.Options), q.Max, all[i+1].Path)
		}
		return
	}
	t.Error("no wish/facilities")
}

// published pins what has been published: a form in use never changes, a change is a new version or edition.
var published = map[string]string{
	"nursery-application 1.1": "fa6d1ab47ee711f27927c089691af88008de9912a0ad59851a6847120ff31bba",
	"nursery-application 2.1": "355cdacd9c07f2a1b821399cd16bcbb57bf316d8ed4287123594a82928f9ac25",
}

func TestLibrary(t *testing.T) {
	two := strings.Replace(smallForm(""), "version = 1", "version = 2", 1)
	overlay := func(edition int) *fstest.MapFile {
		return &fstest.MapFile{Data: fmt.Appendf(nil, "overlay = \"x\"\nedition = %d\nform = \"small\"\nversion = 1\n", edition)}
	}
	files := fstest.MapFS{
		"small.1/form.toml": {Data: []byte(smallForm(""))}, "small.1/x-1.toml": overlay(1), "small.1/x-2.toml": overlay(2),
		"small.2/form.toml": {Data: []byte(two)},
	}
	l, err := ReadLibrary(files)
	if err != nil {
		t.Fatal(err)
	}
	newest, err := l.Form("small")
	if err != nil || newest.Version != 2 || len(l.forms) != 3 {
		t.Fatalf("%+v, %v", newest, err)
	}
	for _, f := range l.forms {
		if got, err := l.Published(f.Name, f.Version, f.Digest); err != nil || got != f {
			t.Errorf("%d.%d: %v", f.Version, f.Edition, err)
		}
		if _, err := l.Published(f.Name, f.Version+5, f.Digest); !errors.Is(err, ErrUnknownForm) {
			t.Errorf("%v", err)
		}
	}
	if _, err := l.Published("small", 1, sha256.Sum256([]byte(smallForm("")))); !errors.Is(err, ErrUnknownForm) {
		t.Errorf("a form without its overlay: %v", err)
	}
	if _, err := l.Form("large"); !errors.Is(err, ErrUnknownForm) {
		t.Errorf("%v", err)
	}
	files["small.1/x-3.toml"] = overlay(2)
	if _, err := ReadLibrary(files); !errors.Is(err, ErrDefinition) {
		t.Errorf("two of one edition: %v", err)
	}
	if _, err := ReadLibrary(fstest.MapFS{"other.1/form.toml": {Data: []byte(two)}}); !errors.Is(err, ErrDefinition) {
		t.Errorf("in the wrong folder: %v", err)
	}
}

func TestPublishedFormsNeverChange(t *testing.T) {
	for _, f := range Builtin().forms {
		name := fmt.Sprintf("%s %d.%d", f.Name, f.Version, f.Edition)
		if published[name] != f.Digest.String() {
			t.Errorf("%s is %s: publish a new version or edition instead of changing one", name, f.Digest)
		}
	}
	if len(published) != len(Builtin().forms) {
		t.Errorf("%d forms, %d published", len(Builtin().forms), len(published))
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(smallForm(""), "")
	f.Add(smallForm(smallRows+smallField("x", "date", "")), "overlay = \"x\"\nedition = 1\nform = \"small\"\nversion = 1\n")
	f.Add(string(read(f, "form.toml")), string(read(f, "madoguchi-shi.toml")))
	if raw, err := os.ReadFile("data/nursery-application.2/form.toml"); err != nil {
		f.Fatal(err)
	} else {
		f.Add(string(raw), "")
	}
	f.Fuzz(func(t *testing.T, def, overlay string) {
		files := [][]byte{[]byte(overlay)}
		if overlay == "" {
			files = nil
		}
		form, err := Load([]byte(def), files...)
		if err != nil {
			if !errors.Is(err, ErrDefinition) {
				t.Fatal(err)
			}
			return
		}
		d := form.Draft()
		for _, q := range d.Questions() {
			for _, raw := range []string{"yes", "1", "a", "2021-04-01"} {
				if d.Set(q.Path, raw) == nil {
					break
				}
			}
		}
		d.Check(env())
	})
}
