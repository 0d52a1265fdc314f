package profile_test

import (
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/profile"
)

// san encodes otherNames given as the type's last arc and the value, in turn.
func san(t testing.TB, tag cbasn1.Tag, pairs ...any) []byte {
	t.Helper()
	zero := cbasn1.Tag(0).ContextSpecific().Constructed()
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for i := 0; i < len(pairs); i += 2 {
			b.AddASN1(zero, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, pairs[i].(int)})
				b.AddASN1(zero, func(b *cryptobyte.Builder) {
					b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(pairs[i+1].(string))) })
				})
			})
		}
	})
	return must[[]byte](t)(b.Bytes())
}

func TestParseHolder(t *testing.T) {
	want := profile.Holder{Name: "𠮷田　髙子", Address: "東京都", Birth: "1988-11-23", Sex: "2", NameSubst: "10000", AddressSubst: "000"}
	for name, pairs := range map[string][]any{
		"as on cards":     {1, want.Name, 4, "319881123", 3, "2", 5, want.Address, 2, "10000", 6, "000"},
		".5, .6 swapped":  {1, want.Name, 4, "319881123", 3, "2", 6, want.Address, 2, "10000", 5, "000"},
		"other order":     {6, "000", 5, want.Address, 4, "319881123", 3, "2", 2, "10000", 1, want.Name},
		"a further value": {1, want.Name, 4, "319881123", 3, "2", 5, want.Address, 2, "10000", 6, "000", 7, "x"},
	} {
		if got, err := profile.ParseHolder(san(t, cbasn1.UTF8String, pairs...)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	bare, err := profile.ParseHolder(san(t, cbasn1.UTF8String, 1, "A", 4, "000000000", 3, "3", 5, "B"))
	if err != nil || bare.Birth != "0000-00-00" || bare.NameSubst != "" {
		t.Errorf("without marks: %+v, %v", bare, err)
	}
}

// TestSexes: 3 and 9 both say that it is not known or does not apply, and stay as they are.
func TestSexes(t *testing.T) {
	for _, sex := range []string{"1", "2", "3", "9"} {
		h := profile.Holder{Name: "花子", Address: "東京都", Birth: "1988-11-23", Sex: sex}
		der, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := profile.ParseHolder(der); err != nil || got.Sex != sex {
			t.Errorf("%s: %+v, %v", sex, got, err)
		}
	}
}

// TestSubstituted: the marks of name and address survive and say where.
func TestSubstituted(t *testing.T) {
	h := profile.Holder{Name: "吉田　高子", Address: "東京都", Birth: "1988-11-23", Sex: "2", NameSubst: "10010", AddressSubst: "001"}
	der, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := profile.ParseHolder(der)
	if err != nil || got != h {
		t.Fatalf("%+v, %v", got, err)
	}
	if at := profile.Substituted(got.NameSubst); !slices.Equal(at, []int{0, 3}) {
		t.Errorf("name: %v", at)
	}
	if at := profile.Substituted(got.AddressSubst); !slices.Equal(at, []int{2}) {
		t.Errorf("address: %v", at)
	}
	if at := profile.Substituted("000"); at != nil {
		t.Errorf("none: %v", at)
	}
}

func TestParseHolderRefuses(t *testing.T) {
	text := cbasn1.UTF8String
	for name, der := range map[string][]byte{
		"empty":             nil,
		"no name":           san(t, text, 4, "319881123", 3, "2", 5, "東京都"),
		"no address":        san(t, text, 1, "花子", 4, "319881123", 3, "2"),
		"no birth date":     san(t, text, 1, "花子", 3, "2", 5, "東京都"),
		"month 13":          san(t, text, 1, "花子", 4, "319881323", 3, "2", 5, "東京都"),
		"era 6":             san(t, text, 1, "花子", 4, "619881123", 3, "2", 5, "東京都"),
		"letters":           san(t, text, 1, "花子", 4, "31988112x", 3, "2", 5, "東京都"),
		"no sex":            san(t, text, 1, "花子", 4, "319881123", 5, "東京都"),
		"sex 4":             san(t, text, 1, "花子", 4, "319881123", 3, "4", 5, "東京都"),
		"more marks":        san(t, text, 1, "花子", 4, "319881123", 3, "2", 5, "東京都", 2, "000"),
		"name twice":        san(t, text, 1, "花子", 1, "太郎", 4, "319881123", 3, "2", 5, "東京都"),
		"marks of letters":  san(t, text, 1, "花子", 4, "319881123", 3, "2", 5, "東京都", 2, "ab"),
		"control character": san(t, text, 1, "花\x1b[2J子", 4, "319881123", 3, "2", 5, "東京都"),
		"invalid UTF-8":     san(t, text, 1, "花\xff", 4, "319881123", 3, "2", 5, "東京都"),
		"not UTF8String":    san(t, cbasn1.IA5String, 1, "A", 4, "319881123", 3, "2", 5, "B"),
		"something behind":  append(san(t, text, 1, "花子", 4, "319881123", 3, "2", 5, "東京都"), 0),
		"cut":               san(t, text, 1, "花子", 4, "319881123", 3, "2", 5, "東京都")[:20],
	} {
		_, err := profile.ParseHolder(der)
		if !errors.Is(err, profile.ErrHolder) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "花") {
			t.Errorf("%s: names the person: %v", name, err)
		}
	}
}

func TestEras(t *testing.T) {
	for birth, want := range map[string]string{
		"1867-01-01": "018670101", "1912-07-29": "119120729", "1912-07-30": "219120730", "1926-12-24": "219261224",
		"1926-12-25": "319261225", "1989-01-07": "319890107", "1989-01-08": "419890108", "2019-04-30": "420190430", "2019-05-01": "520190501",
	} {
		der, err := profile.Holder{Name: "A", Address: "B", Birth: birth, Sex: "1"}.Marshal()
		if err != nil || !strings.Contains(string(der), want) {
			t.Errorf("%s: %x, %v", birth, der, err)
		}
		if back, err := profile.ParseHolder(der); err != nil || back.Birth != birth {
			t.Errorf("%s: came back as %q, %v", birth, back.Birth, err)
		}
	}
	if _, err := (profile.Holder{Name: "A", Address: "B", Birth: "2026-02-30", Sex: "1"}).Marshal(); err == nil {
		t.Error("30 February was accepted")
	}
}

// FuzzHolder reads anything; what it reads and has a calendar date is written and read again unchanged.
func FuzzHolder(f *testing.F) {
	good, err := profile.Holder{Name: "窓口　花子", Address: "窓口市", Birth: "1990-04-01", Sex: "2"}.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(san(f, cbasn1.UTF8String, 1, "A", 4, "319881123", 3, "2", 6, "B", 5, "000"))
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		h, err := profile.ParseHolder(der)
		if err != nil {
			return
		}
		again, err := h.Marshal()
		if err != nil {
			return // a date of an old register, which no new certificate gets
		}
		back, err := profile.ParseHolder(again)
		if err != nil || back.Name != h.Name || back.Birth != h.Birth || back.Sex != h.Sex {
			t.Fatalf("%+v came back as %+v, %v", h, back, err)
		}
	})
}

func TestDiffers(t *testing.T) {
	h := profile.Holder{Name: "𠮷田　太郎", Birth: "1988-11-23", Address: "窓口県窓口市本町４丁目５番６号"}
	for name, test := range map[string]struct{ name, birth, address, want string }{
		"same":              {h.Name, h.Birth, h.Address, ""},
		"other space":       {"𠮷田 太郎", h.Birth, h.Address, ""},
		"no space":          {"𠮷田太郎", h.Birth, h.Address, ""},
		"half-width digits": {h.Name, h.Birth, "窓口県窓口市本町4丁目5番6号", ""},
		"吉 is not 𠮷":        {"吉田　太郎", h.Birth, h.Address, "name"},
		"another birthday":  {h.Name, "1988-11-24", h.Address, "birth"},
		"another house":     {h.Name, h.Birth, "窓口県窓口市本町４丁目５番７号", "address"},
		"nothing":           {"", "", "", "name"},
		"no address":        {h.Name, h.Birth, "", "address"},
	} {
		if got := h.Differs(test.name, test.birth, test.address); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
