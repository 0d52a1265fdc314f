// Package volatile is a disk with a volatile write cache, served as a network block device (NBD): what was written
// and not flushed may be gone after a power cut, sector by sector. Guests of internal/powercut run on it.
//
// Error model: a client that breaks the protocol loses its connection and learns nothing; what the disk was told
// to keep it keeps. Nothing else can fail: it is memory.
package volatile

import (
	"errors"
	"math/rand/v2"
	"sync"
)

// Sector is the unit that a power cut keeps or loses whole, in bytes.
const Sector = 512

// ErrRange reports a request beyond the end of the disk, or not in whole sectors.
var ErrRange = errors.New("volatile: outside of the disk")

// Disk is the medium and the cache before it. It is safe for concurrent use.
type Disk struct {
	// Lies makes it a disk that acknowledges a flush and does nothing, as some cards do: the control of an experiment.
	Lies bool

	mu      sync.Mutex
	medium  []byte
	cache   map[int64][]byte // by sector number: written, not flushed
	off     bool             // without power: answers nothing and takes nothing
	flushes int
}

// New returns a disk that holds image, whose length must be whole sectors.
func New(image []byte) (*Disk, error) {
	if len(image) == 0 || len(image)%Sector != 0 {
		return nil, ErrRange
	}
	return &Disk{medium: image, cache: map[int64][]byte{}}, nil
}

// Size returns the disk's size in bytes.
func (d *Disk) Size() int64 { return int64(len(d.medium)) }

// Flushes returns how many flushes and forced writes there were.
func (d *Disk) Flushes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.flushes
}

// errOff ends the connections of a disk that has lost its power.
var errOff = errors.New("volatile: no power")

func (d *Disk) check(at int64, n int) error {
	if d.off {
		return errOff
	}
	if at < 0 || n < 0 || at%Sector != 0 || n%Sector != 0 || at+int64(n) > d.Size() {
		return ErrRange
	}
	return nil
}

// read fills p with what a reader sees: the cache before the medium.
func (d *Disk) read(p []byte, at int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.check(at, len(p)); err != nil {
		return err
	}
	copy(p, d.medium[at:])
	for n := range int64(len(p) / Sector) {
		if s, cached := d.cache[at/Sector+n]; cached {
			copy(p[n*Sector:], s)
		}
	}
	return nil
}

// write puts p into the cache; forced (FUA), onto the medium.
func (d *Disk) write(p []byte, at int64, forced bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.check(at, len(p)); err != nil {
		return err
	}
	for n := range int64(len(p) / Sector) {
		d.cache[at/Sector+n] = append([]byte(nil), p[n*Sector:(n+1)*Sector]...)
	}
	if forced {
		d.flushes++
		for n := range int64(len(p) / Sector) {
			d.settle(at/Sector + n)
		}
	}
	return nil
}

func (d *Disk) settle(sector int64) {
	if !d.Lies {
		copy(d.medium[sector*Sector:], d.cache[sector])
		delete(d.cache, sector)
	}
}

// flush brings the cache onto the medium.
func (d *Disk) flush() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return errOff
	}
	d.flushes++
	for sector := range d.cache {
		d.settle(sector)
	}
	return nil
}

// Cut takes the power: of what was not flushed, each sector reaches the medium or not, as the dice fall. From now on
// nothing is answered, until Restore. It returns how many sectors were kept and lost.
func (d *Disk) Cut(dice *rand.Rand) (kept, lost int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
	for sector, data := range d.cache {
		if dice.IntN(2) == 0 {
			copy(d.medium[sector*Sector:], data)
			kept++
		} else {
			lost++
		}
	}
	clear(d.cache)
	return kept, lost
}

// Restore gives the power back.
func (d *Disk) Restore() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = false
}
