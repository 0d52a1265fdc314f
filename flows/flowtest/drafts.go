package flowtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/wire"
)

// Disk is where Drafts keeps what people have not finished. It outlives the program in a test.
type Disk struct {
	mu   sync.Mutex
	rows []row
}

type row struct {
	who flows.Identity
	flows.Kept
}

// Drafts keeps drafts on a Disk. Its fields may be set before it is used.
type Drafts struct {
	Disk    *Disk
	Here    bool          // the line is down: kept on this terminal only
	AllErr  error         // of All
	KeepErr error         // of Keep
	Slow    time.Duration // Keep takes so long

	mu   sync.Mutex
	gone map[flows.Identity]bool // their key has been wiped
}

// NewDrafts returns drafts on a disk.
func NewDrafts(d *Disk) *Drafts { return &Drafts{Disk: d, gone: map[flows.Identity]bool{}} }

// All returns a person's drafts, the newest first.
func (d *Drafts) All(_ context.Context, who flows.Identity) (all []flows.Kept, _ error) {
	if d.AllErr != nil {
		return nil, d.AllErr
	}
	d.mu.Lock()
	delete(d.gone, who) // they have logged in
	d.mu.Unlock()
	d.Disk.mu.Lock()
	defer d.Disk.mu.Unlock()
	for _, r := range d.Disk.rows {
		if r.who == who {
			all = append(all, r.Kept)
		}
	}
	slices.SortStableFunc(all, func(a, b flows.Kept) int { return b.SavedAt.Compare(a.SavedAt) })
	return all, nil
}

// Keep replaces the draft of that ID; who has left has no key any more.
func (d *Drafts) Keep(ctx context.Context, who flows.Identity, k flows.Kept) (here bool, err error) {
	if d.Slow > 0 {
		select {
		case <-time.After(d.Slow):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	switch {
	case d.KeepErr != nil:
		return false, d.KeepErr
	case d.left(who):
		return false, fault.New(fault.NotKept, nil)
	}
	d.Disk.mu.Lock()
	defer d.Disk.mu.Unlock()
	k.Here, k.Content = d.Here, slices.Clone(k.Content)
	d.Disk.rows = slices.DeleteFunc(d.Disk.rows, func(r row) bool { return r.ID == k.ID && r.who == who })
	d.Disk.rows = append(d.Disk.rows, row{who, k})
	return d.Here, nil
}

// Drop deletes a draft.
func (d *Drafts) Drop(_ context.Context, who flows.Identity, id wire.ID) error {
	d.Disk.mu.Lock()
	defer d.Disk.mu.Unlock()
	d.Disk.rows = slices.DeleteFunc(d.Disk.rows, func(r row) bool { return r.ID == id && r.who == who })
	return nil
}

// Leave wipes the key of who has logged in, until they log in again.
func (d *Drafts) Leave(who flows.Identity) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone[who] = true
}

func (d *Drafts) left(who flows.Identity) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gone[who]
}

// Copy returns what is on the disk now, as a program finds it that starts after a kill.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{rows: slices.Clone(d.rows)}
}

// Keeps returns the drafts of everybody.
func (d *Disk) Keeps() (all []flows.Kept) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.rows {
		all = append(all, r.Kept)
	}
	return all
}
