package apdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

func TestParseTLV(t *testing.T) {
	for name, test := range map[string]struct {
		in, value, rest string
		tag             uint32
		err             error
	}{
		"short":                    {in: "0403aabbccFF", tag: 0x04, value: "aabbcc", rest: "ff"},
		"empty":                    {in: "0400", tag: 0x04},
		"81":                       {in: "308101aa", tag: 0x30, value: "aa"},
		"82":                       {in: "30820002aabb", tag: 0x30, value: "aabb"},
		"84":                       {in: "308400000001aa", tag: 0x30, value: "aa"},
		"two tag bytes":            {in: "df2201aa00", tag: 0xDF22, value: "aa", rest: "00"},
		"private, constructed":     {in: "ff2001aa", tag: 0xFF20, value: "aa"},
		"three tag bytes":          {in: "7f818101aa", tag: 0x7F8181, err: ErrTLV},
		"three tag bytes, the end": {in: "7f810101aa", tag: 0x7F8101, value: "aa"},
		"nothing":                  {in: "", err: ErrTLVShort},
		"tag only":                 {in: "30", err: ErrTLVShort},
		"half a tag":               {in: "df", err: ErrTLVShort},
		"half a length":            {in: "308201", err: ErrTLVShort},
		"value cut":                {in: "3003aabb", err: ErrTLVShort},
		"indefinite":               {in: "3080aa0000", err: ErrTLV},
		"five length bytes":        {in: "30850000000001aa", err: ErrTLV},
		"beyond 2^31":              {in: "308480000000", err: ErrTLV},
		"just below 2^31":          {in: "30847fffffff", err: ErrTLV},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := hex.DecodeString(test.in)
			if err != nil {
				t.Fatal(err)
			}
			object, rest, err := ParseTLV(in)
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			if object.Tag != test.tag || hex.EncodeToString(object.Value) != test.value || hex.EncodeToString(rest) != test.rest {
				t.Errorf("got %x %x %x", object.Tag, object.Value, rest)
			}
		})
	}
}

func TestParseHeaderNeedsNoValue(t *testing.T) {
	h, err := ParseHeader([]byte{0x30, 0x82, 0x06, 0x2B})
	if err != nil || h != (Header{Tag: 0x30, Size: 4, Length: 0x62B}) || h.Total() != 0x62F {
		t.Errorf("got %+v, %v", h, err)
	}
}

func FuzzTLV(f *testing.F) {
	f.Add([]byte{0x30, 0x82, 0x00, 0x01, 0xAA, 0xFF})
	f.Add([]byte{0xFF, 0x20, 0x05, 0xDF, 0x22, 0x02, 0x41, 0x42})
	f.Add([]byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, in []byte) {
		object, rest, err := ParseTLV(in)
		if err != nil {
			return
		}
		h, err := ParseHeader(in)
		if err != nil || h.Tag != object.Tag || h.Total()+len(rest) != len(in) {
			t.Fatalf("header %+v, %v; %d bytes left of %d", h, err, len(rest), len(in))
		}
		if !bytes.Equal(in[h.Size:h.Total()], object.Value) || !bytes.Equal(in[h.Total():], rest) {
			t.Fatal("value or rest is not where the header says")
		}
	})
}
