package terminal

import (
	"errors"
	"log/slog"

	"madoguchi/device/apdu"
	"madoguchi/device/reader"
)

// openPCSC opens the readers of the machine. A program that was built without PC/SC goes on without: its screens say
// so where a card is needed (fault.NoPCSC).
func openPCSC(log *slog.Logger) (r apdu.Reader, end func(), err error) {
	device, err := reader.Open(reader.Options{Log: log})
	if errors.Is(err, reader.ErrNotBuilt) {
		return nil, func() {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return device, func() { _ = device.Close() }, nil
}
