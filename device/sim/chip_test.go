package sim

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"madoguchi/device/internal/testcard"
)

const (
	selectJPKI = "00a4040c0a d392f000260100000001"
	verifyAuth = "00200098 04 31323334"
	wrongAuth  = "00200098 04 31323335"
	verifySign = "0020009b 06 414243313233"
	wrongSign  = "0020009b 06 616263313233"
	selectFace = "00a4040c0ad3921000310001010408"
	verifyFace = "00200091 04 35363738"
	wrongFace  = "00200091 04 31323334"
)

// somebody is what stands on the card; the PIN differs from that for logging in.
var somebody = Face{Name: "窓口　花子", Address: "窓口県窓口市中央１丁目２番３号", Birth: "1990-04-01", Sex: "2", PIN: Secret("5678")}

func newFile(t testing.TB) *File {
	t.Helper()
	auth, sign := testcard.Keys(t)
	f, err := NewFile(Options{
		Label: "窓口 花子", AuthKey: auth, SignKey: sign, Extended: true,
		AuthCert: testcard.Certificate(t, auth, "auth"), SignCert: testcard.Certificate(t, sign, "sign"),
		AuthCA: []byte{0x30, 0x01, 0x0B}, SignCA: []byte{0x30, 0x01, 0x02},
		AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"), Face: &somebody,
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newChip(t testing.TB, f *File) *chip {
	t.Helper()
	c, err := powerOn(f, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRules sends rows of commands to a fresh card; each is followed by the end of the answer it must get.
func TestRules(t *testing.T) {
	for name, row := range map[string][]string{
		"nothing is there before SELECT":   {"00200098", "6a82", "00b08a0000", "6a82", "802a0097 0130 00", "6a82", "00200080", "6986", "00b0000000", "6986", "00a4020c020018", "6a82"},
		"SELECT":                           {selectJPKI, "9000", "00a4040c03d392f0", "9000", "00a4040c02ffff", "6a82", "00a4040c0ad392100031000101040800", "6700"},
		"SELECT, parameters":               {"00a404000ad392f000260100000001", "6a86", "00a4000c023f00", "6a86", "00a4040c", "6700", selectJPKI + "00", "6700"},
		"SELECT EF":                        {selectJPKI, "9000", "00a4020c020018", "9000", "00a4020c02001d", "6a82", "00a4020c020118", "6a82", "00a4020c0118", "6700", "00a4000c020018", "6a86"},
		"query spends nothing":             {selectJPKI, "9000", "00200098", "63c3", "00200098", "63c3", "0020009b", "63c5", "0020009b", "63c5"},
		"query by SELECT EF":               {selectJPKI, "9000", "00a4020c02001b", "9000", "00200080", "63c5"},
		"query after success":              {selectJPKI, "9000", verifyAuth, "9000", "00200098", "9000"},
		"wrong PIN counts and is reset":    {selectJPKI, "9000", wrongAuth, "63c2", wrongAuth, "63c1", verifyAuth, "9000", wrongAuth, "63c2"},
		"blocking, auth":                   {selectJPKI, "9000", wrongAuth, "63c2", wrongAuth, "63c1", wrongAuth, "63c0", verifyAuth, "6984", "00200098", "63c0"},
		"blocking, sign":                   {selectJPKI, "9000", wrongSign, "63c4", wrongSign, "63c3", wrongSign, "63c2", wrongSign, "63c1", wrongSign, "63c0", verifySign, "6984", verifyAuth, "9000"},
		"a failure ends the status":        {selectJPKI, "9000", verifySign, "9000", "00b0810001", "309000", wrongSign, "63c4", "00b0810001", "6982"},
		"each PIN opens its own":           {selectJPKI, "9000", verifyAuth, "9000", "00b0810000", "6982", "802a009a 0130 00", "6982"},
		"wrong file burns the other's try": {selectJPKI, "9000", "00a4020c02001b", "9000", "00200080 04 31323334", "63c4"},
		"certificates":                     {selectJPKI, "9000", "00b08a0002", "30829000", "00b0810002", "6982", "00b08b0003", "30010b9000", "00b0820003", "3001029000"},
		"PINs and keys cannot be read":     {selectJPKI, "9000", "00b0980000", "6981", "00b09a0000", "6981"},
		"only PINs are verified":           {selectJPKI, "9000", "0020008a", "6981", "00200097", "6981"},
		"only keys sign":                   {selectJPKI, "9000", verifyAuth, "9000", "802a0098 0130 00", "6981"},
		"SIGN needs its PIN":               {selectJPKI, "9000", "802a0097 0130 00", "6982"},
		"SIGN, lengths":                    {selectJPKI, "9000", verifyAuth, "9000", "802a0097", "6700", "802a0097 0130", "6700", "802a0097 0130 ff", "6700", "802a0097 f6" + strings.Repeat("00", 0xF6) + "00", "6700"},
		"SIGN, parameters":                 {selectJPKI, "9000", "802a9e9a 0130 00", "6a86", "002a0097 0130 00", "6d00", "802a0017 0130 00", "6a86"},
		"same application keeps status":    {selectJPKI, "9000", verifySign, "9000", selectJPKI, "9000", "00b0810001", "309000", "00b0000001", "309000"},
		"same application, no current EF":  {selectJPKI, "9000", "00b08a0001", "309000", selectJPKI, "9000", "00b0000001", "6986"},
		"another application loses status": {selectJPKI, "9000", verifySign, "9000", "00a4040c07a0000001510000", "9000", "00b0810001", "6a82", selectJPKI, "9000", "00b0810001", "6982"},
		"unknown application keeps it":     {selectJPKI, "9000", verifySign, "9000", "00a4040c02ffff", "6a82", "00b0810001", "309000"},
		"VERIFY, parameters":               {selectJPKI, "9000", "00200198", "6a86", "00200018", "6a86", "002000b8", "6a86", "0020009800", "6700", "0020009d", "6a82"},
		"READ, the file's end":             {selectJPKI, "9000", "00b08800 03", "8f8f009000", "00b0880003", "8f8f009000", "00b0880100", "8f009000", "00b0880104", "8f006282", "00b0880300", "6b00", "00b0000300", "6b00", "00b0000201", "009000"},
		"READ, parameters":                 {selectJPKI, "9000", "00b08a00", "6700", "00b08a00 0130", "6700", "00b0ca0000", "6a86", "00b09d0000", "6a82"},
		"class and instruction":            {"00840000 08", "6d00", "80b0000000", "6d00", "b0b0000000", "6e00", "10200098", "6e00", "01200098", "6881", "0c200098", "6882", "04200098", "6882"},
		"the person's data":                {selectFace, "9000", "00200091", "63c3", "00b0820000", "6982", "00b0810000", "6982", verifyFace, "9000", "00b0820003", "ff205c9000", "00b0000301", "df9000", "00b0810003", "ff100c9000"},
		"one application's PIN, the other": {selectFace, "9000", verifyFace, "9000", selectJPKI, "9000", verifySign, "9000", selectFace, "9000", "00b0820000", "6982", selectJPKI, "9000", "00b0810000", "6982"},
		"blocking, person's data":          {selectFace, "9000", wrongFace, "63c2", wrongFace, "63c1", wrongFace, "63c0", verifyFace, "6984", selectJPKI, "9000", verifyAuth, "9000"},
		"a PIN is changed":                 {selectJPKI, "9000", verifyAuth, "9000", "00a4020c020018", "9000", "002401800439393939", "9000", verifyAuth, "63c2", "00200098 04 39393939", "9000"},
		"a password is changed":            {selectJPKI, "9000", verifySign, "9000", "00a4020c02001b", "9000", "0024018006585959313233", "9000", verifySign, "63c4"},
		"changing needs the PIN":           {selectJPKI, "9000", "00a4020c020018", "9000", "002401800439393939", "6982", verifySign, "9000", "00a4020c020018", "9000", "002401800439393939", "6982"},
		"CHANGE, parameters":               {selectJPKI, "9000", verifyAuth, "9000", "002400800439393939", "6a86", "002401980439393939", "6a86", "00240180", "6700", "00b0880001", "8f9000", "002401800439393939", "6981"},
		"CHANGE, what no PIN can be":       {selectJPKI, "9000", verifyAuth, "9000", "00a4020c020018", "9000", "0024018003393939", "6a80", "00240180053939393939", "6a80", "002401800441424344", "6a80", verifyAuth, "9000"},
		"length":                           {"00", "6700", "", "6700", "00b0000000000000", "6700"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChip(t, newFile(t))
			for i := 0; i < len(row); i += 2 {
				if got := hex.EncodeToString(c.answer(unhex(t, row[i]))); !strings.HasSuffix(got, row[i+1]) {
					t.Fatalf("%d: %s gives %.80s, want %s", i/2, row[i], got, row[i+1])
				}
			}
		})
	}
}

func TestCertificateFileIsLongerThanTheCertificate(t *testing.T) {
	f := newFile(t)
	c := newChip(t, f)
	c.answer(unhex(t, selectJPKI))
	answer := c.answer(unhex(t, "00b08a00000000"))
	n := len(f.Auth.Certificate)
	if len(answer) != 2048+2 || !bytes.Equal(answer[:n], f.Auth.Certificate) || bytes.Count(answer[n:2048], []byte{0xFF}) != 2048-n {
		t.Fatalf("%d bytes", len(answer))
	}
	if got := len(padded(make([]byte, 2048), 2048)); got != 2304 {
		t.Errorf("a full file has no filler: %d", got)
	}
	f.Extended = false
	if got := newChip(t, f).answer(unhex(t, "00b08a00000000")); hex.EncodeToString(got) != "6700" {
		t.Errorf("a card without extended length: %x", got)
	}
}

func TestSignatureIsOverWhatWasGiven(t *testing.T) {
	auth, sign := testcard.Keys(t)
	for name, test := range map[string]struct {
		verify, sign string
		key          *rsa.PrivateKey
	}{
		"auth":         {verifyAuth, "802a0097 03 aabbcc 00", auth},
		"sign":         {verifySign, "802a009a 03 aabbcc 00", sign},
		"sign, 245":    {verifySign, "802a009a f5" + strings.Repeat("ab", 245) + "00", sign},
		"sign, Le ext": {verifySign, "802a009a 000003 aabbcc 0000", sign},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChip(t, newFile(t))
			c.answer(unhex(t, selectJPKI))
			c.answer(unhex(t, test.verify))
			answer := c.answer(unhex(t, test.sign))
			if len(answer) != 258 {
				t.Fatalf("answer %x", answer)
			}
			given := unhex(t, "aabbcc")
			if name == "sign, 245" {
				given = bytes.Repeat([]byte{0xAB}, 245)
			}
			if err := rsa.VerifyPKCS1v15(&test.key.PublicKey, crypto.Hash(0), given, answer[:256]); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestChildsCardHasNoKeyForSigning(t *testing.T) {
	f := newFile(t)
	f.Sign = nil
	c := newChip(t, f)
	c.answer(unhex(t, selectJPKI))
	for command, want := range map[string]string{
		"0020009b": "6a82", "00b0810000": "6a82", "00b0820000": "6a82", "802a009a013000": "6a82", "00b0880000": "008f009000", "00200098": "63c3",
	} {
		if got := hex.EncodeToString(c.answer(unhex(t, command))); got != want {
			t.Errorf("%s: %s", command, got)
		}
	}
}

// A card whose memory fails must not let anybody try PINs for free.
func TestNothingIsComparedWhenTheCounterCannotBeKept(t *testing.T) {
	for _, fails := range []int{1, 2} {
		f := newFile(t)
		saves := 0
		c, err := powerOn(f, func() error {
			if saves++; saves == fails {
				return errors.New("disk full")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		c.answer(unhex(t, selectJPKI))
		if got := hex.EncodeToString(c.answer(unhex(t, verifySign))); got != "6581" {
			t.Errorf("save %d: %s", fails, got)
		}
		if got := hex.EncodeToString(c.answer(unhex(t, "00b0810001"))); got != "6982" {
			t.Errorf("save %d: then %s", fails, got)
		}
	}
}
