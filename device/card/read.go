package card

import (
	"context"
	"errors"
	"fmt"

	"madoguchi/device/apdu"
)

const (
	// maxOffset is the largest offset that READ BINARY can address (ISO/IEC 7816-4 §7.2.3: 15 bits); no certificate
	// comes near it.
	maxOffset = 0x7FFF
	sequence  = 0x30 // the outermost tag of a certificate (X.690 §8.9)
)

// Certificate returns the X.509 certificate of k as DER, exactly: the file on the card is longer, filled up behind
// it. That of Sign can be read only after its PIN, else ErrNotVerified. One APDU where reader and card take extended
// length, else as many as there are 256 bytes. ErrNoCertificate, or ErrAnswer for a file that holds something else.
func (c *Card) Certificate(ctx context.Context, k Key) ([]byte, error) {
	der, err := c.certificate(ctx, k)
	if err != nil {
		return nil, fmt.Errorf("reading the %v certificate: %w", k, err)
	}
	return der, nil
}

func (c *Card) certificate(ctx context.Context, k Key) ([]byte, error) {
	file, err := c.head(ctx, k)
	if err != nil {
		return nil, err
	}
	total, err := certificateSize(file)
	if err != nil {
		return nil, err
	}
	for len(file) < total {
		more, err := c.at(ctx, len(file), min(apdu.MaxShort, total-len(file)))
		if err != nil {
			return nil, err
		}
		file = append(file, more...)
	}
	return file[:total:total], nil
}

// head reads as much from the start of the certificate's file as one command brings. It addresses the file by its
// short identifier, which also makes it the current one for the reads that follow.
func (c *Card) head(ctx context.Context, k Key) ([]byte, error) {
	read := apdu.Command{INS: insReadBinary, P1: short | k.profile().certificate, Le: apdu.MaxShort}
	if c.extended {
		read.Le = apdu.MaxExtended
	}
	r, err := c.send(ctx, read)
	if err == nil && c.extended && r.Status == apdu.WrongLength {
		c.extended, read.Le = false, apdu.MaxShort // the reader passes it, the card does not take it
		r, err = c.send(ctx, read)
	}
	switch {
	case err != nil:
		return nil, err
	case absent(r.Status), r.Status == apdu.WrongOffset: // no file, or an empty one
		return nil, ErrNoCertificate
	}
	return contents(r)
}

// at reads up to n bytes at an offset of the current file, at least one.
func (c *Card) at(ctx context.Context, offset, n int) ([]byte, error) {
	if offset > maxOffset {
		return nil, ErrAnswer
	}
	r, err := c.send(ctx, apdu.Command{INS: insReadBinary, P1: byte(offset >> 8), P2: byte(offset), Le: n})
	switch {
	case err != nil:
		return nil, err
	case r.Status == apdu.WrongOffset: // the file ends before the certificate does
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

// certificateSize reads the length from the certificate's own header.
func certificateSize(file []byte) (int, error) {
	if len(file) == 0 || file[0] == 0xFF || file[0] == 0x00 { // nothing but filler
		return 0, ErrNoCertificate
	}
	h, err := apdu.ParseHeader(file)
	if err != nil {
		return 0, errors.Join(ErrAnswer, err)
	}
	if h.Tag != sequence || h.Length == 0 || h.Total() > maxOffset {
		return 0, ErrAnswer
	}
	return h.Total(), nil
}
