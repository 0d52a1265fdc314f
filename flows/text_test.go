package flows_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/forms/rounds"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// TestEveryTextIsThere reads the keys out of the source, so that no page can show a key in angle brackets.
func TestEveryTextIsThere(t *testing.T) {
	keys := []string{"flows.card.title." + string(flows.MyNumber), "flows.card.help." + string(flows.MyNumber)}
	for _, k := range []flows.Key{flows.AuthKey, flows.SignKey, flows.InputKey, flows.NumberB} {
		for _, part := range []string{"ask", "last", "blocked", "help", "label"} {
			keys = append(keys, "flows.pin."+part+"."+string(k))
		}
	}
	for _, k := range []flows.Key{flows.AuthKey, flows.InputKey} {
		keys = append(keys, "flows.pad.ask."+string(k), "flows.pad.type."+string(k))
	}
	for _, why := range []string{"no-key", "phone", "blocked"} {
		keys = append(keys, "flows.check.cannot."+why, "flows.check.mend."+why)
	}
	for _, what := range []string{"name", "birth", "address"} {
		keys = append(keys, "flows.sign.differs."+what)
	}
	for _, s := range []wire.State{wire.Waiting, wire.Received, wire.Refused} {
		for _, part := range []string{"title", "what", "next"} {
			keys = append(keys, "flows.slip."+string(s)+"."+part)
		}
	}
	for _, code := range []string{"signature-unsound", "form-invalid", "id-conflict", "wrong-mailbox"} {
		keys = append(keys, "flows.slip.reason."+code)
	}
	keys = append(keys, "nursery.title", "nursery.hint", "go-on.title", "go-on.hint", "practice.title", "practice.hint", "practice.end.title")
	for _, c := range []rounds.Counts{rounds.Claimed, rounds.Received} {
		keys = append(keys, "visit.round.counts."+string(c))
	}
	for _, what := range []forms.What{forms.Renamed, forms.Dropped, forms.New} {
		keys = append(keys, "visit.changes."+string(what))
	}
	for _, step := range []string{"before", "welcome", "sharing", "login", "earlier", "input", "confirm", "sign", "receipt"} {
		keys = append(keys, "nursery."+step+".title")
	}
	literal := regexp.MustCompile(`i18n\.T\("([a-z.-]+[a-z])"[,)]`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(string(raw), -1) {
			keys = append(keys, m[1])
		}
	}
	if len(keys) < 70 {
		t.Errorf("only %d keys found", len(keys))
	}
	for _, key := range keys {
		for _, l := range i18n.Langs() {
			s := i18n.T(key, "At", 1, "Of", 2, "Code", "x", "Number", "x", "Count", 2, "Label", "x", "When", "x", "Round", "x", "By", "x", "What", "x", "Year", 2026, "Month", 1, "Day", "x", "Clock", "x", "Answered", 1, "Tries", 1, "Office", "x", "Hours", "x", "Reader", "x", "Card", "x", "Form", "x").Say(l)
			if s == "" || strings.Contains(s, "⟨") || strings.Contains(s, "<no value>") {
				t.Errorf("%s %s: %q", l, key, s)
			}
		}
	}
}
