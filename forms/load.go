package forms

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"madoguchi/i18n"
)

// Form is one published form, wholly resolved.
type Form struct {
	Name    string
	Version int
	Edition int // of the overlay; 0 without one
	Digest  Digest
	Title   i18n.Text

	parts    []*part
	groups   []*group
	chapters []*chapter
	rules    []*rule
	papers   []*paper
	computed []*field
	fields   map[string]*field // by definition path: "applicant/name", "children/*/name"
	person   map[string]*field
	seconds  map[Kind]int
	library  *Library // that it is published in; nil: none
}

type part struct {
	id, recipient, purpose string
	to, why                i18n.Text
}

type list struct {
	options []Option
	facets  []Facet
	index   map[string]int
	was     map[string]string // the code of today for a code of earlier
}

type group struct {
	form     *Form
	id       string
	chapter  *chapter
	as       *group // the group whose rows it has
	title    i18n.Text
	when     cond // nil: always
	repeats  bool
	min, max int // rows; 1, 1 unless it repeats
	no       string
	row      i18n.Text
	label    i18n.Text
	ask      i18n.Text
	fields   []*field
}

type field struct {
	group                     *group
	index                     int // in the whole form; a condition may only look back
	id, no                    string
	paths                     []string // by row
	kind                      Kind
	label, ask, help, example i18n.Text
	list                      *list
	required                  bool
	min, max                  int
	parts                     []*part
	when                      cond     // nil: always
	leads                     bool     // what is asked depends on it
	card                      string   // what of a card fills it in
	among                     *field   // multi: where its choices come from
	otherwise                 string   // the answer where it is not asked
	compute                   computed // nil: it is asked
	late                      bool     // what it is computed from may be asked later
	was                       []string // earlier definition paths
}

// asked reports whether a person is ever asked for the field.
func (f *field) asked() bool { return f.compute == nil && (f.otherwise == "" || f.when != nil) }

var idShape = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

func idOK(id string) bool { return idShape.MatchString(id) }

// Load reads a form's definition and lays the overlays over it in turn. Every path, code and text is resolved;
// what does not resolve is ErrDefinition.
func Load(def []byte, overlay ...[]byte) (*Form, error) { return load(nil, def, overlay...) }

// load is Load with the folder that holds the tables of long lists.
func load(tables fs.FS, def []byte, overlay ...[]byte) (*Form, error) {
	var d definition
	if err := decode(def, &d); err != nil {
		return nil, err
	}
	edition := 0
	for _, raw := range overlay {
		var o overlayDef
		if err := decode(raw, &o); err != nil {
			return nil, err
		}
		if err := d.lay(&o); err != nil {
			return nil, err
		}
		edition = o.Edition
	}
	r := &resolver{form: &Form{Name: d.Name, Version: d.Version, Edition: edition, Digest: digest(def, overlay)}, tables: tables}
	if err := r.resolve(&d); err != nil {
		return nil, fmt.Errorf("form %q: %w", d.Name, err)
	}
	return r.form, nil
}

// digest is the SHA-256 of the file; with overlays, of the files' SHA-256 values under a prefix of their own.
func digest(def []byte, overlay [][]byte) Digest {
	base := sha256.Sum256(def)
	if len(overlay) == 0 {
		return base
	}
	all := append([]byte("madoguchi/overlaid-form/v1\n"), base[:]...)
	for _, raw := range overlay {
		sum := sha256.Sum256(raw)
		all = append(all, sum[:]...)
	}
	return sha256.Sum256(all)
}

type resolver struct {
	form     *Form
	tables   fs.FS // nil: there are none
	chapters map[string]*chapter
	parts    map[string]*part
	lists    map[string]*list
	nos      map[string]bool
	err      error // the first one of texts
}

func (r *resolver) fail(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDefinition}, args...)...)
}

// text resolves words; the first failure is kept in r.err so that callers stay readable.
func (r *resolver) text(w words, place string) i18n.Text {
	t, err := w.text(place)
	if err != nil && r.err == nil {
		r.err = err
	}
	return t
}

func (r *resolver) maybe(w words, place string) i18n.Text {
	if len(w) == 0 {
		return i18n.Text{}
	}
	return r.text(w, place)
}

