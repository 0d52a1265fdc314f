package sim

import (
	"crypto/ecdsa"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"madoguchi/device/internal/testcard"
)

// nextFile is a card of the next generation.
func nextFile(t testing.TB) (*File, *ecdsa.PrivateKey) {
	t.Helper()
	auth, sign := testcard.Elliptic(t)
	person := somebody
	person.PIN = nil
	f, err := NewFile(Options{
		Kind: Next, AuthKey: auth, SignKey: sign, Extended: true, Face: &person,
		AuthCert: testcard.Certificate(t, auth, "auth"), SignCert: testcard.Certificate(t, sign, "sign"),
		AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, auth
}

// play sends rows of commands, each followed by the end of the answer it must get.
func play(t *testing.T, c *chip, row ...string) {
	t.Helper()
	for i := 0; i < len(row); i += 2 {
		if got := hex.EncodeToString(c.answer(unhex(t, row[i]))); !strings.HasSuffix(got, row[i+1]) {
			t.Fatalf("%d: %s gives %.80s, want %s", i/2, row[i], got, row[i+1])
		}
	}
}

func TestKindsTellTheirLabels(t *testing.T) {
	auth, sign := testcard.Keys(t)
	for kind, label := range map[Kind]string{
		MyNumber: "JPKIAPICCTOKEN2 ", Resident: "JPKIAPICCTOKEN  ", Android: "JPKIAPGPSETOKEN ", IOS: "JPKIAPIOSTOKEN  ",
	} {
		o := Options{
			Kind: kind, SignKey: sign, SignCert: testcard.Certificate(t, sign, "sign"), SignPIN: []byte("ABC123"),
		}
		if kind != Resident {
			o.AuthKey, o.AuthCert, o.AuthPIN = auth, testcard.Certificate(t, auth, "auth"), []byte("1234")
		}
		f, err := NewFile(o)
		if err != nil {
			t.Fatal(kind, err)
		}
		play(t, newChip(t, f), selectJPKI, "9000", "00b0860010", hex.EncodeToString([]byte(label))+"9000", selectFace, "6a82")
	}
}

func TestPhoneGivesNoCertificateWithoutItsPIN(t *testing.T) {
	for _, kind := range []Kind{Android, IOS} {
		f := newFile(t)
		f.Kind, f.Face = kind, nil
		play(t, newChip(t, f), selectJPKI, "9000", "00b08a0001", "6982", verifySign, "9000", "00b08a0001", "6982",
			verifyAuth, "9000", "00b08a0001", "309000", "00b08b0001", "309000")
	}
}

func TestResidentCardHasNoKeyToLogIn(t *testing.T) {
	f := newFile(t)
	f.Kind, f.Auth, f.Face = Resident, nil, nil
	play(t, newChip(t, f), selectJPKI, "9000", "00200098", "6a82", "00b08a0000", "6a82", "00b0880003", "8f00009000", verifySign, "9000")
}

const (
	selectNext     = "00a4040c0bf04d41444f2d4155544802"
	selectNextFace = "00a4040c0bf04d41444f2d4641434502"
	verifyNext     = "00200085 04 31323334"
)

func TestNextCard(t *testing.T) {
	f, key := nextFile(t)
	c := newChip(t, f)
	digest := sha512.Sum384([]byte("next"))
	ask := "802a0090 30" + hex.EncodeToString(digest[:]) + "00"
	play(t, c, selectJPKI, "6a82", selectNext, "9000", "00200085", "63c3", "00200086", "63c5", ask, "6982", verifyNext, "9000",
		"802a0090 0130 00", "6700", "00b0910001", "309000")
	answer := c.answer(unhex(t, ask))
	if len(answer) != 98 {
		t.Fatalf("%x", answer)
	}
	r, s := new(big.Int).SetBytes(answer[:48]), new(big.Int).SetBytes(answer[48:96])
	if !ecdsa.Verify(&key.PublicKey, digest[:], r, s) {
		t.Error("not the key's signature")
	}
	// One PIN for both applications, with one counter; its status ends with the application.
	play(t, c, selectNextFace, "9000", "00b0830002", "6982", "00200085 04 39393939", "63c2", selectNext, "9000", "00200085", "63c2",
		selectNextFace, "9000", verifyNext, "9000", "00b0830002", "ff209000")
}

func TestWhatNoCardOfAKindCanBe(t *testing.T) {
	for name, change := range map[string]func(*File){
		"unknown kind":                 func(f *File) { f.Kind = "passport" },
		"elliptic keys needed":         func(f *File) { f.Kind = Next; f.Face.PIN, f.Face.Limit, f.Face.Tries = nil, 0, 0 },
		"a phone with a face":          func(f *File) { f.Kind = Android },
		"a resident card that logs in": func(f *File) { f.Kind, f.Face = Resident, nil },
		"no credential at all":         func(f *File) { f.Kind, f.Face, f.Auth, f.Sign = Resident, nil, nil, nil },
		"a face without a PIN":         func(f *File) { f.Face.PIN = nil },
		"more tries than there are":    func(f *File) { f.Face.Tries = 4 },
		"unknown quirk":                func(f *File) { f.Quirks = []Quirk{"loud"} },
	} {
		f := newFile(t)
		change(f)
		if err := f.check(); !errors.Is(err, ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestQuirks(t *testing.T) {
	for quirk, row := range map[Quirk][]string{
		NoShortIDs: {
			selectJPKI, "9000", "00200098", "6a86", "00b08a0001", "6a86", "00a4020c020018", "9000", "00200080", "63c3",
			"00200080 04 31323334", "9000", "802a0097 0130 00", "6a86", "00a4020c02000a", "9000", "00b0000001", "309000",
		},
		NoShortSign:   {selectJPKI, "9000", verifyAuth, "9000", "802a0097 0130 00", "6a86", "00a4020c020017", "9000", "802a0080 0130 00", "9000"},
		FirstFails:    {selectJPKI, "6f00", selectJPKI, "9000"},
		BlockedIs6983: {selectJPKI, "9000", wrongAuth, "63c2", wrongAuth, "63c1", wrongAuth, "63c0", verifyAuth, "6983", "00200098", "63c0"},
		TellsEnd:      {selectJPKI, "9000", "00b0880000", "8f8f006282", "00b0880003", "8f8f009000"},
		Waits: {
			selectJPKI, "9000", "00b0880000", "6c03", "00b0880003", "6103", "00c0000003", "8f8f009000", "00c0000003", "6985",
			"00b08a0000", "6100", "00c0000080", "6180", "00c0000080", "9000", "00b0880003", "6103", "00200098", "63c3", "00c0000003", "6985",
		},
	} {
		f := newFile(t)
		f.Quirks = []Quirk{quirk}
		t.Run(string(quirk), func(t *testing.T) { play(t, newChip(t, f), row...) })
	}
	play(t, newChip(t, newFile(t)), selectJPKI, "9000", "00c0000000", "6d00")
}

func TestATR(t *testing.T) {
	f := newFile(t)
	extended := hex.EncodeToString(f.ATR())
	f.Extended = false
	none := hex.EncodeToString(f.ATR())
	f.Quirks = []Quirk{Silent}
	silent := hex.EncodeToString(f.ATR())
	if !strings.HasSuffix(extended, "73c601c03b") || !strings.HasSuffix(none, "73c6010000") || !strings.HasPrefix(silent, "3b888001") {
		t.Error(extended, none, silent)
	}
	for _, atr := range []string{extended, silent} { // the check byte TCK (ISO/IEC 7816-3 §8.2.5)
		sum := byte(0)
		for _, b := range unhex(t, atr)[1:] {
			sum ^= b
		}
		if sum != 0 {
			t.Errorf("%s: check byte", atr)
		}
	}
}

func TestPersonsDataIsEncodedAsOnTheCard(t *testing.T) {
	f := Face{Name: "窓", Address: strings.Repeat("口", 50), Birth: "1990-04-01", Sex: "2"}
	want := "ff2081ba" + "df2108" + "000f" + "0015" + "00af" + "00ba" + "df2203" + "e7aa93" + "df238196" + strings.Repeat("e58fa3", 50) +
		"df2408" + hex.EncodeToString([]byte("19900401")) + "df250132"
	if got := hex.EncodeToString(f.encode()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOfficeRenewsAndMoves(t *testing.T) {
	f := newFile(t)
	f.Auth.Tries = 0
	auth, sign := testcard.Keys(t)
	if err := f.Renew(Options{
		AuthKey: sign, SignKey: auth, AuthCert: testcard.Certificate(t, sign, "new"), SignCert: testcard.Certificate(t, auth, "new"),
		AuthPIN: []byte("9876"), SignPIN: []byte("NEW123"),
	}); err != nil {
		t.Fatal(err)
	}
	if err := f.Move("他県他市"); err != nil || f.Auth.Tries != 3 || f.Face.Address != "他県他市" {
		t.Error(err, f.Auth.Tries)
	}
	c := newChip(t, f)
	play(t, c, selectJPKI, "9000", verifyAuth, "63c2", "00200098 04 39383736", "9000", selectFace, "9000", verifyFace, "9000")
	if answer := c.answer(unhex(t, "00b0820000")); !slices.Contains(strings.Split(string(answer), "\xDF"), "#\x0c他県他市") {
		t.Errorf("%q", answer[:64])
	}
	if err := (&File{}).Move("x"); !errors.Is(err, ErrFile) {
		t.Error(err)
	}
}
