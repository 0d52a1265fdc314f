package apdu

import "errors"

var (
	// ErrTLV reports bytes that are no BER-TLV data object.
	ErrTLV = errors.New("apdu: malformed BER-TLV data object")
	// ErrTLVShort reports a data object that goes on beyond the bytes given.
	ErrTLVShort = errors.New("apdu: BER-TLV data object is cut short")
)

// Header is the tag and length of a BER-TLV data object (ISO/IEC 7816-4 §5.2.2).
type Header struct {
	Tag    uint32 // all its bytes, 1 to 3: 0x30, 0xDF22
	Size   int    // bytes that tag and length take
	Length int    // bytes of the value
}

// Total is the size of the whole data object in bytes.
func (h Header) Total() int { return h.Size + h.Length }

// ParseHeader reads the tag and length at the start of b, which need not hold the value. Lengths are definite, up
// to four bytes long and below 2^31. ErrTLV, or ErrTLVShort when b ends within the header.
func ParseHeader(b []byte) (Header, error) {
	h, err := tag(b)
	if err != nil {
		return Header{}, err
	}
	rest := b[h.Size:]
	if len(rest) == 0 {
		return Header{}, ErrTLVShort
	}
	h.Size++
	if rest[0] < 0x80 {
		h.Length = int(rest[0])
		return h, nil
	}
	n := int(rest[0] & 0x7F)
	switch {
	case n == 0 || n > 4: // 80, the indefinite form, is not used on cards
		return Header{}, ErrTLV
	case len(rest) < 1+n:
		return Header{}, ErrTLVShort
	}
	var length uint64
	for _, octet := range rest[1 : 1+n] {
		length = length<<8 | uint64(octet)
	}
	if length >= 1<<31-16 { // so that Total fits an int of 32 bits
		return Header{}, ErrTLV
	}
	h.Size, h.Length = h.Size+n, int(length)
	return h, nil
}

// tag reads one to three bytes: a first byte whose low five bits are set has more of them, each but the last with
// its top bit set.
func tag(b []byte) (Header, error) {
	if len(b) == 0 {
		return Header{}, ErrTLVShort
	}
	h := Header{Tag: uint32(b[0]), Size: 1}
	if b[0]&0x1F != 0x1F {
		return h, nil
	}
	for more := true; more; h.Size++ {
		switch {
		case h.Size == 3:
			return Header{}, ErrTLV
		case len(b) <= h.Size:
			return Header{}, ErrTLVShort
		}
		h.Tag = h.Tag<<8 | uint32(b[h.Size])
		more = b[h.Size]&0x80 != 0
	}
	return h, nil
}

// TLV is one BER-TLV data object.
type TLV struct {
	Tag   uint32
	Value []byte
}

// ParseTLV reads the data object at the start of b and returns it with the bytes that follow it; both share b's
// memory. ErrTLV or ErrTLVShort.
func ParseTLV(b []byte) (object TLV, rest []byte, err error) {
	h, err := ParseHeader(b)
	if err != nil {
		return TLV{}, nil, err
	}
	if h.Total() > len(b) {
		return TLV{}, nil, ErrTLVShort
	}
	return TLV{Tag: h.Tag, Value: b[h.Size:h.Total():h.Total()]}, b[h.Total():], nil
}
