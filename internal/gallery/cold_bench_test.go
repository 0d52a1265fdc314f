package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// waiting fills a kiosk's outbox with so many small submissions.
func waiting(b *testing.B, dir string, count int) {
	b.Helper()
	box, err := outbox.Open(filepath.Join(dir, "outbox.db"), outbox.Limits{Count: count, Bytes: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range 64 { // who share commits
		wg.Go(func() {
			for n := range numbers {
				var id wire.ID
				copy(id[:], fmt.Sprintf("%016d", n))
				item := outbox.Item{ID: id, Manifest: wire.Sum(id[:]), Owner: wire.Sum(nil), Sealed: make([]byte, 512)}
				if _, err := box.Put(b.Context(), item); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n := range count {
		numbers <- n
	}
	close(numbers)
	wg.Wait()
	if err := box.Close(); err != nil {
		b.Fatal(err)
	}
}

// startOn measures from the start of a program to the words of its first screen, on a terminal of 128×36.
func startOn(b *testing.B, words string, program string, args ...string) time.Duration {
	b.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8")
	began := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 128, Rows: 36})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = terminal.Close() }()
	var seen bytes.Buffer
	for buf := make([]byte, 64<<10); ; {
		n, err := terminal.Read(buf)
		if seen.Write(buf[:n]); bytes.Contains(seen.Bytes(), []byte(words)) {
			return time.Since(began)
		}
		if err != nil {
			b.Fatalf("no %q: %v in %q", words, err, seen.String())
		}
		for range bytes.Count(buf[:n], []byte("\x1b[6n")) { // where its cursor is, as a real terminal says
			_, _ = terminal.WriteString("\x1b[1;2R")
		}
	}
}

// BenchmarkColdStart measures from the start of the kiosk's program to its first screen, with nothing and with
// 100 000 submissions in its outbox, in rounds in turn with a bare tview program: the least, the median and the most,
// in milliseconds. The bar is 300.
func BenchmarkColdStart(b *testing.B) {
	const rounds = 7
	bin := b.TempDir()
	build := exec.Command("go", "build", "-o", bin, "madoguchi/cmd/kiosk", "./testdata/bare")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	dirs := map[string]string{}
	for name, count := range map[string]int{"empty": 0, "full": 100_000} {
		dir := filepath.Join(b.TempDir(), "world")
		if err := world.Make(b.Context(), dir, world.Options{Listen: "127.0.0.1:9", People: world.People()}); err != nil {
			b.Fatal(err) // nobody listens there: the line is down
		}
		dirs[name] = filepath.Join(dir, world.KioskDir)
		waiting(b, dirs[name], count)
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for range rounds {
			took["bare"] = append(took["bare"], startOn(b, "なにをしますか", filepath.Join(bin, "bare")))
			for name, dir := range dirs {
				took[name] = append(took[name], startOn(b, "なにをしますか", filepath.Join(bin, "kiosk"), "run", dir))
			}
		}
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for name, all := range took {
		slices.Sort(all)
		b.ReportMetric(ms(all[0]), "min-ms/"+name)
		b.ReportMetric(ms(all[len(all)/2]), "ms/"+name)
		b.ReportMetric(ms(all[len(all)-1]), "max-ms/"+name)
	}
	b.ReportMetric(0, "ns/op")
}
