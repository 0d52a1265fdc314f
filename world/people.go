package world

import (
	"fmt"
	"strings"

	"madoguchi/device/sim"
)

// State is how the certificates of a card stand with their authorities.
type State string

// The states.
const (
	Good    State = ""
	Expired State = "expired" // both certificates have ended
	Revoked State = "revoked" // both were revoked, as after a loss; the card itself knows nothing of it
	Moved   State = "moved"   // the address on the card is new; the certificate for signing has the old one and is revoked
	Renewed State = "renewed" // both were issued anew; the ones before are revoked as superseded
)

// Person is somebody with a virtual card.
type Person struct {
	File     string // of the card, without .json
	Name     string // family and given name with U+3000 between, as on the card
	Birth    string // YYYY-MM-DD
	Sex      string // 1 male, 2 female
	Address  string
	Was      string // the address before moving; Moved only
	AuthPIN  string // 利用者証明用暗証番号
	SignPIN  string // 署名用パスワード; empty: a card without 署名用 certificate
	FacePIN  string // 券面入力補助用暗証番号; empty: a card without the person's data
	NumberB  string // 照合番号B: birth date by era, year of expiry, 4 digits of security code; empty: none
	Kind     sim.Kind
	State    State
	Extended bool   // the card takes extended length
	Special  string // what is unusual about the card, in a word for the dock
	Note     string // why this person is here
}

// People are the persons of the usual world. None of them exists.
func People() []Person {
	return []Person{
		{
			File: "hanako", Name: "窓口　花子", Birth: "1990-04-01", Sex: "2", Address: "窓口県窓口市中央１丁目２番３号",
			AuthPIN: "1234", SignPIN: "ABC123", FacePIN: "1234", NumberB: "02040120351001", Extended: true, Note: "the usual resident",
		},
		{
			File: "taro", Name: "𠮷田　太郎", Birth: "1988-11-23", Sex: "1", Address: "窓口県窓口市本町４丁目５番６号　髙橋荘２０１",
			AuthPIN: "4321", SignPIN: "TARO8888", FacePIN: "8765", NumberB: "63112320352002", Extended: true, Note: "a name and a house with characters that old systems lose",
		},
		{
			File: "maria", Name: "SILVA　MARIA APARECIDA", Birth: "1993-02-17", Sex: "2", Address: "窓口県窓口市港町７番地８",
			AuthPIN: "2468", SignPIN: "MARIA246", FacePIN: "1357", NumberB: "05021720353003", Extended: false, Note: "Latin letters; a card that reads 256 bytes at a time",
		},
		{
			File: "child", Name: "窓口　小春", Birth: "2016-07-20", Sex: "2", Address: "窓口県窓口市中央１丁目２番３号",
			AuthPIN: "2016", FacePIN: "2016", NumberB: "28072020314004", Extended: true, Special: "こども", Note: "under 15: a card without a certificate to sign",
		},
		{
			File: "expired", Name: "期限　切子", Birth: "1975-01-31", Sex: "2", Address: "窓口県窓口市東町２番地",
			AuthPIN: "1975", SignPIN: "KIREKO31", FacePIN: "1975", NumberB: "50013120355005", State: Expired, Extended: true, Special: "期限切れ", Note: "both certificates have ended",
		},
		{
			File: "moved", Name: "転居　学", Birth: "1982-03-25", Sex: "1", Address: "窓口県窓口市新町９番１０号", Was: "他県他市旧町１番地",
			AuthPIN: "1982", SignPIN: "TENKYO25", FacePIN: "1982", NumberB: "57032520356006", State: Moved, Extended: true, Special: "転居",
			Note: "has moved: the card's face has the new address, the certificate to sign the old one, and is revoked",
		},
		{
			File: "next", Name: "次期　先子", Birth: "1995-10-10", Sex: "2", Address: "窓口県窓口市未来１丁目１番",
			AuthPIN: "1995", SignPIN: "JIKI1010", FacePIN: "1995", Kind: sim.Next, Extended: true, Special: "次期カード",
			Note: "the next card as announced: ECDSA P-384, two applications, two PINs; its numbers are our own",
		},
		{
			File: "phone", Name: "携帯　持子", Birth: "1999-12-24", Sex: "2", Address: "窓口県窓口市西町３番地",
			AuthPIN: "1999", SignPIN: "KEITAI24", Kind: sim.Android, Extended: true, Special: "スマホ", Note: "a smartphone in place of the card",
		},
		{
			File: "renewed", Name: "更新　済", Birth: "1968-09-09", Sex: "1", Address: "窓口県窓口市北町６番地",
			AuthPIN: "1968", SignPIN: "KOSHIN09", FacePIN: "1968", NumberB: "43090920357007", State: Renewed, Extended: true, Special: "更新", Note: "both certificates were issued anew last week",
		},
		{
			File: "revoked", Name: "失効　止", Birth: "1970-05-05", Sex: "1", Address: "窓口県窓口市南町５番地",
			AuthPIN: "1970", SignPIN: "SHIKKO05", FacePIN: "1970", NumberB: "45050520358008", State: Revoked, Extended: true, Special: "失効", Note: "was reported lost: both certificates are revoked",
		},
	}
}

// readme says what lies where and every PIN.
func readme(people []Person) []byte {
	var b strings.Builder
	b.WriteString(`# A Madoguchi world

Made by ` + "`bin/demo world`" + ` for trying and testing. Nothing in it is trusted by anything outside of it: its
authorities are marked as a demo's. Delete the folder to forget it.

| folder | what lies there |
|---|---|
| cards/ | virtual My Number Cards: real keys and certificates, PINs and their counters; a blocked card stays blocked |
| authorities/ | the two card authorities' certificates and the lists of what they have revoked |
| kiosk/ | one enrolled kiosk: kiosk.toml, device key, enrolment.json, outbox.db |
| mailbox/ | the mailbox: mailbox.toml, keys, database, broker; the offline root in mailbox/offline/ |

| card | person | born | address | 4 digits (利用者証明用) | password (署名用) | 4 digits (券面入力補助用) | 14 digits (照合番号B) | why |
|---|---|---|---|---|---|---|---|---|
`)
	for _, p := range people {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", p.File, p.Name, p.Birth, p.Address, p.AuthPIN, p.SignPIN, p.FacePIN, p.NumberB, p.Note)
	}
	b.WriteString(`
    bin/demo --world THIS                kiosk, mailbox and cards in one process
    bin/mailbox serve THIS/mailbox       the same as two processes:
    bin/kiosk run THIS/kiosk --ui linear
`)
	return []byte(b.String())
}
