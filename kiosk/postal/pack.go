// Package postal answers which places a postal code stands for, from a pack of data that an operator makes and
// renews without a new program: sorted by code, searched where it lies, with a hash of its own.
//
// Error model: a pack that is damaged, cut short or of another version is ErrPack and is not used at all. An unknown
// code has no places; the person types the address by hand, as always.
package postal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

// ErrPack reports bytes that are no pack.
var ErrPack = errors.New("postal: not a pack of postal codes")

// A pack is
//
//	magic    8 bytes, with the version
//	hash     SHA-256 of all that follows
//	blocks   4 bytes, how many there are
//	index    of each block: its first code, where it begins in the data; 4 bytes each
//	data     of each entry: how far its code is from the one before (of a block's first: 0), how many places,
//	         and of each place how many bytes it shares with the place before it, how many are new, and those
//
// Numbers of the data are varints, all others big-endian.
const (
	magic     = "MGPOST\x00\x01"
	hashEnd   = len(magic) + sha256.Size
	indexAt   = hashEnd + 4
	indexSize = 8
	perBlock  = 16
	maxPack   = 32 << 20
	maxCode   = 9999999
	maxPlace  = 200 // bytes
)

// Pack is a pack in memory. It does not change and is safe for concurrent use.
type Pack struct {
	index, data []byte
}

// Parse checks a pack's bytes, which must not change afterwards.
func Parse(raw []byte) (*Pack, error) {
	if len(raw) < indexAt || len(raw) > maxPack || string(raw[:len(magic)]) != magic {
		return nil, ErrPack
	}
	if sum := sha256.Sum256(raw[hashEnd:]); !bytes.Equal(sum[:], raw[len(magic):hashEnd]) {
		return nil, fmt.Errorf("%w: its hash is another", ErrPack)
	}
	blocks := int(binary.BigEndian.Uint32(raw[hashEnd:]))
	if blocks > (len(raw)-indexAt)/indexSize {
		return nil, ErrPack
	}
	end := indexAt + blocks*indexSize
	return &Pack{index: raw[indexAt:end], data: raw[end:]}, nil
}

// Open reads a pack from a file.
func Open(path string) (*Pack, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("postal: %w", err)
	}
	return Parse(raw)
}

// Look returns the places of a code, NNN-NNNN or seven digits.
func (p *Pack) Look(code string) []string {
	want, ok := number(code)
	if !ok {
		return nil
	}
	n := len(p.index) / indexSize
	i := sort.Search(n, func(i int) bool { return p.first(i) > want }) - 1
	if i < 0 {
		return nil
	}
	at := int(binary.BigEndian.Uint32(p.index[i*indexSize+4:]))
	if at > len(p.data) {
		return nil
	}
	r := reader{rest: p.data[at:]}
	now := p.first(i)
	for range perBlock {
		now += r.number()
		places := r.places()
		switch {
		case r.bad || now > want:
			return nil
		case now == want:
			return places
		}
	}
	return nil
}

func (p *Pack) first(i int) int { return int(binary.BigEndian.Uint32(p.index[i*indexSize:])) }

// number reads a code.
func number(code string) (int, bool) {
	digits := strings.Replace(code, "-", "", 1)
	if len(digits) != 7 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// reader decodes the data of one block. After anything that cannot be, bad is set and all numbers are 0.
type reader struct {
	rest []byte
	last []byte // the place before
	bad  bool
}

func (r *reader) number() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > maxCode {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *reader) places() []string {
	n := r.number()
	if n > len(r.rest) {
		r.bad = true
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		shared, fresh := r.number(), r.number()
		if r.bad || shared > len(r.last) || fresh > len(r.rest) || shared+fresh > maxPlace {
			r.bad = true
			return nil
		}
		r.last = append(r.last[:shared:shared], r.rest[:fresh]...)
		r.rest = r.rest[fresh:]
		out = append(out, string(r.last))
	}
	return out
}
