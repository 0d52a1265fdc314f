package ifd

import (
	"sync"
	"time"
)

// The keys of a pad that are no digits.
const (
	KeyOK     = '\r'
	KeyCancel = 0x1B
	KeyClear  = '\b'
)

// defaultSeconds is how long a pad waits when the host leaves it to the pad.
const defaultSeconds = 30

// Pad is the keys of a PIN-pad reader.
type Pad struct {
	second time.Duration // how long a second of its time-out lasts: tests have no 30

	mu      sync.Mutex
	waiting chan byte // keys of the entry that is under way; nil: none
	ended   chan struct{}
	began   chan struct{} // closed when the next entry begins
}

// NewPad returns a pad whose seconds last that long.
func NewPad(second time.Duration) *Pad {
	return &Pad{second: second, began: make(chan struct{})}
}

// Press presses keys, one by one, while an entry is under way; it reports whether one was. Keys that come at another
// time are lost, as on a real pad.
func (p *Pad) Press(keys ...byte) bool {
	for _, k := range keys {
		p.mu.Lock()
		waiting, ended := p.waiting, p.ended
		p.mu.Unlock()
		if waiting == nil {
			return false
		}
		select {
		case waiting <- k:
		case <-ended:
			return false
		}
	}
	return true
}

// Began is closed when the next entry begins; take it before.
func (p *Pad) Began() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.began
}

// abort ends an entry: card or reader have gone. A nil pad has none.
func (p *Pad) abort() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting != nil {
		close(p.ended)
		p.waiting = nil
	}
}

func (p *Pad) begin() (keys <-chan byte, ended <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting, p.ended = make(chan byte), make(chan struct{})
	close(p.began)
	p.began = make(chan struct{})
	return p.waiting, p.ended
}

// collect takes keys until the PIN is complete, and returns it, or the status word of PC/SC part 10 §2.5.2 for how it
// ended.
func (p *Pad) collect(v verifyBlock) (pin []byte, status int) {
	keys, ended := p.begin()
	defer p.abort()
	seconds := v.seconds
	if seconds == 0 {
		seconds = defaultSeconds
	}
	over := time.NewTimer(time.Duration(seconds) * p.second)
	defer over.Stop()
	pin = make([]byte, 0, 16) // never grown: no copy is left behind
	for {
		select {
		case <-over.C:
			return nil, statusPadTimeout
		case <-ended:
			return nil, statusPadCancelled
		case k := <-keys:
			complete, sw := v.key(&pin, k)
			if complete || sw != 0 {
				return pin, sw
			}
		}
	}
}

// key takes one key in.
func (v verifyBlock) key(pin *[]byte, k byte) (complete bool, status int) {
	switch {
	case k == KeyCancel:
		return false, statusPadCancelled
	case k == KeyClear:
		*pin = (*pin)[:0]
	case k >= '0' && k <= '9' && len(*pin) < min(v.max, cap(*pin)):
		*pin = append(*pin, k)
		return v.condition&validateByMaximum != 0 && len(*pin) == v.max, 0
	case k == KeyOK && len(*pin) < v.min:
		return false, statusPadLength
	case k == KeyOK:
		return true, 0
	}
	return false, 0
}
