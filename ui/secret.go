package ui

import (
	"unicode"
	"unicode/utf8"
)

// MaxSecret is how many characters a Secret takes: twice the longest password, so that what is too long is
// refused by its shape instead of being cut to one that fits.
const MaxSecret = 32

// Secret takes a PIN or password character by character. It lives in one array that never grows, so no copy is
// left behind by the allocator, and it is never a string. The zero value is empty. Not safe for concurrent use.
type Secret struct {
	buf   [MaxSecret * utf8.UTFMax]byte
	n     int // bytes in use
	runes int
}

// Add appends a character as it was typed, of any width; it reports false, and keeps nothing, when the secret is
// full or r is no character.
func (s *Secret) Add(r rune) bool {
	if s.runes == MaxSecret || r == utf8.RuneError || !unicode.IsGraphic(r) {
		return false
	}
	s.n += utf8.EncodeRune(s.buf[s.n:], r)
	s.runes++
	return true
}

// Erase takes the last character away.
func (s *Secret) Erase() {
	if s.n == 0 {
		return
	}
	_, size := utf8.DecodeLastRune(s.buf[:s.n])
	clear(s.buf[s.n-size : s.n])
	s.n -= size
	s.runes--
}

// Len is the number of characters.
func (s *Secret) Len() int { return s.runes }

// Take returns the UTF-8 bytes in a slice of their own, which the receiver wipes, and empties the secret.
func (s *Secret) Take() []byte {
	out := make([]byte, s.n)
	copy(out, s.buf[:s.n])
	s.Wipe()
	return out
}

// Wipe overwrites and empties the secret.
func (s *Secret) Wipe() {
	clear(s.buf[:])
	s.n, s.runes = 0, 0
}
