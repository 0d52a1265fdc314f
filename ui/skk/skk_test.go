package skk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
)

func shelf(t *testing.T, folder string) *Shelf {
	t.Helper()
	s := Open(folder)
	<-s.Ready()
	return s
}

func texts(all []Candidate) string {
	var out []string
	for _, c := range all {
		out = append(out, c.Text)
	}
	return strings.Join(out, " ")
}

func TestLooksUp(t *testing.T) {
	s := shelf(t, "testdata")
	for _, c := range []struct {
		reading string
		names   bool
		want    string
	}{
		{"さくら", true, "咲良 桜 佐倉 櫻"}, {"さくら", false, "桜 佐倉 櫻 咲良"}, {"たかはし", true, "高橋 高梁"}, {"ちよだ", true, "千代田"}, {"ちよだく", true, "千代田区"},
		{"または", false, "and/or"}, {"ちよ", true, ""}, {"", true, ""}, {"はたらk", false, ""}, {"さくら /", true, ""}, {"𠮷", true, ""}, {strings.Repeat("あ", 200), true, ""},
	} {
		if got := texts(s.Look(c.reading, c.names)); got != c.want {
			t.Errorf("%q: %q, want %q", c.reading, got, c.want)
		}
	}
	if got := texts(s.LookOkuri("おく", 'r')); got != "送 贈" {
		t.Errorf("おくr: %q", got)
	}
	if got := texts(s.LookOkuri("はたら", 'k')); got != "働" {
		t.Errorf("はたらk: %q", got)
	}
	if diff := cmp.Diff([]Candidate{{"桜", "木"}, {"佐倉", "市"}, {"櫻", ""}, {"咲良", "名"}}, s.Look("さくら", false)); diff != "" {
		t.Error(diff)
	}
	if !s.Has("とうきょうと", 0) || !s.Has("おく", 'r') || s.Has("おく", 0) || s.Has("おく", 'k') || s.Len() != 10 {
		t.Errorf("Has, of %d entries", s.Len())
	}
}

func TestNoDictionaries(t *testing.T) {
	s := shelf(t, filepath.Join(t.TempDir(), "nothing"))
	if s.Len() != 0 || s.Look("さくら", true) != nil || s.LookOkuri("おく", 'r') != nil || s.Has("さくら", 0) {
		t.Error("something was found")
	}
}

// TestUnsortedAndOtherCodings: a file of another order, in UTF-8, and one whose coding only looks like EUC-JP.
func TestUnsortedAndOtherCodings(t *testing.T) {
	d := Parse([]byte(";; -*- coding: utf-8 -*-\nわ /和/\nあ /亜/\r\n; not an entry\nbroken\nな /名;\x01/奈/\n"))
	if got := texts(d.Look("あ")) + texts(d.Look("わ")) + texts(d.Look("な")); got != "亜和名 奈" {
		t.Errorf("%q", got)
	}
	euc, err := japanese.EUCJP.NewEncoder().String("あ /亜/")
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(";; -*- coding: euc-jis-2004 -*-\n" + euc + "\xcf\xd5/\x8f\xb0\xa1/\n")
	if got := texts(Parse(raw).Look("あ")); got != "亜" {
		t.Errorf("%q", got)
	}
}

// TestDebiansDictionaries reads what deploy/test-packages installs.
func TestDebiansDictionaries(t *testing.T) {
	s := shelf(t, Folder)
	if n := s.Len(); n < 300_000 {
		t.Fatalf("%d entries: is skkdic-extra installed?", n)
	}
	for _, c := range []struct{ reading, want string }{
		{"たかはし", "高橋"}, {"さくら", "桜"}, {"とうきょうと", "東京都"}, {"ちよだく", "千代田区"}, {"ちよだ", "千代田"}, {"わたなべ", "渡辺"}, {"ちょうめ", "丁目"},
	} {
		if got := texts(s.Look(c.reading, true)); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q", c.reading, got)
		}
	}
	if got := texts(s.LookOkuri("はたら", 'k')); got != "働" {
		t.Errorf("はたらk: %q", got)
	}
}

func TestReadingsInEUC(t *testing.T) {
	for r := 'ぁ'; r <= 'ゖ'; r++ {
		want, err := japanese.EUCJP.NewEncoder().String(string(r))
		if got, ok := euc(string(r)); ok != (err == nil) || ok && string(got) != want {
			t.Errorf("%c: % x", r, got)
		}
	}
	if got, _ := euc("あーb亜"); string(got) != "\xa4\xa2\xa1\xbcb\xb0\xa1" {
		t.Errorf("% x", got)
	}
}

// FuzzDict: no bytes can break the reader, and what it offers is fit for a screen.
func FuzzDict(f *testing.F) {
	for _, name := range []string{"L", "jinmei"} {
		raw, err := os.ReadFile(filepath.Join("testdata", "SKK-JISYO."+name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, "さくら")
	}
	f.Add([]byte(";; coding: utf-8\nあ /(concat \"a/[/]/;x/"), "あ")
	f.Fuzz(func(t *testing.T, raw []byte, reading string) {
		d := Parse(raw)
		for _, c := range append(d.Look(reading), d.LookOkuri(reading, 'k')...) {
			if c.Text == "" || strings.ContainsAny(c.Text+c.Note, "\n\x00\x1b") {
				t.Errorf("candidate %q", c)
			}
		}
		for _, index := range [][]uint32{d.nasi, d.ari} {
			for _, at := range index {
				key := d.key(at)
				if s, err := japanese.EUCJP.NewDecoder().String(string(key)); err == nil {
					d.Look(s)
				}
			}
		}
	})
}

// BenchmarkOpen is the time until everything is read, beside reading the bytes alone, and what stays in memory.
func BenchmarkOpen(b *testing.B) {
	b.Run("dictionaries", func(b *testing.B) {
		for b.Loop() {
			<-Open(Folder).Ready()
		}
		b.ReportMetric(float64(held()), "B-held")
	})
	b.Run("bytes", func(b *testing.B) {
		for b.Loop() {
			for _, name := range names {
				_ = read(filepath.Join(Folder, "SKK-JISYO."+name))
			}
		}
	})
}

// held is what a shelf holds: bytes and indexes.
func held() int {
	s := Open(Folder)
	<-s.Ready()
	n := 0
	for i := range s.dicts {
		if d := s.dicts[i].Load(); d != nil {
			n += cap(d.raw) + 4*(cap(d.ari)+cap(d.nasi))
		}
	}
	return n
}

func BenchmarkLook(b *testing.B) {
	s := Open(Folder)
	<-s.Ready()
	for b.Loop() {
		s.Look("たかはし", true)
	}
}
