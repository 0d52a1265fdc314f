package forms

import (
	"slices"

	"madoguchi/internal/jsonx"
)

// schemaDialect is JSON Schema 2020-12.
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// object is a piece of a schema.
type object = map[string]any

// Schema is the JSON Schema of one of a document's files.
type Schema struct {
	Name string // "nursery-application.2.1.city": form, version, edition, part; or "manifest"
	JSON []byte // canonical
}

// Schemas returns the schemas of the form's documents: of the manifest and of each part. A schema says what shape the
// bytes have; what follows from what, and that the bytes are exactly so, only Parse decides.
func (f *Form) Schemas() ([]Schema, error) {
	out := make([]Schema, 0, len(f.parts)+1)
	for _, s := range append([]object{f.manifestSchema()}, f.partSchemas()...) {
		raw, err := jsonx.Marshal(s)
		if err != nil {
			return nil, err
		}
		out = append(out, Schema{Name: s["$id"].(string)[len(schemaURN):], JSON: raw})
	}
	return out, nil
}

// schemaURN begins the names of schemas; nothing is fetched by them.
const schemaURN = "urn:madoguchi:form:"

func (f *Form) schema(name, title string, properties object, required []string) object {
	s := closed(properties, required)
	s["$schema"], s["$id"] = schemaDialect, schemaURN+f.Name+"."+itoa(f.Version)+"."+itoa(f.Edition)+"."+name
	s["title"] = title
	return s
}

// closed is an object with these members and no others.
func closed(properties object, required []string) object {
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func constant(v any) object          { return object{"const": v} }
func matching(pattern string) object { return object{"type": "string", "pattern": pattern} }
func hexDigits(bytes int) object     { return matching("^[0-9a-f]{" + itoa(2*bytes) + "}$") }
func listOf(items any, more ...object) object {
	s := object{"type": "array", "items": items}
	for _, m := range more {
		for k, v := range m {
			s[k] = v
		}
	}
	return s
}

func (f *Form) manifestSchema() object {
	form := object{"name": constant(f.Name), "version": constant(f.Version), "digest": constant(f.Digest.String())}
	return f.schema("manifest", f.Title.In["ja"], object{
		"type": constant(manifestType), "v": constant(manifestV), "mailbox": matching(`^[A-Za-z0-9._-]{1,253}$`), "id": hexDigits(16),
		"form": closed(form, []string{"digest", "name", "version"}), "authKey": hexDigits(32),
		"claimedTime": matching(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`),
		"parts":       listOf(hexDigits(32), object{"minItems": partPad, "maxItems": maxHashes, "uniqueItems": true}),
	}, []string{"authKey", "claimedTime", "form", "id", "mailbox", "parts", "type", "v"})
}

func (f *Form) partSchemas() []object {
	var out []object
	for _, p := range f.parts {
		groups, always := object{}, []string{}
		for _, g := range f.groups {
			if s := g.schema(p); s != nil {
				groups[g.id] = s
				if g.when == nil && g.min > 0 {
					always = append(always, g.id)
				}
			}
		}
		out = append(out, f.schema(p.id, f.Title.In["ja"]+"："+p.to.In["ja"], object{
			"type": constant("part"), "v": constant(1), "part": constant(p.id), "recipient": constant(p.recipient), "purpose": constant(p.purpose),
			"salt": hexDigits(saltSize), "fields": closed(groups, always), "notMyNumber": listOf(object{"type": "string"}, object{"minItems": 1, "uniqueItems": true}),
		}, []string{"fields", "part", "purpose", "recipient", "salt", "type", "v"}))
	}
	return out
}

// schema is what a part says of a group; nil: nothing.
func (g *group) schema(p *part) object {
	fields, always := object{}, []string{}
	for _, f := range g.fields {
		if !slices.Contains(f.parts, p) {
			continue
		}
		fields[f.id] = f.schema()
		if f.alwaysThere() {
			always = append(always, f.id)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	s := closed(fields, always)
	s["title"] = g.title.In["ja"]
	if g.repeats {
		return listOf(s, object{"minItems": max(g.min, 1), "maxItems": g.max})
	}
	return s
}

// alwaysThere reports whether every document says something of the field, wherever its group stands.
func (f *field) alwaysThere() bool {
	return f.compute == nil && (f.when == nil && f.required || f.otherwise != "" && f.required)
}

// schema is the shape of an answer.
func (f *field) schema() object {
	s := f.shapeSchema()
	s["title"], s["$comment"] = f.label.In["ja"], "No. "+f.no
	return s
}

func (f *field) shapeSchema() object {
	var codes []string
	if f.list != nil {
		for _, o := range f.list.options {
			codes = append(codes, o.Value)
		}
	}
	switch f.kind {
	case Words:
		return object{"type": "string", "minLength": 1, "maxLength": 4 * f.max, "pattern": `^[^\x00-\x1f\x7f-\x9f]+$`}
	case Kana:
		return object{"type": "string", "maxLength": f.max, "pattern": `^[ァ-ヾ　]+$`}
	case Date:
		return object{"type": "string", "format": "date", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
	case Choice:
		return object{"type": "string", "enum": codes}
	case Multi:
		return listOf(object{"type": "string", "enum": codes}, object{"minItems": max(f.min, 1), "maxItems": f.max, "uniqueItems": true})
	case Number:
		return object{"type": "integer", "minimum": f.min, "maximum": f.max}
	case YesNo:
		return object{"type": "boolean"}
	case Phone:
		return matching(`^0[0-9]{9,10}$`)
	case Postal:
		return matching(`^[0-9]{3}-[0-9]{4}$`)
	case Digits:
		return matching(`^[0-9]{1,` + itoa(f.max) + `}$`)
	}
	return object{}
}
