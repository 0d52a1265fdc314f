package receipt

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/wire"
)

// ErrFork reports a ledger that does not continue what its own key signed before.
var ErrFork = errors.New("receipt: the ledger contradicts its own signed head")

// Range names two sizes of a ledger, From below To: of what a kiosk demands a proof that the larger continues the
// smaller.
type Range struct {
	Origin   string
	From, To int64
}

const magicRange = "MGQ1"

// Marshal returns the demand as it is sent.
func (r Range) Marshal() []byte {
	sizes := binary.BigEndian.AppendUint64(nil, uint64(r.From))
	return wire.Pack(magicRange, []byte(r.Origin), binary.BigEndian.AppendUint64(sizes, uint64(r.To)))
}

// ParseRange reads what Marshal wrote.
func ParseRange(b []byte) (Range, error) {
	f, err := wire.Unpack(magicRange, b)
	if err != nil {
		return Range{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(f) != 2 || len(f[1]) != 16 || len(f[0]) > maxHead {
		return Range{}, fmt.Errorf("%w: demand", ErrFormat)
	}
	from, to := binary.BigEndian.Uint64(f[1]), binary.BigEndian.Uint64(f[1][8:])
	if to > MaxSize {
		return Range{}, fmt.Errorf("%w: demand", ErrFormat)
	}
	r := Range{Origin: string(f[0]), From: int64(from), To: int64(to)}
	return r, r.check()
}

func (r Range) check() error {
	if r.Origin == "" || strings.ContainsAny(r.Origin, "\n") || r.From < 1 || r.From >= r.To {
		return fmt.Errorf("%w: range", ErrFormat)
	}
	return nil
}

// Consistency is the answer: the proof (RFC 6962 §2.1.2), signed by the ledger's key. The signature is there so that an
// answer that proves nothing is the ledger's own contradiction, and not the word of whoever carries it.
type Consistency struct {
	Range
	Proof []tlog.Hash
}

// consistencyFirst opens the signed text; it cannot be a head's, whose second line is a number.
const consistencyFirst = "madoguchi/consistency/v1"

// Sign returns the answer as a signed note.
func (c Consistency) Sign(key note.Signer) ([]byte, error) {
	if key.Name() != c.Origin {
		return nil, fmt.Errorf("%w: key is not the origin's", ErrHead)
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, key)
	if err != nil {
		return nil, fmt.Errorf("receipt: sign consistency: %w", err)
	}
	return signed, nil
}

func (c Consistency) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%d %d\n", consistencyFirst, c.Origin, c.From, c.To)
	for _, h := range c.Proof {
		b.WriteString(h.String() + "\n")
	}
	return b.String()
}

// OpenConsistency reads an answer that a known ledger key signed. What it proves is Check's business.
func OpenConsistency(signed []byte, known note.Verifiers) (Consistency, error) {
	if len(signed) > 2*maxHead {
		return Consistency{}, fmt.Errorf("%w: over %d bytes", ErrFormat, 2*maxHead)
	}
	n, err := note.Open(signed, known)
	if err != nil {
		return Consistency{}, fmt.Errorf("%w: not signed by a ledger key of the keyring", ErrHead)
	}
	c, err := parseConsistency(n.Text)
	if err != nil {
		return Consistency{}, err
	}
	for _, sig := range n.Sigs {
		if sig.Name == c.Origin {
			return c, nil
		}
	}
	return Consistency{}, fmt.Errorf("%w: signed by another log's key", ErrHead)
}

func parseConsistency(text string) (Consistency, error) {
	bad := fmt.Errorf("%w: consistency", ErrFormat)
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != consistencyFirst || len(lines)-4 > 2*maxProof {
		return Consistency{}, bad
	}
	from, to, _ := strings.Cut(lines[2], " ")
	c := Consistency{Range: Range{Origin: lines[1]}}
	var errs [2]error
	c.From, errs[0] = strconv.ParseInt(from, 10, 64)
	c.To, errs[1] = strconv.ParseInt(to, 10, 64)
	if errors.Join(errs[:]...) != nil || c.To > MaxSize || c.check() != nil {
		return Consistency{}, bad
	}
	for _, line := range lines[3 : len(lines)-1] {
		h, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(h) != tlog.HashSize {
			return Consistency{}, bad
		}
		c.Proof = append(c.Proof, tlog.Hash(h))
	}
	if c.text() != text { // one encoding only
		return Consistency{}, bad
	}
	return c, nil
}

// Check requires the proof to lead from one head to the other, which are of its sizes; else ErrFork.
func (c Consistency) Check(smaller, larger Head) error {
	if smaller.Origin != c.Origin || larger.Origin != c.Origin || smaller.Size != c.From || larger.Size != c.To {
		return fmt.Errorf("%w: consistency of other heads", ErrMatch)
	}
	if err := tlog.CheckTree(c.Proof, larger.Size, larger.Root, smaller.Size, smaller.Root); err != nil {
		return ErrFork
	}
	return nil
}
