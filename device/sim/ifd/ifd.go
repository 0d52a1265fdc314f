// Package ifd is the simulator's side of our IFD handler (handler/handler.c): readers with one slot or more, with or
// without a PIN pad, that a real pcscd drives over a unix socket. Cards are those of package sim; an insertion
// reaches pcscd in milliseconds.
//
// A connection begins with two bytes: C (requests) or E (events), and the slot's number. A request is an operation
// (one byte) and its data (length in four bytes, big-endian, then the bytes); the answer a result as in pcsc-lite's
// ifdhandler.h (four bytes) and data in the same form. On an event connection a byte is written after every change.
//
// Error model: whatever pcscd asks gets an answer; a frame that is none ends its connection. Serve returns when its
// listener is closed. No error holds a byte of a command.
package ifd

import (
	_ "embed" // the handler's source
	"sync"

	"madoguchi/device/sim"
)

// Source is the IFD handler's source in C, to be compiled with pcsc-lite's headers into a shared object.
//
//go:embed handler/handler.c
var Source []byte

// Properties are what a reader says of itself (PC/SC part 10 §2.6.14).
type Properties int

const (
	// Extended readers pass extended length (dwMaxAPDUDataSize 10000 hexadecimal).
	Extended Properties = iota
	// ShortOnly readers say that they do not.
	ShortOnly
	// Silent readers know no features at all.
	Silent
)

// Slot is a place for a card in a reader.
type Slot struct {
	Reader   *sim.Reader // put cards in here
	Contacts *Contacts

	pad        *Pad
	properties Properties

	mu        sync.Mutex
	unplugged bool
	news      chan struct{}   // closed at the next change that is not the sim.Reader's
	seen      <-chan struct{} // the Reader's Changed when a card was last reported present; nil: absent
}

// NewSlot returns an empty slot; pad may be nil.
func NewSlot(name string, p Properties, pad *Pad) *Slot {
	r := sim.NewReader(name)
	r.SetExtended(p != ShortOnly)
	return &Slot{Reader: r, Contacts: NewContacts(r), pad: pad, properties: p, news: make(chan struct{})}
}

// Unplug pulls the reader out of the computer. It stays known by its socket and can be plugged in again.
func (s *Slot) Unplug() { s.plug(true) }

// Plug puts the reader back. pcscd looks for it when it is asked to rescan.
func (s *Slot) Plug() { s.plug(false) }

func (s *Slot) plug(unplugged bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unplugged = unplugged
	s.tellAll()
	if unplugged {
		s.Contacts.PowerDown()
		s.pad.abort()
	}
}

// tellAll wakes whoever waits for news; the mutex is held.
func (s *Slot) tellAll() {
	close(s.news)
	s.news = make(chan struct{})
}

func (s *Slot) gone() (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unplugged, s.news
}
