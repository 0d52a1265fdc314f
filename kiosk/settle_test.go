package kiosk

import (
	"path/filepath"
	"testing"

	"madoguchi/kiosk/witness"
	"madoguchi/pki/receipt"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/sync/courier"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/enrolment"
)

// settling is a kiosk that keeps two submissions, as far as settling needs one.
type settling struct {
	*Kiosk
	mailbox *receipttest.Mailbox
	courier *courier.Courier
	mine    receipt.Receipt // the right receipt of submission 1
}

func newSettling(t *testing.T) *settling {
	t.Helper()
	m := receipttest.New(t)
	box, err := outbox.Open(filepath.Join(t.TempDir(), "outbox.db"), outbox.Limits{Count: 10, Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	k := &Kiosk{outbox: box, root: m.Root.Cert, witness: newWitness(t), enrolled: enrolment.Enrolment{Mailbox: receipttest.Name}}
	trusted, err := newTrust(m.Keyring)
	if err != nil {
		t.Fatal(err)
	}
	k.trust.Store(trusted)
	for n := byte(1); n <= 2; n++ {
		r := receipttest.Receipt(n)
		if _, err := box.Put(t.Context(), outbox.Item{ID: r.ID, Manifest: r.Manifest, Sealed: []byte("sealed")}); err != nil {
			t.Fatal(err)
		}
	}
	return &settling{Kiosk: k, mailbox: m, courier: courier.New(box, nil, "", k.settle), mine: receipttest.Receipt(1)}
}

func newWitness(t testing.TB) *witness.Witness {
	t.Helper()
	w, err := witness.Open(filepath.Join(t.TempDir(), LedgerFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (s *settling) state(t *testing.T, id wire.ID) wire.State {
	t.Helper()
	r, err := s.outbox.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return r.Outcome.State
}

// forgedReceipts are what must not settle submission 1.
func forgedReceipts(t *testing.T, s *settling) map[string][]byte {
	t.Helper()
	other := s.mine
	other.Manifest = receipttest.Receipt(2).Manifest
	foreign := s.mine
	foreign.Mailbox = "mailbox.elsewhere.example"
	refusal := s.mine
	refusal.Outcome = receipt.SignatureUnsound // of the same manifest, in another envelope
	bundle := s.mailbox.Issue(t, s.mine).Marshal()
	return map[string][]byte{
		"receipt of another submission": s.mailbox.Issue(t, other).Marshal(),
		"receipt of another mailbox":    s.mailbox.Issue(t, foreign).Marshal(),
		"refusal of another delivery":   s.mailbox.Issue(t, refusal).Marshal(),
		"wrong root":                    receipttest.New(t).Issue(t, s.mine).Marshal(),
		"cut short":                     bundle[:len(bundle)-1],
		"nothing":                       nil,
	}
}

func TestForgedReceiptsSettleNothing(t *testing.T) {
	s := newSettling(t)
	for name, payload := range forgedReceipts(t, s) {
		if err := s.courier.Receive("", payload); err != nil {
			t.Errorf("%s is asked for again: %v", name, err)
		}
		if got := s.state(t, s.mine.ID); got != wire.Waiting {
			t.Errorf("%s: %s", name, got)
		}
	}
	if err := s.courier.Receive("", s.mailbox.Issue(t, s.mine).Marshal()); err != nil {
		t.Fatal(err)
	}
	if s.state(t, s.mine.ID) != wire.Received || s.state(t, receipttest.Receipt(2).ID) != wire.Waiting {
		t.Error("the right receipt settles its own submission and no other")
	}
}

func TestRefusalSettlesAsRefused(t *testing.T) {
	s := newSettling(t)
	refusal := s.mine
	refusal.Outcome, refusal.Sealed = receipt.FormInvalid, wire.Sum([]byte("sealed"))
	if err := s.courier.Receive("", s.mailbox.Issue(t, refusal).Marshal()); err != nil {
		t.Fatal(err)
	}
	r, err := s.outbox.Get(s.mine.ID)
	if err != nil || r.Outcome.State != wire.Refused || r.Outcome.Reason != string(receipt.FormInvalid) {
		t.Errorf("%+v, %v", r.Outcome, err)
	}
}

// TestOutcomeSaysWhatTheSlipsCodeSays: the code is there as soon as the receipt is, and holds.
func TestOutcomeSaysWhatTheSlipsCodeSays(t *testing.T) {
	s := newSettling(t)
	if err := s.courier.Receive("", s.mailbox.Issue(t, s.mine).Marshal()); err != nil {
		t.Fatal(err)
	}
	out, err := s.Outcome(t.Context(), s.mine.ID)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := wire.ParseBase45(out.Code)
	if err != nil {
		t.Fatal(err)
	}
	if said, err := receipt.VerifyCompact(compact, s.mailbox.Keyring); err != nil || !said.Of(s.mine) {
		t.Errorf("%+v, %v", said, err)
	}
}

func TestReceiptOfNothingKeptIsDropped(t *testing.T) {
	s := newSettling(t)
	if err := s.courier.Receive("", s.mailbox.Issue(t, receipttest.Receipt(9)).Marshal()); err != nil {
		t.Fatal(err)
	}
	if got := s.courier.Stats(); got.Rejected != 1 || got.Settled != 0 {
		t.Errorf("%+v", got)
	}
}

// TestReceiptOfAForkedLedgerSettlesNothing: two heads of one size that differ. Submissions are kept and sent as before.
func TestReceiptOfAForkedLedgerSettlesNothing(t *testing.T) {
	s := newSettling(t)
	fork := *s.mailbox // the same keys, another history
	if err := s.courier.Receive("", s.mailbox.Issue(t, s.mine).Marshal()); err != nil {
		t.Fatal(err)
	}
	other := receipttest.Receipt(2)
	other.Origin = receipttest.Origin
	if err := s.courier.Receive("", fork.Issue(t, other).Marshal()); err != nil {
		t.Fatal(err)
	}
	if got := s.state(t, other.ID); got != wire.Waiting {
		t.Errorf("a forked ledger's receipt made it %s", got)
	}
	if l := s.ledger(); l == nil || !l.Forked || l.Size != 1 {
		t.Errorf("state %+v", l)
	}
	if err := s.courier.Receive("", s.mailbox.Issue(t, other).Marshal()); err != nil { // the true history, too late
		t.Fatal(err)
	}
	if got := s.state(t, other.ID); got != wire.Waiting {
		t.Errorf("after the alarm: %s", got)
	}
}
