package terminal

import (
	"context"
	"errors"
	"log/slog"

	"madoguchi/device/apdu"
	"madoguchi/device/reader"
	"madoguchi/fault"
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
	return pcsc{device}, func() { _ = device.Close() }, nil
}

// pcsc is the readers with the failure codes for what only a reader of the machine can suffer.
type pcsc struct{ reader.Device }

// Connect is the Device's.
func (p pcsc) Connect(ctx context.Context) (apdu.Session, error) {
	s, err := p.Device.Connect(ctx)
	if errors.Is(err, reader.ErrNoService) || errors.Is(err, reader.ErrNoReader) || errors.Is(err, reader.ErrReaderLost) {
		return nil, fault.New(fault.NoReader, err)
	}
	return s, err
}
