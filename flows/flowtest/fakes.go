// Package flowtest lets flows run without a terminal: a front that is played by a test, cards and a post that
// keep their promises in memory. A visit is best played inside a synctest bubble, where time stands until
// everything has settled.
//
// Error model: the fakes return the same *fault.Error values as the real rooms; the visitor fails the test.
package flowtest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/wire"
)

// Card is a My Number Card in memory. Its fields may be set before it is used.
type Card struct {
	Who                   flows.Identity
	AuthPIN               []byte
	SignPIN               []byte
	InputPIN              []byte
	NumberB               []byte
	Person                *flows.Attributes // nil: a card without
	AuthLeft              int               // tries left
	SignLeft              int
	InputLeft, NumberLeft int
	SignErr               error // returned by Sign after a correct password
	TriesErr              map[flows.Key]error
	Slow                  time.Duration // Login and Sign take so long, or until their context ends
	Asked                 int           // secrets that reached the card

	mu sync.Mutex
}

// NewCard returns a card whose holder is told apart by name.
func NewCard(name string) *Card {
	return &Card{
		Who: flows.Identity{AuthKey: wire.Sum([]byte(name))}, AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"), AuthLeft: 3, SignLeft: 5,
		InputPIN: []byte("1234"), NumberB: []byte("55021720352285"), InputLeft: 3, NumberLeft: 10,
		Person: &flows.Attributes{Name: name, Address: "窓口市一番町1-2", Birth: "1992-03-03", Sex: "2"},
	}
}

// Kind is always a My Number Card.
func (c *Card) Kind() flows.Kind { return flows.MyNumber }

// Tries returns what is left.
func (c *Card) Tries(_ context.Context, k flows.Key) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.TriesErr[k]; err != nil {
		return 0, err
	}
	if c.Person == nil && (k == flows.InputKey || k == flows.NumberB) {
		return 0, fault.New(fault.NoAttributes, nil)
	}
	return *c.left(k), nil
}

// Login verifies the PIN and names the holder.
func (c *Card) Login(ctx context.Context, pin []byte) (flows.Identity, error) {
	if err := c.verify(ctx, flows.AuthKey, pin); err != nil {
		return flows.Identity{}, err
	}
	return c.Who, nil
}

// Sign verifies the password and returns a signature that is none.
func (c *Card) Sign(ctx context.Context, pin []byte, d forms.Document) (flows.Signed, error) {
	if d.AuthKey() != c.Who.AuthKey {
		clear(pin)
		return flows.Signed{}, fault.New(fault.OtherCard, nil)
	}
	if err := c.verify(ctx, flows.SignKey, pin); err != nil {
		return flows.Signed{}, err
	}
	if c.SignErr != nil {
		return flows.Signed{}, c.SignErr
	}
	return flows.Signed{Document: d, CMS: []byte("cms"), By: c.Who}, nil
}

// Attributes verifies the secret and returns Person.
func (c *Card) Attributes(ctx context.Context, k flows.Key, secret []byte) (flows.Attributes, error) {
	if c.Person == nil {
		clear(secret)
		return flows.Attributes{}, fault.New(fault.NoAttributes, nil)
	}
	if err := c.verify(ctx, k, secret); err != nil {
		return flows.Attributes{}, err
	}
	return *c.Person, nil
}

