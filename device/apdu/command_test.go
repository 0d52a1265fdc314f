package apdu

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestCommandBytes(t *testing.T) {
	long := strings.Repeat("ab", 256)
	for name, test := range map[string]struct {
		c    Command
		want string
	}{
		"case 1":               {Command{INS: 0x20, P2: 0x98}, "00200098"},
		"case 2S":              {Command{INS: 0xB0, P1: 1, P2: 2, Le: 5}, "00b0010205"},
		"case 2S, all":         {Command{INS: 0xB0, Le: 256}, "00b0000000"},
		"case 3S":              {Command{INS: 0xA4, P1: 2, P2: 0xC, Data: []byte{0, 0x18}}, "00a4020c020018"},
		"case 4S":              {Command{CLA: 0x80, INS: 0x2A, P2: 0x97, Data: []byte{1}, Le: 256}, "802a0097010100"},
		"case 2E":              {Command{INS: 0xB0, P1: 0x8A, Le: 257}, "00b08a00000101"},
		"case 2E, all":         {Command{INS: 0xB0, P1: 0x8A, Le: 65536}, "00b08a00000000"},
		"case 3E":              {Command{INS: 0xD6, Data: bytes.Repeat([]byte{0xAB}, 256)}, "00d60000000100" + long},
		"case 4E, long data":   {Command{INS: 0xD6, Data: bytes.Repeat([]byte{0xAB}, 256), Le: 1}, "00d60000000100" + long + "0001"},
		"case 4E, long answer": {Command{INS: 0xD6, Data: []byte{7}, Le: 300}, "00d60000000001" + "07" + "012c"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.c.Bytes()
			if err != nil || hex.EncodeToString(got) != test.want {
				t.Errorf("got %x, %v; want %s", got, err, test.want)
			}
			if cap(got) > 4+3+len(test.c.Data)+3 {
				t.Error("grown: a copy may be left behind")
			}
		})
	}
}

func TestCommandOutOfRange(t *testing.T) {
	for _, c := range []Command{{Le: -1}, {Le: 65537}, {Data: make([]byte, 65536)}} {
		if _, err := c.Bytes(); !errors.Is(err, ErrCommand) {
			t.Errorf("%d bytes, Le %d: %v", len(c.Data), c.Le, err)
		}
	}
}

type transmit func(command []byte) ([]byte, error)

func (f transmit) Transmit(_ context.Context, command []byte) ([]byte, error) { return f(command) }

func TestSendWipesTheCommand(t *testing.T) {
	for name, fails := range map[string]error{"answered": nil, "broken": ErrRemoved} {
		t.Run(name, func(t *testing.T) {
			var kept []byte
			line := transmit(func(command []byte) ([]byte, error) {
				if !bytes.HasSuffix(command, []byte("1234")) {
					t.Errorf("sent %x", command)
				}
				kept = command
				return []byte{0x90, 0x00}, fails
			})
			r, err := Send(t.Context(), line, Command{INS: 0x20, P2: 0x98, Data: []byte("1234")})
			if !errors.Is(err, fails) || fails == nil && r.Status != OK {
				t.Fatalf("got %v, %v", r, err)
			}
			if len(kept) != 9 || !bytes.Equal(kept, make([]byte, 9)) {
				t.Errorf("left: %x", kept)
			}
		})
	}
}

func TestParseResponse(t *testing.T) {
	r, err := ParseResponse([]byte{1, 2, 0x62, 0x82})
	if err != nil || !bytes.Equal(r.Data, []byte{1, 2}) || r.Status != EndOfFile {
		t.Errorf("got %v, %v", r, err)
	}
	for _, n := range []int{0, 1, MaxExtended + 3} {
		if _, err := ParseResponse(make([]byte, n)); !errors.Is(err, ErrResponse) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestStatus(t *testing.T) {
	for s, want := range map[Status]struct {
		tries  int
		counts bool
		failed bool
	}{
		0x63C0: {0, true, false}, 0x63C5: {5, true, false}, 0x63CF: {15, true, false},
		0x6300: {0, false, false}, 0x9000: {0, false, false}, 0x6984: {4, false, false},
		0x6581: {1, false, true}, 0x6F00: {0, false, true}, 0x6400: {0, false, true},
	} {
		tries, counts := s.Tries()
		if counts != want.counts || counts && tries != want.tries || s.Failed() != want.failed {
			t.Errorf("%v: %d %v %v", s, tries, counts, s.Failed())
		}
	}
	for s, want := range map[Status][3]bool{ // more waits, another Le, known
		0x6100: {true, false, true}, 0x6110: {true, false, true}, 0x6C00: {false, true, true}, 0x6C10: {false, true, true},
		0x6010: {false, false, false}, 0x7000: {false, false, false}, 0x9000: {false, false, true}, 0x91FF: {false, false, true}, 0x1234: {},
	} {
		n, more := s.More()
		le, other := s.Le()
		wantN := int(s & 0xFF)
		if wantN == 0 {
			wantN = 256
		}
		if [3]bool{more, other, s.Known()} != want || more && n != wantN || other && le != wantN {
			t.Errorf("%v: %d %v, %d %v, %v", s, n, more, le, other, s.Known())
		}
	}
	err := &StatusError{Op: "READ BINARY", Status: NotFound}
	if err.Error() != "apdu: READ BINARY: status 6A82" {
		t.Error(err)
	}
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte{0x90, 0x00})
	f.Add([]byte{1, 2, 3, 0x63, 0xC2})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseResponse(raw)
		if err != nil {
			return
		}
		if again := append(bytes.Clone(r.Data), byte(r.Status>>8), byte(r.Status)); !bytes.Equal(again, raw) {
			t.Fatalf("%x became %x", raw, again)
		}
	})
}
