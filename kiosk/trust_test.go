package kiosk

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/wire"
)

// trusting is a kiosk that follows a mailbox's keyrings.
type trusting struct {
	*settling
	log bytes.Buffer
}

func newTrusting(t *testing.T) *trusting {
	t.Helper()
	s := &trusting{settling: newSettling(t)}
	s.now, s.keyringFile = func() time.Time { return receipttest.Now }, filepath.Join(t.TempDir(), KeyringFile)
	s.Kiosk.log = slog.New(slog.NewJSONHandler(&s.log, nil))
	return s
}

func (s *trusting) signed(t *testing.T, m *receipttest.Mailbox, version int64) []byte {
	t.Helper()
	k := *m.Keyring
	k.Version = version
	der, err := keyring.Sign(t.Context(), k, m.Issuer, receipttest.Now)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestRogueBrokerCannotRollTheKeyringBack: a newer keyring is taken and kept; an older one, another root's, and noise
// change nothing, however often they come.
func TestRogueBrokerCannotRollTheKeyringBack(t *testing.T) {
	s := newTrusting(t)
	old, next := s.signed(t, s.mailbox, 2), s.signed(t, s.mailbox, 7)
	for what, step := range map[string][]byte{"next": next, "again": next} {
		if err := s.receive(wire.CatalogueKeyring, step); err != nil || s.trust.Load().Version != 7 {
			t.Fatal(what, err)
		}
	}
	changed := bytes.Clone(s.signed(t, s.mailbox, 9))
	changed[len(changed)/2] ^= 1
	for what, der := range map[string][]byte{
		"older": old, "of another root": s.signed(t, receipttest.New(t), 9), "changed": changed, "noise": []byte("noise"), "nothing": nil,
	} {
		s.log.Reset()
		if err := s.receive(wire.CatalogueKeyring, der); err != nil {
			t.Errorf("%s is asked for again: %v", what, err)
		}
		if s.trust.Load().Version != 7 || !bytes.Contains(s.log.Bytes(), []byte("keyring-refused")) {
			t.Errorf("%s: version %d, log %s", what, s.trust.Load().Version, s.log.String())
		}
	}
}

// TestClockThatIsWrongKeepsNothingOut: ten years behind, the kiosk goes by the newest time that the mailbox signed.
func TestClockThatIsWrongKeepsNothingOut(t *testing.T) {
	s := newTrusting(t)
	s.now = func() time.Time { return receipttest.Now.AddDate(-10, 0, 0) }
	if _, err := s.openKeyring(s.signed(t, s.mailbox, 4), 0); err != nil {
		t.Error("the keyring:", err)
	}
	if got := s.time(); got.Before(receipttest.Now) {
		t.Error("goes by", got)
	}
	if err := s.courier.Receive("", s.mailbox.Issue(t, s.mine).Marshal()); err != nil {
		t.Fatal(err)
	}
	if got := s.state(t, s.mine.ID); got != wire.Received {
		t.Error("its receipt:", got)
	}
}
