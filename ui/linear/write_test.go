package linear

import (
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/ui/sample"
	"madoguchi/ui/skk"
)

// asks is a question of a kind.
func asks(kind forms.Kind, seq uint64) flows.Frame {
	f := sample.Get(i18n.Ja, "text")
	q := *f.Screen.Question
	q.Kind, q.Path, q.No = kind, fmt.Sprint("children/0/", seq), fmt.Sprint(seq)
	f.Screen.Question, f.Screen.Value, f.Seq = &q, "", seq
	return f
}

// TestWritesKanji: romaji, candidates by number, and the whole answer read back before it is sent.
func TestWritesKanji(t *testing.T) {
	shelf := skk.Open(filepath.Join("..", "skk", "testdata"))
	<-shelf.Ready()
	for i, c := range []struct {
		kind  forms.Kind
		lines string
		heard []string
		want  string
	}{
		{forms.Words, "/k takahashi sakura\n2\n1\n\n", []string{"1 高橋, 2 髙橋 (U+9AD9), 3 高梁 (地名)", "1 咲良 (名)", "「髙橋　咲良」"}, "髙橋　咲良"},
		{forms.Words, "/k toukyoutochiyodakuchiyoda1-1\n\n\n\n\n\n", []string{"1 東京都", "1 千代田区", "1 千代田,", "「東京都千代田区千代田1-1」"}, "東京都千代田区千代田1-1"},
		{forms.Words, "/k U+20BB7\n1\n\n", []string{"1 𠮷 (U+20BB7)"}, "𠮷"},
		{forms.Words, "/k sakura\n9\n3\n\n", []string{"1から6まで", "「櫻」"}, "櫻"},
		{forms.Words, "Maria Silva\n", nil, "Maria Silva"},
		{forms.Kana, "takahashi sakura\n", []string{"「タカハシ　サクラ」"}, "タカハシ　サクラ"},
		{forms.Kana, "/k sakura\nxyz1\n", []string{"いまはできません"}, "xyz1"}, // the form says what is wrong with it
	} {
		out := &record{}
		in, feed := io.Pipe()
		f := New(in, out, nil)
		f.Dictionary(shelf)
		f.Show(asks(c.kind, uint64(i+1)))
		out.await(t, 0, "入力して Enter: ")
		go func() { _, _ = io.WriteString(feed, c.lines) }()
		if e := event(t, f); e.Answer.Value != c.want {
			t.Errorf("%q: %+v", c.lines, e)
		}
		at := 0
		for _, words := range c.heard {
			at = out.await(t, at, words)
		}
		_ = feed.Close()
	}
}

// TestAnotherQuestionEndsTheChoice: candidates that were offered are not those of the next question.
func TestAnotherQuestionEndsTheChoice(t *testing.T) {
	shelf := skk.Open(filepath.Join("..", "skk", "testdata"))
	<-shelf.Ready()
	out := &record{}
	in, feed := io.Pipe()
	f := New(in, out, nil)
	f.Dictionary(shelf)
	f.Show(asks(forms.Words, 1))
	at := out.await(t, 0, "入力して Enter: ")
	go func() { _, _ = io.WriteString(feed, "/k takahashi\n") }()
	at = out.await(t, at, "ほかの候補は")
	f.Show(asks(forms.Number, 2))
	out.await(t, at, "入力して Enter: ")
	go func() { _, _ = io.WriteString(feed, "2\n") }()
	if e := event(t, f); e.Answer.Value != "2" {
		t.Errorf("%+v", e)
	}
	_ = feed.Close()
}
