package apdu

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestLengthOf(t *testing.T) {
	for name, test := range map[string]struct {
		atr  string
		want Length
	}{
		"contact, announced":         {"3B DA 13 FF 81 31 FB 46 80 12 39 2F 31 C1 73 C6 01 C0 3B", Extended},
		"contact, announced as none": {"3B C5 FF 81 31 FB 45 80 73 C6 01 00 00", ShortOnly},
		"contact, no history":        {"3B E0 00 FF 81 31 FE 45 14", ShortOnly},
		"contactless":                {"3B 88 80 01 00 00 05 E0 B3 81 A1 00 7F", LengthUnknown},
		"contactless, another chip":  {"3B 88 80 01 00 4B 51 FF B3 81 D1 00 0F", LengthUnknown},
		"contactless, old driver":    {"3B F5 91 00 FF 91 81 71 FE 40 00 42 00 01 B3 A1 15", ShortOnly},
		"capabilities cut":           {"3B 83 01 80 73 C6", ShortOnly},
		"history of another form":    {"3B 04 00 73 C6 01 C0", ShortOnly},
		"history cut":                {"3B 0F 80", LengthUnknown},
		"interface bytes cut":        {"3B F0 01", LengthUnknown},
		"endless":                    {"3B 80 80 80 80", LengthUnknown},
		"nothing":                    {"", LengthUnknown},
		"something else":             {"00 00", LengthUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := hex.DecodeString(strings.ReplaceAll(test.atr, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if got := LengthOf(raw); got != test.want {
				t.Errorf("got %d", got)
			}
		})
	}
}

func FuzzATR(f *testing.F) {
	f.Add([]byte("\x3B\xC5\xFF\x81\x31\xFB\x45\x80\x73\xC6\x01\x00\x00"))
	f.Add([]byte("\x3B\x88\x80\x01\x00\x00\x05\xE0\xB3\x81\xA1\x00\x7F"))
	f.Fuzz(func(t *testing.T, atr []byte) {
		historical, _, ok := historicalBytes(atr)
		if len(historical) > 15 || !ok && historical != nil {
			t.Fatalf("%x: %x", atr, historical)
		}
		if l := LengthOf(atr); l == Extended && len(atr) < 6 {
			t.Fatalf("%x announces", atr)
		}
	})
}