func (r *resolver) resolve(d *definition) error {
	if !idOK(d.Name) || d.Version < 1 || d.Version > 1e6 {
		return r.fail("no name or version")
	}
	r.parts, r.lists, r.nos = map[string]*part{}, map[string]*list{}, map[string]bool{}
	r.form.Title = r.text(d.Title, "title")
	r.form.fields, r.form.person, r.form.seconds = map[string]*field{}, map[string]*field{}, d.Seconds
	for _, step := range []func(*definition) error{
		r.resolveParts, r.resolveLists, r.resolveChapters, r.resolveGroups, r.resolveConds, r.resolveRules, r.resolvePapers,
	} {
		if err := step(d); err != nil {
			return err
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

func (r *resolver) resolveParts(d *definition) error {
	for _, p := range d.Part {
		if !idOK(p.ID) || !idOK(p.Recipient) || !idOK(p.Purpose) || r.parts[p.ID] != nil {
			return r.fail("part %q: bad or double name", p.ID)
		}
		out := &part{id: p.ID, recipient: p.Recipient, purpose: p.Purpose,
			to: r.text(p.RecipientLabel, "part "+p.ID), why: r.text(p.PurposeLabel, "part "+p.ID)}
		r.parts[p.ID] = out
		r.form.parts = append(r.form.parts, out)
	}
	if len(d.Part) == 0 || len(d.Part) > maxParts {
		return r.fail("%d parts", len(d.Part))
	}
	return nil
}

func (r *resolver) resolveLists(d *definition) error {
	for i := range d.List {
		l := &d.List[i]
		if !idOK(l.ID) || r.lists[l.ID] != nil {
			return r.fail("list %q: bad or double name", l.ID)
		}
		out, err := r.list(l)
		if err != nil {
			return err
		}
		r.lists[l.ID] = out
	}
	return nil
}

func (r *resolver) resolveGroups(d *definition) error {
	seen := map[string]bool{}
	for _, g := range d.Group {
		if !idOK(g.ID) || seen[g.ID] || len(g.Field) == 0 {
			return r.fail("group %q: bad or double name, or empty", g.ID)
		}
		seen[g.ID] = true
		out, err := r.group(&g)
		if err != nil {
			return err
		}
		r.form.groups = append(r.form.groups, out)
		for _, f := range g.Field {
			if err := r.field(&f, out, g.Parts); err != nil {
				return err
			}
		}
	}
	if len(d.Group) == 0 {
		return r.fail("no groups")
	}
	return r.noEmptyChapter()
}

func (r *resolver) group(g *groupDef) (*group, error) {
	out := &group{form: r.form, id: g.ID, title: r.text(g.Title, "group "+g.ID), min: 1, max: 1}
	if err := r.enter(out, g.Chapter); err != nil {
		return nil, err
	}
	p := g.Repeat
	if p == nil {
		return out, nil
	}
	if p.As != "" {
		return out, r.sameRows(out, p)
	}
	if p.Min < 0 || p.Max < 1 || p.Min > p.Max || p.Max > maxRows {
		return nil, r.fail("group %q: rows from %d to %d", g.ID, p.Min, p.Max)
	}
	out.repeats, out.min, out.max, out.no = true, p.Min, p.Max, p.No
	out.row, out.label, out.ask = r.text(p.Row, "row of "+g.ID), r.text(p.Label, "label of "+g.ID), r.text(p.Ask, "ask of "+g.ID)
	return out, r.number(p.No, g.ID)
}

// sameRows gives a group the rows of an earlier one.
func (r *resolver) sameRows(g *group, p *repeatDef) error {
	i := slices.IndexFunc(r.form.groups, func(other *group) bool { return other.id == p.As })
	if i < 0 || !r.form.groups[i].repeats || p.Min != 0 || p.Max != 0 || p.No != "" || len(p.Label) > 0 || len(p.Ask) > 0 {
		return r.fail("group %q: cannot have the rows of %q", g.id, p.As)
	}
	g.as, g.repeats, g.row = r.form.groups[i], true, r.text(p.Row, "row of "+g.id)
	if g.as.as != nil {
		g.as = g.as.as
	}
	g.min, g.max = g.as.min, g.as.max
	return nil
}

// number takes an official number, which is unique in the form.
func (r *resolver) number(no, place string) error {
	if no == "" || r.nos[no] {
		return r.fail("%s: number %q is missing or double", place, no)
	}
	r.nos[no] = true
	return nil
}

func (r *resolver) field(d *fieldDef, g *group, parts []string) error {
	f := &field{group: g, index: len(r.form.fields), id: d.ID, no: d.No, kind: Kind(d.Kind), required: d.Required != nil && *d.Required}
	path := f.definitionPath()
	if !idOK(d.ID) || r.form.fields[path] != nil || d.After != "" {
		return r.fail("field %q: bad or double name", path)
	}
	r.form.fields[path] = f
	f.keepPaths()
	g.fields = append(g.fields, f)
	f.label, f.ask = r.text(d.Label, path), r.text(d.Ask, path)
	f.help, f.example = r.maybe(d.Help, path), r.maybe(d.Example, path)
	if err := r.number(d.No, path); err != nil {
		return err
	}
	if len(d.Parts) > 0 {
		parts = d.Parts
	}
	for _, id := range parts {
		if r.parts[id] == nil || slices.Contains(f.parts, r.parts[id]) {
			return r.fail("%s: bad or double part %q", path, id)
		}
		f.parts = append(f.parts, r.parts[id])
	}
	if len(f.parts) == 0 {
		return r.fail("%s: nobody would see it", path)
	}
	if err := r.person(f, d.Person); err != nil {
		return err
	}
	if err := r.shape(f, d); err != nil {
		return err
	}
	return r.extras(f, d)
}

// person marks the fields that name the applicant.
func (r *resolver) person(f *field, role string) error {
	want := map[string]Kind{"name": Words, "birth": Date, "address": Words}
	switch {
	case role == "":
		return nil
	case want[role] != f.kind || f.group.repeats || r.form.person[role] != nil:
		return r.fail("%s: cannot be the person's %q", f.definitionPath(), role)
	}
	r.form.person[role] = f
	return nil
}

// shape resolves what depends on the kind: list, bounds, example.
func (r *resolver) shape(f *field, d *fieldDef) error {
	path := f.definitionPath()
	f.list = r.lists[d.List]
	if listed := f.kind == Choice || f.kind == Multi; listed != (d.List != "") || listed && f.list == nil {
		return r.fail("%s: list %q does not fit", path, d.List)
	}
	if d.Min != nil {
		f.min = *d.Min
	}
	if d.Max != nil {
		f.max = *d.Max
	}
	if d.Min != nil && f.kind != Number && f.kind != Multi {
		return r.fail("%s: only a number or several choices have a min", path)
	}
	switch f.kind {
	case Words, Kana, Digits:
		if d.Max == nil || f.max < 1 || f.max > maxText {
			return r.fail("%s: max from 1 to %d characters", path, maxText)
		}
	case Number:
		if d.Min == nil || d.Max == nil || f.min > f.max || f.max > maxNumber || f.min < -maxNumber {
			return r.fail("%s: a number needs min and max", path)
		}
	case Multi:
		if d.Max == nil {
			f.max = len(f.list.options)
		}
		if f.max < 1 || f.min < 0 || f.min > f.max {
			return r.fail("%s: max below 1, or min above it", path)
		}
	case Choice, Date, YesNo, Phone, Postal:
		if d.Max != nil {
			return r.fail("%s: this kind has no max", path)
		}
	default:
		return r.fail("%s: unknown kind %q", path, d.Kind)
	}
	if (f.kind == Phone || f.kind == Postal) && f.example.IsZero() {
		return r.fail("%s: this kind needs an example", path)
	}
	return nil
}

// resolveConds comes when all fields are known.
func (r *resolver) resolveConds(d *definition) error {
	for i, g := range r.form.groups {
		first := g.fields[0].index
		var err error
		if g.when, err = r.maybeCond(d.Group[i].When, scope{before: first, leads: true, place: "group " + g.id}); err != nil {
			return err
		}
		row := g
		if !g.repeats {
			row = nil
		}
		for j, f := range g.fields {
			in := scope{row: row, before: f.index, leads: true, place: f.definitionPath()}
			if f.when, err = r.maybeCond(d.Group[i].Field[j].When, in); err != nil {
				return err
			}
			if err := r.resolveCompute(f, &d.Group[i].Field[j]); err != nil {
				return err
			}
			if err := r.resolveAmong(f, &d.Group[i].Field[j]); err != nil {
				return err
			}
			if f.compute != nil {
				r.form.computed = append(r.form.computed, f)
			}
		}
	}
	return nil
}
