package apdu

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrResponse reports an answer that is no response APDU: no status word, or more data than one can carry.
var ErrResponse = errors.New("apdu: answer is no response APDU")

// Status is the status word SW1 SW2 (ISO/IEC 7816-4 §5.1.3).
type Status uint16

// The status words that a My Number Card is known to answer with (ISO/IEC 7816-4 §5.1.3, table 5 and 6).
const (
	OK                Status = 0x9000
	EndOfFile         Status = 0x6282 // end of the file before Le bytes; the data stands
	WrongLength       Status = 0x6700
	Incompatible      Status = 0x6981 // command does not fit the kind of file
	NoCurrentEF       Status = 0x6986
	NotSatisfied      Status = 0x6982 // security status not satisfied
	MethodBlocked     Status = 0x6983
	ReferenceBlocked  Status = 0x6984 // what a My Number Card answers for a blocked PIN
	NotFound          Status = 0x6A82 // no such application or file
	WrongParameters   Status = 0x6A86
	ReferenceNotFound Status = 0x6A88
	WrongOffset       Status = 0x6B00 // offset at or past the end of the file
	NoPreciseCause    Status = 0x6F00
)

// String returns the four hexadecimal digits that the standard and every log write.
func (s Status) String() string { return fmt.Sprintf("%04X", uint16(s)) }

// Tries returns the counter of a 63Cx status, 0 to 15, and whether s is one.
func (s Status) Tries() (int, bool) { return int(s & 0xF), s&0xFFF0 == 0x63C0 }

// Failed reports a card that broke off while acting (64xx, 65xx, 6Fxx): it may have changed its memory or not.
func (s Status) Failed() bool {
	sw1 := s >> 8
	return sw1 == 0x64 || sw1 == 0x65 || sw1 == 0x6F
}

// More returns how many bytes of a 61xx status wait for GET RESPONSE, 1 to 256, and whether s is one
// (ISO/IEC 7816-3 §12.2.1; readers that speak T=0 may pass it up).
func (s Status) More() (int, bool) { return length(s), s>>8 == 0x61 }

// Le returns the Le that a 6Cxx status wants in place of the one it was given, 1 to 256, and whether s is one.
func (s Status) Le() (int, bool) { return length(s), s>>8 == 0x6C }

func length(s Status) int {
	if n := int(s & 0xFF); n != 0 {
		return n
	}
	return MaxShort
}

// Known reports a status word as a card may give it: 61xx to 6Fxx or 9xxx (ISO/IEC 7816-4 §5.6). Anything else
// is noise.
func (s Status) Known() bool { return s >= 0x6100 && s <= 0x6FFF || s>>12 == 9 }

// Response is a response APDU (ISO/IEC 7816-4 §5.1).
type Response struct {
	Data   []byte
	Status Status
}

// ParseResponse takes an answer apart; Data shares raw's memory. ErrResponse when it is no response APDU.
func ParseResponse(raw []byte) (Response, error) {
	n := len(raw) - 2
	if n < 0 || n > MaxExtended {
		return Response{}, ErrResponse
	}
	return Response{Data: raw[:n:n], Status: Status(binary.BigEndian.Uint16(raw[n:]))}, nil
}

// StatusError is a status word that ended what Op says was being done.
type StatusError struct {
	Op     string // the command's name and its object, in the standard's words
	Status Status
}

// Error names the operation and the status word.
func (e *StatusError) Error() string { return "apdu: " + e.Op + ": status " + e.Status.String() }
