package intake_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"madoguchi/mailbox/store"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

func TestReceives(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	s := r.city.Submission(t, d)
	e := r.seal(r.k1, s)
	said := r.said(r.deliver(r.k1, e), d.Manifest())
	if said.Outcome != receipt.Received || said.Kiosk != "k1" || said.CMS != wire.Sum(s.CMS) || said.Sealed != wire.Sum(e.Marshal()) {
		t.Errorf("%+v", said)
	}
	if err := r.store.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.DocumentOf(d.ID())
		if !bytes.Equal(got.CMS, s.CMS) || len(got.Parts) != len(s.Parts) || !bytes.Equal(got.Parts[0], s.Parts[0]) {
			t.Error("another document is kept")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// The same manifest gets its first receipt again, from whichever kiosk and however sealed.
func TestReplayGetsTheFirstReceipt(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	e := r.seal(r.k1, r.city.Submission(t, d))
	first := r.deliver(r.k1, e)
	if !bytes.Equal(first, r.deliver(r.k1, e)) {
		t.Error("the same bytes: another receipt")
	}
	if !bytes.Equal(first, r.deliver(r.k2, r.seal(r.k2, r.city.Submission(t, d)))) {
		t.Error("another kiosk: another receipt")
	}
	if documents, leaves, _ := r.counts(); documents != 1 || leaves != 1 {
		t.Error(documents, leaves)
	}
}

func TestManyAtOnce(t *testing.T) {
	r := newRig(t)
	const n = 40
	var wg sync.WaitGroup
	for range n {
		d := r.city.Document(t, name)
		e := r.seal(r.k1, r.city.Submission(t, d)).Marshal()
		for range 2 { // each twice at once
			wg.Go(func() {
				if err := r.intake.Handle(t.Context(), wire.UpSubmission("k1"), e); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	answers := r.answers("k1")
	if documents, leaves, _ := r.counts(); documents != n || leaves != n || len(answers) != 2*n {
		t.Error(documents, leaves, len(answers))
	}
	slices.SortFunc(answers, bytes.Compare)
	if got := slices.CompactFunc(answers, bytes.Equal); len(got) != n {
		t.Errorf("%d different receipts", len(got))
	}
}

// Document, leaf and receipt are one transaction: when any of it fails, in the middle or in the commit itself,
// nothing is there, nothing was said, and the message is not acknowledged.
func TestNothingBetweenDocumentAndReceipt(t *testing.T) {
	for name, trigger := range map[string]string{
		"before the receipt": `CREATE TRIGGER boom BEFORE INSERT ON statements BEGIN SELECT RAISE(ABORT, 'boom'); END`,
		"in the ledger":      `CREATE TRIGGER boom BEFORE INSERT ON hashes BEGIN SELECT RAISE(ABORT, 'boom'); END`,
		"after the receipt":  `CREATE TRIGGER boom AFTER INSERT ON claims BEGIN SELECT RAISE(ABORT, 'boom'); END`,
		"in the commit":      `CREATE TRIGGER boom AFTER INSERT ON statements BEGIN INSERT INTO refusals (sealed, leaf, kiosk, manifest, at) VALUES (x'00', 999, '', x'', 0); END`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			run := func(query string) {
				r.must(r.store.Update(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec("rig", query)
					return err
				}))
			}
			run(trigger)
			d := r.city.Document(t, mailboxName)
			e := r.seal(r.k1, r.city.Submission(t, d))
			if err := r.intake.Handle(t.Context(), wire.UpSubmission("k1"), e.Marshal()); err == nil {
				t.Fatal("acknowledged")
			}
			if documents, leaves, held := r.counts(); documents != 0 || leaves != 0 || held != nil || len(r.answers("k1")) != 0 {
				t.Error("something is left:", documents, leaves, held)
			}
			run(`DROP TRIGGER boom`)
			if said := r.said(r.deliver(r.k1, e), d.Manifest()); said.Outcome != receipt.Received {
				t.Error(said.Outcome)
			}
		})
	}
}

const mailboxName = name

// A receipt that could not be sent is sent when the kiosk sends its submission again.
func TestReceiptNotSent(t *testing.T) {
	r := newRig(t)
	d := r.city.Document(t, name)
	e := r.seal(r.k1, r.city.Submission(t, d))
	r.fail = errors.New("line is down")
	if r.deliver(r.k1, e) != nil {
		t.Fatal("sent")
	}
	r.said(r.deliver(r.k1, e), d.Manifest())
	if documents, _, _ := r.counts(); documents != 1 {
		t.Error(documents)
	}
}

func TestHandleEndsWithItsContext(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := r.seal(r.k1, r.city.Submission(t, r.city.Document(t, name)))
	for range 20 { // its selects choose at random
		_ = r.intake.Handle(ctx, wire.UpSubmission("k1"), e.Marshal())
	}
	r.deliver(r.k1, e)
	if documents, _, _ := r.counts(); documents != 1 {
		t.Error(documents)
	}
}
