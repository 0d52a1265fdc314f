package intake

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"madoguchi/internal/check"
	"madoguchi/internal/event"
	"madoguchi/mailbox/store"
	"madoguchi/pki/receipt"
	"madoguchi/wire"
)

// none marks a verdict without an answer.
const none = -1

// writing is one transaction's worth of verdicts on its way into the store.
type writing struct {
	*Intake
	ctx     context.Context //nolint:containedctx // lives as long as one transaction
	tx      *store.Tx
	at      time.Time // T of all of them
	next    int64     // number of the next leaf
	bundles []receipt.Bundle
	leaves  [][]byte
}

// commit writes all verdicts in one transaction and returns, once it is on disk, the bundle that answers each
// (nil: none). Document, leaf and receipt are there together or not at all.
func (i *Intake) commit(ctx context.Context, verdicts []verdict) ([][]byte, error) {
	var out [][]byte
	err := i.c.Store.Update(ctx, func(tx *store.Tx) error {
		first, err := tx.Size()
		if err != nil {
			return err
		}
		w := &writing{Intake: i, ctx: ctx, tx: tx, at: i.c.Now().UTC().Truncate(time.Second), next: first}
		at := make([]int64, len(verdicts))
		for n := range verdicts {
			if at[n], err = w.put(&verdicts[n]); err != nil {
				return err
			}
		}
		if err := w.state(first); err != nil {
			return err
		}
		out, err = w.answers(at)
		return err
	})
	return out, err
}

// put writes one verdict and returns the leaf whose statement answers it. What gets an answer leaves quarantine.
func (w *writing) put(v *verdict) (int64, error) {
	leaf, err := w.decide(v)
	if err != nil || leaf == none {
		return none, err
	}
	return leaf, w.tx.Release(v.sealed)
}

// decide looks for the manifest first: once it was received that receipt is the only word about it, however spoilt
// a later copy is. An id that names another manifest is refused.
func (w *writing) decide(v *verdict) (int64, error) {
	if v.manifest == (wire.Hash{}) {
		return w.hold(v, v.held)
	}
	taken, err := w.tx.Claimed(v.id, v.manifest)
	switch {
	case err != nil:
		return none, err
	case taken.Manifest && !check.Off(check.Replay):
		return w.again(v, taken.Leaf)
	case v.held != "":
		return w.hold(v, v.held)
	case v.outcome != receipt.Received:
		return w.refuse(v)
	case taken.ID && !taken.Manifest && !check.Off(check.IDConflict):
		v.outcome = receipt.IDConflict
		return w.refuse(v)
	}
	return w.receive(v, taken)
}

// again answers with the first receipt, unless the copy is soundly signed by somebody else: that is no copy of what
// the receipt is of.
func (w *writing) again(v *verdict, leaf int64) (int64, error) {
	if v.signer == nil {
		return leaf, nil
	}
	same, err := w.tx.SignedBy(leaf, v.signer)
	if err != nil {
		return none, err
	}
	if !same {
		return w.hold(v, heldSigner)
	}
	return leaf, nil
}

// receive keeps a document. taken is of its id and manifest, and empty unless a check is off.
func (w *writing) receive(v *verdict, taken store.Claimed) (int64, error) {
	leaf, err := w.sign(v)
	if err != nil || leaf == none {
		return leaf, err
	}
	d := v.document
	d.Leaf, d.ReceivedAt = leaf, w.at
	if d.Evidence, err = w.evidence(v); err != nil {
		return none, err
	}
	if err := w.tx.PutDocument(d); err != nil {
		return none, err
	}
	if taken.ID {
		return leaf, nil
	}
	return leaf, w.tx.Claim(v.id, v.manifest, leaf)
}

// How much one kiosk can make the ledger grow by refusals; what comes above is held. A sound kiosk sends an envelope
// once and again as it is, which gets its first refusal again and counts for nothing here.
const (
	refusalsPerManifest = 16 // ever
	refusalsPerHour     = 64 // of all manifests
)

