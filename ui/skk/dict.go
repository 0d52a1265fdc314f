// Package skk reads dictionaries of the SKK family where the machine has them (Debian: skkdic, skkdic-extra). They
// are read at run time and never become a part of the program: most are under the GPL.
//
// A dictionary stays in memory as the bytes of its file and an index of where its entries begin; an entry is decoded
// when it is looked up. That takes a third of what strings would take, and a few milliseconds to load.
//
// Error model: a dictionary is a help, never a condition: a file that is not there, too large or not understood is
// left out, an entry that does not decode has no candidates. Nothing here returns an error or panics.
package skk

import (
	"bytes"
	"iter"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// Candidate is one way to write a reading.
type Candidate struct {
	Text string
	Note string // the dictionary's annotation, "" for none
}

// Dict is one dictionary. It does not change and is safe for concurrent use.
type Dict struct {
	raw       []byte
	ari, nasi []uint32 // where the lines with and without okurigana begin, sorted by key
	utf8      bool
	plain     bool // JIS X 0208 only: in a file of another coding (euc-jis-2004) all else means something else
}

// maxFile bounds a dictionary's file, in bytes.
const maxFile = 16 << 20

// Parse indexes the bytes of a dictionary, which must not change afterwards.
func Parse(raw []byte) *Dict {
	if len(raw) > maxFile {
		raw = nil
	}
	d := &Dict{raw: raw}
	head, _, _ := bytes.Cut(raw, []byte("\n"))
	d.utf8 = bytes.Contains(head, []byte("utf-8"))
	d.plain = bytes.Contains(head, []byte("2004")) || bytes.Contains(head, []byte("0213"))
	into := &d.nasi
	for at := 0; at < len(raw); {
		end := len(raw)
		if n := bytes.IndexByte(raw[at:], '\n'); n >= 0 {
			end = at + n
		}
		switch line := raw[at:end]; {
		case len(line) == 0:
		case line[0] != ';':
			*into = append(*into, uint32(at))
		case bytes.HasPrefix(line, []byte(";; okuri-ari entries")):
			into = &d.ari
		case bytes.HasPrefix(line, []byte(";; okuri-nasi entries")):
			into = &d.nasi
		}
		at = end + 1
	}
	d.sort(d.nasi)
	slices.Reverse(d.ari) // they stand in descending order
	d.sort(d.ari)
	d.ari, d.nasi = slices.Clip(d.ari), slices.Clip(d.nasi)
	return d
}

// sort puts an index in the order of its keys; most files are in it already.
func (d *Dict) sort(index []uint32) {
	less := func(a, b uint32) int { return bytes.Compare(d.key(a), d.key(b)) }
	if !slices.IsSortedFunc(index, less) {
		slices.SortStableFunc(index, less)
	}
}

func (d *Dict) key(at uint32) []byte {
	rest := d.raw[at:min(len(d.raw), int(at)+maxReading+1)]
	if n := bytes.IndexByte(rest, ' '); n >= 0 {
		return rest[:n]
	}
	return rest
}

// Len is the number of entries.
func (d *Dict) Len() int { return len(d.ari) + len(d.nasi) }

// Look returns the candidates of a reading without okurigana.
func (d *Dict) Look(reading string) []Candidate { return d.look(d.nasi, reading) }

// LookOkuri returns the candidates of a stem whose okurigana begins with a letter ("おく", 'r': 送, 贈).
func (d *Dict) LookOkuri(stem string, letter byte) []Candidate {
	return d.look(d.ari, stem+string(rune(letter)))
}

// All walks the entries without okurigana in the order of the file's bytes.
func (d *Dict) All() iter.Seq2[string, []Candidate] {
	return func(yield func(string, []Candidate) bool) {
		for _, at := range d.nasi {
			if key := d.text(d.key(at)); key != "" && !yield(key, d.at(at)) {
				return
			}
		}
	}
}

// Has reports whether a reading without okurigana has an entry.
func (d *Dict) Has(reading string) bool {
	_, ok := d.find(d.nasi, reading)
	return ok
}

// HasOkuri reports whether a stem with okurigana has an entry.
func (d *Dict) HasOkuri(stem string, letter byte) bool {
	_, ok := d.find(d.ari, stem+string(rune(letter)))
	return ok
}

// maxReading bounds a reading that is looked for, in bytes.
const maxReading = 256

func (d *Dict) find(index []uint32, reading string) (at uint32, ok bool) {
	if len(index) == 0 || reading == "" || len(reading) > maxReading || strings.ContainsAny(reading, " \n") {
		return 0, false
	}
	key := []byte(reading)
	if !d.utf8 {
		if key, ok = euc(reading); !ok {
			return 0, false
		}
	}
	i := sort.Search(len(index), func(i int) bool { return bytes.Compare(d.key(index[i]), key) >= 0 })
	if i == len(index) || !bytes.Equal(d.key(index[i]), key) {
		return 0, false
	}
	return index[i], true
}

// euc is a reading in EUC-JP. A conversion asks for hundreds of pieces of one reading at once, so hiragana and ASCII,
// of which readings are made, go without an encoder.
func euc(reading string) ([]byte, bool) {
	key := make([]byte, 0, len(reading))
	for _, r := range reading {
		switch {
		case r < utf8.RuneSelf:
			key = append(key, byte(r))
		case r >= 'ぁ' && r <= 'ん':
			key = append(key, 0xA4, byte(0xA1+r-'ぁ'))
		case r == 'ー':
			key = append(key, 0xA1, 0xBC)
		default:
			all, err := japanese.EUCJP.NewEncoder().Bytes([]byte(reading))
			return all, err == nil
		}
	}
	return key, true
}

func (d *Dict) look(index []uint32, reading string) []Candidate {
	if at, ok := d.find(index, reading); ok {
		return d.at(at)
	}
	return nil
}

// at reads the candidates of the entry that begins there.
func (d *Dict) at(at uint32) []Candidate {
	line := d.raw[at:]
	if n := bytes.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	}
	_, list, _ := bytes.Cut(line, []byte(" /"))
	return d.candidates(list)
}

