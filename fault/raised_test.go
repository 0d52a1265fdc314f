package fault

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryCodeIsRaised: a code that nothing raises is deleted. That what is raised is a constant here, and so in the
// catalogue, the compiler sees to: nothing else makes a Code.
func TestEveryCodeIsRaised(t *testing.T) {
	names := declared(t)
	raised := map[string]bool{}
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && len(e.Name()) > 2 && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || inTests(name):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		raises(file, raised)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range names {
		if !raised[name] {
			t.Errorf("nothing raises %s (%s)", name, code)
		}
	}
	raised = map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x
		func f(err error) error {
			if errors.Is(err, fault.A) || e.Code == fault.B { return fault.New(fault.C, nil) }
			switch e.Code { case fault.D: return fault.New(map[int]fault.Code{1: fault.E}[1], nil) }
			return nil
		}`, 0)
	if err != nil {
		t.Fatal(err)
	}
	if raises(file, raised); raised["A"] || raised["B"] || !raised["C"] || raised["D"] || !raised["E"] {
		t.Errorf("the rule takes for raised: %v", raised)
	}
}

func inTests(name string) bool {
	return slices.ContainsFunc([]string{"/sample/", "test/", "/testdata/"}, func(s string) bool { return strings.Contains(filepath.ToSlash(name), s) })
}

// raises notes the codes that a file makes use of otherwise than to compare with them.
func raises(file *ast.File, into map[string]bool) {
	compared := map[ast.Node]bool{}
	own := file.Name.Name == "fault"
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			compared[n.X], compared[n.Y] = true, true
		case *ast.CaseClause:
			for _, e := range n.List {
				compared[e] = true
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Is" {
				compared[n.Args[len(n.Args)-1]] = true
			}
			if f, ok := n.Fun.(*ast.Ident); ok && own && f.Name == "New" { // From, in this package
				into[fmt.Sprint(n.Args[0])] = true
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "fault" && !compared[n] {
				into[n.Sel.Name] = true
			}
		}
		return true
	})
}
