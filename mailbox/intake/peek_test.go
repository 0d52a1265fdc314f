package intake

import (
	"testing"
	"time"

	"madoguchi/mailbox/mailboxtest"
	"madoguchi/pki/cms"
)

func TestPeekFindsWhatCMSFinds(t *testing.T) {
	city := mailboxtest.NewCity(t)
	der := city.SignManifest(t, []byte("content"))
	if got := peek(der); string(got) != "content" {
		t.Errorf("%q", got)
	}
	der[len(der)-1] ^= 1
	if got := peek(der); string(got) != "content" {
		t.Errorf("with a spoilt signature: %q", got)
	}
	detached, err := cms.SignDetached(t.Context(), []byte("content"), city.Card, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{nil, []byte("x"), der[:20], detached} {
		if got := peek(b); got != nil {
			t.Errorf("%q", got)
		}
	}
}

func FuzzPeek(f *testing.F) {
	f.Add(mailboxtest.NewCity(f).SignManifest(f, []byte("content")))
	f.Fuzz(func(_ *testing.T, in []byte) { peek(in) })
}
