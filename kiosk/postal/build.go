package postal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync/atomic"

	"madoguchi/internal/durable"
	"madoguchi/ui/skk"
)

// Source is where Debian's skkdic-extra puts the postal codes that it has from the Japanese post; they are in the
// public domain.
const Source = "/usr/share/skk/SKK-JISYO.zipcode"

// Build makes a pack of places by code (seven digits). Codes and places that cannot be are left out.
func Build(places map[string][]string) []byte {
	byCode := map[int][]string{}
	for code, all := range places {
		n, ok := number(code)
		fit := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" || len(s) > maxPlace })
		if ok && len(fit) > 0 {
			byCode[n] = fit
		}
	}
	var index, data, last []byte
	before := 0
	for i, code := range slices.Sorted(maps.Keys(byCode)) {
		if i%perBlock == 0 {
			index = binary.BigEndian.AppendUint32(index, uint32(code))
			index = binary.BigEndian.AppendUint32(index, uint32(len(data)))
			before, last = code, nil
		}
		data = binary.AppendUvarint(data, uint64(code-before))
		data = binary.AppendUvarint(data, uint64(len(byCode[code])))
		for _, place := range byCode[code] {
			n := shared(last, place)
			data = binary.AppendUvarint(data, uint64(n))
			data = binary.AppendUvarint(data, uint64(len(place)-n))
			data = append(data, place[n:]...)
			last = []byte(place)
		}
		before = code
	}
	body := binary.BigEndian.AppendUint32(nil, uint32(len(index)/indexSize))
	body = append(append(body, index...), data...)
	sum := sha256.Sum256(body)
	return slices.Concat([]byte(magic), sum[:], body)
}

// shared is how many bytes two places have in common at their beginning.
func shared(a []byte, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// FromSKK makes a pack of a dictionary whose readings are postal codes, and says how many it has.
func FromSKK(raw []byte) (pack []byte, codes int, err error) {
	places := map[string][]string{}
	for code, all := range skk.Parse(raw).All() {
		for _, c := range all {
			places[code] = append(places[code], c.Text)
		}
	}
	pack = Build(places)
	if p, err := Parse(pack); err != nil || len(p.index) == 0 {
		return nil, 0, errors.Join(errors.New("postal: no postal codes in this file"), err)
	}
	return pack, len(places), nil
}

// Make writes the pack of a source (see FromSKK) to a file and returns how many codes it has.
func Make(source, file string) (codes int, err error) {
	raw, err := os.ReadFile(source)
	if err != nil {
		return 0, fmt.Errorf("postal: %w", err)
	}
	pack, codes, err := FromSKK(raw)
	if err != nil {
		return 0, err
	}
	if err := durable.WriteFile(file, pack, 0o644); err != nil {
		return 0, fmt.Errorf("postal: %w", err)
	}
	return codes, nil
}

// Codes is the postal codes of a terminal. They are read while it is already at work; until then, and where there are
// none, no code is known. Safe for concurrent use.
type Codes struct {
	pack  atomic.Pointer[Pack]
	ready chan struct{}
	err   error
}

// Load starts to read a pack and returns at once.
func Load(file string) *Codes {
	c := &Codes{ready: make(chan struct{})}
	go func() {
		defer close(c.ready)
		var p *Pack
		if p, c.err = Open(file); c.err == nil {
			c.pack.Store(p)
		}
	}()
	return c
}

// Wait waits until the codes have been read and says why there are none; nil when there are.
func (c *Codes) Wait() error {
	<-c.ready
	return c.err
}

// Look returns the places of a code.
func (c *Codes) Look(code string) []string {
	if p := c.pack.Load(); p != nil {
		return p.Look(code)
	}
	return nil
}
