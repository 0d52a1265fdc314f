package ui

import (
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// MaxLine is the longest line in bytes; what is typed beyond it is not taken.
const MaxLine = 4096

// Line is one line of text that is being typed. The cursor stands between grapheme clusters, so that 葛 with its
// variation selector is one character to the keys. Unlike the widgets of a TUI library it keeps no history of
// what was typed. The zero value is empty. Not safe for concurrent use.
type Line struct {
	text []byte
	at   int // cursor, in bytes
}

// Set replaces the text and puts the cursor behind it.
func (l *Line) Set(s string) {
	clear(l.text)
	l.text = append(l.text[:0], s[:min(len(s), MaxLine)]...)
	l.at = len(l.text)
}

// String returns the text as typed.
func (l *Line) String() string { return string(l.text) }

// Before returns what stands before the cursor.
func (l *Line) Before() string { return string(l.text[:l.at]) }

// After returns what stands behind the cursor.
func (l *Line) After() string { return string(l.text[l.at:]) }

// Insert puts a character at the cursor; control characters and what is over MaxLine are not taken.
func (l *Line) Insert(r rune) bool {
	if unicode.IsControl(r) || r == utf8.RuneError || len(l.text)+utf8.RuneLen(r) > MaxLine {
		return false
	}
	tail := string(l.text[l.at:])
	l.text = append(utf8.AppendRune(l.text[:l.at], r), tail...)
	l.at += utf8.RuneLen(r)
	return true
}

// Left moves the cursor one character towards the start.
func (l *Line) Left() { l.at = l.previous() }

// Right moves the cursor one character towards the end.
func (l *Line) Right() { l.at = l.next() }

// Home puts the cursor before the text.
func (l *Line) Home() { l.at = 0 }

// End puts the cursor behind the text.
func (l *Line) End() { l.at = len(l.text) }

// Erase takes the character before the cursor away.
func (l *Line) Erase() {
	from := l.previous()
	l.cut(from, l.at)
	l.at = from
}

// Delete takes the character at the cursor away.
func (l *Line) Delete() { l.cut(l.at, l.next()) }

// Wipe overwrites and empties the line.
func (l *Line) Wipe() {
	clear(l.text[:cap(l.text)])
	l.text, l.at = l.text[:0], 0
}

func (l *Line) cut(from, to int) {
	l.text = append(l.text[:from], l.text[to:]...)
}

func (l *Line) previous() int {
	at := 0
	for rest := l.text[:l.at]; len(rest) > 0; {
		cluster, more, _, _ := uniseg.FirstGraphemeCluster(rest, -1)
		if len(more) == 0 {
			return at
		}
		at += len(cluster)
		rest = more
	}
	return at
}

func (l *Line) next() int {
	cluster, _, _, _ := uniseg.FirstGraphemeCluster(l.text[l.at:], -1)
	return l.at + len(cluster)
}
