package mailbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const lockFile = "serve.lock"

// ErrServed reports a folder that a mailbox serves already.
var ErrServed = errors.New("mailbox: this folder is being served already, by another process")

// lock takes the folder for serving. The kernel lets go of it however the process ends; the file stays, empty.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return func() { _ = f.Close() }, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrServed
	}
	return nil, fmt.Errorf("mailbox: %s: %w", lockFile, err)
}
