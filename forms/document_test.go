package forms

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"madoguchi/i18n"
	"madoguchi/internal/jsonx"
)

// allergic is a family of two, one with allergies.
func allergic() [][2]string {
	return [][2]string{{"children/0/allergy", "present"}, {"children/0/allergens", "egg,milk"}, {"children/+", "yes"}, {"children/1/name", "窓口 次郎"},
		{"children/1/kana", "マドグチ ジロウ"}, {"children/1/birth", "2025-01-01"}, {"children/1/sex", "male"}, {"children/1/situation", "licensed"},
		{"children/1/allergy", "unknown"}, {"children/+", "no"}}
}

func TestDocumentReadsBack(t *testing.T) {
	doc := document(t, allergic()...)
	m, err := ParseManifest(doc.Manifest())
	if err != nil {
		t.Fatal(err)
	}
	if m.ClaimedTime != "2026-11-22T10:00:00Z" || m.Mailbox != doc.Mailbox() || len(m.Parts) != 8 || m.Form.Digest != doc.Form().Digest.String() {
		t.Errorf("%+v", m)
	}
	if id := doc.ID(); hex.EncodeToString(id[:]) != m.ID || doc.AuthKey() != env().AuthKey || !doc.ClaimedTime().Equal(now) {
		t.Error("id, authKey or time differ")
	}
	if doc.ManifestHash() != sha256.Sum256(doc.Manifest()) || doc.Person() != (Person{Name: "窓口　花子", Birth: "1990-04-01", Address: "窓口県窓口市本町一丁目2番3号"}) {
		t.Errorf("%+v", doc.Person())
	}
	parts := doc.Parts()
	slices.Reverse(parts) // their order says nothing
	again, err := Parse(doc.Manifest(), parts, Builtin())
	if err != nil || !slices.EqualFunc(again.Parts(), doc.Parts(), bytes.Equal) || !bytes.Equal(again.Manifest(), doc.Manifest()) {
		t.Fatal(err)
	}
	other := document(t, allergic()...)
	if other.ID() == doc.ID() || bytes.Equal(other.Parts()[1], doc.Parts()[1]) {
		t.Error("two documents share id or salt")
	}
}

func TestDocumentCannotBeChangedFromOutside(t *testing.T) {
	doc := document(t)
	before := doc.ManifestHash()
	clear(doc.Manifest())
	clear(doc.Parts()[0])
	if doc.ManifestHash() != before || len(doc.Review()) == 0 {
		t.Error("the document's own bytes came out")
	}
}

// Each recipient's part holds what is meant for it and no more.
func TestPartsHoldWhatTheirRecipientMaySee(t *testing.T) {
	parts := document(t, allergic()...).Parts()
	for part, forbidden := range map[int][]string{0: {"allerg", "egg"}, 1: {"花子", "090", "本町", "licensed", "株式会社", "situation"}} {
		for _, word := range forbidden {
			if strings.Contains(string(parts[part]), word) {
				t.Errorf("part %d holds %q", part, word)
			}
		}
	}
}

func TestDocumentRefuses(t *testing.T) {
	for name, change := range map[string]func(*Env){
		"no mailbox":     func(e *Env) { e.Mailbox = "" },
		"bad mailbox":    func(e *Env) { e.Mailbox = "a b" },
		"no time":        func(e *Env) { e.Now = time.Time{} },
		"no such time":   func(e *Env) { e.Now = e.Now.AddDate(9000, 0, 0) },
		"no randomness":  func(e *Env) { e.Random = nil },
		"dry randomness": func(e *Env) { e.Random = strings.NewReader("short") },
	} {
		e := env()
		change(&e)
		if _, err := filled(t).Document(e); err == nil {
			t.Errorf("%s: a document", name)
		}
	}
	if _, err := nursery(t).Draft().Document(env()); err == nil {
		t.Error("an empty draft became a document")
	}
}

// forge changes the text of a part and lists its new hash, as a kiosk that lies would.
func forge(t testing.TB, doc Document, part int, old, new string) ([]byte, [][]byte) {
	t.Helper()
	parts := doc.Parts()
	before := sha256.Sum256(parts[part])
	forged := bytes.Replace(parts[part], []byte(old), []byte(new), 1)
	if bytes.Equal(forged, parts[part]) {
		t.Fatalf("no %q in part %d", old, part)
	}
	parts[part] = forged
	return relist(t, doc, before, sha256.Sum256(forged)), parts
}

