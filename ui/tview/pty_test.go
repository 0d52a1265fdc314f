package tview

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/gdamore/tcell/v2"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	kanji "madoguchi/ui/entry"
	"madoguchi/ui/skk"
)

// record is what a terminal was told.
type record struct {
	mu  sync.Mutex
	all strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.String()
}

// onTerminal runs a front on a pseudo-terminal; what is written into it are keys.
func onTerminal(t *testing.T, words kanji.Dictionary) (f *Front, keys io.Writer, told *record) {
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 25, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	told = &record{}
	var copied sync.WaitGroup
	copied.Go(func() { _, _ = io.Copy(told, master) })
	tty, err := tcell.NewDevTtyFromDev(slave.Name())
	if err != nil {
		t.Fatal(err)
	}
	screen, err := tcell.NewTerminfoScreenFromTty(tty)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = New(screen, nil); err != nil {
		t.Fatal(err)
	}
	if words != nil {
		f.Dictionary(words)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		_ = slave.Close()
		screen, tty = nil, nil
		runtime.GC() // tcell keeps its first handle of the terminal until it is collected
		copied.Wait()
		_ = master.Close()
	})
	return f, master, told
}

// TestTypesOnATerminal types a name, its reading and an address byte by byte, with Debian's dictionaries and without
// any: by the codes of the characters then.
func TestTypesOnATerminal(t *testing.T) {
	shelf := skk.Open(skk.Folder)
	<-shelf.Ready()
	for name, c := range map[string]struct {
		words kanji.Dictionary
		ask   [4]string
	}{
		"with dictionaries": {shelf, [4]string{
			"takahashi 2 sakura\r\r", "takahashi sakura\r", "toukyoutochiyodakuchiyoda \r1-1\r", "\x1b[200~髙橋\r\n𠮷子\x1b[201~\r",
		}},
		"without": {nil, [4]string{
			"U+9AD9 \rU+6A4B \r sakura\r\r", "takahashi sakura\r", "東京都千代田区千代田1-1\r", "\x1b[200~髙橋\r\n𠮷子\x1b[201~\r",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f, keys, told := onTerminal(t, c.words)
			want := []string{"髙橋　さくら", "タカハシ　サクラ", "東京都千代田区千代田1-1", "髙橋 𠮷子"}
			for i, typed := range c.ask {
				kind := forms.Words
				if i == 1 {
					kind = forms.Kana
				}
				frame := asks(i18n.Ja, kind, "")
				frame.Seq = uint64(i + 1)
				frame.Screen.Question.Path = fmt.Sprint("field/", i)
				frame.Screen.Title = i18n.Own(fmt.Sprint("page", i, "page"))
				f.Show(frame)
				await(t, told, fmt.Sprint("page", i, "page"))
				if _, err := io.WriteString(keys, typed); err != nil {
					t.Fatal(err)
				}
				if got := nextAnswer(t, f); got != want[i] {
					t.Errorf("%q gives %q, want %q", typed, got, want[i])
				}
			}
		})
	}
}

func await(t *testing.T, told *record, words string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if strings.Contains(told.String(), words) {
			return
		}
	}
	t.Fatalf("%q never came", words)
}

func nextAnswer(t *testing.T, f *Front) string {
	t.Helper()
	for {
		select {
		case e := <-f.Events():
			if e.Do == flows.DoAnswer {
				return e.Answer.Value
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no answer")
		}
	}
}
