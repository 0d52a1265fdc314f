package forms

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sync"

	"madoguchi/internal/check"
)

// Library holds the published forms, each version for ever. It is read-only once made.
type Library struct {
	forms []*Form // by name, then version, then the overlay's edition
}

//go:embed data
var data embed.FS

// Builtin returns the library of the forms that come with the program.
func Builtin() *Library {
	l, err := builtin()
	if err != nil {
		panic(err) // embedded files, read by a test: cannot happen in a build that passed it
	}
	return l
}

var builtin = sync.OnceValues(func() (*Library, error) { return ReadLibrary(data) })

// ReadLibrary reads a folder tree of definitions: <name>.<version>/form.toml is a form, and each other .toml beside
// it is one edition of an overlay. A form that has overlays is published with one of them, never bare.
func ReadLibrary(files fs.FS) (*Library, error) {
	l := &Library{}
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Base(name) != "form.toml" {
			return err
		}
		return l.read(files, path.Dir(name))
	})
	if err != nil {
		return nil, fmt.Errorf("read forms: %w", err)
	}
	return l, l.sort()
}

func (l *Library) read(files fs.FS, dir string) error {
	def, err := fs.ReadFile(files, path.Join(dir, "form.toml"))
	if err != nil {
		return err
	}
	names, err := fs.Glob(files, path.Join(dir, "*.toml"))
	if err != nil {
		return err
	}
	tables, err := fs.Sub(files, dir)
	if err != nil {
		return err
	}
	if len(names) == 1 {
		return l.load(dir, tables, def)
	}
	for _, name := range names {
		if path.Base(name) == "form.toml" {
			continue
		}
		overlay, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := l.load(dir, tables, def, overlay); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (l *Library) load(dir string, tables fs.FS, def []byte, overlay ...[]byte) error {
	f, err := load(tables, def, overlay...)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if want := fmt.Sprintf("%s.%d", f.Name, f.Version); path.Base(dir) != want {
		return fmt.Errorf("%w: %s lies in folder %s", ErrDefinition, want, dir)
	}
	f.library = l
	l.forms = append(l.forms, f)
	return nil
}

// sort puts the newest last and refuses two editions of one number.
func (l *Library) sort() error {
	slices.SortFunc(l.forms, func(a, b *Form) int {
		if a.Version != b.Version {
			return a.Version - b.Version
		}
		return a.Edition - b.Edition
	})
	for i, f := range l.forms {
		for _, g := range l.forms[:i] {
			if f.Name == g.Name && f.Version == g.Version && f.Edition == g.Edition {
				return fmt.Errorf("%w: %s %d: two of edition %d", ErrDefinition, f.Name, f.Version, f.Edition)
			}
		}
	}
	return nil
}

// Form returns the newest form of a name, with its overlay, or ErrUnknownForm.
func (l *Library) Form(name string) (*Form, error) {
	for _, f := range slices.Backward(l.forms) {
		if f.Name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownForm, name)
}

// Version returns the newest edition of one version of a form, or ErrUnknownForm.
func (l *Library) Version(name string, version int) (*Form, error) {
	for _, f := range slices.Backward(l.forms) {
		if f.Name == name && f.Version == version {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%w: %q version %d", ErrUnknownForm, name, version)
}

// Published returns the form of exactly that name, version and digest, or ErrUnknownForm.
func (l *Library) Published(name string, version int, d Digest) (*Form, error) {
	for _, f := range slices.Backward(l.forms) {
		if f.Name == name && f.Version == version && (f.Digest == d || check.Off(check.FormDigest)) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%w: not published", ErrUnknownForm)
}
