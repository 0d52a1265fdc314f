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

// What the whole form needs of the grammar, refused where it does not fit.
func TestLoadRefusesWhatDoesNotFit(t *testing.T) {
	field := func(id, kind, more string) string { return smallForm(smallField(id, kind, more)) }
	title := "title = { ja = \"章\", en = \"Chapter\" }\n"
	paper := func(more string) string {
		return smallForm("[[paper]]\nid = \"p\"\nlabel = { ja = \"紙\", en = \"Paper\" }\nhelp = { ja = \"役所\", en = \"Office\" }\n" + more)
	}
	rows := smallRows + smallField("x", "date", "")
	as := func(repeat string) string {
		return smallForm(rows + "[[group]]\nid = \"s\"\ntitle = { ja = \"同\", en = \"Same\" }\nparts = [\"office\"]\nrepeat = " + repeat + "\n" + smallField("w", "date", ""))
	}
	const row = `row = { ja = "{n}", en = "{n}" }`
	for name, c := range map[string]struct {
		def string
		ok  bool
	}{
		"otherwise":                    {field("z", "choice", "list = \"abc\"\notherwise = \"b\"\nwhen = { field = \"g/y\", is = true }"), true},
		"otherwise: no code":           {field("z", "choice", "list = \"abc\"\notherwise = \"z\""), false},
		"otherwise: not normal":        {field("z", "date", `otherwise = "R3.4.1"`), false},
		"compute":                      {field("z", "number", "min = 0\nmax = 200\ncompute = \"class_age\"\nwith = { birth = [\"g/d\"], on = \"g/e\" }"), true},
		"compute: unknown":             {field("z", "number", "min = 0\nmax = 200\ncompute = \"exec\"\nwith = { birth = [\"g/d\"], on = \"g/e\" }"), false},
		"compute: no number":           {field("z", "text", "max = 9\ncompute = \"class_age\"\nwith = { birth = [\"g/d\"], on = \"g/e\" }"), false},
		"compute: parameter missing":   {field("z", "number", "min = 0\nmax = 9\ncompute = \"class_age\"\nwith = { birth = [\"g/d\"] }"), false},
		"compute: parameter unknown":   {field("z", "number", "min = 0\nmax = 9\ncompute = \"class_age\"\nwith = { birth = [\"g/d\"], on = \"g/e\", x = 1 }"), false},
		"compute: of the wrong kind":   {field("z", "number", "min = 0\nmax = 9\ncompute = \"class_age\"\nwith = { birth = [\"g/n\"], on = \"g/e\" }"), false},
		"compute: under a condition":   {field("z", "number", "min = 0\nmax = 9\ncompute = \"class_age\"\nwith = { birth = [\"g/d\"], on = \"g/e\" }\nwhen = { field = \"g/y\", is = true }"), false},
		"parameters, no function":      {field("z", "number", "min = 0\nmax = 9\nwith = { birth = [\"g/d\"] }"), false},
		"among":                        {field("z", "multi", "list = \"abc\"\namong = \"g/m\""), true},
		"among: one choice":            {field("z", "multi", "list = \"abc\"\namong = \"g/c\""), false},
		"among: nowhere":               {field("z", "multi", "list = \"abc\"\namong = \"g/q\""), false},
		"card":                         {field("z", "date", `card = "birth"`), true},
		"card: does not fit":           {field("z", "date", `card = "name"`), false},
		"card: unknown":                {field("z", "date", `card = "shoe"`), false},
		"choices in order":             {field("z", "choice", "list = \"abc\"\nwhen = { field = \"g/c\", before = \"c\" }"), true},
		"min of choices":               {field("z", "multi", "list = \"abc\"\nmin = 2"), true},
		"min above max":                {field("z", "multi", "list = \"abc\"\nmin = 3\nmax = 2"), false},
		"min of a choice":              {field("z", "choice", "list = \"abc\"\nmin = 1"), false},
		"digits":                       {field("z", "digits", "max = 12"), true},
		"digits without a max":         {field("z", "digits", ""), false},
		"paper":                        {paper(`when = { field = "g/c", is = "a" }`), true},
		"paper: unknown field":         {paper(`when = { field = "g/q", is = "a" }`), false},
		"paper: unknown rows":          {paper("rows = \"q\"\nwhen = { field = \"g/c\", is = \"a\" }"), false},
		"paper: no words":              {strings.Replace(paper(""), `, en = "Paper"`, "", 1), false},
		"paper: twice":                 {paper("") + strings.TrimPrefix(paper(""), smallForm("")), false},
		"the rows of another group":    {as(`{ as = "r", ` + row + ` }`), true},
		"the rows of nobody":           {as(`{ as = "q", ` + row + ` }`), false},
		"the rows of no rows":          {as(`{ as = "g", ` + row + ` }`), false},
		"the rows of another, and own": {as(`{ as = "r", max = 2, ` + row + ` }`), false},
		"an empty chapter":             {strings.Replace(smallForm(""), "[[group]]\n", "[[chapter]]\nid = \"one\"\n"+title+"[[chapter]]\nid = \"two\"\n"+title+"[[group]]\nchapter = \"one\"\n", 1), false},
		"a chapter":                    {strings.Replace(smallForm(""), "[[group]]\n", "[[chapter]]\nid = \"one\"\n"+title+"[[group]]\nchapter = \"one\"\n", 1), true},
		"a chapter twice":              {strings.Replace(smallForm(""), "[[group]]\n", "[[chapter]]\nid = \"one\"\n"+title+"[[chapter]]\nid = \"one\"\n"+title+"[[group]]\nchapter = \"one\"\n", 1), false},
		"an unknown chapter":           {strings.Replace(smallForm(""), "[[group]]\n", "[[chapter]]\nid = \"one\"\n"+title+"[[group]]\nchapter = \"two\"\n", 1), false},
		"a code that was two things":   {strings.Replace(strings.Replace(smallForm(""), `code = "a"`, `code = "a", was = ["x"]`, 1), `code = "b"`, `code = "b", was = ["x"]`, 1), false},
		"a code that still is":         {strings.Replace(smallForm(""), `code = "a"`, `code = "a", was = ["b"]`, 1), false},
		"a tag of no facet":            {strings.Replace(smallForm(""), `code = "a"`, `code = "a", tags = ["x"]`, 1), false},
		"a facet":                      {strings.Replace(smallForm(""), `id = "abc"`, "id = \"abc\"\nfacet = [{ id = \"f\", label = { ja = \"面\", en = \"F\" }, value = [{ code = \"x\", label = { ja = \"エ\", en = \"X\" } }] }]", 1), true},
		"a facet's code twice":         {strings.Replace(smallForm(""), `id = "abc"`, "id = \"abc\"\nfacet = [{ id = \"f\", label = { ja = \"面\", en = \"F\" }, value = [{ code = \"x\", label = { ja = \"エ\", en = \"X\" } }, { code = \"x\", label = { ja = \"エ\", en = \"X\" } }] }]", 1), false},
		"a table without a folder":     {strings.Replace(smallForm(""), `id = "abc"`, "id = \"abc\"\ntable = { file = \"t.tsv\", sha256 = \"00\" }", 1), false},
	} {
		_, err := Load([]byte(c.def))
		if c.ok != (err == nil) || err != nil && !errors.Is(err, ErrDefinition) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a computed field depends on must be asked before what depends on it.
func TestConditionOnWhatIsKnownLater(t *testing.T) {
	def := strings.Replace(small, "[[group]]\n", "[[group]]\n", 1) + smallField("d", "date", "") +
		smallField("age", "number", "min = 0\nmax = 99\ncompute = \"class_age\"\nwith = { birth = [\"g/d\"], on = \"g/e\" }") +
		smallField("z", "date", `when = { field = "g/age", is = 3 }`) + smallField("e", "date", "")
	if _, err := Load([]byte(def)); !errors.Is(err, ErrDefinition) {
		t.Errorf("%v", err)
	}
}

func TestOverlayOfTheWholeForm(t *testing.T) {
	base, err := os.ReadFile("data/nursery-application.2/form.toml")
	if err != nil {
		t.Fatal(err)
	}
	head := "overlay = \"x\"\nedition = 1\nform = \"nursery-application\"\nversion = 2\n"
	group := func(g, field string) string { return head + "[[group]]\nid = \"" + g + "\"\n[[group.field]]\n" + field }
	own := "[[group]]\nid = \"own\"\ntitle = { ja = \"市の質問\", ja-easy = \"市のしつもん\", en = \"The city asks\" }\nparts = [\"city\"]\n[[group.field]]\nid = \"q\"\nno = \"900\"\nkind = \"yesno\"\nlabel = { ja = \"問\", en = \"Q\" }\nask = { ja = \"問\", en = \"Q\" }\n"
	for name, c := range map[string]struct {
		overlay string
		ok      bool
	}{
		"nothing":                   {head, true},
		"a question of its own":     {head + own, true},
		"a second telephone number": {group("applicant", "id = \"phone2\"\nrequired = true"), true},
		"another paper":             {head + "[[paper]]\nid = \"x\"\nlabel = { ja = \"紙\", en = \"Paper\" }\nhelp = { ja = \"役所\", en = \"Office\" }", true},
		"fewer consents":            {group("consent", "id = \"agreed\"\nmin = 6"), false},
		"a list without consents":   {head + "[[list]]\nid = \"consent\"\nvalue = [{ code = \"truth\", label = { ja = \"真\", en = \"Truth\" } }]", false},
		"answers for the person":    {group("fallback", "id = \"keep\"\notherwise = \"keep\""), false},
		"computes another class":    {group("children", "id = \"class-age\"\ncompute = \"birth_order\""), false},
		"other parameters":          {group("children", "id = \"order\"\nwith = { birth = [\"children/*/due\"] }"), false},
		"fills in from a card":      {group("partner", "id = \"kana\"\ncard = \"name\""), false},
		"takes an old answer":       {group("wish", "id = \"reason\"\nwas = [\"applicant/address\"]"), false},
		"another chapter":           {head + "[[group]]\nid = \"wish\"\nchapter = \"you\"", false},
		"shows health to the city":  {group("survey", "id = \"illness\"\nparts = [\"city\", \"health\"]"), false},
		"hides the consents":        {group("consent", "id = \"agreed\"\nwhen = { field = \"applicant/name\", filled = false }"), false},
		"drops the consents":        {group("consent", "id = \"agreed\"\nrequired = false"), false},
		"more nurseries":            {group("wish", "id = \"facilities\"\nmax = 6"), false},
		"retypes":                   {group("situation", "id = \"number\"\nkind = \"text\""), false},
		"a table that is not there": {head + "[[list]]\nid = \"facility\"\ntable = { file = \"x.tsv\", sha256 = \"00\" }", false},
	} {
		_, err := Load(base, []byte(c.overlay))
		if c.ok != (err == nil) || err != nil && !errors.Is(err, ErrDefinition) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A table is part of the digest: by its hash, which the definition states.
func TestTable(t *testing.T) {
	header := strings.Join(columns, "\t") + "\n"
	line := "n1\tミナト\tみなと\tMinato\t\t注\tちゅうい\tNote\tm1\n"
	read := func(table, sum string) (*Form, error) {
		def := strings.Replace(smallForm(""), `id = "abc"`, "id = \"abc\"\ntable = { file = \"t.tsv\", sha256 = \""+sum+"\" }", 1)
		def = strings.Replace(def, "value = [{ code", "#", 1)
		l, err := ReadLibrary(fstest.MapFS{"small.1/form.toml": {Data: []byte(def)}, "small.1/t.tsv": {Data: []byte(table)}})
		if err != nil {
			return nil, err
		}
		return l.Form("small")
	}
	sum := func(table string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(table))) }
	f, err := read(header+line, sum(header+line))
	if err != nil {
		t.Fatal(err)
	}
	o := f.fields["g/c"].list.options[0]
	if o.Value != "n1" || o.Kana != "ミナト" || o.Label.In["ja-easy"] != "みなと（みなと）" || o.Note.In["en"] != "Note" || f.fields["g/c"].list.was["m1"] != "n1" {
		t.Errorf("%+v", o)
	}
	for name, c := range map[string][2]string{
		"changed":         {header + line + line, sum(header + line)},
		"no header":       {line, sum(line)},
		"a column less":   {header + "n1\tx\ty\n", sum(header + "n1\tx\ty\n")},
		"empty":           {"", sum("")},
		"no lines":        {header, sum(header)},
		"a language less": {header + "n1\tミナト\tみなと\t\t\t\t\t\t\n", sum(header + "n1\tミナト\tみなと\t\t\t\t\t\t\n")},
		"part of a note":  {header + "n1\tミナト\tみなと\tMinato\t\t注\t\t\t\n", sum(header + "n1\tミナト\tみなと\tMinato\t\t注\t\t\t\n")},
	} {
		if _, err := read(c[0], c[1]); !errors.Is(err, ErrDefinition) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte(strings.Join(columns, "\t") + "\nn1\tミナト\tみなと\tMinato\ta b\t\t\t\tm1\n"))
	f.Add([]byte("code\n\"\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		values, err := readTable(raw)
		if err == nil && len(values) > 0 && values[0].Label["ja-easy"] == "" {
			t.Fatal(values[0])
		}
	})
}

// Choices: at least so many, and "none of these" alone.
func TestSeveralChoices(t *testing.T) {
	d := whole(t).Draft()
	walk(t, d, family())
	for _, c := range []struct {
		path, raw, code string
	}{
		{"consent/agreed", "truth", "F14"}, {"situation/cases", "none,moved", "F15"}, {"situation/cases", "moved,none", "F15"},
		{"situation/cases", "moved,family", ""}, {"wish/days", "mon,mon", ""}, {"wish/facilities", "n0108,n0109,n0110,n0111,n0112,n0113", "F09"},
	} {
		got := ""
		if err := d.Set(c.path, c.raw); err != nil {
			got = strings.TrimPrefix(err.Error(), "fault ")
		}
		if got != c.code {
			t.Errorf("%s %s: %q", c.path, c.raw, got)
		}
	}
}

// Of what was visited only what was chosen can be named; who changes the choice has to name it anew.
func TestAmong(t *testing.T) {
	d := whole(t).Draft()
	walk(t, d, with(map[string]string{"wish/visit": "some", "wish/visited": "n0108"}))
	for _, q := range d.Questions() {
		if q.Path == "wish/visited" && (len(q.Options) != 3 || q.Options[0].Value != "n1206" || q.Facets != nil) {
			t.Errorf("%+v", q.Options)
		}
	}
	if err := d.Set("wish/facilities", "n1206"); err != nil {
		t.Fatal(err)
	}
	if p := d.Check(env()); len(p) != 1 || p[0].Path != "wish/visited" {
		t.Errorf("%v", p)
	}
}
