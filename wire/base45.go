package wire

import (
	"fmt"
	"strings"
)

// base45 is the alphabet of RFC 9285 §4: the alphanumeric repertoire of a QR code (ISO/IEC 18004), in its order.
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// Base45 writes bytes as text for a QR code in alphanumeric mode (RFC 9285): three characters for two bytes, two
// for a last single one.
func Base45(b []byte) string {
	var out strings.Builder
	for ; len(b) > 1; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		out.Write([]byte{base45[n%45], base45[n/45%45], base45[n/45/45]})
	}
	if len(b) == 1 {
		out.Write([]byte{base45[b[0]%45], base45[b[0]/45]})
	}
	return out.String()
}

// ParseBase45 reads what Base45 wrote and nothing else: no other text gives the same bytes.
func ParseBase45(s string) ([]byte, error) {
	if len(s)%3 == 1 {
		return nil, fmt.Errorf("%w: base45: a character is missing or too many", ErrFormat)
	}
	out := make([]byte, 0, len(s)/3*2+1)
	for ; s != ""; s = s[min(3, len(s)):] {
		n, unit, size := 0, 1, min(3, len(s))
		for i := range size {
			digit := strings.IndexByte(base45, s[i])
			if digit < 0 {
				return nil, fmt.Errorf("%w: base45: not in the alphabet", ErrFormat)
			}
			n, unit = n+digit*unit, unit*45
		}
		switch {
		case size == 3 && n < 1<<16:
			out = append(out, byte(n>>8), byte(n))
		case size == 2 && n < 1<<8:
			out = append(out, byte(n))
		default:
			return nil, fmt.Errorf("%w: base45: too large", ErrFormat)
		}
	}
	return out, nil
}
