package reader

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestVerifyBlockByteForByte(t *testing.T) {
	got := verifyBlock([4]byte{0x00, 0x20, 0x00, 0x98}, 4, 30*time.Second)
	want := []byte{
		30, 30, 0x82, 0x04, 0x00, 0x04, 0x04, 0x02, 0x01, 0x11, 0x04, 0x00, 0, 0, 0, 9, 0, 0, 0,
		0x00, 0x20, 0x00, 0x98, 0x04, 0xFF, 0xFF, 0xFF, 0xFF,
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func TestFeaturesAndProperties(t *testing.T) {
	codes, err := parseFeatures([]byte{0x06, 4, 0x42, 0, 1, 6, 0x12, 4, 0x42, 0, 1, 0x12})
	if err != nil || codes[verifyPINDirect] != 0x42000106 || codes[tlvProperties] != 0x42000112 {
		t.Errorf("%x, %v", codes, err)
	}
	for _, bad := range [][]byte{{6}, {6, 4, 0, 0, 0}, {6, 3, 0, 0, 0, 0}} {
		if _, err := parseFeatures(bad); !errors.Is(err, ErrFeatures) {
			t.Errorf("%x: %v", bad, err)
		}
	}
	size, told, err := parseMaxAPDU([]byte{1, 2, 0, 0, 0x0A, 4, 0, 0, 1, 0})
	if size != 0x10000 || !told || err != nil {
		t.Errorf("%x %v %v", size, told, err)
	}
	if _, told, err := parseMaxAPDU([]byte{1, 2, 0, 0}); told || err != nil {
		t.Errorf("not told: %v %v", told, err)
	}
	for _, bad := range [][]byte{{1}, {1, 3, 0, 0}} {
		if _, _, err := parseMaxAPDU(bad); !errors.Is(err, ErrFeatures) {
			t.Errorf("%x: %v", bad, err)
		}
	}
}

func FuzzReaderAnswers(f *testing.F) {
	f.Add([]byte{0x06, 4, 0x42, 0, 1, 6})
	f.Add([]byte{0x0A, 4, 0, 0, 1, 0})
	f.Add(append([]byte{0x30, 0xFF}, make([]byte, 0xFF)...)) // once a panic
	f.Fuzz(func(t *testing.T, in []byte) {
		if codes, err := parseFeatures(in); err == nil && len(codes)*6 > len(in) {
			t.Fatalf("%d features in %d bytes", len(codes), len(in))
		}
		if _, told, err := parseMaxAPDU(in); err == nil && told && len(in) < 6 {
			t.Fatal("a property out of nothing")
		}
	})
}
