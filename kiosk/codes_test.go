package kiosk

import (
	"errors"
	"fmt"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/reader"
	"madoguchi/fault"
)

// TestEveryFailureOfCardAndReaderHasItsCode: what a person is told differs for whatever they can do something else about.
func TestEveryFailureOfCardAndReaderHasItsCode(t *testing.T) {
	for _, test := range []struct {
		err  error
		code fault.Code
	}{
		{apdu.ErrRemoved, fault.CardRemoved},
		{apdu.ErrNoCard, fault.CardRemoved},
		{card.ErrNotJPKI, fault.CardUnknown},
		{&card.PINError{Left: 2}, fault.PINWrong},
		{card.ErrBlocked, fault.PINBlocked},
		{card.ErrPINShape, fault.PINShape},
		{apdu.ErrMute, fault.CardUnreadable},
		{card.ErrAnswer, fault.CardUnreadable},
		{card.ErrNoCertificate, fault.NoSignKey},
		{card.ErrUnknown, fault.PINUnknown},
		{errors.Join(card.ErrUnknown, reader.ErrReaderLost), fault.PINUnknown}, // the tries come first
		{reader.ErrNoService, fault.NoReader},
		{reader.ErrNoReader, fault.NoReader},
		{reader.ErrReaderLost, fault.NoReader},
		{card.ErrNoAttributes, fault.NoAttributes},
		{reader.ErrPadCancelled, fault.PadCancelled},
		{reader.ErrPadTimeout, fault.PadTimeout},
		{reader.ErrPadLength, fault.PadLength},
		{reader.ErrMute, fault.CardMute},
		{apdu.ErrBusy, fault.CardBusy},
	} {
		if err := cardFault(fmt.Errorf("somewhere: %w", test.err)); !errors.Is(err, test.code) {
			t.Errorf("%v: %v, want %v", test.err, err, test.code)
		}
	}
}
