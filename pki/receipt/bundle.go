package receipt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/cms"
	"madoguchi/wire"
)

// Bundle is a receipt as it travels and is kept: everything that shows it, beside the pinned root and the keyring.
type Bundle struct {
	CMS     []byte      // CAdES-BES over the leaf, encapsulated, with the receipt certificate inside
	Index   int64       // of the leaf in the ledger, from 0
	Size    int64       // of the ledger that Proof leads to
	Proof   []tlog.Hash // inclusion proof (RFC 6962 §2.1.1)
	Head    []byte      // signed head of the ledger of that size
	Compact []byte      // see Short
}

const (
	magicBundle = "MGR1"
	maxBundle   = 32 << 10 // bytes; a real one is near 3 kB
	maxProof    = 48       // hashes: the depth of a ledger of MaxSize
)

// Sign states a receipt: it returns the leaf to append to the ledger, and the bundle with CMS and compact form. The
// caller places it when the leaf has its index. The CMS claims ReceivedAt as its signing time.
func Sign(ctx context.Context, r Receipt, s cms.Signer, ledger note.Signer) (b Bundle, leaf []byte, err error) {
	leaf, err = r.Leaf()
	if err != nil {
		return Bundle{}, nil, err
	}
	if ledger.Name() != r.Origin {
		return Bundle{}, nil, fmt.Errorf("%w: key is not the origin's", ErrHead)
	}
	if b.CMS, err = cms.Sign(ctx, leaf, s, r.ReceivedAt); err != nil {
		return Bundle{}, nil, fmt.Errorf("receipt: sign: %w", err)
	}
	if b.Compact, err = Compact(r, ledger); err != nil {
		return Bundle{}, nil, err
	}
	return b, leaf, nil
}

// Place returns the bundle with the leaf's place in the ledger: its index, the size and signed head of a ledger that
// holds it, and the proof between them.
func (b Bundle) Place(index, size int64, proof []tlog.Hash, head []byte) Bundle {
	b.Index, b.Size, b.Proof, b.Head = index, size, proof, head
	return b
}

// Marshal returns the bytes that are sent and kept.
func (b Bundle) Marshal() []byte {
	place := binary.BigEndian.AppendUint64(nil, uint64(b.Index))
	place = binary.BigEndian.AppendUint64(place, uint64(b.Size))
	proof := make([]byte, 0, len(b.Proof)*tlog.HashSize)
	for _, h := range b.Proof {
		proof = append(proof, h[:]...)
	}
	return wire.Pack(magicBundle, b.CMS, place, proof, b.Head, b.Compact)
}

// ParseBundle reads what Marshal wrote. It checks the form only; nothing in the bundle is to be believed before
// Verify.
func ParseBundle(raw []byte) (Bundle, error) {
	if len(raw) > maxBundle {
		return Bundle{}, fmt.Errorf("%w: over %d bytes", ErrFormat, maxBundle)
	}
	f, err := wire.Unpack(magicBundle, raw)
	if err != nil {
		return Bundle{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(f) != 5 || len(f[1]) != 16 || len(f[2])%tlog.HashSize != 0 || len(f[2]) > maxProof*tlog.HashSize {
		return Bundle{}, fmt.Errorf("%w: fields", ErrFormat)
	}
	index, size := binary.BigEndian.Uint64(f[1]), binary.BigEndian.Uint64(f[1][8:])
	if size > MaxSize || index >= size || len(f[3]) > maxHead || len(f[4]) != CompactSize {
		return Bundle{}, fmt.Errorf("%w: place, head or compact form", ErrFormat)
	}
	b := Bundle{CMS: f[0], Index: int64(index), Size: int64(size), Head: f[3], Compact: f[4]}
	for p := f[2]; len(p) > 0; p = p[tlog.HashSize:] {
		b.Proof = append(b.Proof, tlog.Hash(p))
	}
	return b, nil
}

// Origin returns the name of the ledger whose head the bundle carries, as that says: no proof either.
func (b Bundle) Origin() string {
	origin, _, _ := bytes.Cut(b.Head, []byte("\n"))
	return string(origin)
}

// ID returns the submission that the bundle says it is of: enough to find what to verify it against, and no proof.
func (b Bundle) ID() (wire.ID, error) {
	s, err := parseCompact(b.Compact)
	return s.ID, err
}
