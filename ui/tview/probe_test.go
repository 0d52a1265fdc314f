package tview

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui"
	"madoguchi/ui/sample"
)

// wideTerminal answers as a terminal that draws ① two columns wide; mute: it does not answer at all.
type wideTerminal struct {
	out  chan string
	mute bool
}

func (w *wideTerminal) Write(b []byte) (int, error) {
	if !w.mute {
		go func() {
			for _, m := range regexp.MustCompile(`\r([^\r\x1b]+)\x1b\[6n`).FindAllStringSubmatch(string(b), -1) {
				column := 1 + uniseg.StringWidth(m[1])
				if m[1] == "①" {
					column++
				}
				w.out <- fmt.Sprintf("\x1b[1;%dR", column)
			}
		}()
	}
	return len(b), nil
}

func (w *wideTerminal) Read(b []byte) (int, error) {
	s, ok := <-w.out
	if !ok {
		return 0, io.EOF
	}
	return copy(b, s), nil
}

// TestFontsAreTestedAtStart: what the terminal draws wider than the screen believes is not drawn.
func TestFontsAreTestedAtStart(t *testing.T) {
	w := &wideTerminal{out: make(chan string)}
	r := fonts(w, nil, time.Minute)
	close(w.out)
	if r.Shows("①") || !r.Shows("𠮷") || !r.Shows("窓") {
		t.Errorf("① %v, 𠮷 %v", r.Shows("①"), r.Shows("𠮷"))
	}
	mute := &wideTerminal{out: make(chan string), mute: true}
	if r := fonts(mute, nil, time.Millisecond); r != nil {
		t.Error("a mute terminal has changed the repertoire")
	}
	close(mute.out)
}

func FuzzReports(f *testing.F) {
	f.Add("\x1b[1;3R\x1b[1;2R")
	f.Add("\x1b[99999;99999Rabc\x1b[;R")
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range reports(strings.NewReader(text), 2, time.Second) {
			if n < 0 || n > 99999 {
				t.Errorf("column %d", n)
			}
		}
	})
}

// TestReviewSaysWhatItCannotShow: by code point and in words.
func TestReviewSaysWhatItCannotShow(t *testing.T) {
	f, screen := still(t, 80, 25, nil)
	r, err := ui.ParseRepertoire("20-7e 2460-24ff 2500-25ff 2700-27bf 3000-30ff 4e00-9fff ff00-ffef 3200-33ff e0100-e01ef")
	if err != nil {
		t.Fatal(err)
	}
	f.fonts = r
	f.Show(noLetters())
	text := draw(f, screen)
	for _, want := range []string{"〓(U+20BB7 つちよし)木 葛", "〓(U+E000)子", "この画面に出せない字"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on\n%s", want, text)
		}
	}
}

func noLetters() flows.Frame { return sample.Get(i18n.Ja, "no-letters") }
