package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// The examples of RFC 9285 §4.3 and §4.4.
func TestBase45AsTheRFC(t *testing.T) {
	for _, c := range []struct{ plain, text string }{
		{"AB", "BB8"}, {"Hello!!", "%69 VD92EX0"}, {"base-45", "UJCLQE7W581"}, {"ietf!", "QED8WEX0"}, {"", ""},
	} {
		if got := Base45([]byte(c.plain)); got != c.text {
			t.Errorf("%q is %q, not %q", c.plain, got, c.text)
		}
		if got, err := ParseBase45(c.text); err != nil || string(got) != c.plain {
			t.Errorf("%q: %q, %v", c.text, got, err)
		}
	}
}

func TestBase45RefusesWhatIsNone(t *testing.T) {
	for _, s := range []string{"A", "BB8A", "bb8", "GGW", ":::", "::", "BB\x00", "ＢＢ8", "BB8\n"} {
		if got, err := ParseBase45(s); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %x, %v", s, got, err)
		}
	}
	if got, err := ParseBase45("FGW"); err != nil || !bytes.Equal(got, []byte{0xff, 0xff}) {
		t.Errorf("the largest pair: %x, %v", got, err)
	}
}

func FuzzBase45(f *testing.F) {
	for _, s := range []string{"QED8WEX0", "GGW", "A", strings.Repeat("6", 150)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		b, err := ParseBase45(in)
		if err == nil && Base45(b) != in {
			t.Errorf("%q is not the only text of %x", in, b)
		}
		again, err := ParseBase45(Base45([]byte(in)))
		if err != nil || string(again) != in {
			t.Errorf("%q comes back as %q, %v", in, again, err)
		}
	})
}
