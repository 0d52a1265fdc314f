package card

// Key is one of the two keys of the JPKI application.
type Key int

const (
	// Auth is the key for proving who one is (利用者証明用), with a PIN of 4 digits and 3 tries.
	Auth Key = iota
	// Sign is the key for signing documents (署名用), with a password of 6 to 16 letters and digits and 5 tries.
	Sign

	keys = 2
)

// String returns the name for logs.
func (k Key) String() string {
	if k == Sign {
		return "sign"
	}
	return "auth"
}

// jpki is the application identifier of the JPKI application, in full length.
var jpki = []byte{0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01}

// Commands of ISO/IEC 7816-4 and -8 as the card takes them. Class 00, but for COMPUTE DIGITAL SIGNATURE.
const (
	insSelect     = 0xA4
	insVerify     = 0x20
	insReadBinary = 0xB0
	insSign       = 0x2A
	claSign       = 0x80

	byName   = 0x04 // P1 of SELECT: by application identifier
	noAnswer = 0x0C // P2 of SELECT: no control information wanted
	short    = 0x80 // P1 or P2: the low five bits are a short EF identifier
)

// profile is what differs between the keys: elementary files by their short identifiers, and the PIN's rule.
type profile struct {
	pin, key, certificate byte
	tries                 int
	minLength, maxLength  int
	letters               bool // A to Z beside the digits
}

var profiles = [keys]profile{
	Auth: {pin: 0x18, key: 0x17, certificate: 0x0A, tries: 3, minLength: 4, maxLength: 4},
	Sign: {pin: 0x1B, key: 0x1A, certificate: 0x01, tries: 5, minLength: 6, maxLength: 16, letters: true},
}

func (k Key) profile() profile {
	if k == Sign {
		return profiles[Sign]
	}
	return profiles[Auth]
}