// refuse states a final refusal; exactly the same envelope gets the same one again.
func (w *writing) refuse(v *verdict) (int64, error) {
	leaf, err := w.tx.RefusalOf(v.sealed)
	if !errors.Is(err, store.ErrNotFound) {
		return leaf, err
	}
	ofManifest, recent, err := w.tx.Refusals(v.kiosk, v.manifest, w.at.Add(-time.Hour))
	if err != nil {
		return none, err
	}
	if ofManifest >= refusalsPerManifest || recent >= refusalsPerHour {
		return w.hold(v, heldTooOften)
	}
	if leaf, err = w.sign(v); err != nil || leaf == none {
		return leaf, err
	}
	event.Refused.Log(w.c.Log, "kiosk", v.kiosk, "id", v.id, "outcome", v.outcome)
	return leaf, w.tx.PutRefusal(store.Refusal{Sealed: v.sealed, Leaf: leaf, Kiosk: v.kiosk, Manifest: v.manifest, At: w.at})
}

// sign makes the statement of a verdict; its leaf is appended with the others. What no receipt can be made of is
// held, so that it cannot keep the others of its transaction from being committed.
func (w *writing) sign(v *verdict) (int64, error) {
	b, leaf, err := receipt.Sign(w.ctx, receipt.Receipt{
		Mailbox: w.c.Mailbox, Origin: w.c.Ledger.Origin(), ID: v.id, Manifest: v.manifest, CMS: v.cms, Sealed: v.sealed,
		Kiosk: v.kiosk, ReceivedAt: w.at, ClaimedTime: v.claimed, Outcome: v.outcome,
	}, w.c.Receipt, w.c.Head)
	if errors.Is(err, receipt.ErrFormat) {
		return w.hold(v, heldReceipt)
	}
	if err != nil {
		return none, fmt.Errorf("intake: sign receipt: %w", err)
	}
	w.bundles, w.leaves = append(w.bundles, b), append(w.leaves, leaf)
	w.next++
	return w.next - 1, nil
}

func (w *writing) evidence(v *verdict) ([]byte, error) {
	r := v.record
	r.ReceivedAt = w.at
	signer, err := x509.ParseCertificate(r.Signer)
	if err != nil {
		return nil, fmt.Errorf("intake: record: %w", err)
	}
	r.WithinTerm = !w.at.Before(signer.NotBefore) && !w.at.After(signer.NotAfter)
	return r.Marshal()
}

func (w *writing) hold(v *verdict, reason string) (int64, error) {
	held, err := w.tx.Hold(store.Held{Kiosk: v.kiosk, Reason: reason, At: w.at, Sealed: v.raw})
	if err == nil {
		event.Held.Log(w.c.Log, "kiosk", v.kiosk, "reason", reason, "stored", held)
	}
	return none, err
}

// state appends the leaves and keeps the statements with their proofs.
func (w *writing) state(first int64) error {
	if len(w.leaves) == 0 {
		return nil
	}
	b, err := w.c.Ledger.Commit(w.tx, w.leaves...)
	if err != nil {
		return fmt.Errorf("intake: ledger: %w", err)
	}
	if b.First != first {
		return errors.New("intake: ledger and store disagree about the next leaf")
	}
	for n, bundle := range w.bundles {
		leaf := first + int64(n)
		placed := bundle.Place(leaf, b.Size, b.Proofs[n], b.Head)
		if err := w.tx.PutStatement(leaf, placed.Marshal()); err != nil {
			return err
		}
	}
	return nil
}

func (w *writing) answers(leaves []int64) ([][]byte, error) {
	out := make([][]byte, len(leaves))
	for n, leaf := range leaves {
		if leaf == none {
			continue
		}
		var err error
		if out[n], err = w.tx.Statement(leaf); err != nil {
			return nil, err
		}
	}
	return out, nil
}
