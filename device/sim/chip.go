package sim

import (
	"bytes"
	"slices"
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
	swBlockedToo   = 0x6983
	swConditions   = 0x6985
	swNoCurrent    = 0x6986
	swNotFound     = 0x6A82
	swParameters   = 0x6A86
	swOffset       = 0x6B00
	swInstruction  = 0x6D00
	swClass        = 0x6E00
	swFailed       = 0x6F00
	swData         = 0x6A80
	swMore         = 0x6100
	swOtherLe      = 0x6C00
	currentFile    = 0x80 // P2 of VERIFY and SIGN: the file that was selected
	shortReference = 0x80 // top bit that makes the other bits a short EF identifier

	insSelect      = 0xA4
	insVerify      = 0x20
	insChange      = 0x24
	insRead        = 0xB0
	insGetResponse = 0xC0
)

// Quirk is a way in which cards differ that no kind accounts for.
type Quirk string

// The quirks.
const (
	NoShortIDs    Quirk = "no-short-ids"    // files must be selected
	NoShortSign   Quirk = "no-short-sign"   // the key must be selected before it signs; short identifiers work elsewhere
	Waits         Quirk = "waits"           // data is fetched by GET RESPONSE, a wrong Le is told by 6Cxx (T=0)
	FirstFails    Quirk = "first-fails"     // 6F00 for the first command after power-on
	BlockedIs6983 Quirk = "blocked-is-6983" // not 6984
	TellsEnd      Quirk = "tells-end"       // 6282 for every read that reaches the end of the file
	Silent        Quirk = "silent"          // the answer to reset says nothing of extended length: contactless
	SaysExtended  Quirk = "says-extended"   // it announces extended length, and has none
)

var quirks = []Quirk{NoShortIDs, NoShortSign, Waits, FirstFails, BlockedIs6983, TellsEnd, Silent, SaysExtended}

func (c *chip) has(q Quirk) bool { return slices.Contains(c.file.Quirks, q) }

// chip is a card under power. What it forgets without power is here; what it keeps is in the File.
type chip struct {
	file     *File
	save     func() error // makes counters and PINs durable
	apps     []*app
	selected *app
	current  *ef
	begun    bool   // a command has come
	waiting  []byte // data for GET RESPONSE
}

// powerOn makes a chip of a card.
func powerOn(f *File, save func() error) (*chip, error) {
	apps, err := lay(f)
	if err != nil {
		return nil, err
	}
	return &chip{file: f, save: save, apps: apps, selected: apps[0]}, nil
}

// answer is the whole of the card: a command in, data and status word out.
func (c *chip) answer(raw []byte) []byte {
	first := !c.begun
	c.begun = true
	if first && c.has(FirstFails) {
		return status(swFailed)
	}
	cmd, ok := parse(raw, c.file.Extended)
	if !ok {
		return status(swLength)
	}
	data, sw := c.dispatch(cmd)
	if c.has(Waits) {
		data, sw = c.wait(cmd, data, sw)
	}
	return append(bytes.Clone(data), status(sw)...)
}

// wait has data fetched by GET RESPONSE, as over T=0 (ISO/IEC 7816-3 §12.2.1).
func (c *chip) wait(cmd command, data []byte, sw int) ([]byte, int) {
	switch {
	case cmd.ins == insGetResponse || sw != swOK && sw != swEndOfFile || len(data) == 0:
		return data, sw
	case cmd.ins == insRead && cmd.le > len(data):
		return nil, swOtherLe | len(data)&0xFF
	}
	c.waiting = bytes.Clone(data)
	return nil, swMore | min(len(data), shortMost)&0xFF
}

// getResponse gives what waits, as much as is asked for.
func (c *chip) getResponse(cmd command) ([]byte, int) {
	if len(c.waiting) == 0 || cmd.le == 0 {
		return nil, swConditions
	}
	n := min(cmd.le, len(c.waiting))
	data := c.waiting[:n]
	if c.waiting = c.waiting[n:]; len(c.waiting) > 0 {
		return data, swMore | min(len(c.waiting), shortMost)&0xFF
	}
	return data, swOK
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
	if cmd.ins != insGetResponse {
		c.waiting = nil
	}
	switch cmd.ins {
	case insSelect:
		return nil, c.sel(cmd)
	case insVerify:
		return nil, c.verify(cmd)
	case insChange:
		return nil, c.change(cmd)
	case insRead:
		return c.read(cmd)
	case insGetResponse:
		if c.has(Waits) {
			return c.getResponse(cmd)
		}
	}
	return nil, swInstruction
}
