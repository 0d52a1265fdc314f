package fault

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"madoguchi/i18n"
)

var update = flag.Bool("update", false, "write docs/failure-codes.md anew")

// declared reads the constants of fault.go: name to code.
func declared(t *testing.T) map[string]Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Code{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || fmt.Sprint(spec.Type) != "Code" {
			return true
		}
		for i, name := range spec.Names {
			value, err := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out[name.Name] = Code(value)
		}
		return true
	})
	return out
}

func TestEveryCodeIsInTheCatalogue(t *testing.T) {
	names := declared(t)
	codes := All()
	for name, code := range names {
		if !slices.Contains(codes, code) {
			t.Errorf("%s (%s) is not in catalogue.go", name, code)
		}
	}
	shape := regexp.MustCompile(`^[CDFKLPS]\d\d$`)
	for i, e := range Catalogue() {
		if i > 0 && e.Code <= codes[i-1] || !shape.MatchString(string(e.Code)) {
			t.Errorf("%s is out of order, twice, or of no known field", e.Code)
		}
		if e.By == "" || e.Fate == "" || e.Try == "" {
			t.Errorf("%s: not all is said: %+v", e.Code, e)
		}
	}
	if len(codes) != len(names) {
		t.Errorf("%d codes in the catalogue, %d constants", len(codes), len(names))
	}
}

// TestNoWordsOfAGoneCode: the language files speak of the catalogue's codes alone.
func TestNoWordsOfAGoneCode(t *testing.T) {
	section := regexp.MustCompile(`(?m)^\[fault\.(\w+)\]`)
	for _, l := range i18n.Langs() {
		raw, err := os.ReadFile("../i18n/text/" + string(l) + "/fault.toml")
		if err != nil {
			t.Fatal(err)
		}
		found := section.FindAllStringSubmatch(string(raw), -1)
		for _, m := range found {
			if !slices.Contains(All(), Code(m[1])) {
				t.Errorf("%s: words of %s, which is no code", l, m[1])
			}
		}
		if len(found) != len(All()) {
			t.Errorf("%s: words of %d codes, not %d", l, len(found), len(All()))
		}
	}
}

var fields = map[byte]string{
	'C': "The card", 'D': "What is not finished", 'F': "The form", 'K': "At the mailbox", 'L': "The line", 'P': "Keeping and sending", 'S': "The terminal itself",
}

// args stand for what a failure says of the case at hand.
func args() []any {
	var out []any
	for _, name := range []string{"Tries", "Max", "Min", "Rule", "Example", "What", "Reason", "Choice"} {
		out = append(out, name, "‹"+name+"›")
	}
	return out
}

func document() string {
	var out strings.Builder
	out.WriteString(`# Failure codes

<!-- Written by "make docs" from fault/catalogue.go and the language files; a test compares. -->

Whatever goes wrong on a screen has a code, a cause and what to do now. A person can say the code on the telephone; whoever
answers finds it here, in the words that the person sees. The code also stands in the log, without anything of the person.
`)
	var field byte
	for _, e := range Catalogue() {
		if e.Code[0] != field {
			field = e.Code[0]
			fmt.Fprintf(&out, "\n## %c: %s\n", field, fields[field])
		}
		fmt.Fprintf(&out, "\n### %s\n\nMended by %s. Kept: %s. A try used: %s.\n\n", string(e.Code), e.By, e.Fate, e.Try)
		shown := New(e.Code, nil, args()...)
		for _, l := range i18n.Langs() {
			fmt.Fprintf(&out, "- `%s` %s — %s\n", l, shown.Cause().Say(l), shown.Remedy().Say(l))
		}
	}
	return out.String()
}

// TestDocument compares docs/failure-codes.md with what the catalogue says.
func TestDocument(t *testing.T) {
	const name = "../docs/failure-codes.md"
	got := document()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (make docs writes it anew):\n%s", name, diff)
	}
}
