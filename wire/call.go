package wire

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"madoguchi/internal/jsonx"
)

// MaxCall is the largest call and the largest answer, in bytes as sent.
const MaxCall = 192 << 10

// ErrVersion reports a message of a version that this program does not know.
var ErrVersion = errors.New("wire: unknown version")

var errMissing = errors.New("wire: a member is missing")

const (
	magicCall   = "MGC1"
	magicAsk    = "MGQ1"
	magicAnswer = "MGA1"
	magicReply  = "MGR1"
	maxName     = 64
)

// CallHeader stands in the clear before a call and is its additional authenticated data.
type CallHeader struct {
	V     int    `json:"v"` // 1
	Key   string `json:"key"`
	Kiosk string `json:"kiosk"`
	Call  string `json:"call"` // a fresh ID
}

// Call is a question to the mailbox, sealed; unlike a submission it is kept nowhere.
type Call struct {
	Header     []byte // canonical JSON of a CallHeader
	Enc        []byte // HPKE encapsulated key
	Ciphertext []byte
}

// NewCallHeader returns the canonical bytes of a header.
func NewCallHeader(key, kiosk string, call ID) ([]byte, error) {
	return jsonx.Marshal(CallHeader{V: 1, Key: key, Kiosk: kiosk, Call: call.String()})
}

// Marshal returns the bytes that are sent.
func (c Call) Marshal() []byte { return Pack(magicCall, c.Header, c.Enc, c.Ciphertext) }

// ParseCall reads what Marshal wrote, at most MaxCall bytes.
func ParseCall(b []byte) (Call, error) {
	f, err := fields(magicCall, b, 3)
	if err != nil {
		return Call{}, err
	}
	return Call{Header: f[0], Enc: f[1], Ciphertext: f[2]}, nil
}

// ParseHeader reads the clear header and the call's id. ErrVersion for one of another version.
func (c Call) ParseHeader() (CallHeader, ID, error) {
	var h CallHeader
	if err := strict(c.Header, &h); err != nil {
		return CallHeader{}, ID{}, fmt.Errorf("%w: call header: %w", ErrFormat, err)
	}
	if h.V != 1 {
		return CallHeader{}, ID{}, ErrVersion
	}
	id, err := ParseID(h.Call)
	if err != nil || h.Key == "" {
		return CallHeader{}, ID{}, fmt.Errorf("%w: call header", ErrFormat)
	}
	return h, id, CheckKiosk(h.Kiosk)
}

// AskHead says what is asked.
type AskHead struct {
	V       int    `json:"v"`    // 1
	Name    string `json:"name"` // of the call
	Session string `json:"session"`
	Seq     uint64 `json:"seq"` // strictly rising in a session; 0 without one
}

// Ask is the plaintext of a call.
type Ask struct {
	Head      []byte // canonical JSON of an AskHead
	Body      []byte // canonical JSON, as the named call has it
	Signature []byte // ECDSA P-256 / SHA-256, ASN.1, by the kiosk's device key over Signed
}

// NewAskHead returns the canonical bytes of a head.
func NewAskHead(name, session string, seq uint64) ([]byte, error) {
	return jsonx.Marshal(AskHead{V: 1, Name: name, Session: session, Seq: seq})
}

// Signed returns what the device key signs: the clear header and the encapsulated key too, so that the question fits
// this call alone.
func (a Ask) Signed(header, enc []byte) []byte { return Pack(magicAsk, header, enc, a.Head, a.Body) }

// Marshal returns the bytes that are sealed.
func (a Ask) Marshal() []byte { return Pack(magicAsk, a.Head, a.Body, a.Signature) }

// ParseAsk reads what Marshal wrote.
func ParseAsk(b []byte) (Ask, error) {
	f, err := fields(magicAsk, b, 3)
	if err != nil {
		return Ask{}, err
	}
	return Ask{Head: f[0], Body: f[1], Signature: f[2]}, nil
}

// ParseHead reads the head. ErrVersion for one of another version.
func (a Ask) ParseHead() (AskHead, error) {
	var h AskHead
	if err := strict(a.Head, &h); err != nil {
		return AskHead{}, fmt.Errorf("%w: ask: %w", ErrFormat, err)
	}
	if h.V != 1 {
		return AskHead{}, ErrVersion
	}
	if h.Name == "" || len(h.Name) > maxName || len(h.Session) > maxName {
		return AskHead{}, fmt.Errorf("%w: ask", ErrFormat)
	}
	return h, nil
}

// Answer is a reply, encrypted under a key of the call's own context: only who could open the call could make it.
type Answer struct {
	Call       []byte // the call's id, 16 bytes; additional authenticated data
	Nonce      []byte
	Ciphertext []byte
}

// Marshal returns the bytes that are sent.
func (a Answer) Marshal() []byte { return Pack(magicAnswer, a.Call, a.Nonce, a.Ciphertext) }

// ParseAnswer reads what Marshal wrote, and the id of the call.
func ParseAnswer(b []byte) (Answer, ID, error) {
	f, err := fields(magicAnswer, b, 3)
	if err != nil {
		return Answer{}, ID{}, err
	}
	if len(f[0]) != len(ID{}) {
		return Answer{}, ID{}, fmt.Errorf("%w: answer", ErrFormat)
	}
	return Answer{Call: f[0], Nonce: f[1], Ciphertext: f[2]}, ID(f[0]), nil
}

// ReplyHead says how a call ended.
type ReplyHead struct {
	V       int    `json:"v"`       // 1
	At      int64  `json:"at"`      // the mailbox's clock, Unix seconds
	Refused string `json:"refused"` // the refusal's name; "": answered
}

// Reply is the plaintext of an answer.
type Reply struct {
	At      time.Time
	Refused string
	Body    []byte // canonical JSON, as the named call has it; empty when refused
}

// Marshal returns the bytes that are encrypted.
func (r Reply) Marshal() ([]byte, error) {
	head, err := jsonx.Marshal(ReplyHead{V: 1, At: r.At.Unix(), Refused: r.Refused})
	if err != nil {
		return nil, err
	}
	return Pack(magicReply, head, r.Body), nil
}

// ParseReply reads what Marshal wrote.
func ParseReply(b []byte) (Reply, error) {
	f, err := fields(magicReply, b, 2)
	if err != nil {
		return Reply{}, err
	}
	var h ReplyHead
	if err := strict(f[0], &h); err != nil || len(h.Refused) > maxName {
		return Reply{}, fmt.Errorf("%w: reply", ErrFormat)
	}
	if h.V != 1 {
		return Reply{}, ErrVersion
	}
	return Reply{At: time.Unix(h.At, 0).UTC(), Refused: h.Refused, Body: f[1]}, nil
}

// strict reads canonical JSON that is exactly what v says again: a member that is left out is no empty one.
func strict(b []byte, v any) error {
	if err := jsonx.Unmarshal(b, v); err != nil {
		return err
	}
	again, err := jsonx.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return errMissing
	}
	return nil
}

// fields unpacks a bounded message of a fixed number of fields.
func fields(magic string, b []byte, n int) ([][]byte, error) {
	if len(b) > MaxCall {
		return nil, fmt.Errorf("%w: over %d bytes", ErrFormat, MaxCall)
	}
	f, err := Unpack(magic, b)
	if err != nil {
		return nil, err
	}
	if len(f) != n {
		return nil, fmt.Errorf("%w: %d fields", ErrFormat, len(f))
	}
	return f, nil
}
