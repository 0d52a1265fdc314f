package forms

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaDir = "../docs/schemas"

// TestSchemasArePublished: docs/schemas is what the definitions say (make schemas writes it).
func TestSchemasArePublished(t *testing.T) {
	want := map[string]bool{}
	for _, f := range Builtin().forms {
		all, err := f.Schemas()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, s.JSON, "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			name := filepath.Join(schemaDir, s.Name+".json")
			want[name] = true
			if os.Getenv("UPDATE") != "" {
				if err := os.MkdirAll(schemaDir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, pretty.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			have, err := os.ReadFile(name)
			if err != nil || !bytes.Equal(have, pretty.Bytes()) {
				t.Errorf("%s differs (make schemas writes it): %v", name, err)
			}
		}
	}
	there, err := filepath.Glob(schemaDir + "/*.json")
	if err != nil || len(there) != len(want) {
		t.Errorf("%d files, %d schemas, %v", len(there), len(want), err)
	}
}

// compiled reads the published schemas of a form with a library that knows nothing of ours.
func compiled(t testing.TB, f *Form) map[string]*jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	out := map[string]*jsonschema.Schema{}
	all, err := f.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.JSON))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(schemaURN+s.Name, value); err != nil {
			t.Fatal(err)
		}
		schema, err := c.Compile(schemaURN + s.Name)
		if err != nil {
			t.Fatal(err)
		}
		out[s.Name[strings.LastIndex(s.Name, ".")+1:]] = schema
	}
	return out
}

func conforms(t testing.TB, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// Real documents of every persona conform.
func TestDocumentsConformToTheSchemas(t *testing.T) {
	docs := []Document{document(t), document(t, allergic()...)}
	for _, p := range personas {
		d := whole(t).Draft()
		walk(t, d, p.said)
		doc, err := d.Document(env())
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	for _, doc := range docs {
		schemas := compiled(t, doc.Form())
		if err := conforms(t, schemas["manifest"], doc.Manifest()); err != nil {
			t.Error(err)
		}
		for _, raw := range doc.Parts() {
			var head struct{ Part string }
			if err := json.Unmarshal(raw, &head); err != nil {
				t.Fatal(err)
			}
			if err := conforms(t, schemas[head.Part], raw); err != nil {
				t.Errorf("%s: %v", head.Part, err)
			}
		}
	}
}

// Spoilt documents do not conform.
func TestSchemasRefuse(t *testing.T) {
	d := whole(t).Draft()
	walk(t, d, everything())
	doc, err := d.Document(env())
	if err != nil {
		t.Fatal(err)
	}
	schemas := compiled(t, doc.Form())
	city, health := doc.Parts()[0], doc.Parts()[2]
	for name, c := range map[string]struct {
		schema   string
		raw      []byte
		old, new string
	}{
		"manifest: another form":    {"manifest", doc.Manifest(), `"name":"nursery-application"`, `"name":"moving"`},
		"manifest: another digest":  {"manifest", doc.Manifest(), doc.Form().Digest.String(), Digest{1}.String()},
		"manifest: a short id":      {"manifest", doc.Manifest(), `"id":"`, `"id":"0`},
		"manifest: a local time":    {"manifest", doc.Manifest(), `T10:00:00Z`, `T19:00:00+09:00`},
		"manifest: another member":  {"manifest", doc.Manifest(), `{"authKey"`, `{"a":1,"authKey"`},
		"part: for another":         {"city", city, `"recipient":"city"`, `"recipient":"employer"`},
		"part: another member":      {"city", city, `"v":1`, `"v":1,"x":1`},
		"part: no salt":             {"city", city, `"salt":"`, `"salt2":"`},
		"part: another group":       {"city", city, `"wish":{`, `"wishes":{},"wish":{`},
		"part: another field":       {"city", city, `"phone-kind":`, `"shoe":"x","phone-kind":`},
		"part: no name":             {"city", city, `"name":"窓口　花子",`, ``},
		"part: an empty name":       {"city", city, `"name":"窓口　花子"`, `"name":""`},
		"part: a control character": {"city", city, `窓口　花子`, `窓口\u0007花子`},
		"part: no code":             {"city", city, `"phone-kind":"mother"`, `"phone-kind":"aunt"`},
		"part: hiragana":            {"city", city, `マドグチ　ハナコ`, `まどぐち　はなこ`},
		"part: no day":              {"city", city, `"birth":"1990-04-01"`, `"birth":"1990-04-31"`},
		"part: an era":              {"city", city, `"birth":"1990-04-01"`, `"birth":"平成2年4月1日"`},
		"part: a number in quotes":  {"city", city, `"class-age":2`, `"class-age":"2"`},
		"part: too old":             {"city", city, `"class-age":2`, `"class-age":21`},
		"part: yes in quotes":       {"city", city, `"transfer":false`, `"transfer":"no"`},
		"part: a code twice":        {"city", city, `"days":["mon",`, `"days":["tue","mon",`},
		"part: a consent missing":   {"city", city, `"tax-data",`, ``},
		"part: a telephone number":  {"city", city, `"phone":"09012345678"`, `"phone":"+8190123456"`},
		"part: a postal code":       {"city", city, `"100-0001"`, `"1000001"`},
		"part: digits":              {"city", city, `"number":"123456789018"`, `"number":"1234-5678"`},
		"part: a row is a string":   {"city", city, `"children":[`, `"children":["x",`},
		"part: what others may see": {"health", health, `"survey":[{`, `"survey":[{"employer":"x",`},
		"part: an empty list":       {"health", health, `"cases":["none"]`, `"cases":[]`},
	} {
		spoilt := bytes.Replace(c.raw, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(spoilt, c.raw) {
			t.Errorf("%s: nothing to spoil", name)
			continue
		}
		if err := conforms(t, schemas[c.schema], c.raw); err != nil {
			t.Fatal(err)
		}
		if conforms(t, schemas[c.schema], spoilt) == nil {
			t.Errorf("%s: conforms", name)
		}
	}
}