// maxCandidates bounds the candidates of one entry.
const maxCandidates = 500

// candidates splits "a;note/b/[く/c/]/". What stands in brackets repeats the others for one okurigana.
func (d *Dict) candidates(list []byte) []Candidate {
	var out []Candidate
	inside := false
	for raw := range bytes.SplitSeq(list, []byte("/")) {
		switch {
		case len(raw) == 0, len(out) >= maxCandidates:
			continue
		case raw[0] == '[':
			inside = true
			continue
		case raw[0] == ']':
			inside = false
			continue
		case inside:
			continue
		}
		text, note, _ := bytes.Cut(raw, []byte(";"))
		if c := (Candidate{Text: d.text(text), Note: d.text(note)}); c.Text != "" {
			out = append(out, c)
		}
	}
	return out
}

// text decodes one candidate or annotation; "" for what does not decode or is a program for Emacs.
func (d *Dict) text(raw []byte) string {
	s := string(raw)
	if !d.utf8 && bytes.ContainsFunc(raw, func(r rune) bool { return r >= utf8.RuneSelf }) {
		if d.plain && !is0208(raw) {
			return ""
		}
		var err error
		if s, err = japanese.EUCJP.NewDecoder().String(s); err != nil {
			return ""
		}
	}
	if strings.HasPrefix(s, "(concat ") {
		s = concat(s)
	}
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") || !utf8.ValidString(s) || strings.ContainsFunc(s, unfit) {
		return ""
	}
	return s
}

// unfit is what no candidate may hold.
func unfit(r rune) bool { return r == utf8.RuneError || r < ' ' || r == 0x7F }

// is0208 reports whether EUC bytes are ASCII and JIS X 0208 alone, which every Japanese EUC reads alike.
func is0208(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] < 0x80 {
			continue
		}
		if i++; i == len(raw) {
			return false
		}
		lead, trail := raw[i-1], raw[i]
		kanji := lead >= 0xB0 && (lead < 0xF4 || lead == 0xF4 && trail <= 0xA6)
		if !(lead >= 0xA1 && lead <= 0xA8 || kanji) || trail < 0xA1 {
			return false
		}
	}
	return true
}

// concat reads (concat "a\057b"): how a dictionary writes a slash or a semicolon inside a candidate.
func concat(s string) string {
	_, s, ok := strings.Cut(s, `"`)
	end := strings.LastIndex(s, `"`)
	if !ok || end < 0 {
		return "(" + s
	}
	return strings.NewReplacer(`\057`, "/", `\073`, ";", `\\`, `\`, `\"`, `"`).Replace(s[:end])
}
