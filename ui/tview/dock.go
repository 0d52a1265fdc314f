package tview

import (
	"context"
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"madoguchi/i18n"
	"madoguchi/ui"
)

// maxCards is how many cards have a key: F5 to F8.
const maxCards = 4

// bench is the dock as it was last seen, so that drawing asks nobody.
type bench struct {
	there   bool
	cards   []ui.DockCard
	network bool
	outbox  []string
	failed  string
}

// watch looks at the dock whenever it changes.
func (f *Front) watch(ctx context.Context) {
	for {
		changed := f.dock.Changed() // before the look: no change falls between
		cards := f.dock.Cards()
		b := bench{there: true, cards: cards[:min(len(cards), maxCards)], network: f.dock.Network(), outbox: f.dock.Outbox()}
		f.mu.Lock()
		b.failed, f.bench = f.bench.failed, b
		f.mu.Unlock()
		f.gate.poke()
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// work does what the dock's keys ask for, one after the other, away from the event loop.
func (f *Front) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case act := <-f.acts:
			failed := ""
			if err := act(); err != nil {
				failed = err.Error()
			}
			f.mu.Lock()
			f.bench.failed = failed
			f.mu.Unlock()
			f.gate.poke()
		}
	}
}

func (f *Front) act(do func() error) {
	select {
	case f.acts <- do:
	default: // eight are waiting: enough
	}
}

// dockKey does what a key means to the dock; false when it means nothing.
func (v *view) dockKey(k tcell.Key) bool {
	d := v.front.dock
	switch i := int(k - tcell.KeyF5); {
	case d == nil || !v.bench.there:
		return false
	case i >= 0 && i < len(v.bench.cards):
		v.front.act(func() error { return toggle(d, i) })
	case k == tcell.KeyF9:
		v.front.act(func() error { d.SetNetwork(!d.Network()); return nil })
	default:
		return i >= 0 && i < maxCards
	}
	return true
}

// toggle judges by the dock as it is now, not as it was drawn.
func toggle(d ui.Dock, i int) error {
	cards := d.Cards()
	switch {
	case i >= len(cards):
		return nil
	case cards[i].Inserted:
		d.Remove()
		return nil
	}
	return d.Insert(cards[i].Name)
}

// dockRows is how high the dock is.
func (v *view) dockRows(width, height int) int {
	switch {
	case v.front.dock == nil:
		return 0
	case height < tallFrom:
		return 1
	}
	return 2 + (max(len(v.bench.cards), 1)+dockColumns(width)-1)/dockColumns(width)
}

func dockColumns(width int) int { return max(1, width/62) }

func (v *view) drawDock(c canvas, top int) {
	for y := top; y < c.height; y++ {
		c.row(y, docked)
	}
	if c.height-top == 1 {
		v.dockLine(c, top)
		return
	}
	lang := v.front.lang()
	say := func(key string) string { return i18n.T(key).Say(lang) }
	c.put(1, top, c.width, say("ui.dock"), docking)
	quit := "Ctrl-C " + say("ui.dock.quit")
	c.put(c.width-uniseg.StringWidth(quit)-1, top, c.width, quit, docked)
	n := dockColumns(c.width)
	for i, card := range v.bench.cards {
		x := (i%n)*(c.width/n) + 1
		v.dockCard(c, x, top+1+i/n, x+c.width/n-2, i, card)
	}
	v.dockNetwork(c, c.height-1)
}

func (v *view) dockCard(c canvas, x, y, limit, i int, card ui.DockCard) {
	lang := v.front.lang()
	do, style := "ui.dock.insert", docked
	if card.Inserted {
		do, style = "ui.dock.remove", docking
	}
	from := x
	x = c.put(x, y, limit, fmt.Sprintf("F%d", 5+i), badge)
	x = c.put(x+1, y, limit, pad(i18n.T(do).Say(lang), 7)+ui.Clean(card.Label), style)
	c.put(x+2, y, limit, i18n.T("ui.dock.pins", "Auth", card.AuthPIN, "Sign", card.SignPIN).Say(lang), style)
	v.hit(from, limit, y, spot{atCard, i})
}

func (v *view) dockNetwork(c canvas, y int) {
	lang := v.front.lang()
	do := "ui.dock.network.up"
	if v.bench.network {
		do = "ui.dock.network.down"
	}
	x := c.put(1, y, c.width, "F9", badge)
	x = c.put(x+1, y, c.width, i18n.T(do).Say(lang), docked)
	v.hit(1, x, y, spot{kind: atNetwork})
	outbox := i18n.T("ui.dock.outbox.empty").Say(lang)
	if n := len(v.bench.outbox); n > 0 {
		outbox = fmt.Sprintf("%d: %s", n, ui.Clean(strings.Join(v.bench.outbox, ", ")))
	}
	text := i18n.T("ui.dock.outbox").Say(lang) + " " + outbox
	if v.bench.failed != "" {
		text = i18n.T("ui.dock.failed").Say(lang) + " " + ui.Clean(v.bench.failed)
	}
	c.put(x+3, y, c.width-1, text, docked)
}

// dockLine is the dock of a small screen: the keys, and the PINs of the card that lies on the reader.
func (v *view) dockLine(c canvas, y int) {
	x := c.put(0, y, c.width, "F9", badge)
	mark := "×"
	if v.bench.network {
		mark = "○"
	}
	x = c.put(x, y, c.width, mark+" ", docked)
	v.hit(0, x, y, spot{kind: atNetwork})
	for i, card := range v.bench.cards {
		from := x
		x = c.put(x, y, c.width, fmt.Sprintf("F%d", 5+i), badge)
		if card.Inserted {
			x = c.put(x, y, c.width, card.AuthPIN+"/"+card.SignPIN, docking)
		} else {
			x = c.put(x, y, min(c.width, x+8), ui.Clean(card.Label), docked)
		}
		v.hit(from, x, y, spot{atCard, i})
		x++
	}
}
