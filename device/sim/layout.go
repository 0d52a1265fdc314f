package sim

import (
	"bytes"
	"crypto"
	"slices"
	"strings"
)

// Kind is what a virtual card stands for.
type Kind string

// The kinds.
const (
	MyNumber Kind = ""         // 個人番号カード
	Android  Kind = "android"  // スマホ用電子証明書: only the keys, and each certificate only after its PIN
	IOS      Kind = "ios"      // the same on iOS
	Resident Kind = "resident" // 住基カード: a key to sign, none to log in
	Next     Kind = "next"     // 次期個人番号カード as announced: ECDSA P-384, two applications, two PINs; numbers of our own
)

// traits are what a kind is made of.
type traits struct {
	label     string // of the token information
	elliptic  bool   // keys are ECDSA P-384, else RSA-2048
	logsIn    bool   // it has the key for 利用者証明用
	authFree  bool   // the certificate for 利用者証明用 can be read without the PIN
	hasFace   bool   // it may have the application with the person's data
	sharedPIN bool   // that application's PIN is the one of 利用者証明用
	keysAID   string
	faceAID   string
	numbers
}

// numbers are file identifiers.
type numbers struct {
	token, present                       byte
	authCert, authCA, authPIN, authKey   byte
	signCert, signCA, signPIN, signKey   byte
	myNumber, person, aboutFace, facePIN byte
	numberB                              byte // 0: none
}

var (
	today = numbers{
		token: 0x06, present: 0x08,
		authCert: 0x0A, authCA: 0x0B, authPIN: 0x18, authKey: 0x17,
		signCert: 0x01, signCA: 0x02, signPIN: 0x1B, signKey: 0x1A,
		myNumber: 0x01, person: 0x02, aboutFace: 0x05, facePIN: 0x11, numberB: 0x15,
	}
	tomorrow = numbers{
		token: 0x01, present: 0x02,
		authCert: 0x11, authCA: 0x12, authPIN: 0x05, authKey: 0x10,
		signCert: 0x15, signCA: 0x16, signPIN: 0x06, signKey: 0x14,
		myNumber: 0x02, person: 0x03, aboutFace: 0x04, facePIN: 0x05,
	}
)

const (
	jpkiAID   = "\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01"
	textAID   = "\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x08"
	domainAID = "\xA0\x00\x00\x01\x51\x00\x00" // the issuer's domain, current after power-on, without files
)

var kinds = map[Kind]traits{
	MyNumber: {label: "JPKIAPICCTOKEN2", logsIn: true, authFree: true, hasFace: true, keysAID: jpkiAID, faceAID: textAID, numbers: today},
	Android:  {label: "JPKIAPGPSETOKEN", logsIn: true, keysAID: jpkiAID, numbers: today},
	IOS:      {label: "JPKIAPIOSTOKEN", logsIn: true, keysAID: jpkiAID, numbers: today},
	Resident: {label: "JPKIAPICCTOKEN", authFree: true, keysAID: jpkiAID, numbers: today},
	Next: {
		label: "MADOGUCHI-NEXT-1", elliptic: true, logsIn: true, authFree: true, hasFace: true, sharedPIN: true,
		keysAID: "\xF0MADO-AUTH\x02", faceAID: "\xF0MADO-FACE\x02", numbers: tomorrow,
	},
}

// app is an application: a name and the files under it.
type app struct {
	aid   string
	files map[byte]*ef
}

// ef is an elementary file: data to read, or a PIN or key, which cannot be read.
type ef struct {
	data []byte
	lock []*pin // one of them must be verified before READ or SIGN; none: free
	pin  *pin
	key  crypto.Signer
}

// locked reports that none of the PINs that open the file has been verified.
func (f *ef) locked() bool {
	return len(f.lock) > 0 && !slices.ContainsFunc(f.lock, func(p *pin) bool { return p.verified })
}

// pin is a secret as the card file keeps it, with its security status.
type pin struct {
	secret   *Secret
	limit    int
	tries    *int
	min, max int // characters of a new one
	verified bool
}

const (
	tokenSize       = 160
	labelSize       = 32
	certificateSize = 2048
	personSize      = 512
)

