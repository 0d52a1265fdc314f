package outbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// spare is an append-only copy of what waits, in a file beside: a medium that loses a page of the one seldom loses the
// same submission in the other. It is written behind the commit and synced a little later, so that no Put waits for
// its disk; what it holds is needed only when bbolt's own file is damaged (Salvage).
type spare struct {
	mu    sync.Mutex
	file  *os.File
	size  int64
	limit int64 // bytes; beyond it nothing is added until it is emptied
	timer *time.Timer
	ended bool // by close or a failure
}

const (
	spareSuffix = ".copy"
	spareDelay  = time.Second
	spareSlack  = 1 << 20 // bytes of settled submissions that it may hold when nothing waits

	spareMagic = "OBC1"
	spareHead  = len(spareMagic) + 4 + 4 + 8 // row's length, sealed bytes' length, order
)

func openSpare(path string, limit int64) (*spare, error) {
	f, err := os.OpenFile(path+spareSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, wrap("outbox: copy", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, wrap("outbox: copy", err)
	}
	return &spare{file: f, size: info.Size(), limit: limit}, nil
}

// encodeSpare is one record: magic, lengths and order (big endian), row, sealed bytes, and SHA-256 of all of it.
func encodeSpare(r Record) ([]byte, error) {
	row, err := r.encode()
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, spareHead+len(row)+len(r.Sealed)+sha256.Size), spareMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(row)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Sealed)))
	b = binary.BigEndian.AppendUint64(b, r.Order)
	b = append(append(b, row...), r.Sealed...)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// add appends what has been committed. A failure ends the copy until the next start: it is a second line only.
func (s *spare) add(all []Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range all {
		b, err := encodeSpare(r)
		if err != nil || s.ended || s.size+int64(len(b)) > s.limit {
			continue
		}
		if _, err := s.file.WriteAt(b, s.size); err != nil {
			s.ended = true
			return
		}
		s.size += int64(len(b))
	}
	if s.timer == nil && !s.ended && len(all) > 0 {
		s.timer = time.AfterFunc(spareDelay, s.sync)
	}
}

func (s *spare) sync() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer = nil; !s.ended {
		s.ended = s.file.Sync() != nil
	}
}

// drained gives the room back when nothing waits.
func (s *spare) drained() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.size <= spareSlack {
		return
	}
	if s.ended = s.file.Truncate(0) != nil; !s.ended {
		s.size = 0
	}
}

func (s *spare) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	if !s.ended {
		_ = s.file.Sync()
	}
	s.ended = true
	_ = s.file.Close()
}

// scanSpare calls found for each sound record of a copy, with the place of its sealed bytes. Behind damage it looks for
// the next record.
func scanSpare(f io.ReaderAt, size int64, found func(r Record, sealedAt int64)) error {
	const most = int64(spareHead + rowFixed + 2 + 2*maxText + sumSize + sha256.Size)
	for at := int64(0); at+int64(spareHead) <= size; {
		head := make([]byte, spareHead)
		if _, err := f.ReadAt(head, at); err != nil {
			return fmt.Errorf("outbox: copy: %w", err)
		}
		rowLen, sealedLen := int64(binary.BigEndian.Uint32(head[4:])), int64(binary.BigEndian.Uint32(head[8:]))
		n := int64(spareHead) + rowLen + sealedLen + sha256.Size
		r, ok := Record{}, false
		if string(head[:4]) == spareMagic && rowLen < most && sealedLen <= maxSealed && at+n <= size {
			r, ok = readSpare(f, at, rowLen, n)
			ok = ok && int64(r.SealedSize) == sealedLen
		}
		if !ok {
			next, err := nextSpare(f, at+1, size)
			if err != nil || next < 0 {
				return err
			}
			at = next
			continue
		}
		r.Order = binary.BigEndian.Uint64(head[12:])
		found(r, at+int64(spareHead)+rowLen)
		at += n
	}
	return nil
}

func readSpare(f io.ReaderAt, at, rowLen, n int64) (Record, bool) {
	b := make([]byte, n)
	if _, err := f.ReadAt(b, at); err != nil {
		return Record{}, false
	}
	body, tail := b[:n-sha256.Size], b[n-sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], tail) {
		return Record{}, false
	}
	r, err := decode(body[spareHead : int64(spareHead)+rowLen])
	return r, err == nil
}

// nextSpare finds the next magic from a place on; -1: none.
func nextSpare(f io.ReaderAt, at, size int64) (int64, error) {
	const step = 64 << 10
	for ; at < size; at += step {
		b := make([]byte, min(step+int64(len(spareMagic))-1, size-at))
		if _, err := f.ReadAt(b, at); err != nil {
			return -1, fmt.Errorf("outbox: copy: %w", err)
		}
		if i := bytes.Index(b, []byte(spareMagic)); i >= 0 {
			return at + int64(i), nil
		}
	}
	return -1, nil
}
