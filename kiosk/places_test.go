package kiosk

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"madoguchi/flows"
	"madoguchi/kiosk/postal"
)

func TestPlacesOfAPostalCode(t *testing.T) {
	dir := t.TempDir()
	pack := postal.Build(map[string][]string{"1000001": {"東京都千代田区千代田"}})
	for name, c := range map[string]struct{ config, file string }{
		"in the folder": {"", PostalFile}, "beside it": {"own.pack", "own.pack"}, "elsewhere": {filepath.Join(dir, "abs.pack"), "abs.pack"},
	} {
		if err := os.WriteFile(filepath.Join(dir, c.file), pack, 0o600); err != nil {
			t.Fatal(err)
		}
		k := &Kiosk{Config: Config{Postal: c.config}}
		k.loadPostal(dir)
		if err := k.postal.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff([]flows.Address{{Area: "東京都千代田区千代田"}}, k.places("100-0001")); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// locked is a log in memory.
type locked struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// TestAPackThatCannotBeUsedIsLogged: an operator hears of it, people do not.
func TestAPackThatCannotBeUsedIsLogged(t *testing.T) {
	var out locked
	k := &Kiosk{Config: Config{Postal: "none.pack"}, log: slog.New(slog.NewJSONHandler(&out, nil))}
	k.loadPostal(t.TempDir())
	for end := time.Now().Add(20 * time.Second); !strings.Contains(out.String(), "postal-unreadable"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was logged")
		}
	}
	if k.places("100-0001") != nil {
		t.Error("a place of no pack")
	}
}