// relist puts one hash for another into a manifest.
func relist(t testing.TB, doc Document, old, new [32]byte) []byte {
	t.Helper()
	m, err := ParseManifest(doc.Manifest())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.Index(m.Parts, hex.EncodeToString(old[:]))
	m.Parts[i] = hex.EncodeToString(new[:])
	slices.Sort(m.Parts)
	return remarshal(t, m)
}

func remarshal(t testing.TB, m Manifest) []byte {
	t.Helper()
	raw, err := jsonx.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A kiosk that lies lists the hashes of what it sends; the form still decides.
func TestParseRefusesForgedParts(t *testing.T) {
	doc := document(t, allergic()...)
	for name, c := range map[string]struct {
		part     int
		old, new string
	}{
		"not canonical":          {0, `{"fields"`, `{ "fields"`},
		"unknown member":         {0, `,"part":"city"`, `,"extra":1,"part":"city"`},
		"unknown field":          {0, `"phone":`, `"phone2":"x","phone":`},
		"unknown group":          {0, `{"applicant":`, `{"a":{},"applicant":`},
		"unknown part":           {0, `"part":"city"`, `"part":"town"`},
		"other recipient":        {1, `"recipient":"facility"`, `"recipient":"employer"`},
		"other purpose":          {1, `"purpose":"care-preparation"`, `"purpose":"advertising"`},
		"no salt":                {1, `"salt":"`, `"salt":"0`},
		"required field missing": {0, `,"phone":"09012345678"`, ``},
		"not a code":             {0, `"sex":"female"`, `"sex":"x"`},
		"not the normal form":    {0, `"1990-04-01"`, `"1990-4-1"`},
		"number as a string":     {0, `"hours":160`, `"hours":"160"`},
		"number out of bounds":   {0, `"hours":160`, `"hours":401`},
		"fraction":               {0, `"hours":160`, `"hours":1.5`},
		"string for a list":      {1, `["egg","milk"]`, `"egg"`},
		"list of numbers":        {1, `["egg","milk"]`, `[1]`},
		"list for a string":      {0, `"sex":"female"`, `"sex":["female"]`},
		"group is a list":        {0, `"wish":{`, `"wish":[],"wish2":{`},
		"rows are an object":     {1, `"children":[`, `"children":{},"children2":[`},
		"parts disagree":         {1, `窓口 さくら`, `窓口 もみじ`},
		"rule broken":            {0, `"start":"2027-04-01"`, `"start":"2027-04-02"`},
		"hidden field":           {0, `"kind":"work"`, `"kind":"illness"`},
		"control character":      {0, `窓口　花子`, "窓口\u202e花子"},
		"a My Number":            {0, `株式会社まどぐち商事`, `123456789018`},
		"empty string":           {0, `"reason":"near-home"`, `"reason":""`},
	} {
		manifest, parts := forge(t, doc, c.part, c.old, c.new)
		_, err := Parse(manifest, parts, Builtin())
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "花窓本") {
			t.Errorf("%s: quotes the document: %v", name, err)
		}
	}
	manifest, parts := forge(t, doc, 0, `"postal":"100-0001"`, `"postal":"100-0002"`)
	if _, err := Parse(manifest, parts, Builtin()); err != nil {
		t.Errorf("a sound change with its hash listed: %v", err)
	}
}

