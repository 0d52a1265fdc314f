// Package ui holds what the fronts share: the demo's dock, the primitive that takes a secret as bytes, and the
// way a screen's parts become words and a typed answer becomes an event. The fronts are in its folders: tview
// (the whole screen), linear (lines for a screen reader), json (lines for programs).
//
// Error model: nothing here ends a front. What the dock cannot do is an ordinary error that the front shows in
// the dock; what a person typed wrongly never leaves the front without becoming a Text that says so.
package ui

// DockCard is one virtual card of the demo.
type DockCard struct {
	Name     string // for Insert
	Label    string // the person, as the dock shows it
	AuthPIN  string // shown in the demo only
	SignPIN  string // shown in the demo only
	Inserted bool   // lies on the reader now
}

// Dock is the demo's world as a front may move it: virtual cards, the network, a look into the outbox. No
// front of a real terminal has one. Every method is quick and safe from any goroutine.
type Dock interface {
	Cards() []DockCard        // always in the same order
	Insert(name string) error // takes the card out that lies there
	Remove()
	Network() bool
	SetNetwork(up bool)
	Outbox() []string         // one short line each: number, state
	Changed() <-chan struct{} // closed at the next change of anything above
}
