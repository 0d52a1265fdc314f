package card_test

import (
	"testing"

	"madoguchi/device/card"
	"madoguchi/device/sim"
)

// TestNoPINIsTriedOnAnotherKey: whatever file was named in between, on cards where VERIFY is for "the current file".
func TestNoPINIsTriedOnAnotherKey(t *testing.T) {
	for name, between := range map[string]func(*world, *card.Card){
		"nothing":               func(*world, *card.Card) {},
		"the other PIN's tries": func(_ *world, c *card.Card) { _, _ = c.Tries(t.Context(), card.Sign) },
		"both PINs' tries": func(_ *world, c *card.Card) {
			_, _ = c.Tries(t.Context(), card.Auth)
			_, _ = c.Tries(t.Context(), card.Sign)
		},
		"the other PIN verified": func(w *world, c *card.Card) { _ = c.Verify(t.Context(), card.Sign, w.signPIN) },
		"a certificate":          func(_ *world, c *card.Card) { _, _ = c.Certificate(t.Context(), card.Auth) },
		"an answer lost": func(w *world, c *card.Card) {
			w.reader.Play(sim.Mishap{What: sim.Garbage, At: 1}) // of the SELECT of the other PIN
			_, _ = c.Tries(t.Context(), card.Sign)
			w.reader.Play()
		},
	} {
		for quirk, change := range map[string]func(*sim.Options){
			"short identifiers": func(*sim.Options) {},
			"files selected":    func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.NoShortIDs} },
			"next":              next(t),
		} {
			t.Run(name+", "+quirk, func(t *testing.T) {
				w := newWorld(t, change)
				c := w.open(t)
				if _, err := c.Tries(t.Context(), card.Auth); err != nil {
					t.Fatal(err)
				}
				between(w, c)
				checkWrong(t, c.Verify(t.Context(), card.Auth, w.wrongAuth), 2)
				between(w, c)
				if err := c.Change(t.Context(), card.Auth, w.authPIN, []byte("8642")); err != nil {
					t.Error(err)
				}
				f, err := sim.Load(w.path)
				if err != nil || f.Sign.Tries != 5 || f.Auth.Tries != 3 || string(f.Sign.PIN) != "ABC123" || string(f.Auth.PIN) != "8642" {
					t.Errorf("the other PIN: %d tries, %q; %v", f.Sign.Tries, f.Sign.PIN, err)
				}
			})
		}
	}
}
