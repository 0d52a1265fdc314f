package sim

import (
	"bytes"
	"crypto/rsa"
)

// The status words the card answers with.
const (
	swOK           = 0x9000
	swEndOfFile    = 0x6282
	swCounter      = 0x63C0
	swMemory       = 0x6581
	swLength       = 0x6700
	swChannel      = 0x6881
	swMessaging    = 0x6882
	swWrongKind    = 0x6981
	swSecurity     = 0x6982
	swBlocked      = 0x6984
	swNoCurrent    = 0x6986
	swNotFound     = 0x6A82
	swParameters   = 0x6A86
	swOffset       = 0x6B00
	swInstruction  = 0x6D00
	swClass        = 0x6E00
	currentFile    = 0x80 // P2 of VERIFY and SIGN: the file that was selected
	shortReference = 0x80 // top bit that makes the other bits a short EF identifier
)

// The applications: the JPKI application, and the issuer's domain that is current after power-on.
var (
	jpkiAID   = []byte("\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01")
	domainAID = []byte("\xA0\x00\x00\x01\x51\x00\x00")
)

// chip is a card under power. What it forgets without power is here; what it keeps is in the File.
type chip struct {
	file    *File
	save    func() error // makes the counters durable
	files   map[byte]*ef // of the JPKI application, by identifier
	jpki    bool         // the JPKI application is selected
	current *ef
}

// ef is an elementary file: data to read, or a PIN or key, which cannot be read.
type ef struct {
	data []byte
	lock *pin // PIN to be verified before READ or SIGN; nil: free
	pin  *pin
	key  *rsa.PrivateKey
}

// pin is a credential's PIN with its security status.
type pin struct {
	*Credential
	verified bool
}

// powerOn makes a chip of a card. The card's files are laid out as on the real one.
func powerOn(f *File, save func() error) (*chip, error) {
	c := &chip{file: f, save: save, files: map[byte]*ef{}}
	present := []byte{0x8F, 0x00, 0x00}
	if f.Sign != nil {
		present[1] = 0x8F
	}
	c.files[0x06] = &ef{data: padded([]byte("JPKIAPICCTOKEN2                 "), 160)}
	c.files[0x08] = &ef{data: present}
	if err := c.add(f.Auth, 0x0A, 0x0B, 0x18, 0x17, false); err != nil {
		return nil, err
	}
	if f.Sign == nil {
		return c, nil
	}
	return c, c.add(f.Sign, 0x01, 0x02, 0x1B, 0x1A, true)
}

// add lays out one credential; locked: the certificate can be read only with the PIN.
func (c *chip) add(k *Credential, certificate, ca, pinFile, keyFile byte, locked bool) error {
	key, err := k.key()
	if err != nil {
		return err
	}
	p := &pin{Credential: k}
	c.files[certificate] = &ef{data: padded(k.Certificate, 2048)}
	if locked {
		c.files[certificate].lock = p
	}
	c.files[ca] = &ef{data: padded(k.CA, 2048)}
	c.files[pinFile] = &ef{pin: p}
	c.files[keyFile] = &ef{key: key, lock: p}
	return nil
}

// padded fills data up to size, and to the next 256 bytes if it is longer; at least one byte is filler.
func padded(data []byte, size int) []byte {
	for size <= len(data) {
		size += 256
	}
	return append(bytes.Clone(data), bytes.Repeat([]byte{0xFF}, size-len(data))...)
}

// answer is the whole of the card: a command in, data and status word out.
func (c *chip) answer(raw []byte) []byte {
	cmd, ok := parse(raw, c.file.Extended)
	if !ok {
		return status(swLength)
	}
	data, sw := c.dispatch(cmd)
	return append(bytes.Clone(data), status(sw)...)
}

func status(sw int) []byte { return []byte{byte(sw >> 8), byte(sw)} }

// dispatch judges class and instruction (ISO/IEC 7816-4 §5.1.1: no chaining, messaging or channels here).
func (c *chip) dispatch(cmd command) ([]byte, int) {
	switch {
	case cmd.cla == 0x80 && cmd.ins == 0x2A:
		return c.sign(cmd)
	case cmd.cla == 0x80:
		return nil, swInstruction
	case cmd.cla&0xF0 != 0:
		return nil, swClass
	case cmd.cla&0x0C != 0:
		return nil, swMessaging
	case cmd.cla != 0:
		return nil, swChannel
	}
	switch cmd.ins {
	case 0xA4:
		return nil, c.sel(cmd)
	case 0x20:
		return nil, c.verify(cmd)
	case 0xB0:
		return c.read(cmd)
	}
	return nil, swInstruction
}
