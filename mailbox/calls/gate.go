package calls

import (
	"slices"
	"sync"
	"time"

	"madoguchi/wire"
)

// The bounds of what kiosks may ask. A person at a kiosk makes a call at each answer.
const (
	allAtOnce   = 64                     // calls in hand
	kioskAtOnce = 4                      // of one kiosk
	burst       = 600                    // calls that a kiosk may make at once,
	refill      = 100 * time.Millisecond // and how soon one more
	remembered  = 512                    // call ids of a kiosk, against replays
)

// gate bounds the calls in hand and in time, and knows the ids of the last ones.
type gate struct {
	mu     sync.Mutex
	inHand int
	kiosks map[string]*visitor
}

// visitor is what is known of a kiosk's calls.
type visitor struct {
	inHand int
	spent  time.Time // tokens are spent up to here: one for each refill
	ids    []wire.ID // the last ones
}

func newGate() gate { return gate{kiosks: map[string]*visitor{}} }

func (g *gate) of(kiosk string) *visitor {
	v := g.kiosks[kiosk]
	if v == nil {
		v = &visitor{}
		g.kiosks[kiosk] = v
	}
	return v
}

// enter takes one call in hand, or reports that there are enough.
func (g *gate) enter(kiosk string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.of(kiosk)
	if g.inHand >= allAtOnce || v.inHand >= kioskAtOnce {
		return false
	}
	g.inHand++
	v.inHand++
	return true
}

func (g *gate) leave(kiosk string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inHand--
	g.of(kiosk).inHand--
}

// count spends one of the kiosk's calls, each id once.
func (g *gate) count(kiosk string, id wire.ID, now time.Time) Refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.of(kiosk)
	if slices.Contains(v.ids, id) {
		return Replayed
	}
	if full := now.Add(-burst * refill); v.spent.Before(full) {
		v.spent = full
	}
	if v.spent.Add(refill).After(now) {
		return TooMany
	}
	v.spent = v.spent.Add(refill)
	if v.ids = append(v.ids, id); len(v.ids) > remembered {
		v.ids = slices.Clone(v.ids[len(v.ids)-remembered/2:])
	}
	return ""
}