func (c *Card) verify(ctx context.Context, k flows.Key, pin []byte) error {
	defer clear(pin)
	if c.Slow > 0 {
		select {
		case <-time.After(c.Slow):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Asked++
	left, want, limit := c.left(k), c.AuthPIN, 3
	switch k {
	case flows.SignKey:
		want, limit = c.SignPIN, 5
	case flows.InputKey:
		want = c.InputPIN
	case flows.NumberB:
		want, limit = c.NumberB, 10
	case flows.AuthKey:
	}
	switch {
	case *left == 0:
		return fault.New(fault.PINBlocked, nil)
	case !bytes.Equal(bytes.ToUpper(pin), want):
		if *left--; *left == 0 {
			return fault.New(fault.PINBlocked, nil)
		}
		return fault.New(fault.PINWrong, nil, "Tries", *left)
	}
	*left = limit
	return nil
}

func (c *Card) left(k flows.Key) *int {
	switch k {
	case flows.SignKey:
		return &c.SignLeft
	case flows.InputKey:
		return &c.InputLeft
	case flows.NumberB:
		return &c.NumberLeft
	case flows.AuthKey:
	}
	return &c.AuthLeft
}

// Cards is a reader in memory.
type Cards struct {
	Slow time.Duration // Await takes so long to know a card

	mu      sync.Mutex
	card    flows.Card
	err     error // instead of a card: what Await reports while something lies there
	lost    error // no reader
	gone    chan struct{}
	changed chan struct{}
}

// NewCards returns an empty reader.
func NewCards() *Cards { return &Cards{changed: make(chan struct{})} }

// Insert puts a card on the reader, taking out what lies there.
func (c *Cards) Insert(card flows.Card) { c.put(card, nil) }

// InsertStrange puts something on the reader that Await reports as err.
func (c *Cards) InsertStrange(err error) { c.put(nil, err) }

// Remove takes out what lies there.
func (c *Cards) Remove() { c.put(nil, nil) }

func (c *Cards) put(card flows.Card, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone != nil {
		close(c.gone)
		c.gone = nil
	}
	c.lost = nil
	if c.card, c.err = card, err; card != nil {
		c.gone = make(chan struct{})
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Await returns the card as soon as one lies there.
func (c *Cards) Await(ctx context.Context, _ flows.Kind) (flows.Card, error) {
	for {
		c.mu.Lock()
		card, err, changed := c.card, c.err, c.changed
		c.mu.Unlock()
		if card != nil || err != nil {
			time.Sleep(c.Slow)
			return card, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Gone is closed when the card leaves; at once when it has.
func (c *Cards) Gone(card flows.Card) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.card == card && c.gone != nil {
		return c.gone
	}
	left := make(chan struct{})
	close(left)
	return left
}

// Present reports whether anything lies on the reader.
func (c *Cards) Present() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.card != nil || c.err != nil
}

// Lose unplugs the reader: err is what Trouble and Await report until Insert.
func (c *Cards) Lose(err error) {
	c.put(nil, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = err
}

// Trouble is what Lose said.
func (c *Cards) Trouble() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

// Post is an outbox and a mailbox in memory.
type Post struct {
	RoomErr    error
	AcceptErr  error
	EarlierErr error
	KeptAt     time.Time     // of every ticket
	Slow       time.Duration // Accept takes so long, or until its context ends

	mu      sync.Mutex
	online  bool
	line    chan struct{} // closed when online changes
	settled chan struct{} // closed at the next outcome
	kept    []*kept
}

type kept struct {
	owner  flows.Identity
	filed  flows.Filed
	told   bool
	shown  bool
	signed flows.Signed
}

// NewPost returns a post whose line stands.
func NewPost() *Post {
	return &Post{online: true, line: make(chan struct{}), settled: make(chan struct{})}
}

// Room returns RoomErr.
func (p *Post) Room() error { return p.RoomErr }

// Accept keeps a submission.
func (p *Post) Accept(ctx context.Context, s flows.Signed) (wire.Ticket, error) {
	if p.Slow > 0 {
		select {
		case <-time.After(p.Slow):
		case <-ctx.Done():
			return wire.Ticket{}, ctx.Err()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.AcceptErr != nil {
		return wire.Ticket{}, p.AcceptErr
	}
	ticket := wire.NewTicket(s.Document.ID(), s.Document.ManifestHash(), p.KeptAt)
	for _, k := range p.kept {
		if k.filed.Ticket.ID == ticket.ID {
			return k.filed.Ticket, nil
		}
	}
	p.kept = append(p.kept, &kept{owner: s.By, filed: flows.Filed{Ticket: ticket, Outcome: wire.Outcome{State: wire.Waiting}}, signed: s})
	return ticket, nil
}

// Outcome waits until Settle.
func (p *Post) Outcome(ctx context.Context, id wire.ID) (wire.Outcome, error) {
	for {
		p.mu.Lock()
		k, changed := p.find(id), p.settled
		var out wire.Outcome
		if k != nil {
			out = k.filed.Outcome
		}
		p.mu.Unlock()
		if k == nil {
			return wire.Outcome{}, errors.New("flowtest: nothing kept under that id")
		}
		if out.State != wire.Waiting {
			return out, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return wire.Outcome{}, ctx.Err()
		}
	}
}

func (p *Post) find(id wire.ID) *kept {
	for _, k := range p.kept {
		if k.filed.Ticket.ID == id {
			return k
		}
	}
	return nil
}

// Earlier returns what has not been told.
func (p *Post) Earlier(who flows.Identity) (all []flows.Filed, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.EarlierErr != nil {
		return nil, p.EarlierErr
	}
	for _, k := range p.kept {
		if k.owner == who && !k.told {
			all = append(all, k.filed)
		}
	}
	return all, nil
}

// Told notes that the person has seen it.
func (p *Post) Told(id wire.ID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.find(id); k != nil {
		k.told = true
	}
	return nil
}

// Find returns what was accepted under an id.
func (p *Post) Find(id wire.ID) (flows.Filed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.find(id); k != nil {
		return k.filed, true
	}
	return flows.Filed{}, false
}

// Unshown returns the ticket of what was accepted last if nobody has seen it.
func (p *Post) Unshown() (wire.Ticket, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) == 0 || p.kept[len(p.kept)-1].shown {
		return wire.Ticket{}, false
	}
	return p.kept[len(p.kept)-1].filed.Ticket, true
}

// Shown notes that the person has seen the ticket.
func (p *Post) Shown(id wire.ID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.find(id); k != nil {
		k.shown = true
	}
	return nil
}

// Kept returns everything accepted, in order.
func (p *Post) Kept() (all []flows.Signed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.kept {
		all = append(all, k.signed)
	}
	return all
}

// Settle gives every waiting submission its outcome.
func (p *Post) Settle(out wire.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.kept {
		if k.filed.Outcome.State == wire.Waiting {
			k.filed.Outcome = out
		}
	}
	close(p.settled)
	p.settled = make(chan struct{})
}

// SetOnline takes the line up or down.
func (p *Post) SetOnline(up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.online = up
	close(p.line)
	p.line = make(chan struct{})
}

// Online reports what SetOnline set.
func (p *Post) Online() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.online
}

// Changed is closed when SetOnline is called.
func (p *Post) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line
}
