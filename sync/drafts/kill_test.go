//go:build twin

package drafts

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"madoguchi/internal/fail"
	"madoguchi/internal/rig"
	"madoguchi/wire"
)

const envDir = "MADOGUCHI_KILL_DIR"

func TestMain(m *testing.M) {
	if rig.Role() == "kiosk" {
		if err := kiosk(os.Getenv(envDir)); err != nil {
			fmt.Fprintln(os.Stderr, "kiosk:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// kiosk is the process that is killed: it keeps one version after the other and says so once each is kept.
func kiosk(dir string) error {
	r, err := Open(dir, Limits{})
	if err != nil {
		return err
	}
	version := uint64(0)
	if rows := r.Owned(hanako); len(rows) == 1 {
		version = rows[0].Version
	}
	for {
		version++
		if err := r.Put(Row{ID: wire.ID{1}, Owner: hanako, Version: version, SavedAt: noon, Sealed: contents(version)}); err != nil {
			return err
		}
		fmt.Println("kept", version)
	}
}

// contents is a draft of a version, of several pages.
func contents(version uint64) []byte {
	return bytes.Repeat(binary.BigEndian.AppendUint64(nil, version), 2000)
}

// TestKilledAtAnyMomentTheLastKeptIsThere kills a real process with SIGKILL, at random and at both named points.
func TestKilledAtAnyMomentTheLastKeptIsThere(t *testing.T) {
	length := 5 * time.Second
	if testing.Short() {
		length = 2 * time.Second
	}
	if s, err := time.ParseDuration(os.Getenv("MADOGUCHI_SOAK")); err == nil {
		length = s
	}
	dir, last, kills := t.TempDir(), uint64(0), 0
	points := []string{"", fmt.Sprintf("%s:3", fail.DraftBegun), fmt.Sprintf("%s:3", fail.DraftKept)}
	for end := time.Now().Add(length); kills < len(points) || time.Now().Before(end); kills++ {
		c := rig.Spawn(t, "kiosk", envDir+"="+dir, fail.Env+"="+points[kills%len(points)])
		var after <-chan time.Time
		if kills%len(points) == 0 {
			after = time.After(time.Duration(rand.IntN(100)) * time.Millisecond)
		}
		last = listen(c, after, last)
		if !c.Killed() {
			t.Fatal("it ended by itself: ", c.Err())
		}
		rows := open(t, dir, Limits{}).Owned(hanako)
		switch {
		case last == 0 && len(rows) == 0:
		case len(rows) != 1 || rows[0].Version < last || !bytes.Equal(rows[0].Sealed, contents(rows[0].Version)):
			t.Fatalf("version %d was kept, %d rows are there", last, len(rows))
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
	t.Logf("%d kills, %d versions kept", kills, last)
}

// listen returns the last version that the child said it kept.
func listen(c *rig.Child, after <-chan time.Time, last uint64) uint64 {
	for {
		select {
		case <-after:
			c.Kill()
			after = nil
		case line, open := <-c.Lines:
			if !open {
				return last
			}
			if n, err := strconv.ParseUint(strings.TrimPrefix(line, "kept "), 10, 64); err == nil {
				last = max(last, n)
			}
		}
	}
}
