package world

import (
	"fmt"
	"strings"
)

// Person is somebody with a virtual card.
type Person struct {
	File     string // of the card, without .json
	Name     string // family and given name with U+3000 between, as on the card
	Birth    string // YYYY-MM-DD
	Sex      string // 1 male, 2 female
	Address  string
	AuthPIN  string // 利用者証明用暗証番号
	SignPIN  string // 署名用パスワード; empty: a card without 署名用 certificate
	Extended bool   // the card takes extended length
	Note     string // why this person is here
}

// People are the persons of the usual world. None of them exists.
func People() []Person {
	return []Person{
		{
			File: "hanako", Name: "窓口　花子", Birth: "1990-04-01", Sex: "2", Address: "窓口県窓口市中央１丁目２番３号",
			AuthPIN: "1234", SignPIN: "ABC123", Extended: true, Note: "the usual resident",
		},
		{
			File: "taro", Name: "𠮷田　太郎", Birth: "1988-11-23", Sex: "1", Address: "窓口県窓口市本町４丁目５番６号　髙橋荘２０１",
			AuthPIN: "4321", SignPIN: "TARO8888", Extended: true, Note: "a name and a house with characters that old systems lose",
		},
		{
			File: "maria", Name: "SILVA　MARIA APARECIDA", Birth: "1993-02-17", Sex: "2", Address: "窓口県窓口市港町７番地８",
			AuthPIN: "2468", SignPIN: "MARIA246", Extended: false, Note: "Latin letters; a card that reads 256 bytes at a time",
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
| cards/ | virtual My Number Cards: real RSA keys and certificates, PINs and their counters; a blocked card stays blocked |
| kiosk/ | one enrolled kiosk: kiosk.toml, device key, enrolment.json, outbox.db |
| mailbox/ | the mailbox: mailbox.toml, keys, database, broker; the offline root in mailbox/offline/ |

| card | person | born | address | 4 digits (利用者証明用) | password (署名用) | why |
|---|---|---|---|---|---|---|
`)
	for _, p := range people {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", p.File, p.Name, p.Birth, p.Address, p.AuthPIN, p.SignPIN, p.Note)
	}
	b.WriteString(`
    bin/demo --world THIS                kiosk, mailbox and cards in one process
    bin/mailbox serve THIS/mailbox       the same as two processes:
    bin/kiosk run THIS/kiosk --ui linear
`)
	return []byte(b.String())
}
