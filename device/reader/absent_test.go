//go:build !pcsc

package reader

import (
	"errors"
	"testing"
)

func TestBuiltWithoutPCSC(t *testing.T) {
	if device, err := Open(Options{}); device != nil || !errors.Is(err, ErrNotBuilt) {
		t.Errorf("%v, %v", device, err)
	}
}
