package outbox

import (
	"encoding/binary"
	"io"
	"os"

	"madoguchi/wire"
)

// What bbolt writes of a leaf (its internal/common: Page, LeafPageElement, InBucket), in the machine's byte order, which
// is little-endian on everything that a terminal is made of. Salvage looks at every page of the file by itself, so that
// it does not need the tree above the leaves, nor the list of what is free.
const (
	pageHead    = 16 // id 8, flags 2, count 2, overflow 4
	elementHead = 16 // flags 4, pos 4, key size 4, value size 4
	bucketHead  = 16 // root 8, sequence 8: before the page of a small bucket
	leafFlag    = 2
	bucketFlag  = 1
	maxLeaf     = 4 << 20 // bytes; a leaf holds a few rows, or the bytes of one envelope
	maxSealed   = wire.MaxSealed
)

// pages looks for rows, sealed bytes and receipts in every leaf of a file, those that were given up too.
func (w *wreck) pages(f *os.File, size int64) {
	page := int64(os.Getpagesize())
	for at := int64(0); at+page <= size; at += page {
		head := make([]byte, pageHead)
		if _, err := f.ReadAt(head, at); err != nil {
			continue // a page that the disk cannot read any more
		}
		n := (int64(binary.LittleEndian.Uint32(head[12:])) + 1) * page
		if binary.LittleEndian.Uint16(head[8:]) != leafFlag || binary.LittleEndian.Uint64(head) != uint64(at/page) || n > maxLeaf {
			continue
		}
		leaf := make([]byte, min(n, size-at))
		if got, err := f.ReadAt(leaf, at); err != nil && err != io.EOF {
			leaf = leaf[:got]
		}
		w.leaf(f, at, leaf)
	}
}

// leaf takes what a leaf holds; at is its place in the file.
func (w *wreck) leaf(f *os.File, at int64, leaf []byte) {
	if len(leaf) < pageHead {
		return
	}
	for i := range int(binary.LittleEndian.Uint16(leaf[10:])) {
		start := pageHead + i*elementHead
		if start+elementHead > len(leaf) {
			return
		}
		flags, pos := binary.LittleEndian.Uint32(leaf[start:]), int64(binary.LittleEndian.Uint32(leaf[start+4:]))
		keyLen, valueLen := int64(binary.LittleEndian.Uint32(leaf[start+8:])), int64(binary.LittleEndian.Uint32(leaf[start+12:]))
		from := int64(start) + pos
		if from+keyLen+valueLen > int64(len(leaf)) {
			continue
		}
		key, value := leaf[from:from+keyLen], leaf[from+keyLen:from+keyLen+valueLen]
		valueAt := at + from + keyLen
		switch {
		case flags&bucketFlag != 0 && len(value) > bucketHead: // a small bucket lies in its parent's leaf
			w.leaf(f, valueAt+bucketHead, value[bucketHead:])
		case flags&bucketFlag == 0:
			w.element(f, key, value, valueAt)
		}
	}
}

func (w *wreck) element(f *os.File, key, value []byte, at int64) {
	e, sealed, ok := entryOf(key)
	switch {
	case string(key) == string(keySealed) && len(value) <= maxSealed:
		w.sealed[wire.Sum(value)] = place{f, at, len(value)}
	case !ok || sealed:
	case receiptOK(value):
		w.receipts[e.id] = place{f, at, len(value)}
	default:
		if r, err := decode(value); err == nil && e.is(r) {
			r.Order = e.order
			w.row(r)
		}
	}
}
