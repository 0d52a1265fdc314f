// Package witness keeps the largest head of the mailbox's ledger that a kiosk has seen proved, and demands the proof
// that every other head which the mailbox signs belongs to the same ledger. Two heads that cannot belong together are a
// fork: the mailbox shows different people different histories.
//
// What a fork does, and why. Submissions go on: they are accepted, kept and sent, because the person at the terminal has
// done their part and cannot mend a mailbox (TRUST §9: an operator may delay). But no receipt of a forked ledger settles
// anything any more: settling says 受付 and gives up the sealed bytes, the only copy outside the mailbox that is in
// doubt, on the word of a ledger that has contradicted itself. The alarm stays until an operator removes the file.
// A receipt is not held back for its proof of consistency: it binds the mailbox by its signature, and the head that
// it brings is demanded of the mailbox until it is proved or found to contradict.
//
// Error model: Open fails with what is wrong with the file. Seen returns receipt.ErrFork for a head of a forked ledger,
// and the file system's error when what is newly known could not be written. An answer that no ledger key signed is
// ErrAnswer and changes nothing, so that who carries the messages cannot raise the alarm.
package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/internal/durable"
	"madoguchi/internal/event"
	"madoguchi/internal/jsonx"
	"madoguchi/pki/receipt"
)

// ErrAnswer reports an answer that is not the ledger's, or to nothing that was demanded.
var ErrAnswer = errors.New("witness: not an answer to what was demanded")

// maxPending bounds the heads that wait for their proof. Above it the smallest are let go: every larger one that is
// proved against the kept head is proved for the batch before it in nearly all cases, and receipts stay as evidence.
const maxPending = 256

// Witness is one kiosk's. It is safe for concurrent use.
type Witness struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	kept    file
	pending map[string]map[int64]head // by origin and size
	changed chan struct{}             // capacity 1
}

// file is what is kept on disk.
type file struct {
	V      int       `json:"v"` // 1
	Logs   []ledger  `json:"logs"`
	Newest time.Time `json:"newest"` // the newest time that the mailbox signed
}

// ledger is one log: its largest proved head, and the contradiction if there is one.
type ledger struct {
	Origin string   `json:"origin"`
	Head   []byte   `json:"head"` // signed note
	Fork   [][]byte `json:"fork"` // the signed notes that cannot all be true: what an operator shows to others
}

type head struct {
	receipt.Head
	signed []byte
}

// Open reads the file at path; there need not be one yet. Whoever can write it can be believed, so its heads are not
// verified again.
func Open(path string, log *slog.Logger) (*Witness, error) {
	w := &Witness{path: path, log: log, kept: file{V: 1}, pending: map[string]map[int64]head{}, changed: make(chan struct{}, 1)}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err == nil {
		err = jsonx.UnmarshalLoose(raw, &w.kept)
	}
	if err == nil && w.kept.V != 1 {
		err = errors.New("version")
	}
	if err != nil {
		return nil, fmt.Errorf("witness: %s: %w", path, err)
	}
	return w, nil
}

// Newest returns the newest time that the mailbox is known to have signed; zero: none.
func (w *Witness) Newest() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kept.Newest
}

// timeStep is how much newer a time must be to be written by itself: it is the coarse truth that outlives a clock.
const timeStep = time.Hour

// Time takes note of a time that the mailbox signed.
func (w *Witness) Time(at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !at.After(w.kept.Newest) {
		return nil
	}
	write := at.Sub(w.kept.Newest) >= timeStep
	w.kept.Newest = at.UTC()
	if !write {
		return nil
	}
	return w.write()
}

// Seen takes the head of a verified receipt. The first of a log is kept as it is, every other one must be proved.
func (w *Witness) Seen(h receipt.Head, signed []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.ledger(h.Origin)
	if l == nil {
		w.kept.Logs = append(w.kept.Logs, ledger{Origin: h.Origin, Head: signed})
		return w.write()
	}
	if len(l.Fork) > 0 {
		return receipt.ErrFork
	}
	known, err := l.head()
	if err != nil {
		return err
	}
	if h.Size == known.Size {
		if h.Root == known.Root {
			return nil
		}
		return w.fork(l, l.Head, signed)
	}
	return w.demand(l, head{h, signed})
}

