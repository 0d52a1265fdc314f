package event_test

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// entry is one event as events.toml has it.
type entry struct {
	Name   string   `toml:"name"`
	Level  string   `toml:"level"`
	Part   string   `toml:"part"`
	Text   string   `toml:"text"`
	Fields []string `toml:"fields"`
	Means  string   `toml:"means"`
	Do     string   `toml:"do"`
}

func catalogue(t *testing.T) []entry {
	t.Helper()
	f, err := os.Open("events.toml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var c struct {
		Event []entry `toml:"event"`
	}
	if err := toml.NewDecoder(f).DisallowUnknownFields().Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c.Event
}

var levels = map[string]string{"debug": "slog.LevelDebug", "info": "slog.LevelInfo", "warn": "slog.LevelWarn", "error": "slog.LevelError"}

// TestCatalogueIsWhole: names are used once, and what asks for somebody says what to do.
func TestCatalogueIsWhole(t *testing.T) {
	name, seen := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`), map[string]bool{}
	for _, e := range catalogue(t) {
		if !name.MatchString(e.Name) || seen[e.Name] {
			t.Errorf("%q is no name, or there twice", e.Name)
		}
		seen[e.Name] = true
		if levels[e.Level] == "" || e.Part == "" || e.Text == "" || e.Means == "" {
			t.Errorf("%s: level, part, text or means is missing", e.Name)
		}
		if e.Level == "error" && e.Do == "" {
			t.Errorf("%s is an error and does not say what to do", e.Name)
		}
	}
}

// TestMadeFromTheCatalogue compares what is made from events.toml with what is there; UPDATE=1 writes it.
func TestMadeFromTheCatalogue(t *testing.T) {
	events := catalogue(t)
	for file, made := range map[string][]byte{"names.go": source(t, events), "../../docs/events.md": page(events)} {
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, made, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := os.ReadFile(file); err != nil || !bytes.Equal(there, made) {
			t.Errorf("%s is not what events.toml says (%v): UPDATE=1 go test ./internal/event", file, err)
		}
	}
}

func source(t *testing.T, events []entry) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("// Code generated from events.toml by TestMadeFromTheCatalogue. DO NOT EDIT.\n\npackage event\n\nimport \"log/slog\"\n\n// The events; events.toml says what each means.\nvar (\n")
	for _, e := range events {
		fmt.Fprintf(&b, "\t%s = Event{%q, %s, %q}\n", goName(e.Name), e.Name, levels[e.Level], e.Text)
	}
	b.WriteString(")\n")
	made, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func goName(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func page(events []entry) []byte {
	var b strings.Builder
	b.WriteString("# Events\n\nMade from `internal/event/events.toml`. Every log line is JSON with `time`, `level`, `msg`, `event` and the fields named here; no\nfield holds anything of a person.\n\n| event | level | from | what it means | what to do | fields |\n|---|---|---|---|---|---|\n")
	for _, e := range events {
		fields := ""
		if len(e.Fields) > 0 {
			fields = "`" + strings.Join(e.Fields, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", e.Name, e.Level, e.Part, e.Means, e.Do, fields)
	}
	return []byte(b.String())
}
