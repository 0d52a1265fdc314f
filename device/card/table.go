package card

import "crypto"

// Key names a PIN of the card and what it opens.
type Key int

const (
	// Auth is the key for proving who one is (利用者証明用), with a PIN of 4 digits and 3 tries.
	Auth Key = iota
	// Sign is the key for signing documents (署名用), with a password of 6 to 16 letters and digits and 5 tries.
	Sign
	// Attributes is no key but the person's name, address, birth date and sex (基本4情報), with a PIN of 4 digits
	// and 3 tries (券面入力補助用).
	Attributes
	// NumberB opens the same by 14 digits that are printed on the card (照合番号B), with 10 tries.
	NumberB

	keys = 4
)

// String returns the name for logs.
func (k Key) String() string {
	switch k {
	case Auth:
		return "auth"
	case Sign:
		return "sign"
	case Attributes:
		return "attributes"
	case NumberB:
		return "number-b"
	}
	return "unknown"
}

// file is the identifier of an elementary file. All on these cards are below 1F, so that the same number is also the
// short identifier (ISO/IEC 7816-4 §7.3.2); 0: there is none.
type file byte

// generation is one kind of card. All that differs between kinds stands in generations and nowhere else.
type generation struct {
	keys layout // the application with the keys
	face layout // the application with what is printed on the card
}

// layout is one application: its name and what lies where in it.
type layout struct {
	name    string // for errors
	aid     []byte
	token   file // label of 32 bytes and more
	present file // a flag for each certificate: Sign, Auth
	person  file // 基本4情報. That of 個人番号, beside it, is in no row: it is never read
	slots   [keys]slot
}

// slot is one PIN with its rule, and what it opens.
type slot struct {
	rule                      rule
	pin, key, certificate, ca file
	algorithm                 *algorithm
}

// rule is what a PIN looks like.
type rule struct {
	tries    int
	min, max int  // characters
	letters  bool // A to Z beside the digits
	mixed    bool // a new one must have both
}

// algorithm is how a key signs.
type algorithm struct {
	// before is what stands before the digest in the data given to the card; a hash that is not in it is not signed.
	before map[crypto.Hash][]byte
	// half is the length of r and of s, which the card gives one behind the other, in bytes; 0: the card's answer is
	// the signature (RSA).
	half int
}

var (
	fourDigits = rule{tries: 3, min: 4, max: 4}
	numberB    = rule{tries: 10, min: 14, max: 14}
	password   = rule{tries: 5, min: 6, max: 16, letters: true, mixed: true}

	// rsaPKCS1 has the card pad a DigestInfo (RFC 8017 §8.2.1), whose DER up to the digest stands here (§9.2, note 1).
	rsaPKCS1 = &algorithm{before: map[crypto.Hash][]byte{
		crypto.SHA256: {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
		crypto.SHA384: {0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
		crypto.SHA512: {0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
	}}
	// ecdsaP384 signs the bare digest (BSI TR-03111 §4.2.1) and answers in the plain format (§5.2.1).
	ecdsaP384 = &algorithm{before: map[crypto.Hash][]byte{crypto.SHA384: {}}, half: 48}
)

// generations are the cards that are known, the most frequent first: each further one costs a SELECT.
var generations = []generation{
	{ // 個人番号カード: 公的個人認証AP and 券面入力補助AP; also 住基カード and スマホ用電子証明書, which have the first only
		keys: layout{
			name: "JPKI AP", aid: []byte("\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01"), token: 0x06, present: 0x08,
			slots: [keys]slot{
				Auth: {rule: fourDigits, pin: 0x18, key: 0x17, certificate: 0x0A, ca: 0x0B, algorithm: rsaPKCS1},
				Sign: {rule: password, pin: 0x1B, key: 0x1A, certificate: 0x01, ca: 0x02, algorithm: rsaPKCS1},
			},
		},
		face: layout{
			name: "text AP", aid: []byte("\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x08"), person: 0x02,
			slots: [keys]slot{Attributes: {rule: fourDigits, pin: 0x11}, NumberB: {rule: numberB, pin: 0x15}},
		},
	},
	{ // 次期個人番号カード as announced: ECDSA P-384, 認証AP and 券面等AP, two PINs. Names and numbers are not published;
		// these are of the virtual card's own making, under a proprietary name (ISO/IEC 7816-4 §12.2.3).
		keys: layout{
			name: "authentication AP", aid: []byte("\xF0MADO-AUTH\x02"), token: 0x01, present: 0x02,
			slots: [keys]slot{
				Auth: {rule: fourDigits, pin: 0x05, key: 0x10, certificate: 0x11, ca: 0x12, algorithm: ecdsaP384},
				Sign: {rule: password, pin: 0x06, key: 0x14, certificate: 0x15, ca: 0x16, algorithm: ecdsaP384},
			},
		},
		face: layout{
			name: "face AP", aid: []byte("\xF0MADO-FACE\x02"), person: 0x03,
			slots: [keys]slot{Attributes: {rule: fourDigits, pin: 0x05}}, // the PIN of Auth: one secret, one counter
		},
	},
}

// labels tell by the token's label what one has in front of one.
var labels = map[string]Device{
	"JPKIAPICCTOKEN2":  MyNumberCard,
	"JPKIAPICCTOKEN":   ResidentCard,
	"JPKIAPGPSETOKEN":  AndroidPhone,
	"JPKIAPIOSTOKEN":   IPhone,
	"MADOGUCHI-NEXT-1": NextCard,
}

// slot returns k's place in the application, an empty one if it has none there.
func (l *layout) slot(k Key) *slot {
	if k < 0 || k >= keys {
		return &slot{}
	}
	return &l.slots[k]
}

// ruleOf is the rule of k's PIN where no card has been asked yet.
func ruleOf(k Key) rule {
	if k == Attributes || k == NumberB {
		return generations[0].face.slot(k).rule
	}
	return generations[0].keys.slot(k).rule
}
