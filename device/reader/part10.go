package reader

import (
	"encoding/binary"
	"errors"
	"time"
)

// ErrFeatures reports an answer to a request for features or properties that is malformed.
var ErrFeatures = errors.New("reader: malformed list of features")

// Features of a reader (PC/SC part 10 §2.2), by the tags of the answer to CM_IOCTL_GET_FEATURE_REQUEST.
const (
	getFeatures     = 3400
	verifyPINDirect = 0x06
	tlvProperties   = 0x12

	propertyMaxAPDU = 0x0A    // dwMaxAPDUDataSize (PC/SC part 10 §2.6.14)
	extendedAPDU    = 0x10000 // its value where extended length passes
)

// parseFeatures reads the list of features: tag, length 4, control code, big-endian.
func parseFeatures(list []byte) (map[byte]uint32, error) {
	codes := map[byte]uint32{}
	for len(list) > 0 {
		if len(list) < 6 || list[1] != 4 {
			return nil, ErrFeatures
		}
		codes[list[0]] = binary.BigEndian.Uint32(list[2:])
		list = list[6:]
	}
	return codes, nil
}

// parseMaxAPDU looks through properties (tag, length, value, little-endian) for dwMaxAPDUDataSize; false: not told.
func parseMaxAPDU(list []byte) (size uint32, told bool, err error) {
	for len(list) > 0 {
		if len(list) < 2 || len(list)-2 < int(list[1]) {
			return 0, false, ErrFeatures
		}
		end := 2 + int(list[1]) // not in bytes: 2+FF is 1 there
		value := list[2:end]
		if list[0] == propertyMaxAPDU && len(value) == 4 {
			size, told = binary.LittleEndian.Uint32(value), true
		}
		list = list[end:]
	}
	return size, told, nil
}

// verifyBlock is PIN_VERIFY_STRUCTURE (PC/SC part 10 §2.5.2) for a PIN of exactly digits digits in plain ASCII, which
// the reader puts behind header and its length. Numbers are little-endian.
func verifyBlock(header [4]byte, digits int, limit time.Duration) []byte {
	const (
		bytesLeftASCII = 0x82 // system units bytes, no offset, left-justified, ASCII
		byKey          = 0x02 // the person ends the entry with the OK key, and can correct it until then
		japanese       = 0x0411
		filler         = 0xFF // bytes that the PIN replaces
	)
	seconds := byte(min(limit/time.Second, 0xFF))
	b := []byte{seconds, seconds, bytesLeftASCII, byte(digits), 0, byte(digits), byte(digits), byKey, 1}
	b = binary.LittleEndian.AppendUint16(b, japanese)
	b = append(b, 0, 0, 0, 0) // message 0, no T=1 prologue
	b = binary.LittleEndian.AppendUint32(b, uint32(len(header)+1+digits))
	b = append(append(b, header[:]...), byte(digits))
	for range digits {
		b = append(b, filler)
	}
	return b
}
