package outbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"madoguchi/wire"
)

const (
	rowVersion = 1
	rowFixed   = 1 + 16 + 3*32 + 4 + 8 + 8 + 8 + 1 + 1 // up to the texts
	sumSize    = 8                                     // of the truncated SHA-256 that ends a row
	maxText    = 200                                   // bytes of a reason

	bitTold  = 1
	bitShown = 2
)

var states = []wire.State{wire.Waiting, wire.Received, wire.Refused}

func newRecord(it Item) Record {
	at := time.Unix(0, it.KeptAt.UnixNano()).UTC()
	it.KeptAt = at
	return Record{
		Item: it, SealedSum: wire.Sum(it.Sealed), SealedSize: len(it.Sealed),
		Ticket: wire.NewTicket(it.ID, it.Manifest, at), Outcome: wire.Outcome{State: wire.Waiting},
	}
}

// encode writes a row: everything but order, sealed bytes and receipt, which have places of their own.
func (r Record) encode() ([]byte, error) {
	state := -1
	for i, s := range states {
		if s == r.Outcome.State {
			state = i
		}
	}
	if state < 0 || len(r.Outcome.Reason) > maxText || len(r.Quarantined) > maxText {
		return nil, fmt.Errorf("outbox: row of state %q with texts of %d and %d bytes", r.Outcome.State, len(r.Outcome.Reason), len(r.Quarantined))
	}
	var flags byte
	if r.Told {
		flags |= bitTold
	}
	if r.Shown {
		flags |= bitShown
	}
	b := append(make([]byte, 0, rowFixed+2+2*maxText+sumSize), rowVersion)
	b = append(b, r.ID[:]...)
	b = append(b, r.Manifest[:]...)
	b = append(b, r.Owner[:]...)
	b = append(b, r.SealedSum[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(r.SealedSize)) // at most wire.MaxSealed
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = appendTime(b, r.KeptAt)
	b = appendTime(b, r.Outcome.ReceivedAt)
	b = append(b, byte(state), flags)
	b = append(append(b, byte(len(r.Outcome.Reason))), r.Outcome.Reason...)
	b = append(append(b, byte(len(r.Quarantined))), r.Quarantined...)
	sum := sha256.Sum256(b)
	return append(b, sum[:sumSize]...), nil
}

// noTime stands for the zero time.
const noTime = math.MinInt64

func appendTime(b []byte, t time.Time) []byte {
	n := int64(noTime)
	if !t.IsZero() {
		n = t.UnixNano()
	}
	return binary.BigEndian.AppendUint64(b, uint64(n)) // the same bits
}

func timeOf(b []byte) time.Time {
	n := int64(binary.BigEndian.Uint64(b)) // the same bits
	if n == noTime {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// decode reads a row; ErrDamaged if it is not what encode wrote.
func decode(b []byte) (Record, error) {
	var r Record
	if len(b) < rowFixed+2+sumSize || b[0] != rowVersion {
		return r, fmt.Errorf("%w: row", ErrDamaged)
	}
	b, tail := b[:len(b)-sumSize], b[len(b)-sumSize:]
	if sum := sha256.Sum256(b); !bytes.Equal(sum[:sumSize], tail) {
		return r, fmt.Errorf("%w: row", ErrDamaged)
	}
	b = b[1:]
	for _, field := range [][]byte{r.ID[:], r.Manifest[:], r.Owner[:], r.SealedSum[:]} {
		b = b[copy(field, b):]
	}
	r.SealedSize = int(binary.BigEndian.Uint32(b))
	r.Seq = binary.BigEndian.Uint64(b[4:])
	r.KeptAt = timeOf(b[12:])
	r.Outcome.ReceivedAt = timeOf(b[20:])
	state, flags := int(b[28]), b[29]
	var okReason, okAside bool
	r.Outcome.Reason, b, okReason = text(b[30:])
	r.Quarantined, b, okAside = text(b)
	if state >= len(states) || flags > bitTold|bitShown || !okReason || !okAside || len(b) != 0 {
		return Record{}, fmt.Errorf("%w: row", ErrDamaged)
	}
	r.Outcome.State, r.Told, r.Shown = states[state], flags&bitTold != 0, flags&bitShown != 0
	r.Ticket = wire.NewTicket(r.ID, r.Manifest, r.KeptAt)
	return r, nil
}

func text(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 || int(b[0]) > len(b)-1 || b[0] > maxText {
		return "", nil, false
	}
	return string(b[1 : 1+b[0]]), b[1+b[0]:], true
}
