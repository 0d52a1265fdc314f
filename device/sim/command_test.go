package sim

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	const head = "00b00102"
	at := command{ins: 0xB0, p1: 1, p2: 2}
	with := func(data string, le int, most bool) *command {
		c := at
		if data != "" {
			c.data = unhex(t, data)
		}
		c.le, c.most = le, most
		return &c
	}
	long := strings.Repeat("ab", 256)
	for name, test := range map[string]struct {
		body     string
		extended *command // nil: refused
		short    *command
	}{
		"case 1":              {"", with("", 0, false), with("", 0, false)},
		"case 2S":             {"07", with("", 7, false), with("", 7, false)},
		"case 2S, all":        {"00", with("", 256, true), with("", 256, true)},
		"case 3S":             {"02aabb", with("aabb", 0, false), with("aabb", 0, false)},
		"case 4S":             {"02aabb07", with("aabb", 7, false), with("aabb", 7, false)},
		"case 4S, all":        {"02aabb00", with("aabb", 256, true), with("aabb", 256, true)},
		"case 2E":             {"000101", with("", 257, false), nil},
		"case 2E, all":        {"000000", with("", 65536, true), nil},
		"case 3E":             {"000100" + long, with(long, 0, false), nil},
		"case 4E":             {"000001aa0200", with("aa", 512, false), nil},
		"case 4E, all":        {"000001aa0000", with("aa", 65536, true), nil},
		"Lc 0, case 3S":       {"0000", nil, nil},
		"Lc 0, case 3E":       {"000000aa", nil, nil},
		"data short":          {"03aabb", nil, nil},
		"data long":           {"02aabb0000", nil, nil},
		"extended data short": {"000003aabb", nil, nil},
		"extended, Le of one": {"000001aa00", nil, nil},
		"extended data long":  {"000001aa000000", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for extended, want := range map[bool]*command{true: test.extended, false: test.short} {
				got, ok := parse(unhex(t, head+test.body), extended)
				if ok != (want != nil) || ok && !reflect.DeepEqual(got, *want) {
					t.Errorf("extended %v: got %+v, %v", extended, got, ok)
				}
			}
		})
	}
	for n := range 4 {
		if _, ok := parse(make([]byte, n), true); ok {
			t.Errorf("%d bytes make no command", n)
		}
	}
}

// FuzzCommand sends a row of commands, each behind a byte with its length, to a card under power.
func FuzzCommand(f *testing.F) {
	row := func(commands ...string) []byte {
		var b []byte
		for _, c := range commands {
			raw := unhex(f, c)
			b = append(append(b, byte(len(raw))), raw...)
		}
		return b
	}
	aid := "00a4040c0ad392f000260100000001"
	f.Add(row(aid, "00200098", "002000980431323334", "00b08a00000000", "802a00970130 00"), true, byte(0))
	f.Add(row(aid, "0020009b06414243313233", "00b0810000", "00b0010000", "802a009a013000"), false, byte(4))
	f.Add(row(aid, "00a4020c02001b", "00200080", "00b0000000", "00a4040c07a0000001510000"), true, byte(1))
	f.Add(row("00b08a0000", "00", "0c200098", "0c"), true, byte(255))
	f.Add(row("00a4040c0ad3921000310001010408", "002000910435363738", "00b08200ff", "00a4020c020011", "002401800439393939"), true, byte(0))
	made := newFile(f)
	f.Fuzz(func(t *testing.T, in []byte, extended bool, odd byte) {
		file := *made
		auth, sign := *made.Auth, *made.Sign
		person := *made.Face
		file.Auth, file.Sign, file.Face, file.Extended = &auth, &sign, &person, extended
		for i, q := range quirks {
			if odd&(1<<i) != 0 {
				file.Quirks = append(file.Quirks, q)
			}
		}
		chip, err := powerOn(&file, func() error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; len(in) > 0 && n < 32; n++ {
			size := min(int(in[0]), len(in)-1)
			raw := in[1 : 1+size]
			in = in[1+size:]
			before := bytes.Clone(raw)
			answer := chip.answer(raw)
			if len(answer) < 2 || len(answer) > 2+extendedMost || !bytes.Equal(raw, before) {
				t.Fatalf("%x: answer of %d bytes, command now %x", before, len(answer), raw)
			}
			for _, c := range []*Credential{&auth, &sign} {
				if c.Tries < 0 || c.Tries > c.Limit {
					t.Fatalf("%x: %d tries", before, c.Tries)
				}
			}
			if !chip.apps[1].files[0x1B].pin.verified && bytes.Contains(answer, sign.Certificate[:64]) {
				t.Fatalf("%x: certificate for signing without its password", before)
			}
		}
	})
}
