//go:build twin

package calls

import (
	"testing"

	"madoguchi/internal/check"
	"madoguchi/wire"
)

// TestEachCheckIsWhatRefuses: with exactly that check off, the same forgery goes through.
func TestEachCheckIsWhatRefuses(t *testing.T) {
	for off, forge := range map[check.Name]func(r *rig) Refusal{
		check.CallSignature: func(r *rig) Refusal { return r.fire(shot{by: r.k1, name: wire.CallNonce, signer: r.k2}, nil) },
		check.ChallengeSignature: func(r *rig) Refusal {
			forged := card{key: r.people.taro.key, cert: r.people.hanako.cert}
			return r.fire(shot{by: r.k1, name: wire.CallLogin, login: r.signs(forged, "k1", r.nonce(r.k1), nil)}, nil)
		},
		check.ChallengeCall: func(r *rig) Refusal {
			other := func(c *wire.Challenge) { c.Enc = wire.Hash{}.String() }
			return r.fire(shot{by: r.k1, name: wire.CallLogin, login: r.signs(r.people.hanako, "k1", r.nonce(r.k1), other)}, nil)
		},
		check.DraftBase: func(r *rig) Refusal {
			s := r.logIn(r.k1, r.people.hanako)
			r.put(r.k1, s, 0, sealedDraft(r.t, wire.ID{1}, 1, salt(1)))
			return r.put(r.k1, s, 0, sealedDraft(r.t, wire.ID{1}, 2, salt(1)))
		},
	} {
		t.Run(string(off), func(t *testing.T) {
			r := newRig(t)
			if got := forge(r); got == "" {
				t.Error("the forgery is not refused")
			}
			check.Without(t, off)
			if got := forge(newRig(t)); got != "" {
				t.Errorf("another check refuses it: %q", got)
			}
		})
	}
}