// demand puts a head among those that wait for their proof. Two of one size that differ are a fork too.
func (w *Witness) demand(l *ledger, h head) error {
	waiting := w.pending[h.Origin]
	if waiting == nil {
		waiting = map[int64]head{}
		w.pending[h.Origin] = waiting
	}
	if other, ok := waiting[h.Size]; ok {
		if other.Root == h.Root {
			return nil
		}
		return w.fork(l, other.signed, h.signed)
	}
	waiting[h.Size] = h
	if len(waiting) > maxPending {
		smallest := h.Size
		for size := range waiting {
			smallest = min(smallest, size)
		}
		delete(waiting, smallest)
	}
	w.wake()
	return nil
}

// Demands returns what is to be demanded now, one range for each log: the largest head that is not proved first, since
// its proof moves the kept head furthest.
func (w *Witness) Demands() (all []receipt.Range) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.kept.Logs {
		l := &w.kept.Logs[i]
		known, err := l.head()
		if err != nil || len(l.Fork) > 0 || len(w.pending[l.Origin]) == 0 {
			continue
		}
		var largest int64
		for size := range w.pending[l.Origin] {
			largest = max(largest, size)
		}
		all = append(all, receipt.Range{Origin: l.Origin, From: min(known.Size, largest), To: max(known.Size, largest)})
	}
	return all
}

// Answer takes the mailbox's answer to a demand.
func (w *Witness) Answer(payload []byte, keys note.Verifiers) error {
	c, err := receipt.OpenConsistency(payload, keys)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.ledger(c.Origin)
	if l == nil || len(l.Fork) > 0 {
		return ErrAnswer
	}
	known, err := l.head()
	if err != nil {
		return err
	}
	other := c.From
	if other == known.Size {
		other = c.To
	}
	h, ok := w.pending[c.Origin][other]
	if !ok || c.From != min(known.Size, h.Size) || c.To != max(known.Size, h.Size) {
		return ErrAnswer
	}
	smaller, larger := known, h.Head
	if h.Size < known.Size {
		smaller, larger = larger, smaller
	}
	if c.Check(smaller, larger) != nil {
		return w.fork(l, l.Head, h.signed, payload)
	}
	delete(w.pending[c.Origin], h.Size)
	w.wake()
	if h.Size < known.Size {
		return nil
	}
	l.Head = h.signed
	return w.write()
}

// fork writes the contradiction down and raises the alarm.
func (w *Witness) fork(l *ledger, contradiction ...[]byte) error {
	l.Fork = contradiction
	delete(w.pending, l.Origin)
	event.LedgerForked.Log(w.log, "origin", l.Origin)
	w.wake()
	return errors.Join(receipt.ErrFork, w.write())
}

// State is how far one log is known.
type State struct {
	receipt.Head
	Unproved int  // heads that wait for their proof
	Forked   bool // the alarm
}

// States returns every log that was seen, the last one last.
func (w *Witness) States() (all []State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.kept.Logs {
		l := &w.kept.Logs[i]
		if known, err := l.head(); err == nil {
			all = append(all, State{known, len(w.pending[l.Origin]), len(l.Fork) > 0})
		}
	}
	return all
}

// Changed gets a value after something changed.
func (w *Witness) Changed() <-chan struct{} { return w.changed }

func (w *Witness) wake() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *Witness) ledger(origin string) *ledger {
	for i := range w.kept.Logs {
		if w.kept.Logs[i].Origin == origin {
			return &w.kept.Logs[i]
		}
	}
	return nil
}

func (l *ledger) head() (receipt.Head, error) { return receipt.ReadHead(l.Head) }

func (w *Witness) write() error {
	raw, err := jsonx.Marshal(w.kept)
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	if err := durable.WriteFile(w.path, raw, 0o600); err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	return nil
}
