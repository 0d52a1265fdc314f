package forms

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"madoguchi/i18n"
)

// Every label of the municipalities' forms has its field, and every field a label.
func TestEveryLabelHasAField(t *testing.T) {
	raw, err := os.ReadFile("testdata/labels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	f := whole(t)
	named := map[string]bool{}
	for in := bufio.NewScanner(bytes.NewReader(raw)); in.Scan(); {
		line := strings.Split(in.Text(), "\t")
		if strings.HasPrefix(line[0], "#") {
			continue
		}
		if len(line) < 2 || !f.answersTo(line[1]) && (line[1] != "-" || len(line) != 3 || line[2] == "") {
			t.Errorf("no field for %q", line)
			continue
		}
		named[line[1]] = true
	}
	for path := range f.fields {
		if !named[path] {
			t.Errorf("%s has no label in testdata/labels.tsv", path)
		}
	}
	for _, p := range f.papers {
		if !named["paper:"+p.id] {
			t.Errorf("paper %s has no label in testdata/labels.tsv", p.id)
		}
	}
	if len(named) < 100 {
		t.Errorf("only %d labels", len(named))
	}
}

// answersTo reports whether the form has what a line of the table names.
func (f *Form) answersTo(where string) bool {
	kind, name, _ := strings.Cut(where, ":")
	switch kind {
	case "paper":
		return slices.ContainsFunc(f.papers, func(p *paper) bool { return p.id == name })
	case "consent":
		_, ok := f.fields["consent/agreed"].list.index[name]
		return ok
	case "@claimedTime":
		return true // of every manifest: TestDocumentReadsBack
	}
	return f.fields[where] != nil
}

// Every text in all languages; why it is asked; an example of what is typed; numbers in the order of the questions.
func TestWholeFormSpeaks(t *testing.T) {
	f := whole(t)
	speaks := func(place string, all ...i18n.Text) {
		t.Helper()
		for _, text := range all {
			for _, l := range i18n.Langs() {
				if text.In[l] == "" {
					t.Errorf("%s: no %s", place, l)
				}
			}
			if easy := text.In[i18n.JaEasy]; strings.ContainsAny(easy, "{}") && !strings.Contains(easy, "{n}") {
				t.Errorf("%s: %q", place, easy)
			}
		}
	}
	last := 0
	for _, g := range f.groups {
		speaks("group "+g.id, g.title, g.chapter.title)
		if g.repeats {
			speaks("rows of "+g.id, g.row)
		}
		for _, field := range g.fields {
			path := field.definitionPath()
			speaks(path, field.label, field.ask)
			if field.asked() {
				speaks("why of "+path, field.help)
			}
			if typed := slices.Contains([]Kind{Words, Kana, Date, Number, Digits, Phone, Postal}, field.kind); typed && field.asked() {
				speaks("example of "+path, field.example)
			}
			if n := number(field.no); n <= last && field.no != "" {
				t.Errorf("%s: number %s after %d", path, field.no, last)
			} else {
				last = n
			}
			for _, o := range field.options() {
				speaks(path+"/"+o.Value, o.Label)
			}
		}
	}
	for _, p := range f.papers {
		speaks("paper "+p.id, p.label, p.help)
	}
	for _, p := range f.parts {
		speaks("part "+p.id, p.to, p.why)
	}
	for _, r := range f.rules {
		speaks("rule at "+r.at.definitionPath(), r.text)
	}
	if len(f.chapters) != 8 {
		t.Errorf("%d chapters", len(f.chapters))
	}
}

func (f *field) options() []Option {
	if f.list == nil {
		return nil
	}
	return f.list.options
}

// A card's number is nowhere asked for (TRUST §9).
func TestNobodyAsksForAMyNumber(t *testing.T) {
	for _, f := range Builtin().forms {
		for path, field := range f.fields {
			if strings.Contains(field.label.Say(i18n.Ja)+field.ask.Say(i18n.Ja), "個人番号") {
				t.Errorf("%s %d: %s", f.Name, f.Version, path)
			}
		}
	}
}

// What nobody is asked is filled in: the class, the order among all brothers and sisters, what follows from "no".
func TestFilledInWithoutAsking(t *testing.T) {
	for _, c := range []struct {
		said map[string]string
		want map[string]string
	}{
		{family(), map[string]string{"children/0/class-age": "2", "children/0/order": "1", "children/0/care": "nursery", "situation/kind": "new", "wish/end": "school", "header/addressee": "mayor", "survey/0/allergy": "none"}},
		{with(secondChild), map[string]string{"children/0/order": "1", "children/1/order": "2"}},
		{everything(), map[string]string{"children/0/order": "3", "children/1/order": "2", "children/0/class-age": "2", "children/1/class-age": "4", "children/1/care": "both", "situation/kind": "change", "wish/end": "date"}},
		{unborn(), map[string]string{"children/0/order": "1", "children/0/class-age": "0"}},
	} {
		d := whole(t).Draft()
		walk(t, d, c.said)
		v := d.look()
		for path, want := range c.want {
			if v.value[path] != want {
				t.Errorf("%s: %q, not %q", path, v.value[path], want)
			}
		}
	}
	d := whole(t).Draft()
	walk(t, d, everything())
	if err := d.Set("family/0/relation", "grandmother"); err != nil {
		t.Fatal(err)
	}
	if got := d.look().value["children/0/order"]; got != "2" {
		t.Errorf("a grandmother counts as a sister: %s", got)
	}
}

// What must come with the document follows from the answers; it never keeps the document from being made.
func TestPapers(t *testing.T) {
	for name, c := range map[string]struct {
		said map[string]string
		want string
	}{
		"family": {family(), "work-a statement-b"}, "single": {single(), "work-a single"}, "seeking": {seeking(), "statement-b job-seeking"},
		"unborn":     {unborn(), "statement-b mother-book mother-book-child"},
		"everything": {everything(), "work-a mother-book handbook school tax moving"},
	} {
		d := whole(t).Draft()
		walk(t, d, c.said)
		ids := func(all []Paper) string {
			var out []string
			for _, p := range all {
				out = append(out, p.ID)
			}
			return strings.Join(out, " ")
		}
		doc, err := d.Document(env())
		if err != nil || ids(d.Papers()) != c.want || ids(doc.Papers()) != c.want {
			t.Errorf("%s: %q, %q, %v", name, ids(d.Papers()), ids(doc.Papers()), err)
		}
	}
	if (Document{}).Papers() != nil {
		t.Error("papers of nothing")
	}
}

// Names and addresses come through byte for byte: surrogate pairs, variants, selectors, Latin letters, length.
func TestNamesComeThroughByteForByte(t *testing.T) {
	for name, address := range map[string]string{
		"𠮷田　太郎":                    strings.Repeat("髙", 200),
		"葛\U000e0100城　辻\U000e0101": "窓口県窓口市﨑町１丁目−２〜３ﾊｲﾂ髙橋",
		"MARIA APARECIDA DOS SANTOS SILVA DE OLIVEIRA COSTA E PEREIRA LIMA": strings.Repeat("長い住所", 50),
		"神 カ゚パ": strings.Repeat("𠮷", 200),
		"塚 塚 﨑":  "窓口市 " + strings.Repeat("e\u0301", 100),
	} {
		said := with(map[string]string{"applicant/name": name, "applicant/address": address, "children/0/name": name + "子"})
		d := whole(t).Draft()
		walk(t, d, said)
		d, changes, err := d.Form().Restore(d.Save())
		if err != nil || len(changes) > 0 {
			t.Fatal(err, changes)
		}
		doc, err := d.Document(env())
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(doc.Manifest(), doc.Parts(), Builtin())
		if err != nil {
			t.Fatal(err)
		}
		if p := again.Person(); p.Name != name || p.Address != address {
			t.Errorf("%q %q", p.Name, p.Address)
		}
		if part := again.Parts()[0]; !bytes.Contains(part, []byte(`"name":"`+name+`"`)) || !bytes.Contains(part, []byte(`"address":"`+address+`"`)) {
			t.Errorf("%s: other bytes in the part", name)
		}
		shown := false
		for _, s := range again.Review() {
			for _, r := range s.Rows {
				shown = shown || r.Value.Say(i18n.En) == name
			}
		}
		if !shown {
			t.Errorf("%s: not in the review", name)
		}
	}
}

// Three hundred nurseries, found by kana, area, class, kind and distance.
func TestNurseriesAreFound(t *testing.T) {
	d := whole(t).Draft()
	walk(t, d, family())
	all := d.Questions()
	q := all[slices.IndexFunc(all, func(q Question) bool { return q.Path == "wish/facilities" })]
	if len(q.Options) != 300 || len(q.Facets) != 4 || q.Max != 5 {
		t.Fatalf("%d nurseries, %d facets, %d at most", len(q.Options), len(q.Facets), q.Max)
	}
	kana := map[string]bool{}
	for _, o := range q.Options {
		if o.Kana == "" || o.Note.IsZero() || kana[o.Kana] || len(o.Tags) < 4 {
			t.Errorf("%+v", o)
		}
		kana[o.Kana] = true
		for _, f := range q.Facets {
			if !slices.ContainsFunc(f.Values, func(v Option) bool { return slices.Contains(o.Tags, v.Value) }) {
				t.Errorf("%s has no %s", o.Value, f.ID)
			}
		}
	}
	for _, c := range []struct {
		words string
		tags  []string
		first string
		most  int
	}{
		{"みどりのもり", nil, "n1221", 1}, {"ﾋﾏﾜﾘ", nil, "", 4}, {"himawari", nil, "", 4}, {"本町", []string{"age-0"}, "", 6},
		{"", []string{"area-minato", "age-0", "kind-nursery", "walk-5", "walk-10"}, "", 6},
	} {
		got := Find(q.Options, q.Facets, Search{Words: c.words, Tags: c.tags})
		if len(got) == 0 || len(got) > c.most || c.first != "" && got[0].Value != c.first {
			t.Errorf("%q %q: %d, %v", c.words, c.tags, len(got), got)
		}
	}
}

// A draft of the form of two pages goes on in the whole one.
func TestOldDraftGoesOn(t *testing.T) {
	d, changes, err := whole(t).Restore(filled(t, allergic()...).Save())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"applicant/name": "窓口　花子", "header/start": "2027-04-01", "wish/facilities": "n1221,n0121", "wish/visit": "done", "ground-a/kind": "work",
		"ground-a/employer": "株式会社まどぐち商事", "survey/0/allergens": "egg,milk", "children/1/name": "窓口 次郎",
	} {
		if got := d.Value(path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	what := map[What]int{}
	for _, c := range changes {
		what[c.What]++
		if c.Label.IsZero() || c.No == "" {
			t.Errorf("%+v", c)
		}
	}
	if what[Renamed] != 1 || what[Dropped] != 0 || what[New] < 10 {
		t.Errorf("%v, %+v", what, changes)
	}
}

func BenchmarkQuestions(b *testing.B) {
	d := whole(b).Draft()
	walk(b, d, everything())
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"questions", func() { d.Questions() }}, {"chapters", func() { d.Chapters() }}, {"open", func() { d.Open() }}, {"check", func() { d.Check(env()) }},
		{"sharing", func() { d.Sharing() }}, {"save", func() { d.Save() }}, {"set", func() { _ = d.Set("applicant/name", "花子") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.do()
			}
		})
	}
}

// FuzzParseWhole: whatever is listed in a manifest is judged by the whole form.
func FuzzParseWhole(f *testing.F) {
	form := whole(f)
	for _, said := range []map[string]string{family(), everything(), unborn()} {
		d := form.Draft()
		walk(f, d, said)
		doc, err := d.Document(env())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc.Parts()[0], doc.Parts()[1], doc.Parts()[2])
	}
	f.Fuzz(func(t *testing.T, city, facility, health []byte) {
		m := Manifest{ClaimedTime: "2026-11-22T10:00:00Z"}
		for _, p := range [][]byte{city, facility, health} {
			sum := sha256.Sum256(p)
			m.Parts = append(m.Parts, hex.EncodeToString(sum[:]))
		}
		got, err := form.parse(nil, m, [][]byte{city, facility, health})
		if err == nil && len(got.Review()) == 0 {
			t.Fatal("read, and yet nothing to review")
		}
		if err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatal(err)
		}
	})
}
