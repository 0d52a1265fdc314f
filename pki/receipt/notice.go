package receipt

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/internal/jsonx"
	"madoguchi/wire"
)

// The kinds of notices.
const (
	Deletion     = "deletion"      // the keys of a document's blobs are destroyed; Subject is its id
	KeyDestroyed = "key-destroyed" // a sealing key is destroyed; Subject is its id
	Restored     = "restored"      // a new origin continues the leaves of another; Subject is that one
)

// Notice is a leaf that is no receipt: what the mailbox did with what it holds. No names and no free text.
type Notice struct {
	Kind    string
	Mailbox string
	Origin  string
	Subject string
	Why     string // a code
	At      time.Time
}

type noticeBody struct {
	Type    string `json:"type"`
	V       int    `json:"v"` // 1
	Mailbox string `json:"mailbox"`
	Origin  string `json:"origin"`
	Subject string `json:"subject"`
	Why     string `json:"why"`
	At      string `json:"at"`
}

var whyCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Leaf returns the canonical JSON that the ledger holds.
func (n Notice) Leaf() ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	return jsonx.Marshal(noticeBody{
		Type: n.Kind, V: 1, Mailbox: n.Mailbox, Origin: n.Origin, Subject: n.Subject, Why: n.Why, At: n.At.UTC().Format(time.RFC3339),
	})
}

func (n Notice) check() error {
	switch n.Kind {
	case Deletion, KeyDestroyed, Restored:
	default:
		return fmt.Errorf("%w: kind of notice", ErrFormat)
	}
	if n.Mailbox == "" || n.Origin == "" || n.Subject == "" || len(n.Subject) > 256 || !whyCode.MatchString(n.Why) {
		return fmt.Errorf("%w: notice", ErrFormat)
	}
	if n.Kind == Deletion {
		_, err := wire.ParseID(n.Subject)
		return err
	}
	return nil
}

// ParseNotice reads what Leaf wrote and nothing else.
func ParseNotice(leaf []byte) (Notice, error) {
	var b noticeBody
	if err := jsonx.Unmarshal(leaf, &b); err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	at, err := parseTime(b.At)
	if err != nil || b.V != 1 {
		return Notice{}, fmt.Errorf("%w: notice", ErrFormat)
	}
	n := Notice{Kind: b.Type, Mailbox: b.Mailbox, Origin: b.Origin, Subject: b.Subject, Why: b.Why, At: at}
	return n, n.check()
}

// Proof is a leaf's place in a ledger with its inclusion proof and the signed head that it leads to.
type Proof struct {
	Index, Size int64
	Hashes      []tlog.Hash
	Head        []byte
}

const magicProof = "MGP1"

// Marshal returns the bytes that are kept.
func (p Proof) Marshal() []byte {
	place := binary.BigEndian.AppendUint64(nil, uint64(p.Index))
	place = binary.BigEndian.AppendUint64(place, uint64(p.Size))
	hashes := make([]byte, 0, len(p.Hashes)*tlog.HashSize)
	for _, h := range p.Hashes {
		hashes = append(hashes, h[:]...)
	}
	return wire.Pack(magicProof, place, hashes, p.Head)
}

// ParseProof reads what Marshal wrote.
func ParseProof(b []byte) (Proof, error) {
	f, err := wire.Unpack(magicProof, b)
	if err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(f) != 3 || len(f[0]) != 16 || len(f[1])%tlog.HashSize != 0 || len(f[1]) > maxProof*tlog.HashSize || len(f[2]) > maxHead {
		return Proof{}, fmt.Errorf("%w: proof", ErrFormat)
	}
	index, size := binary.BigEndian.Uint64(f[0]), binary.BigEndian.Uint64(f[0][8:])
	if size > MaxSize || index >= size {
		return Proof{}, fmt.Errorf("%w: place", ErrFormat)
	}
	p := Proof{Index: int64(index), Size: int64(size), Head: f[2]}
	for h := f[1]; len(h) > 0; h = h[tlog.HashSize:] {
		p.Hashes = append(p.Hashes, tlog.Hash(h))
	}
	return p, nil
}

// Verify requires the leaf to be where the proof says, in a ledger whose head a known key signed.
func (p Proof) Verify(leaf []byte, known note.Verifiers) (Head, error) {
	head, err := OpenHead(p.Head, known)
	if err != nil {
		return Head{}, err
	}
	if head.Size != p.Size {
		return Head{}, fmt.Errorf("%w: of another size", ErrHead)
	}
	if tlog.CheckRecord(p.Hashes, head.Size, head.Root, p.Index, LeafHash(leaf)) != nil {
		return Head{}, ErrProof
	}
	return head, nil
}

// IsNotice reports whether a leaf is a notice; what is neither that nor a receipt belongs to no ledger of ours.
func IsNotice(leaf []byte) bool {
	_, err := ParseNotice(leaf)
	return err == nil
}
