// Package drafts keeps on a kiosk what people have not finished while the mailbox does not have it: one file for each
// draft, sealed by pki/draft before it comes here, written whole or not at all. It tells nobody whose a draft is: the
// owner is a tag that only this kiosk can make.
//
// Error model: ErrFull when a bound is reached, as a *fault.Error; a disk that fails is fault.DiskFailed and nothing has
// changed. A file that is not sound is left out and renamed, not deleted, so that it stands in nobody's way.
package drafts

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"madoguchi/fault"
	"madoguchi/internal/durable"
	"madoguchi/internal/fail"
	"madoguchi/wire"
)

// ErrFull reports that a bound is reached.
var ErrFull = errors.New("drafts: full")

// Limits bound a room. The zero value of each is its default.
type Limits struct {
	PerOwner int   // drafts of one person; 16
	Count    int   // drafts and notes of dropped ones; 2000
	Bytes    int64 // 64 MiB
}

// Row is one draft.
type Row struct {
	ID      wire.ID
	Owner   wire.Hash // a tag
	Version uint64
	SavedAt time.Time
	Base    uint64    // the version that the mailbox had when this one came about; 0: none
	Sent    wire.Hash // of the sealed bytes that were last sent to the mailbox without an answer; zero: none
	Dropped bool      // nothing is kept but that the mailbox's copy must go
	Sealed  []byte
}

const (
	suffix  = ".draft"
	damaged = ".damaged"
)

// Room is an open folder. It is safe for concurrent use.
type Room struct {
	dir    string
	limits Limits

	mu   sync.Mutex
	rows map[wire.ID]entry
	size int64
}

// entry is what is held in memory of a row.
type entry struct {
	owner   wire.Hash
	savedAt time.Time
	size    int64
	dropped bool
}

// Open opens the folder, making it where there is none, and sweeps what a crash left half written.
func Open(dir string, l Limits) (*Room, error) {
	l.PerOwner, l.Count, l.Bytes = cmp.Or(l.PerOwner, 16), cmp.Or(l.Count, 2000), cmp.Or(l.Bytes, 64<<20)
	r := &Room{dir: dir, limits: l, rows: map[wire.ID]entry{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("drafts: %w", err)
	}
	for _, f := range files {
		switch name := filepath.Join(dir, f.Name()); {
		case strings.HasPrefix(f.Name(), ".new-"):
			_ = os.Remove(name)
		case filepath.Ext(f.Name()) == suffix:
			r.load(name)
		}
	}
	return r, nil
}

// load takes a file in, or sets it aside when it is not what Put wrote.
func (r *Room) load(name string) {
	row, size, err := read(name)
	if err != nil || r.file(row.ID) != name {
		_ = os.Rename(name, name+damaged)
		return
	}
	r.note(row, size)
}

func read(name string) (Row, int64, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return Row{}, 0, fmt.Errorf("drafts: %w", err)
	}
	row, err := decode(raw)
	return row, int64(len(raw)), err
}

func (r *Room) file(id wire.ID) string { return filepath.Join(r.dir, id.String()+suffix) }

func (r *Room) note(row Row, size int64) {
	r.size += size - r.rows[row.ID].size
	r.rows[row.ID] = entry{owner: row.Owner, savedAt: row.SavedAt, size: size, dropped: row.Dropped}
}

// Put keeps a row in place of the one of its id; it is on disk when Put returns.
func (r *Room) Put(row Row) error {
	raw, err := row.encode()
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.fits(row, int64(len(raw))); err != nil {
		return err
	}
	fail.Here(fail.DraftBegun)
	if err := durable.WriteFile(r.file(row.ID), raw, 0o600); err != nil {
		return fault.New(fault.DiskFailed, err)
	}
	fail.Here(fail.DraftKept)
	r.note(row, int64(len(raw)))
	return nil
}

func (r *Room) fits(row Row, size int64) error {
	old, replaces := r.rows[row.ID]
	if replaces && old.owner != row.Owner {
		return errors.New("drafts: the id is another person's")
	}
	if row.Dropped && replaces {
		return nil
	}
	own := 0
	for id, e := range r.rows {
		if e.owner == row.Owner && id != row.ID && !e.dropped {
			own++
		}
	}
	full := !replaces && (own >= r.limits.PerOwner && !row.Dropped || len(r.rows) >= r.limits.Count) ||
		r.size-old.size+size > r.limits.Bytes
	if full {
		return fault.New(fault.DraftsFull, ErrFull)
	}
	return nil
}

// Owned returns the rows of an owner, the newest first; what cannot be read any more is left out.
func (r *Room) Owned(owner wire.Hash) []Row {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []Row
	for id, e := range r.rows {
		if e.owner != owner {
			continue
		}
		row, _, err := read(r.file(id))
		if err == nil && row.ID == id && row.Owner == owner {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b Row) int { return b.SavedAt.Compare(a.SavedAt) })
	return rows
}

// Remove deletes the row of an id, if it is this owner's.
func (r *Room) Remove(owner wire.Hash, id wire.ID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, known := r.rows[id]; !known || e.owner != owner {
		return nil
	}
	return r.remove(id)
}

func (r *Room) remove(id wire.ID) error {
	if err := os.Remove(r.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.DiskFailed, fmt.Errorf("drafts: %w", err))
	}
	r.size -= r.rows[id].size
	delete(r.rows, id)
	if err := durable.SyncDir(r.dir); err != nil {
		return fault.New(fault.DiskFailed, err)
	}
	return nil
}

// Expire deletes what was saved before a time and returns how many drafts that were.
func (r *Room) Expire(before time.Time) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, e := range r.rows {
		if e.savedAt.Before(before) {
			if err := r.remove(id); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// Count returns how many rows there are.
func (r *Room) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.rows)
}
