package outbox

import (
	"encoding/binary"
	"slices"

	"madoguchi/wire"
)

// state is what the index knows of a submission.
type state byte

const (
	waiting state = iota
	aside         // quarantined, without an outcome
	settled
	lost    // its row cannot be read
	damaged // its row cannot be read, and its sealed bytes are still there
)

// entry is a row's place. It is what the row's key says, so that it outlives damage to the row.
type entry struct {
	order uint64
	id    wire.ID
	owner [8]byte // the first bytes of the owner's tag
	size  uint32  // sealed bytes
	state state
}

const keySize = 8 + 16 + 8

func (e entry) key() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, keySize+1), e.order)
	return append(append(b, e.id[:]...), e.owner[:]...)
}

func (e entry) sealedKey() []byte { return append(e.key(), sealedMark) }

// entryOf reads the key of a row, or of its sealed bytes.
func entryOf(key []byte) (e entry, sealed, ok bool) {
	if len(key) != keySize && (len(key) != keySize+1 || key[keySize] != sealedMark) {
		return e, false, false
	}
	e.order = binary.BigEndian.Uint64(key)
	copy(e.id[:], key[8:])
	copy(e.owner[:], key[24:])
	return e, len(key) > keySize, true
}

// with adds what the row says.
func (e entry) with(row []byte) entry {
	if r, err := decode(row); err == nil && e.is(r) {
		e.size, e.state = uint32(r.SealedSize), stateOf(r)
	} else {
		e.state = lost
	}
	return e
}

func (e entry) is(r Record) bool { return r.ID == e.id && [8]byte(r.Owner[:8]) == e.owner }

func entryFor(r Record) entry {
	e := entry{order: r.Order, id: r.ID, size: uint32(r.SealedSize), state: stateOf(r)}
	copy(e.owner[:], r.Owner[:])
	return e
}

func stateOf(r Record) state {
	switch {
	case r.Outcome.State != wire.Waiting:
		return settled
	case r.Quarantined != "":
		return aside
	}
	return waiting
}

// index finds rows by id and owner. It is in memory alone, 70 bytes a row: Open walks all rows in any case, and on
// the disk each index would be one more page that a Put writes. It changes behind the commit, never before.
type index struct {
	list  []entry // in the order of the commits
	place map[wire.ID]uint32
	count int     // without an outcome
	bytes int64   // their sealed bytes
	spent []entry // settled, with sealed bytes that a later Put removes
	held  int64   // their sealed bytes
}

// keep adds to spent.
func (x *index) keep(some ...entry) {
	x.spent = append(x.spent, some...)
	for _, e := range some {
		x.held += int64(e.size)
	}
}

// forget takes the oldest n from spent.
func (x *index) forget(n int) {
	for _, e := range x.spent[:n] {
		x.held -= int64(e.size)
	}
	x.spent = x.spent[n:]
}

// reopen takes one from spent, wherever it stands.
func (x *index) reopen(id wire.ID) {
	x.spent = slices.DeleteFunc(x.spent, func(e entry) bool {
		if e.id == id {
			x.held -= int64(e.size)
		}
		return e.id == id
	})
	x.set(id, waiting)
}

func (x *index) add(e entry) {
	if x.place == nil {
		x.place = map[wire.ID]uint32{}
	}
	x.place[e.id] = uint32(len(x.list))
	x.list = append(x.list, e)
	x.weigh(e, 1)
}

// sealed tells, while the file is walked, that there are sealed bytes under this key, which follows its row's.
func (x *index) sealed(e entry) {
	if n := len(x.list); n == 0 || x.list[n-1].order != e.order {
		e.state = damaged
		x.add(e)
	} else if last := &x.list[n-1]; last.state == lost {
		last.state = damaged
	} else if last.state == settled {
		x.keep(*last)
	}
}

func (x *index) weigh(e entry, times int) {
	if e.state == waiting || e.state == aside {
		x.count += times
		x.bytes += int64(times) * int64(e.size)
	}
}

func (x *index) find(id wire.ID) (entry, bool) {
	at, ok := x.place[id]
	if !ok {
		return entry{}, false
	}
	return x.list[at], true
}

func (x *index) set(id wire.ID, to state) {
	if at, ok := x.place[id]; ok {
		e := &x.list[at]
		x.weigh(*e, -1)
		e.state = to
		x.weigh(*e, 1)
	}
}

// pending returns at most rows entries that are to be sent, behind the given order, until their bytes reach the bound.
func (x *index) pending(order uint64, rows, bytes int) (some []entry) {
	at, _ := slices.BinarySearchFunc(x.list, order, func(e entry, order uint64) int {
		if e.order <= order {
			return -1
		}
		return 1
	})
	for _, e := range x.list[at:] {
		if len(some) == rows || bytes <= 0 {
			break
		}
		if e.state == waiting || e.state == damaged {
			some = append(some, e)
			bytes -= int(e.size)
		}
	}
	return some
}

// owned returns the entries whose owner may be this one.
func (x *index) owned(owner wire.Hash) (some []entry) {
	for _, e := range x.list {
		if e.owner == [8]byte(owner[:8]) {
			some = append(some, e)
		}
	}
	return some
}

// oldest returns the oldest n entries without an outcome.
func (x *index) oldest(n int) (some []entry) {
	for _, e := range x.list {
		if len(some) == n {
			break
		}
		if e.state == waiting || e.state == aside {
			some = append(some, e)
		}
	}
	return some
}

// recent returns the newest n entries, newest first.
func (x *index) recent(n int) []entry {
	some := slices.Clone(x.list[len(x.list)-min(n, len(x.list)):])
	slices.Reverse(some)
	return some
}
