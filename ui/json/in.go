package json

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"madoguchi/flows"
	"madoguchi/internal/jsonx"
	"madoguchi/ui"
)

// The dock's actions, beside the events of package flows.
const (
	doInsert  = "insert"
	doRemove  = "remove"
	doNetwork = "network"
)

var (
	errDo      = errors.New("do: not one of answer, back, cancel, language, help, still-here, insert, remove, network")
	errSeq     = errors.New("seq: the number of the frame that is answered is missing")
	errDock    = errors.New("do: there is no dock here")
	errCard    = errors.New("card: missing")
	errUp      = errors.New("up: missing")
	errInsert  = errors.New("card: could not be inserted")
	errMembers = errors.New("a member that does not belong to this do")
)

// order is one line in.
type order struct {
	Seq    uint64      `json:"seq,omitzero"`
	Do     string      `json:"do"`
	Choice string      `json:"choice,omitzero"`
	Value  string      `json:"value,omitzero"`
	Secret secretBytes `json:"secret,omitzero"`
	Card   string      `json:"card,omitzero"`
	Up     *bool       `json:"up,omitzero"`
}

// parse reads a line; an empty one gives the zero order.
func parse(raw []byte) (order, error) {
	var o order
	if len(bytes.TrimSpace(raw)) == 0 {
		return o, nil
	}
	if err := jsonx.UnmarshalLoose(raw, &o); err != nil {
		clear(o.Secret)
		return order{}, err
	}
	if err := o.check(); err != nil {
		clear(o.Secret)
		return order{}, err
	}
	return o, nil
}

func (o order) check() error {
	answer := o.Choice != "" || o.Secret != nil
	docks := o.Card != "" || o.Up != nil
	switch o.Do {
	case flows.DoAnswer:
		return first(o.Seq == 0, errSeq, docks, errMembers)
	case flows.DoLanguage:
		return first(o.Seq == 0, errSeq, docks || answer, errMembers)
	case flows.DoBack, flows.DoCancel, flows.DoHelp:
		return first(o.Seq == 0, errSeq, docks || answer || o.Value != "", errMembers)
	case flows.DoStillHere:
		return first(docks || answer || o.Value != "", errMembers, false, nil)
	case doInsert:
		return first(o.Card == "", errCard, answer || o.Value != "" || o.Up != nil, errMembers)
	case doRemove:
		return first(docks || answer || o.Value != "", errMembers, false, nil)
	case doNetwork:
		return first(o.Up == nil, errUp, answer || o.Value != "" || o.Card != "", errMembers)
	}
	return errDo
}

// first returns the error of the first condition that holds.
func first(a bool, ea error, b bool, eb error) error {
	switch {
	case a:
		return ea
	case b:
		return eb
	}
	return nil
}

func (o order) docks() bool { return o.Do == doInsert || o.Do == doRemove || o.Do == doNetwork }

func (o order) dock(d ui.Dock) error {
	switch {
	case d == nil:
		return errDock
	case o.Do == doInsert:
		if d.Insert(o.Card) != nil {
			return errInsert
		}
	case o.Do == doRemove:
		d.Remove()
	default:
		d.SetNetwork(*o.Up)
	}
	return nil
}

func (o order) event() flows.Event {
	return flows.Event{Seq: o.Seq, Do: o.Do, Answer: flows.Answer{Choice: o.Choice, Value: o.Value, Secret: o.Secret}}
}

// secretBytes is a JSON string that never becomes a Go string.
type secretBytes []byte

var errSecret = errors.New("secret: not a string")

// UnmarshalJSON undoes the escapes of RFC 8259 §7 from bytes to bytes.
func (s *secretBytes) UnmarshalJSON(raw []byte) error {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return errSecret
	}
	raw = raw[1 : len(raw)-1]
	out := make([]byte, 0, len(raw)) // an escape is never shorter than what it stands for
	for len(raw) > 0 {
		if raw[0] != '\\' {
			out, raw = append(out, raw[0]), raw[1:]
			continue
		}
		r, size := unescape(raw)
		if size == 0 {
			clear(out)
			return errSecret
		}
		out, raw = utf8.AppendRune(out, r), raw[size:]
	}
	*s = out
	return nil
}

const escapes = "\"\"\\\\//b\bf\fn\nr\rt\t"

// unescape reads one escape and returns its length in the input, 0 when it is none.
func unescape(raw []byte) (rune, int) {
	if len(raw) < 2 {
		return 0, 0
	}
	for i := 0; i < len(escapes); i += 2 {
		if escapes[i] == raw[1] {
			return rune(escapes[i+1]), 2
		}
	}
	r, ok := unit(raw)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, ok := unit(raw[6:])
	if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
		return pair, 12
	}
	return 0, 0
}

// unit reads \uXXXX.
func unit(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	var n [2]byte
	defer clear(n[:])
	_, err := hex.Decode(n[:], raw[2:6])
	return rune(binary.BigEndian.Uint16(n[:])), err == nil
}
