package ifd

import "encoding/binary"

// Control codes (PC/SC part 10 §2.2): the request for features has a fixed one, a feature's own is what its answer
// says. SCARD_CTL_CODE of pcsc-lite adds 42000000 hexadecimal.
const (
	ctl             = 0x42000000
	getFeatures     = ctl + 3400
	verifyPINDirect = 0x06
	modifyPINDirect = 0x07
	pinProperties   = 0x0A
	tlvProperties   = 0x12
	featureBase     = ctl + 0x100
)

// The properties that we answer with (PC/SC part 10 §2.6.14); numbers are little-endian.
const (
	propertyTimeOut2   = 0x03
	propertyMinPIN     = 0x06
	propertyMaxPIN     = 0x07
	propertyMaxAPDU    = 0x0A
	maxAPDUExtended    = 0x10000
	padMinPIN          = 4
	padMaxPIN          = 8
	validateByKey      = 0x02
	validateByMaximum  = 0x01
	bytesLeftASCII     = 0x82 // bmFormatString: system units bytes, no offset, left, ASCII
	verifyHeader       = 19   // bytes of PIN_VERIFY_STRUCTURE before the APDU
	apduHeader         = 5
	statusPadTimeout   = 0x6400
	statusPadCancelled = 0x6401
	statusPadLength    = 0x6403
)

// control answers SCardControl.
func (s *Slot) control(data []byte) (int, []byte) {
	if len(data) < 4 || s.properties == Silent {
		return notSupported, nil
	}
	in := data[4:]
	switch binary.BigEndian.Uint32(data) {
	case getFeatures:
		return success, s.features()
	case featureBase + tlvProperties:
		return success, s.tlv()
	case featureBase + pinProperties:
		if s.pad != nil {
			return success, []byte{0, 0, validateByKey, 0} // no display of its own
		}
	case featureBase + verifyPINDirect:
		if s.pad != nil {
			return s.verify(in)
		}
	}
	return notSupported, nil
}

func (s *Slot) features() []byte {
	tags := []byte{tlvProperties}
	if s.pad != nil {
		tags = []byte{verifyPINDirect, modifyPINDirect, pinProperties, tlvProperties}
	}
	var out []byte
	for _, tag := range tags {
		out = binary.BigEndian.AppendUint32(append(out, tag, 4), featureBase+uint32(tag))
	}
	return out
}

func (s *Slot) tlv() []byte {
	size := uint32(0)
	if s.properties == Extended {
		size = maxAPDUExtended
	}
	out := binary.LittleEndian.AppendUint32([]byte{propertyMaxAPDU, 4}, size)
	if s.pad != nil {
		out = append(out, propertyTimeOut2, 1, 0, propertyMinPIN, 1, padMinPIN, propertyMaxPIN, 1, padMaxPIN)
	}
	return out
}

// verify is VERIFY_PIN_DIRECT (PC/SC part 10 §2.5.2): the pad collects the PIN, puts it into the APDU and has the card
// answer. What cannot be done with the structure gives the status word that the standard has for it.
func (s *Slot) verify(in []byte) (int, []byte) {
	v, ok := parseVerify(in)
	if !ok {
		return communication, nil
	}
	pin, sw := s.pad.collect(v)
	if sw != 0 {
		return success, []byte{byte(sw >> 8), byte(sw)}
	}
	defer clear(pin)
	command := append(v.command[:apduHeader-1:apduHeader-1], byte(len(pin)))
	command = append(command, pin...)
	defer clear(command)
	return outcome(s.Contacts.Transmit(command))
}

// verifyBlock is what is used of PIN_VERIFY_STRUCTURE.
type verifyBlock struct {
	seconds   int // until the first key
	min, max  int
	condition byte
	command   []byte
}

// parseVerify reads PIN_VERIFY_STRUCTURE (PC/SC part 10 §2.5.2), little-endian. Only what a PIN in plain ASCII without
// a length of its own needs is understood.
func parseVerify(in []byte) (verifyBlock, bool) {
	if len(in) < verifyHeader+apduHeader {
		return verifyBlock{}, false
	}
	extra := binary.LittleEndian.Uint16(in[5:])
	v := verifyBlock{seconds: int(in[0]), min: int(extra >> 8), max: int(extra & 0xFF), condition: in[7], command: in[verifyHeader:]}
	length := binary.LittleEndian.Uint32(in[15:])
	block := int(in[3] & 0x0F)
	sound := in[2] == bytesLeftASCII && in[4] == 0 && uint64(length) == uint64(len(v.command)) && v.min <= v.max && v.min >= 1 &&
		int(v.command[4]) == len(v.command)-apduHeader && (block == 0 || block == int(v.command[4]))
	return v, sound
}
