package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"madoguchi/i18n"
)

// literals are the strings of the program, tests left out.
func literals(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && len(e.Name()) > 2 && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					out[s] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(out) < 1000 {
		t.Fatalf("%d strings, %v", len(out), err)
	}
	return out
}

// used reports whether the program says a key: as it stands; behind a literal that ends in a dot, as in
// "flows.slip." + state; or as a literal with an ending that is one, as in step.ID + ".title".
func used(key string, literals map[string]bool) bool {
	if literals[key] {
		return true
	}
	for i := range len(key) {
		if key[i] == '.' && (literals[key[:i+1]] || literals[key[i:]] && literals[key[:i]]) {
			return true
		}
	}
	return false
}

func TestNoKeyIsUnused(t *testing.T) {
	program := literals(t)
	for _, key := range slices.Sorted(maps.Keys(texts(t, i18n.Ja))) {
		if !used(key, program) {
			t.Errorf("nothing says %s", key)
		}
	}
	some := map[string]bool{"a.b": true, "c.": true, "d": true, ".title": true}
	for key, want := range map[string]bool{"a.b": true, "a.b.c": false, "c.x": true, "d.title": true, "e.title": false, "a": false} {
		if used(key, some) != want {
			t.Errorf("the rule is wrong about %s", key)
		}
	}
}
