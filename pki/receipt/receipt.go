// Package receipt is the mailbox's signed word that it received exactly this, then; or that it refuses it for good.
// It holds both sides: Sign for the mailbox, Verify for the kiosk and for anyone who is shown a receipt later.
//
// A Receipt is canonical JSON and is itself a leaf of the mailbox's ledger. A Bundle is what travels: a CMS over the
// leaf, its place in the ledger with an inclusion proof and a signed head, and a compact form for a QR code. Receipt
// and result are two things: a receipt says nothing about whether the application is granted.
//
// Error model: ErrFormat for bytes that are no bundle, ErrSignature, ErrMatch, ErrProof, ErrHead and ErrCompact for
// a bundle that does not hold, wrapped with the reason of pki/cms or pki/profile where there is one. A receipt holds
// no names, so that errors may be logged.
package receipt

import (
	"errors"
	"fmt"
	"time"

	"madoguchi/internal/jsonx"
	"madoguchi/wire"
)

var (
	// ErrFormat reports bytes that are no bundle or no leaf.
	ErrFormat = errors.New("receipt: malformed")
	// ErrSignature reports a CMS that does not hold, or whose signer is not the mailbox's under the pinned root.
	ErrSignature = errors.New("receipt: signature does not hold")
	// ErrMatch reports a receipt of another submission or another mailbox.
	ErrMatch = errors.New("receipt: of another submission")
	// ErrProof reports an inclusion proof that does not lead from this leaf to the signed head.
	ErrProof = errors.New("receipt: not in the signed ledger head")
	// ErrHead reports a ledger head that is not signed by a ledger key of the keyring, or is of another log.
	ErrHead = errors.New("receipt: ledger head does not hold")
	// ErrCompact reports a compact form that is not signed by a ledger key of the keyring, or says something else.
	ErrCompact = errors.New("receipt: compact form does not hold")
	// ErrKey reports, with ErrCompact, a ledger key that is not in the keyring.
	ErrKey = errors.New("made with a ledger key that is not in the keyring")
)

// Outcome is what a receipt or refusal says.
type Outcome string

// Received is a receipt; the others are the only final refusals (TRUST §4). Everything else is "later".
const (
	Received         Outcome = "received"
	SignatureUnsound Outcome = "signature-unsound" // the signature over the manifest does not hold
	FormInvalid      Outcome = "form-invalid"      // the documents are not what their published form asks
	IDConflict       Outcome = "id-conflict"       // the id already names another manifest
	WrongMailbox     Outcome = "wrong-mailbox"     // the manifest is for another mailbox
)

// outcomes gives each outcome its number in the compact form. Numbers are never used again for another meaning.
var outcomes = [...]Outcome{Received, SignatureUnsound, FormInvalid, IDConflict, WrongMailbox}

// Valid reports whether the outcome is one of the five.
func (o Outcome) Valid() bool { return o.number() >= 0 }

func (o Outcome) number() int {
	for i, known := range outcomes {
		if o == known {
			return i
		}
	}
	return -1
}

// Receipt is what the mailbox states. No names: only hashes of salted things.
type Receipt struct {
	Mailbox     string    // who states it
	Origin      string    // the ledger that holds this as a leaf
	ID          wire.ID   // of the submission
	Manifest    wire.Hash // SHA-256 of the signed manifest
	CMS         wire.Hash // SHA-256 of the CMS as received
	Sealed      wire.Hash // SHA-256 of the envelope as received; of the first delivery
	Kiosk       string    // which delivered it first
	ReceivedAt  time.Time // the mailbox's clock, whole seconds UTC
	ClaimedTime string    // the manifest's, copied as it stands (RFC 3339, UTC, whole seconds); "" where it could not be read
	Outcome     Outcome
}

// body is the leaf's JSON.
type body struct {
	Type        string  `json:"type"` // "receipt" or "refusal"
	V           int     `json:"v"`    // 1
	Mailbox     string  `json:"mailbox"`
	Origin      string  `json:"origin"`
	ID          string  `json:"id"`
	Manifest    string  `json:"manifest"`
	CMS         string  `json:"cms"`
	Sealed      string  `json:"sealed"`
	Kiosk       string  `json:"kiosk"`
	ReceivedAt  string  `json:"receivedAt"`
	ClaimedTime string  `json:"claimedTime"`
	Outcome     Outcome `json:"outcome"`
}

// Refused reports whether this is a final refusal.
func (r Receipt) Refused() bool { return r.Outcome != Received }

func (r Receipt) kind() string {
	if r.Refused() {
		return "refusal"
	}
	return "receipt"
}

// Leaf returns the canonical JSON: what the ledger holds and the CMS signs. ErrFormat for a receipt that is
// incomplete. Parts of a second of ReceivedAt are dropped.
func (r Receipt) Leaf() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	return jsonx.Marshal(body{
		Type: r.kind(), V: 1, Mailbox: r.Mailbox, Origin: r.Origin, ID: r.ID.String(), Manifest: r.Manifest.String(), CMS: r.CMS.String(),
		Sealed: r.Sealed.String(), Kiosk: r.Kiosk, ReceivedAt: r.ReceivedAt.UTC().Format(time.RFC3339), ClaimedTime: r.ClaimedTime, Outcome: r.Outcome,
	})
}

// ParseLeaf reads what Leaf wrote and nothing else: the bytes are the only encoding of the receipt.
func ParseLeaf(leaf []byte) (Receipt, error) {
	var b body
	if err := jsonx.Unmarshal(leaf, &b); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	r := Receipt{Mailbox: b.Mailbox, Origin: b.Origin, Kiosk: b.Kiosk, ClaimedTime: b.ClaimedTime, Outcome: b.Outcome}
	var errs [5]error
	r.ID, errs[0] = wire.ParseID(b.ID)
	r.Manifest, errs[1] = wire.ParseHash(b.Manifest)
	r.CMS, errs[2] = wire.ParseHash(b.CMS)
	r.Sealed, errs[3] = wire.ParseHash(b.Sealed)
	r.ReceivedAt, errs[4] = parseTime(b.ReceivedAt)
	if err := errors.Join(errs[:]...); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if b.V != 1 || b.Type != r.kind() {
		return Receipt{}, fmt.Errorf("%w: type or version", ErrFormat)
	}
	if err := r.check(); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

func (r Receipt) check() error {
	if r.Mailbox == "" || r.Origin == "" || !r.Outcome.Valid() {
		return fmt.Errorf("%w: mailbox, origin or outcome", ErrFormat)
	}
	if r.ReceivedAt.Unix() < 0 || r.ReceivedAt.Unix() > maxCompactTime {
		return fmt.Errorf("%w: receivedAt", ErrFormat)
	}
	if r.ClaimedTime != "" {
		if _, err := parseTime(r.ClaimedTime); err != nil {
			return fmt.Errorf("%w: claimedTime", ErrFormat)
		}
	}
	if err := wire.CheckKiosk(r.Kiosk); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

// parseTime reads RFC 3339 in UTC and whole seconds, in its one spelling.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.UTC().Format(time.RFC3339) != s {
		return time.Time{}, fmt.Errorf("%w: time", ErrFormat)
	}
	return t.UTC(), nil
}

// Settles returns what this receipt, verified, makes of the submission at the kiosk; raw are the bundle's bytes,
// which are kept.
func (r Receipt) Settles(raw []byte) wire.Outcome {
	out := wire.Outcome{State: wire.Received, ReceivedAt: r.ReceivedAt, Receipt: raw, Code: Code(raw)}
	if r.Refused() {
		out.State, out.Reason = wire.Refused, string(r.Outcome)
	}
	return out
}
