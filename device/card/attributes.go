package card

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"madoguchi/device/apdu"
)

// The data objects of 基本4情報 (BER-TLV, private class).
const (
	tagPerson  = 0xFF20
	tagOffsets = 0xDF21 // where the others lie; the tags tell as well
	tagName    = 0xDF22
	tagAddress = 0xDF23
	tagBirth   = 0xDF24
	tagSex     = 0xDF25
)

// Person is 基本4情報 as the card holds it, each text byte for byte. The certificate for signing may write the same
// person in other characters, and its sex "unknown" as 3 where this is 9.
type Person struct {
	Name    string // 氏名, with U+3000 between family and given name; an alias may follow in parentheses
	Address string // 住所
	Birth   string // 生年月日, YYYY-MM-DD
	Sex     string // 性別: "1" male, "2" female, "9" not applicable, "0" not known (ISO/IEC 5218)
}

// Face is the card with the application selected that holds what is printed on it (券面入力補助AP). Nothing here reads
// 個人番号, which lies in the file beside: by law only certain bodies may. One goroutine at a time may use it. Its PIN is
// forgotten when the JPKI application is selected, and the other way round.
type Face struct{ ap application }

// OpenFace selects the application: one APDU. ErrNoAttributes if there is none.
func OpenFace(ctx context.Context, t apdu.Transmitter, extended bool) (*Face, error) {
	ap, err := choose(ctx, t, extended, func(g *generation) *layout { return &g.face })
	if err != nil {
		return nil, notThere(ErrNoAttributes, err)
	}
	return &Face{ap}, nil
}

// Tries is Card.Tries for Attributes or NumberB.
func (f *Face) Tries(ctx context.Context, k Key) (int, error) { return f.ap.tries(ctx, k) }

// Verify is Card.Verify for Attributes or NumberB; after either Person can be read.
func (f *Face) Verify(ctx context.Context, k Key, pin []byte) error { return f.ap.verify(ctx, k, pin) }

// Change is Card.Change for the PIN of Attributes.
func (f *Face) Change(ctx context.Context, old, fresh []byte) error {
	return f.ap.change(ctx, Attributes, old, fresh)
}

// Person reads 基本4情報 after Verify: one APDU, or as many as there are 256 bytes. ErrNotVerified, or ErrAnswer for a
// file that holds something else.
func (f *Face) Person(ctx context.Context) (Person, error) {
	raw, err := f.ap.object(ctx, f.ap.layout.person, tagPerson)
	if errors.Is(err, ErrNoCertificate) {
		err = ErrNoAttributes
	}
	var p Person
	if err == nil {
		p, err = parsePerson(raw)
	}
	if err != nil {
		return Person{}, fmt.Errorf("reading the person's data: %w", err)
	}
	return p, nil
}

// parsePerson takes the object apart: four texts, each once.
func parsePerson(raw []byte) (Person, error) {
	outer, _, err := apdu.ParseTLV(raw)
	if err != nil || outer.Tag != tagPerson {
		return Person{}, ErrAnswer
	}
	values := map[uint32]string{}
	for rest := outer.Value; len(rest) > 0; {
		var object apdu.TLV
		if object, rest, err = apdu.ParseTLV(rest); err != nil {
			return Person{}, errors.Join(ErrAnswer, err)
		}
		if _, twice := values[object.Tag]; twice || !utf8.Valid(object.Value) && object.Tag != tagOffsets {
			return Person{}, ErrAnswer
		}
		values[object.Tag] = string(object.Value)
	}
	birth, err := time.Parse("20060102", values[tagBirth])
	p := Person{Name: values[tagName], Address: values[tagAddress], Birth: birth.Format(time.DateOnly), Sex: values[tagSex]}
	if err != nil || p.Name == "" || !isSex(p.Sex) { // the library's text would quote the date
		return Person{}, ErrAnswer
	}
	return p, nil
}

func isSex(s string) bool { return s == "0" || s == "1" || s == "2" || s == "9" }
