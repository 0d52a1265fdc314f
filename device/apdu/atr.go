package apdu

// Resetter is a Session that knows the card's answer to reset. One that does not is as good, but for the one command
// that finding out about extended length may cost.
type Resetter interface {
	// ATR is the answer to reset (ISO/IEC 7816-3 §8.2), as the reader gave or made it; nil if it is not known.
	ATR() []byte
}

// Length is what is known of a card's extended length before it is tried.
type Length int

// The kinds of knowledge.
const (
	LengthUnknown Length = iota // try it, and go on with short length at status 6700
	ShortOnly
	Extended
)

// LengthOf reads from an answer to reset whether the card takes extended length fields: the third table of the card
// capabilities (ISO/IEC 7816-4 §12.1.1.9, bit 7). A contact card that does not announce them has not got them. The
// answer to reset of a contactless card is made by the reader (PC/SC part 3 §3.1.3.2.3) and says nothing of it.
func LengthOf(atr []byte) Length {
	historical, contactless, ok := historicalBytes(atr)
	switch {
	case !ok:
		return LengthUnknown
	case len(historical) > 0 && historical[0] == 0x80:
		if announced(historical[1:]) {
			return Extended
		}
		return ShortOnly
	case contactless:
		return LengthUnknown
	}
	return ShortOnly
}

// announced looks through compact-TLV data objects, one nibble of tag and one of length, for the card capabilities.
func announced(objects []byte) bool {
	const capabilities, extended = 0x7, 0x40
	for len(objects) > 0 {
		tag, size := objects[0]>>4, int(objects[0]&0xF)
		if len(objects) <= size {
			return false
		}
		if tag == capabilities && size == 3 {
			return objects[3]&extended != 0
		}
		objects = objects[1+size:]
	}
	return false
}

// historicalBytes walks over the interface bytes. A contactless card is known by the pair TD1 = 80, TD2 = 01 and no
// other interface byte.
func historicalBytes(atr []byte) (historical []byte, contactless, ok bool) {
	if len(atr) < 2 || atr[0] != 0x3B && atr[0] != 0x3F {
		return nil, false, false
	}
	size, follows, rest := int(atr[1]&0xF), atr[1]>>4, atr[2:]
	contactless = follows == 8 && len(rest) > 1 && rest[0] == 0x80 && rest[1] == 0x01
	for follows != 0 {
		last := byte(0)
		for bit := range 4 { // TA, TB, TC, TD
			if follows&(1<<bit) == 0 {
				continue
			}
			if len(rest) == 0 {
				return nil, false, false
			}
			last, rest = rest[0], rest[1:]
		}
		if follows&8 == 0 {
			break
		}
		follows = last >> 4
	}
	if len(rest) < size {
		return nil, false, false
	}
	return rest[:size], contactless, true
}
