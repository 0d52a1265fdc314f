package outbox

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// freeBytes returns what an ordinary user may still write beside the file.
func freeBytes(path string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return 0, fmt.Errorf("outbox: statfs: %w", err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // Bsize's type differs by architecture
}
