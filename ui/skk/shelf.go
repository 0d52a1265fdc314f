package skk

import (
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Folder is where Debian's packages put the dictionaries.
const Folder = "/usr/share/skk"

// names are the dictionaries that are looked for, those of names and places first. The JIS3_4 files are left alone:
// their coding (euc-jis-2004) is not EUC-JP.
var names = []string{"jinmei", "geo", "L", "station", "fullname"}

// proseOrder is the order for sentences: the general dictionary first.
var proseOrder = []int{2, 0, 1, 3, 4}

// nameOrder is the order for names and addresses.
var nameOrder = []int{0, 1, 2, 3, 4}

// Shelf is the dictionaries of a machine, which come one by one while the terminal is already at work. Safe for
// concurrent use.
type Shelf struct {
	dicts [5]atomic.Pointer[Dict]
	ready chan struct{}
}

// Open starts to read the dictionaries of a folder and returns at once.
func Open(folder string) *Shelf {
	s := &Shelf{ready: make(chan struct{})}
	go func() {
		defer close(s.ready)
		for i, name := range names {
			if raw := read(filepath.Join(folder, "SKK-JISYO."+name)); raw != nil {
				s.dicts[i].Store(Parse(raw))
			}
		}
	}()
	return s
}

// read returns a file of a sane size, nil for anything else.
func read(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil
	}
	raw := make([]byte, info.Size())
	if _, err := io.ReadFull(f, raw); err != nil {
		return nil
	}
	return raw
}

// Ready is closed when everything that is there has been read.
func (s *Shelf) Ready() <-chan struct{} { return s.ready }

// Len is the number of entries that have been read so far.
func (s *Shelf) Len() int {
	n := 0
	for i := range s.dicts {
		if d := s.dicts[i].Load(); d != nil {
			n += d.Len()
		}
	}
	return n
}

// each walks the dictionaries that are there, in the order for names or for sentences.
func (s *Shelf) each(forNames bool, do func(*Dict) bool) {
	order := proseOrder
	if forNames {
		order = nameOrder
	}
	for _, i := range order {
		if d := s.dicts[i].Load(); d != nil && !do(d) {
			return
		}
	}
}

// Look returns the candidates of a reading from all dictionaries, the first dictionary's first.
func (s *Shelf) Look(reading string, forNames bool) (out []Candidate) {
	s.each(forNames, func(d *Dict) bool {
		out = append(out, d.Look(reading)...)
		return true
	})
	return out
}

// LookOkuri returns the candidates of a stem with okurigana, from all dictionaries.
func (s *Shelf) LookOkuri(stem string, letter byte) (out []Candidate) {
	s.each(false, func(d *Dict) bool {
		out = append(out, d.LookOkuri(stem, letter)...)
		return true
	})
	return out
}

// Has reports whether any dictionary knows a reading, with a letter: as a stem with okurigana.
func (s *Shelf) Has(reading string, letter byte) bool {
	found := false
	s.each(false, func(d *Dict) bool {
		if letter == 0 {
			found = d.Has(reading)
		} else {
			found = d.HasOkuri(reading, letter)
		}
		return !found
	})
	return found
}
