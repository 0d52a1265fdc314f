//go:build !pcsc

package reader

// Open answers ErrNotBuilt: this program was built without the tag pcsc.
func Open(Options) (Device, error) { return nil, ErrNotBuilt }
