package postal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleCodes() map[string][]string {
	places := map[string][]string{"1000001": {"東京都千代田区千代田"}, "4980000": {"愛知県弥富市", "三重県桑名郡木曽岬町"}, "0010010": {"北海道札幌市北区北十条西"}}
	for i := range 100 {
		places[fmt.Sprintf("26000%02d", i)] = []string{fmt.Sprintf("千葉県千葉市中央区町%d", i)}
	}
	return places
}

func TestLooksUp(t *testing.T) {
	places := sampleCodes()
	p, err := Parse(Build(places))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range places {
		if diff := cmp.Diff(want, p.Look(code[:3]+"-"+code[3:])); diff != "" {
			t.Errorf("%s:\n%s", code, diff)
		}
	}
	for _, code := range []string{"", "0000000", "9999999", "1000002", "100-00011", "1000001x", "１０００００１", "-1000001-"} {
		if got := p.Look(code); got != nil {
			t.Errorf("%q: %q", code, got)
		}
	}
	if empty, err := Parse(Build(nil)); err != nil || empty.Look("1000001") != nil {
		t.Error(err)
	}
	if got := Build(map[string][]string{"100": {"a"}, "1000001": {"", strings.Repeat("x", 201)}}); !bytes.Equal(got, Build(nil)) {
		t.Error("what cannot be is in the pack")
	}
}

// TestRefusesADamagedPack: every single changed byte is found.
func TestRefusesADamagedPack(t *testing.T) {
	good := Build(sampleCodes())
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 1
		if _, err := Parse(bad); !errors.Is(err, ErrPack) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
	for _, n := range []int{0, 7, 40, 44, len(good) - 1} {
		if _, err := Parse(good[:n]); !errors.Is(err, ErrPack) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestDebiansCodes imports what deploy/test-packages installs, and finds it all again.
func TestDebiansCodes(t *testing.T) {
	raw, err := os.ReadFile(Source)
	if err != nil {
		t.Fatalf("is skkdic-extra installed? %v", err)
	}
	file := filepath.Join(t.TempDir(), "postal.pack")
	codes, err := Make(Source, file)
	if err != nil || codes < 120_000 {
		t.Fatal(codes, err)
	}
	c := Load(file)
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(raw)) {
		if line[0] < '0' || line[0] > '9' {
			continue
		}
		lines++
		if len(c.Look(line[:7])) == 0 {
			t.Errorf("%s has no place", line[:7])
		}
	}
	if lines < 120_000 {
		t.Errorf("%d codes", lines)
	}
	for code, want := range map[string][]string{
		"100-0001": {"東京都千代田区千代田"}, "498-0000": {"愛知県弥富市", "三重県桑名郡木曽岬町"}, "105-0001": {"東京都港区虎ノ門"},
	} {
		if diff := cmp.Diff(want, c.Look(code)); diff != "" {
			t.Errorf("%s:\n%s", code, diff)
		}
	}
	if n := len(c.Look("452-0961")); n < 60 {
		t.Errorf("452-0961 has %d places", n)
	}
}

func TestWithoutAPack(t *testing.T) {
	folder := t.TempDir()
	none := filepath.Join(folder, "none")
	if c := Load(none); !errors.Is(c.Wait(), os.ErrNotExist) || c.Look("1000001") != nil {
		t.Error("something was read")
	}
	if err := os.WriteFile(none, []byte("no pack"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := Load(none); !errors.Is(c.Wait(), ErrPack) || c.Look("1000001") != nil {
		t.Error("a damaged pack is read")
	}
	if _, err := Make(none, filepath.Join(folder, "pack")); err == nil {
		t.Error("a pack of nothing")
	}
	if _, err := Make(filepath.Join(folder, "nowhere"), none); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// FuzzPack: no bytes can break the search, also when their hash is right.
func FuzzPack(f *testing.F) {
	f.Add(Build(sampleCodes())[hashEnd:], "1000001")
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}, "0000000")
	f.Fuzz(func(t *testing.T, body []byte, code string) {
		sum := sha256.Sum256(body)
		p, err := Parse(slices.Concat([]byte(magic), sum[:], body))
		if err != nil {
			return
		}
		for _, place := range p.Look(code) {
			if len(place) > maxPlace {
				t.Errorf("a place of %d bytes", len(place))
			}
		}
	})
}

// BenchmarkLoad is the time to check Debian's codes in a pack, beside making that pack.
func BenchmarkLoad(b *testing.B) {
	raw, err := os.ReadFile(Source)
	if err != nil {
		b.Fatal(err)
	}
	pack, _, err := FromSKK(raw)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("pack", func(b *testing.B) {
		for b.Loop() {
			if _, err := Parse(pack); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(pack)), "B-held")
	})
	b.Run("source", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := FromSKK(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}
