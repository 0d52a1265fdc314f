package receipt

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxSize is the largest ledger that is believed, in leaves. (tlog's arithmetic does not end near 2^63.)
const MaxSize = 1 << 48

// maxHead bounds a signed head in bytes, signatures of witnesses included.
const maxHead = 4 << 10

// Head is the state of a ledger that its key signs: three lines, origin, size in decimal and root hash in base64
// (C2SP tlog-checkpoint), as a signed note.
type Head struct {
	Origin string // the log's name, which is also the name of its key
	Size   int64  // leaves
	Root   tlog.Hash
}

// LeafHash returns the hash under which a ledger holds a leaf (RFC 6962 §2.1).
func LeafHash(leaf []byte) tlog.Hash { return tlog.RecordHash(leaf) }

// Sign returns the head as a note signed by the ledger's key, whose name must be the origin.
func (h Head) Sign(key note.Signer) ([]byte, error) {
	if key.Name() != h.Origin {
		return nil, fmt.Errorf("%w: key is not the origin's", ErrHead)
	}
	signed, err := note.Sign(&note.Note{Text: h.text()}, key)
	if err != nil {
		return nil, fmt.Errorf("receipt: sign ledger head: %w", err)
	}
	return signed, nil
}

func (h Head) text() string {
	return h.Origin + "\n" + strconv.FormatInt(h.Size, 10) + "\n" + h.Root.String() + "\n"
}

// OpenHead checks a signed head against the ledger keys that are known, or returns ErrHead.
func OpenHead(signed []byte, known note.Verifiers) (Head, error) {
	if len(signed) > maxHead {
		return Head{}, fmt.Errorf("%w: over %d bytes", ErrHead, maxHead)
	}
	n, err := note.Open(signed, known)
	if err != nil {
		return Head{}, fmt.Errorf("%w: not signed by a ledger key of the keyring", ErrHead)
	}
	h, err := parseHead(n.Text)
	if err != nil {
		return Head{}, err
	}
	for _, sig := range n.Sigs {
		if sig.Name == h.Origin {
			return h, nil
		}
	}
	return Head{}, fmt.Errorf("%w: signed by another log's key", ErrHead)
}

// ReadHead reads a signed head without checking its signature: for one that was checked before it was kept.
func ReadHead(signed []byte) (Head, error) {
	text, _, ok := strings.Cut(string(signed), "\n\n")
	if !ok || len(signed) > maxHead {
		return Head{}, fmt.Errorf("%w: form", ErrHead)
	}
	return parseHead(text + "\n")
}

func parseHead(text string) (Head, error) {
	bad := fmt.Errorf("%w: form", ErrHead)
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" {
		return Head{}, bad
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > MaxSize {
		return Head{}, bad
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Head{}, bad
	}
	h := Head{Origin: lines[0], Size: size, Root: tlog.Hash(root)}
	if h.text() != text { // one encoding only
		return Head{}, bad
	}
	return h, nil
}