// lay lays out the files of a card.
func lay(f *File) ([]*app, error) {
	t := kinds[f.Kind]
	keys := &app{aid: t.keysAID, files: map[byte]*ef{}}
	label := t.label + strings.Repeat(" ", labelSize-len(t.label))
	keys.files[t.token] = &ef{data: padded([]byte(label), tokenSize)}
	flags := []byte{0x00, 0x00, 0x00}
	if f.Sign != nil {
		flags[0] = 0x8F
	}
	if f.Auth != nil {
		flags[1] = 0x8F
	}
	keys.files[t.present] = &ef{data: flags}
	auth, err := keys.add(f.Auth, t.authCert, t.authCA, t.authPIN, t.authKey, !t.authFree, authLength, authLength)
	if err == nil {
		_, err = keys.add(f.Sign, t.signCert, t.signCA, t.signPIN, t.signKey, true, signShortest, signLongest)
	}
	if err != nil {
		return nil, err
	}
	apps := []*app{{aid: domainAID}, keys}
	if f.Face != nil {
		apps = append(apps, face(f.Face, &t, auth))
	}
	return apps, nil
}

// add lays out one credential; locked: the certificate can be read only with the PIN.
func (a *app) add(k *Credential, certificate, ca, pinFile, keyFile byte, locked bool, shortest, longest int) (*pin, error) {
	if k == nil {
		return nil, nil
	}
	key, err := k.key()
	if err != nil {
		return nil, err
	}
	p := &pin{secret: &k.PIN, limit: k.Limit, tries: &k.Tries, min: shortest, max: longest}
	a.files[certificate] = &ef{data: padded(k.Certificate, certificateSize)}
	if locked {
		a.files[certificate].lock = []*pin{p}
	}
	a.files[ca] = &ef{data: padded(k.CA, certificateSize)}
	a.files[pinFile] = &ef{pin: p}
	a.files[keyFile] = &ef{key: key, lock: []*pin{p}}
	return p, nil
}

// face lays out the application with the person's data. Its file of 個人番号 holds a number that cannot be one.
func face(f *Face, t *traits, auth *pin) *app {
	p := auth
	if !t.sharedPIN {
		p = &pin{secret: &f.PIN, limit: f.Limit, tries: &f.Tries, min: authLength, max: authLength}
	}
	a := &app{aid: t.faceAID, files: map[byte]*ef{
		t.myNumber:  {data: []byte("\xFF\x10\x0C000000000000\xFF\xFF"), lock: []*pin{p}},
		t.person:    {data: padded(f.encode(), personSize), lock: []*pin{p}},
		t.aboutFace: {data: padded([]byte{0xFF, 0x40, 0x07, 0xDF, 0x41, 0x04, 0x01, 0x03, 0x0E, 0x01}, 256)},
		t.facePIN:   {pin: p},
	}}
	if f.NumberB != nil { // opens the person's data too, and not 個人番号
		number := &pin{secret: &f.NumberB, limit: numberLimit, tries: &f.NumberTries, min: numberLength, max: numberLength}
		a.files[t.numberB] = &ef{pin: number}
		a.files[t.person].lock = append(a.files[t.person].lock, number)
	}
	return a
}

// encode writes 基本4情報: the offsets of the four texts from the file's start, then the texts.
func (f *Face) encode() []byte {
	const offsets = 0xDF21
	texts := []struct {
		tag   int
		value string
	}{{0xDF22, f.Name}, {0xDF23, f.Address}, {0xDF24, strings.ReplaceAll(f.Birth, "-", "")}, {0xDF25, f.Sex}}
	var body bytes.Buffer
	starts := make([]int, 0, len(texts))
	for _, x := range texts {
		starts = append(starts, body.Len())
		body.Write(object(x.tag, []byte(x.value)))
	}
	first := len(object(offsets, make([]byte, 2*len(texts))))
	outer := len(object(0xFF20, make([]byte, first+body.Len()))) - first - body.Len()
	where := make([]byte, 0, 2*len(starts))
	for _, s := range starts {
		at := outer + first + s
		where = append(where, byte(at>>8), byte(at))
	}
	return object(0xFF20, append(object(offsets, where), body.Bytes()...))
}

// object writes a data object with a tag of two bytes and the shortest length (ISO/IEC 7816-4 §5.2.2).
func object(tag int, value []byte) []byte {
	head := []byte{byte(tag >> 8), byte(tag)}
	switch n := len(value); {
	case n < 0x80:
		head = append(head, byte(n))
	case n < 0x100:
		head = append(head, 0x81, byte(n))
	default:
		head = append(head, 0x82, byte(n>>8), byte(n))
	}
	return append(head, value...)
}

// padded fills data up to size, and to the next 256 bytes if it is longer; at least one byte is filler.
func padded(data []byte, size int) []byte {
	for size <= len(data) {
		size += 256
	}
	return append(bytes.Clone(data), bytes.Repeat([]byte{0xFF}, size-len(data))...)
}
