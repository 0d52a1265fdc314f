// Package durable writes files so that a power cut leaves either the old file or the new one, whole.
//
// Error model: errors are those of the file system, wrapped with the step that failed.
package durable

import (
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile writes data to a temporary file beside name, syncs it, renames it over name and syncs the folder.
func WriteFile(name string, data []byte, perm os.FileMode) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return fmt.Errorf("durable: create: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already after the rename
	if err := fill(f, data, perm); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return fmt.Errorf("durable: rename: %w", err)
	}
	return SyncDir(dir)
}

func fill(f *os.File, data []byte, perm os.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("durable: write: %w", err)
	}
	return nil
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("durable: open folder: %w", err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("durable: sync folder: %w", err)
	}
	return nil
}
