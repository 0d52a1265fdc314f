package card

import (
	"context"
	"fmt"
	"strings"

	"madoguchi/device/apdu"
)

// Device is what carries the keys, as its own label tells it.
type Device int

// The devices.
const (
	UnknownDevice Device = iota // a label that is not in the table
	MyNumberCard                // 個人番号カード
	ResidentCard                // 住基カード, the older card: a key to sign, none to log in
	AndroidPhone                // スマホ用電子証明書 on Android
	IPhone                      // on iOS
	NextCard                    // 次期個人番号カード
)

// String returns the name for logs.
func (d Device) String() string {
	switch d {
	case MyNumberCard:
		return "my-number-card"
	case ResidentCard:
		return "resident-card"
	case AndroidPhone:
		return "android-phone"
	case IPhone:
		return "iphone"
	case NextCard:
		return "next-card"
	case UnknownDevice:
	}
	return "unknown"
}

// Phone reports a phone. It gives no certificate before that certificate's own PIN has been verified.
func (d Device) Phone() bool { return d == AndroidPhone || d == IPhone }

const (
	labelSize   = 32   // of the token information: ASCII, filled up with blanks (PKCS #11 CK_TOKEN_INFO)
	presentSize = 3    // a byte for each certificate, and one of unknown meaning
	noFlag      = 0x00 // a certificate that is not there; one that is has 8F
)

// Device tells by the token's label what is in front of the reader: one APDU, no PIN. It asks for more than the label
// where extended length may pass, so that a card without it has refused it, for one APDU more, before anything is read
// that is longer than 256 bytes. An unknown label is UnknownDevice; what is there in its place is not interpreted.
func (c *Card) Device(ctx context.Context) (Device, error) {
	most := labelSize
	if c.ap.extended {
		most = apdu.MaxExtended
	}
	raw, err := c.ap.head(ctx, c.ap.layout.token, most)
	if err != nil {
		return UnknownDevice, fmt.Errorf("reading the token information: %w", err)
	}
	return labels[strings.TrimRight(string(raw[:min(len(raw), labelSize)]), " \x00")], nil
}

// Present is which certificates the card says that it carries.
type Present struct{ Auth, Sign bool }

// Present reads the flags of the certificates: one APDU, no PIN. Only a flag of zero is taken for a certificate that is
// not there, for the meaning of other values is not documented. ErrAnswer for a file of another size.
func (c *Card) Present(ctx context.Context) (Present, error) {
	raw, err := c.ap.head(ctx, c.ap.layout.present, presentSize)
	switch {
	case err != nil:
		return Present{}, fmt.Errorf("reading which certificates are present: %w", err)
	case len(raw) != presentSize:
		return Present{}, fmt.Errorf("reading which certificates are present: %w", ErrAnswer)
	}
	return Present{Sign: raw[0] != noFlag, Auth: raw[1] != noFlag}, nil
}
