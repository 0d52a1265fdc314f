package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"madoguchi/device/apdu"
)

var (
	// ErrOccupied reports a slot that holds a card already; it must be removed first, as from a real slot.
	ErrOccupied = errors.New("sim: a card is in the slot")
	// ErrTooLong reports a command in extended length to a reader that does not pass it.
	ErrTooLong = errors.New("sim: the reader passes no extended length")
)

// Reader is a slot for virtual cards.
type Reader struct {
	name string

	mu       sync.Mutex
	card     string // path of the card inside; "": none
	session  *session
	changed  chan struct{}
	extended bool
	observe  func(command, response []byte)
	script   []Mishap // the reader's own; nil: the card's
	count    int      // commands since the script began
}

var _ apdu.Reader = (*Reader)(nil)

// NewReader returns an empty slot of a reader that passes extended length.
func NewReader(name string) *Reader {
	return &Reader{name: name, changed: make(chan struct{}), extended: true}
}

// Insert puts the card of that file into the slot: ErrOccupied, or Load's errors.
func (r *Reader) Insert(cardPath string) error {
	if _, err := Load(cardPath); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.card != "" {
		return ErrOccupied
	}
	r.change(cardPath)
	return nil
}

// Remove takes the card out; an empty slot stays as it is.
func (r *Reader) Remove() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.card == "" {
		return
	}
	if r.session != nil {
		r.session.end(apdu.ErrRemoved)
	}
	r.change("")
}

func (r *Reader) change(card string) {
	r.card = card
	if r.script == nil {
		r.count = 0
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// Inserted returns the path of the card inside, "" for none.
func (r *Reader) Inserted() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.card
}

// Log has observe called with every command and its response, before the response is delivered; from one goroutine
// at a time, and free to call the Reader. The bytes are copies, PINs and all: for tests.
func (r *Reader) Log(observe func(command, response []byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.observe = observe
}

// Play has these mishaps befall the commands that come from now on, whatever is inserted meanwhile, in place of those of
// the cards' own scripts, which count from each insertion. Without any the cards' own are played again.
func (r *Reader) Play(script ...Mishap) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script, r.count = script, 0
}

// Count returns how many commands have come since the insertion, or since Play was called.
func (r *Reader) Count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// next counts a command and says what goes wrong with it. The mutex is held.
func (r *Reader) next(own []Mishap) []Mishap {
	r.count++
	script := r.script
	if script == nil {
		script = own
	}
	var due []Mishap
	for _, m := range script {
		if m.At == 0 || m.At == r.count {
			due = append(due, m)
		}
	}
	return due
}

// SetExtended says whether the reader passes extended length.
func (r *Reader) SetExtended(extended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.extended = extended
}

// Name returns the name given to NewReader.
func (r *Reader) Name() string { return r.name }

// Present reports whether a card is in the slot.
func (r *Reader) Present() bool { return r.Inserted() != "" }

// Changed is closed at the next Insert or Remove.
func (r *Reader) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Extended reports whether the reader passes extended length.
func (r *Reader) Extended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.extended
}

// Connect powers the card on, with its counters as the file has them now: apdu.ErrNoCard, apdu.ErrBusy, Load's errors.
func (r *Reader) Connect(ctx context.Context) (apdu.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.card == "":
		return nil, apdu.ErrNoCard
	case r.session != nil:
		return nil, apdu.ErrBusy
	}
	path := r.card
	file, err := Load(path)
	if err != nil {
		return nil, err
	}
	chip, err := powerOn(file, func() error { return file.Save(path) })
	if err != nil {
		return nil, fmt.Errorf("sim: power on: %w", err)
	}
	r.session = &session{reader: r, chip: chip, atr: file.ATR(), over: make(chan struct{})}
	return r.session, nil
}

// session is a Reader's connection to the card inside. Its chip and ended belong to the reader's mutex.
type session struct {
	reader *Reader
	line   sync.Mutex // one command at a time
	atr    []byte
	chip   *chip // nil once the power is off
	ended  error
	over   chan struct{} // closed with the power
}

var _ apdu.Resetter = (*session)(nil)

// ATR returns the card's answer to reset.
func (s *session) ATR() []byte { return slices.Clone(s.atr) }

// end powers the chip off. The reader's mutex is held.
func (s *session) end(why error) {
	if s.chip == nil {
		return
	}
	s.chip, s.ended = nil, why
	s.reader.session = nil
	close(s.over)
}

// Close powers the card off.
func (s *session) Close() error {
	s.reader.mu.Lock()
	defer s.reader.mu.Unlock()
	s.end(apdu.ErrClosed)
	return nil
}

// Transmit has the card answer. A card that is removed before the answer is delivered has still acted on the
// command, as a real one may have.
func (s *session) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	s.line.Lock()
	defer s.line.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	response, observe, due, err := s.exchange(command)
	if err != nil {
		return nil, err
	}
	if observe != nil && response != nil {
		observe(slices.Clone(command), slices.Clone(response))
	}
	for _, m := range due {
		if response, err = s.suffer(ctx, m, response); err != nil {
			return nil, err
		}
	}
	s.reader.mu.Lock()
	defer s.reader.mu.Unlock()
	if s.chip == nil {
		return nil, s.ended
	}
	return response, nil
}

// exchange has the chip answer, unless what goes wrong keeps the command from it: then there is no response.
func (s *session) exchange(command []byte) (response []byte, observe func(command, response []byte), due []Mishap, err error) {
	r := s.reader
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case s.chip == nil:
		return nil, nil, nil, s.ended
	case !r.extended && beyondShort(command):
		return nil, nil, nil, ErrTooLong
	}
	due = r.next(s.chip.file.Script)
	for _, m := range due {
		switch {
		case m.What == PullBefore, m.What == Mute:
			return nil, nil, due, nil
		case m.What == ShortOnly && beyondShort(command):
			return status(swLength), r.observe, due, nil
		}
	}
	return s.chip.answer(command), r.observe, due, nil
}

// suffer lets one mishap befall the answer.
func (s *session) suffer(ctx context.Context, m Mishap, response []byte) ([]byte, error) {
	switch m.What {
	case PullBefore, PullDuring:
		s.reader.Remove()
		return nil, apdu.ErrRemoved
	case Mute:
		return nil, s.wait(ctx, nil)
	case Slow:
		late := time.NewTimer(m.Delay)
		defer late.Stop()
		return response, s.wait(ctx, late.C)
	case ShortOnly, Garbage, Cut, Stub, Longer:
	}
	return m.What.spoil(response), nil
}

// wait returns nil when it is time, and an error when the power is gone or ctx has ended.
func (s *session) wait(ctx context.Context, due <-chan time.Time) error {
	select {
	case <-due:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.over:
		s.reader.mu.Lock()
		defer s.reader.mu.Unlock()
		return s.ended
	}
}

// beyondShort reports a command that no short APDU can be (ISO/IEC 7816-3 §12.1.3).
func beyondShort(command []byte) bool { return len(command) > 5 && command[4] == 0 }
