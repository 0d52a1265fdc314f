package forms

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"madoguchi/internal/check"
	"madoguchi/internal/jsonx"
)

// Document is a form filled in, as fixed bytes: a manifest, which is what is signed, and its parts. It is
// immutable; the zero Document is empty.
type Document struct {
	form     *Form
	manifest []byte
	read     Manifest
	parts    [][]byte // in the order of the definition
	person   Person
}

// ID returns the 128 random bits that name the submission.
func (d Document) ID() [16]byte { return [16]byte(unhex(d.read.ID, 16)) }

// Manifest returns the canonical JSON that is signed.
func (d Document) Manifest() []byte { return bytes.Clone(d.manifest) }

// ManifestHash returns the SHA-256 of Manifest.
func (d Document) ManifestHash() [32]byte { return sha256.Sum256(d.manifest) }

// Parts returns the canonical JSON of each part.
func (d Document) Parts() [][]byte {
	out := make([][]byte, 0, len(d.parts))
	for _, p := range d.parts {
		out = append(out, bytes.Clone(p))
	}
	return out
}

// AuthKey returns the SHA-256 of the SubjectPublicKeyInfo of the 利用者証明用 certificate.
func (d Document) AuthKey() [32]byte { return [32]byte(unhex(d.read.AuthKey, 32)) }

// Mailbox returns the audience.
func (d Document) Mailbox() string { return d.read.Mailbox }

// ClaimedTime returns the kiosk's clock when the document was made: a claim.
func (d Document) ClaimedTime() time.Time { return d.read.claimed() }

// Form returns the form that the document was made with.
func (d Document) Form() *Form { return d.form }

// Person returns the applicant as the document names them; fields that the form does not mark are "".
func (d Document) Person() Person { return d.person }

// unhex reads what has been checked; zeros for an empty document.
func unhex(s string, n int) []byte {
	out := make([]byte, n)
	if raw, err := hex.DecodeString(s); err == nil {
		copy(out, raw)
	}
	return out
}

// document fixes the bytes of a checked view and reads them back by the way that every reader takes.
func (v *view) document(e Env) (Document, error) {
	m := Manifest{Type: manifestType, V: manifestV, Mailbox: e.Mailbox, AuthKey: hex.EncodeToString(e.AuthKey[:]),
		Form:        FormRef{Name: v.form.Name, Version: v.form.Version, Digest: v.form.Digest.String()},
		ClaimedTime: e.Now.UTC().Format(time.RFC3339)}
	var err error
	if m.ID, err = draw(e.Random, 16); err != nil {
		return Document{}, err
	}
	var parts [][]byte
	for _, p := range v.form.parts {
		salt, err := draw(e.Random, saltSize)
		if err != nil {
			return Document{}, err
		}
		raw, err := v.render(p, salt)
		if err != nil {
			return Document{}, err
		}
		if raw != nil {
			parts = append(parts, raw)
		}
	}
	if m.Parts, err = hashes(parts, e.Random); err != nil {
		return Document{}, err
	}
	manifest, err := jsonx.Marshal(m)
	if err != nil {
		return Document{}, err
	}
	if m, err = ParseManifest(manifest); err != nil {
		return Document{}, err
	}
	return v.form.parse(manifest, m, parts)
}

// Parse reads a manifest and its parts: canonical, every part's hash listed, the form published, every field and
// rule sound on the claimed day, and the bytes exactly those that the form renders. Anything else is ErrInvalid,
// an unpublished form also ErrUnknownForm; neither quotes the document.
func Parse(manifest []byte, parts [][]byte, lib *Library) (Document, error) {
	m, err := ParseManifest(manifest)
	if err != nil {
		return Document{}, err
	}
	form, err := lib.Published(m.Form.Name, m.Form.Version, Digest(unhex(m.Form.Digest, 32)))
	if err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return form.parse(manifest, m, parts)
}

func (f *Form) parse(manifest []byte, m Manifest, parts [][]byte) (Document, error) {
	if len(parts) == 0 || len(parts) > len(f.parts) {
		return Document{}, fmt.Errorf("%w: %d parts", ErrInvalid, len(parts))
	}
	a := f.answers()
	for _, raw := range parts {
		sum := sha256.Sum256(raw)
		if !slices.Contains(m.Parts, hex.EncodeToString(sum[:])) && !check.Off(check.PartHash) {
			return Document{}, fmt.Errorf("%w: a part is not listed in the manifest", ErrInvalid)
		}
		if err := a.read(raw); err != nil {
			return Document{}, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
	}
	v := f.look(a.values)
	v.vouched = a.vouched
	if problems := v.check(today(m.claimed())); len(problems) > 0 {
		return Document{}, fmt.Errorf("%w: %s: %w", ErrInvalid, problems[0].Path, problems[0].Err.Code)
	}
	ordered, err := a.again(v, parts)
	if err != nil {
		return Document{}, err
	}
	return Document{form: f, manifest: bytes.Clone(manifest), read: m, parts: ordered, person: v.person()}, nil
}

// again renders the answers and requires exactly the given parts: nothing hidden, unknown, double or missing.
func (a *answers) again(v *view, parts [][]byte) ([][]byte, error) {
	var out [][]byte
	for _, p := range a.form.parts {
		raw, err := v.render(p, a.salts[p])
		if err != nil {
			return nil, fmt.Errorf("%w: part %s: %w", ErrInvalid, p.id, err)
		}
		if raw == nil {
			continue
		}
		if !slices.ContainsFunc(parts, func(given []byte) bool { return bytes.Equal(given, raw) }) {
			return nil, fmt.Errorf("%w: part %s is not as the form renders it", ErrInvalid, p.id)
		}
		out = append(out, raw)
	}
	if len(out) != len(parts) {
		return nil, fmt.Errorf("%w: a part that the form does not render", ErrInvalid)
	}
	return out, nil
}

// person is the applicant as the answers name them.
func (v *view) person() Person {
	get := func(role string) string {
		if f := v.form.person[role]; f != nil {
			return v.value[f.path(0)]
		}
		return ""
	}
	return Person{Name: get("name"), Birth: get("birth"), Address: get("address")}
}
