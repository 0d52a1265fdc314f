// Package house keeps the walls of the design: which room may know which. It reads the imports, so that a wall
// falls in a test and not in a review.
package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "madoguchi/"

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	CgoFiles   []string
	GoFiles    []string
}

// list asks the go command for packages; CGO_ENABLED=0 is what is delivered.
func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,CgoFiles,GoFiles"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// in reports whether a path is one of the rooms or below one.
func in(path string, rooms ...string) bool {
	for _, room := range rooms {
		if path == module+room || strings.HasPrefix(path, module+room+"/") {
			return true
		}
	}
	return false
}

// isHelper reports whether a package exists for tests alone: by its name, as in net/http/httptest.
func isHelper(path string) bool {
	return strings.HasSuffix(path, "test") || strings.HasSuffix(path, "/testcard") || in(path, "ui/sample", "internal/rig")
}

// TestNobodyLinksAHelper: what is for tests alone is in no binary.
func TestNobodyLinksAHelper(t *testing.T) {
	for _, p := range list(t, "./cmd/...") {
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, module) && isHelper(dep) {
				t.Errorf("%s links %s", p.ImportPath, dep)
			}
		}
	}
}

// TestRoomsImportOnlyWhatTheyMay: a room, and all that it may import of this module.
func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	may := map[string][]string{
		"flows":       {"flows", "forms", "wire", "i18n", "fault", "internal/event"},
		"ui":          {"ui", "flows", "forms", "i18n", "fault", "internal/jsonx"},
		"forms":       {"forms", "i18n", "fault", "internal/jsonx", "internal/check"},
		"i18n":        {},
		"fault":       {"i18n"},
		"device/apdu": {"device/apdu"},
		"device/card": {"device/apdu", "device/card"},
		"device/sim":  {"device/apdu", "device/sim", "internal/durable", "internal/jsonx"},
		"pki":         {"pki", "fault", "wire", "internal/jsonx", "internal/check", "internal/durable", "forms", "i18n"},
		"sync":        {"sync", "wire", "fault", "internal/event", "internal/durable", "internal/fail", "internal/jsonx", "internal/check"},
		"wire":        {"wire", "internal/event", "internal/jsonx", "internal/check"},
		"kiosk": {
			"kiosk", "device", "flows", "forms", "fault", "i18n", "pki", "sync", "wire", "ui", "internal/event", "internal/jsonx", "internal/durable", "internal/check",
		},
		"mailbox": {"mailbox", "forms", "fault", "pki", "wire", "internal/event", "internal/jsonx", "internal/durable", "internal/check", "internal/fail"},
		"world":   {"world", "mailbox", "kiosk", "device/sim", "pki", "internal/durable", "wire", "forms"},
	}
	for _, p := range list(t, "./...") {
		for room, allowed := range may {
			if !in(p.ImportPath, room) {
				continue
			}
			for _, imported := range p.Imports {
				if strings.HasPrefix(imported, module) && !in(imported, allowed...) {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
	}
}

// TestBinariesLinkOnlyTheirSide: what a room must never link, by whatever way.
func TestBinariesLinkOnlyTheirSide(t *testing.T) {
	for room, never := range map[string][]string{
		"kiosk":       {"mailbox", "world"},
		"cmd/kiosk":   {"mailbox", "world"},
		"mailbox":     {"flows", "ui", "device", "sync", "kiosk", "world"},
		"cmd/mailbox": {"flows", "ui", "device", "sync", "kiosk", "world"},
		"device/card": {"mailbox", "sync", "wire", "kiosk"},
		"pki":         {"device", "sync", "mailbox", "kiosk", "wire/link"},
		"flows":       {"ui", "device", "pki", "sync", "mailbox", "kiosk"},
	} {
		for _, p := range list(t, "./"+room+"/...") {
			if isHelper(p.ImportPath) {
				continue
			}
			for _, dep := range p.Deps {
				if in(dep, never...) {
					t.Errorf("%s links %s", p.ImportPath, dep)
				}
			}
		}
	}
}

// TestDeliveredPackagesKnowOneOwner: libraries that only one room may import.
func TestDeliveredPackagesKnowOneOwner(t *testing.T) {
	owner := map[string][]string{
		"github.com/eclipse/paho.mqtt.golang":         {"wire/link"},
		"github.com/nats-io/nats-server/v2/server":    {"mailbox/broker", "internal/rig"},
		"go.etcd.io/bbolt":                            {"sync/outbox"},
		"modernc.org/sqlite":                          {"mailbox/store"},
		"github.com/rivo/tview":                       {"ui/tview"},
		"github.com/gdamore/tcell/v2":                 {"ui/tview"},
		"github.com/go-json-experiment/json":          {"internal/jsonx"},
		"github.com/go-json-experiment/json/jsontext": {"internal/jsonx"},
		"testing": {"internal/rig"},
	}
	for _, p := range list(t, "./...") {
		for _, imported := range p.Imports {
			if rooms, ok := owner[imported]; ok && !in(p.ImportPath, rooms...) && !isHelper(p.ImportPath) {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// TestOrdinaryBuildsHaveNoHook: the switch that turns a check off exists behind the tag twin only.
func TestOrdinaryBuildsHaveNoHook(t *testing.T) {
	for _, p := range list(t, "./internal/check") {
		if slices.Contains(p.GoFiles, "twin.go") {
			t.Error("internal/check has its switch in an ordinary build")
		}
	}
	for _, p := range list(t, "./cmd/kiosk", "./cmd/mailbox") {
		if slices.Contains(p.Deps, "testing") {
			t.Errorf("%s links testing", p.ImportPath)
		}
	}
}

func TestNoCgoInOrdinaryBuilds(t *testing.T) {
	for _, p := range list(t, "./...") {
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo", p.ImportPath)
		}
	}
}

// TestSimAndCardShareNoParser: or both would make the same mistake.
func TestSimAndCardShareNoParser(t *testing.T) {
	for _, p := range list(t, "./device/sim") {
		for _, dep := range p.Deps {
			if in(dep, "device/card") {
				t.Error("device/sim links device/card")
			}
		}
	}
}

// TestFilesStayShort: 500 lines at most; every package says what it is and, first of all, how it fails.
func TestFilesStayShort(t *testing.T) {
	documented := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := bytes.Count(src, []byte("\n")); n > 500 {
			t.Errorf("%s has %d lines", path, n)
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		if !strings.HasSuffix(path, "_test.go") {
			documented[dir] = documented[dir] || f.Doc != nil && strings.Contains(f.Doc.Text(), "Error model:")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment with its error model", dir)
		}
	}
}

// TestEveryLogLineIsAnEvent: nothing but package event writes to a log, so that what is logged stands in its catalogue
// (internal/event/events.toml, docs/events.md). Names of loggers and of slog's functions are what is looked for.
func TestEveryLogLineIsAnEvent(t *testing.T) {
	writes := regexp.MustCompile(`\b(?:slog|[Ll]og|logger)\.(?:Debug|Info|Warn|Error|Log|LogAttrs)(?:Context)?\(`)
	if !writes.MatchString(`m.Log.Warn("x")`) || !writes.MatchString(`slog.Info("x")`) {
		t.Fatal("the search finds nothing")
	}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return err
		case filepath.Dir(path) == "../event":
			return nil
		}
		src, err := os.ReadFile(path)
		if found := writes.Find(src); found != nil {
			t.Errorf("%s writes %s…: log through an event of internal/event/events.toml", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
