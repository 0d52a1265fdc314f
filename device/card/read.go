package card

import (
	"context"
	"errors"
	"fmt"

	"madoguchi/device/apdu"
)

const (
	// maxOffset is the largest offset that READ BINARY can address (ISO/IEC 7816-4 §7.2.3: 15 bits); no file of
	// interest comes near it.
	maxOffset = 0x7FFF
	sequence  = 0x30 // the outermost tag of a certificate (X.690 §8.9)
)

// Certificate returns the X.509 certificate of k as DER, exactly: the file on the card is longer, filled up behind
// it. That of Sign can be read only after its PIN, on a phone each after its own, else ErrNotVerified. One APDU where
// reader and card take extended length, else as many as there are 256 bytes. ErrNoCertificate, or ErrAnswer for a
// file that holds something else.
func (c *Card) Certificate(ctx context.Context, k Key) ([]byte, error) {
	der, err := c.ap.object(ctx, c.ap.layout.slot(k).certificate, sequence)
	if err != nil {
		return nil, fmt.Errorf("reading the %v certificate: %w", k, err)
	}
	return der, nil
}

// CA returns the certificate of the authority that issued k's, as Certificate does; it needs no PIN. It says what the
// card holds, and is no ground for trust.
func (c *Card) CA(ctx context.Context, k Key) ([]byte, error) {
	der, err := c.ap.object(ctx, c.ap.layout.slot(k).ca, sequence)
	if err != nil {
		return nil, fmt.Errorf("reading the CA certificate for %v: %w", k, err)
	}
	return der, nil
}

// object reads the one data object with that tag at the start of a file, with its header and without the filler.
func (a *application) object(ctx context.Context, id file, tag uint32) ([]byte, error) {
	most := apdu.MaxShort
	if a.extended {
		most = apdu.MaxExtended
	}
	data, err := a.head(ctx, id, most)
	if err != nil {
		return nil, err
	}
	total, err := objectSize(data, tag)
	if err != nil {
		return nil, err
	}
	for len(data) < total {
		more, err := a.rest(ctx, len(data), min(apdu.MaxShort, total-len(data)))
		if err != nil {
			return nil, err
		}
		data = append(data, more...)
	}
	return data[:total:total], nil
}

// head reads up to n bytes from the start of a file, which is the current one for the reads that follow.
func (a *application) head(ctx context.Context, id file, n int) ([]byte, error) {
	r, err := a.read(ctx, id, n)
	if err == nil && n > apdu.MaxShort && r.Status == apdu.WrongLength {
		a.extended, n = false, apdu.MaxShort // the reader passes it, the card does not take it
		r, err = a.read(ctx, id, n)
	}
	switch {
	case err != nil:
		return nil, err
	case absent(r.Status), r.Status == apdu.WrongOffset: // no file, or an empty one
		return nil, ErrNoCertificate
	}
	data, err := contents(r)
	if err == nil && len(data) > n {
		return nil, ErrAnswer
	}
	return data, err
}

func (a *application) read(ctx context.Context, id file, n int) (apdu.Response, error) {
	return a.at(ctx, toRead, id,
		apdu.Command{INS: insReadBinary, P1: short | byte(id), Le: n},
		apdu.Command{INS: insReadBinary, Le: n})
}

// rest reads up to n bytes at an offset of the current file, at least one.
func (a *application) rest(ctx context.Context, offset, n int) ([]byte, error) {
	if offset > maxOffset {
		return nil, ErrAnswer
	}
	r, err := a.ask(ctx, apdu.Command{INS: insReadBinary, P1: byte(offset >> 8), P2: byte(offset), Le: n})
	switch {
	case err != nil:
		return nil, err
	case r.Status == apdu.WrongOffset: // the file ends before its object does
		return nil, ErrAnswer
	}
	data, err := contents(r)
	if err == nil && (len(data) == 0 || len(data) > n) {
		return nil, ErrAnswer
	}
	return data, err
}

func contents(r apdu.Response) ([]byte, error) {
	if r.Status == apdu.OK || r.Status == apdu.EndOfFile {
		return r.Data, nil
	}
	if r.Status == apdu.NotSatisfied {
		return nil, ErrNotVerified
	}
	return nil, &apdu.StatusError{Op: "READ BINARY", Status: r.Status}
}

// objectSize reads from an object's header how long it is.
func objectSize(data []byte, tag uint32) (int, error) {
	if len(data) == 0 || data[0] == 0x00 || data[0] == 0xFF && (len(data) < 2 || data[1] == 0xFF) { // nothing but filler
		return 0, ErrNoCertificate
	}
	h, err := apdu.ParseHeader(data)
	if err != nil {
		return 0, errors.Join(ErrAnswer, err)
	}
	if h.Tag != tag || h.Length == 0 || h.Total() > maxOffset {
		return 0, ErrAnswer
	}
	return h.Total(), nil
}