func TestParseRefusesWrongSetsOfParts(t *testing.T) {
	doc, other := document(t), document(t)
	p := doc.Parts()
	for name, parts := range map[string][][]byte{
		"none": nil, "one": p[:1], "the other one": p[1:], "one twice": {p[0], p[0]}, "three": {p[0], p[1], p[1]},
		"swapped from another document": {p[0], other.Parts()[1]}, "changed": {p[0], bytes.Replace(p[1], []byte("none"), []byte("unknown"), 1)},
	} {
		if _, err := Parse(doc.Manifest(), parts, Builtin()); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(doc.Manifest(), p, &Library{}); !errors.Is(err, ErrInvalid) || !errors.Is(err, ErrUnknownForm) {
		t.Errorf("a form that nobody published: %v", err)
	}
}

func TestParseManifestRefuses(t *testing.T) {
	doc := document(t)
	good, err := ParseManifest(doc.Manifest())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Manifest){
		"type":           func(m *Manifest) { m.Type = "approval" },
		"version":        func(m *Manifest) { m.V = 2 },
		"no mailbox":     func(m *Manifest) { m.Mailbox = "" },
		"mailbox":        func(m *Manifest) { m.Mailbox = "窓口" },
		"id":             func(m *Manifest) { m.ID = m.ID[1:] },
		"id in capitals": func(m *Manifest) { m.ID = "ABCDEFABCDEFABCDEFABCDEFABCDEFAB" },
		"form name":      func(m *Manifest) { m.Form.Name = "../x" },
		"form version":   func(m *Manifest) { m.Form.Version = 0 },
		"form digest":    func(m *Manifest) { m.Form.Digest = "" },
		"authKey":        func(m *Manifest) { m.AuthKey = m.AuthKey + "00" },
		"time zone":      func(m *Manifest) { m.ClaimedTime = "2026-11-22T19:00:00+09:00" },
		"fraction":       func(m *Manifest) { m.ClaimedTime = "2026-11-22T10:00:00.5Z" },
		"no time":        func(m *Manifest) { m.ClaimedTime = "" },
		"no parts":       func(m *Manifest) { m.Parts = nil },
		"seven parts":    func(m *Manifest) { m.Parts = m.Parts[1:] },
		"unsorted parts": func(m *Manifest) { slices.Reverse(m.Parts) },
		"a part twice":   func(m *Manifest) { m.Parts[1] = m.Parts[0] },
		"a bad part":     func(m *Manifest) { m.Parts[7] = "z" },
		"too many parts": func(m *Manifest) { m.Parts = many(72) },
	} {
		m := good
		m.Parts = slices.Clone(good.Parts)
		change(&m)
		if _, err := ParseManifest(remarshal(t, m)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, raw := range map[string]string{"empty": "", "not JSON": "{", "spaces": string(doc.Manifest()) + " ", "another member": `{"a":1,` + string(doc.Manifest()[1:])} {
		if _, err := ParseManifest([]byte(raw)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func many(n int) []string {
	var out []string
	for i := range n {
		sum := sha256.Sum256([]byte{byte(i)})
		out = append(out, hex.EncodeToString(sum[:]))
	}
	slices.Sort(out)
	return out
}

// The review in both languages, as data: a change of it is seen in testdata.
func TestReviewGolden(t *testing.T) {
	doc := document(t, allergic()...)
	for _, l := range i18n.Langs() {
		var out strings.Builder
		for _, s := range doc.Review() {
			out.WriteString(s.ID + " | " + s.Title.Say(l) + " | " + s.Recipient.Say(l) + " | " + s.Purpose.Say(l) + "\n")
			for _, r := range s.Rows {
				out.WriteString("  " + r.No + " | " + r.Label.Say(l) + " | " + r.Value.Say(l) + "\n")
			}
		}
		name := "testdata/review." + string(l) + ".txt"
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(name, []byte(out.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || out.String() != string(want) {
			t.Errorf("%s differs (UPDATE=1 writes it): %v\n%s", name, err, out.String())
		}
	}
}

// The zero Document is empty and harmless.
func TestZeroDocument(t *testing.T) {
	var d Document
	if d.Review() != nil || len(d.Parts()) != 0 || d.Form() != nil || d.ID() != [16]byte{} || d.AuthKey() != [32]byte{} || d.Mailbox() != "" {
		t.Errorf("%+v", d)
	}
}

func FuzzParse(f *testing.F) {
	doc := document(f, allergic()...)
	f.Add(doc.Manifest(), doc.Parts()[0], doc.Parts()[1])
	plain := document(f)
	f.Add(plain.Manifest(), plain.Parts()[0], plain.Parts()[1])
	f.Add([]byte(`{}`), []byte(`{"fields":{"children":[{"name":[]}]},"part":"city"}`), []byte(nil))
	form := nursery(f)
	f.Fuzz(func(t *testing.T, manifest, one, two []byte) {
		if got, err := Parse(manifest, [][]byte{one, two}, Builtin()); err == nil {
			if len(got.Review()) == 0 || !bytes.Equal(got.Manifest(), manifest) {
				t.Fatal("read, and yet nothing to review")
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Fatal(err)
		}
		// behind the hashes: whatever is listed is judged by the form
		m := Manifest{ClaimedTime: "2026-11-22T10:00:00Z"}
		for _, p := range [][]byte{one, two} {
			sum := sha256.Sum256(p)
			m.Parts = append(m.Parts, hex.EncodeToString(sum[:]))
		}
		if got, err := form.parse(nil, m, [][]byte{one, two}); err == nil && len(got.Review()) == 0 {
			t.Fatal("read, and yet nothing to review")
		}
	})
}
