// Package virtual gives a demo kiosk its hands: a reader that takes virtual cards from files, a network that can
// be taken down, and the dock that a front shows along its bottom. A kiosk whose configuration does not say
// demo never has one.
//
// Error model: what the dock cannot do is an ordinary error that the front shows in the dock.
package virtual

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"madoguchi/device/sim"
	"madoguchi/sync/outbox"
	"madoguchi/ui"
)

// ErrDown is what dialling gives while the network is down.
var ErrDown = errors.New("virtual: the network is down")

// shown is how many of the outbox's submissions the dock lists, the newest first.
const shown = 5

// Bench is the virtual reader, the cards and the network of one kiosk.
type Bench struct {
	Reader *sim.Reader

	cards []ui.DockCard
	files map[string]string

	mu      sync.Mutex
	outbox  *outbox.Outbox
	down    bool
	conns   map[net.Conn]struct{}
	changed chan struct{}
}

var _ ui.Dock = (*Bench)(nil)

// Open reads the virtual cards (*.json) of a folder.
func Open(folder string) (*Bench, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("virtual: %w", err)
	}
	b := &Bench{
		Reader: sim.NewReader("virtual"), files: map[string]string{}, conns: map[net.Conn]struct{}{}, changed: make(chan struct{}),
	}
	special := map[string]int{} // cards that show something unusual come last: a dock may have keys for a few only
	for _, name := range names {
		f, err := sim.Load(name)
		if err != nil {
			return nil, fmt.Errorf("virtual: %s: %w", filepath.Base(name), err)
		}
		short := strings.TrimSuffix(filepath.Base(name), ".json")
		b.files[short] = name
		b.cards = append(b.cards, dockCard(short, f))
		if f.Note != "" {
			special[short] = 1
		}
	}
	slices.SortFunc(b.cards, func(x, y ui.DockCard) int {
		return cmp.Or(cmp.Compare(special[x.Name], special[y.Name]), cmp.Compare(x.Name, y.Name))
	})
	return b, nil
}

func dockCard(name string, f *sim.File) ui.DockCard {
	c := ui.DockCard{Name: name, Label: f.Label}
	if f.Note != "" {
		c.Label += "（" + f.Note + "）"
	}
	if f.Auth != nil {
		c.AuthPIN = string(f.Auth.PIN)
	}
	if f.Sign != nil {
		c.SignPIN = string(f.Sign.PIN)
	}
	return c
}

// Watch lets the dock look into an outbox; it follows its changes until ctx ends.
func (b *Bench) Watch(ctx context.Context, o *outbox.Outbox) {
	b.mu.Lock()
	b.outbox = o
	b.mu.Unlock()
	for {
		changed := o.Changed()
		b.notify()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// Cards returns the usual cards in the order of their names, and then the others.
func (b *Bench) Cards() []ui.DockCard {
	inserted := b.Reader.Inserted()
	out := slices.Clone(b.cards)
	for i := range out {
		out[i].Inserted = b.files[out[i].Name] == inserted
	}
	return out
}

// Insert takes the card out that lies on the reader and puts the named one there; the one that lies there already
// stays.
func (b *Bench) Insert(name string) error {
	file, ok := b.files[name]
	if !ok {
		return fmt.Errorf("virtual: no card %q", name)
	}
	if b.Reader.Inserted() == file {
		return nil
	}
	defer b.notify()
	b.Reader.Remove()
	return b.Reader.Insert(file)
}

// Remove takes the card.
func (b *Bench) Remove() {
	b.Reader.Remove()
	b.notify()
}

// Network reports whether the network is up.
func (b *Bench) Network() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.down
}

// SetNetwork takes the network up or down; going down cuts what is connected.
func (b *Bench) SetNetwork(up bool) {
	b.mu.Lock()
	b.down = !up
	cut := slices.Collect(maps.Keys(b.conns))
	b.mu.Unlock()
	if !up {
		for _, c := range cut {
			_ = c.Close()
		}
	}
	b.notify()
}

// Outbox lists what is kept, a line each: number and state, nothing of the person.
func (b *Bench) Outbox() []string {
	b.mu.Lock()
	open := b.outbox
	b.mu.Unlock()
	if open == nil {
		return nil
	}
	records, err := open.Recent(shown)
	if err != nil {
		return []string{err.Error()}
	}
	lines := make([]string, 0, len(records))
	for _, r := range records {
		lines = append(lines, r.Ticket.Number+" "+string(r.Outcome.State))
	}
	return lines
}

// Changed is closed at the next change of anything the dock shows.
func (b *Bench) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *Bench) notify() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
}

// Dial is the network as the kiosk's line uses it.
func (b *Bench) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if !b.Network() {
		return nil, ErrDown
	}
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	t := &tracked{Conn: c, bench: b}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		_ = c.Close()
		return nil, ErrDown
	}
	b.conns[t] = struct{}{}
	return t, nil
}

// tracked is a connection that the bench can cut. A cut is not the owner's own Close and must not look like it:
// paho hears nothing of a connection that ends with net.ErrClosed.
type tracked struct {
	net.Conn
	bench *Bench
}

func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	if errors.Is(err, net.ErrClosed) {
		err = ErrDown
	}
	return n, err
}

func (t *tracked) Close() error {
	t.bench.mu.Lock()
	delete(t.bench.conns, t)
	t.bench.mu.Unlock()
	return t.Conn.Close()
}
