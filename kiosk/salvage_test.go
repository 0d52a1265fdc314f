package kiosk_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/kiosk"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// TestDamagedOutboxIsSalvagedAtStart: the terminal opens, has what waited, says so in its log and keeps the old file.
func TestDamagedOutboxIsSalvagedAtStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	if err := world.Make(t.Context(), dir, world.Options{People: []world.Person{}}); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, world.KioskDir)
	path := filepath.Join(folder, "outbox.db")
	box, err := outbox.Open(path, outbox.Limits{Count: 10, Bytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Put(t.Context(), outbox.Item{ID: wire.ID{1}, Sealed: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("no outbox "), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	k, err := kiosk.Open(ctx, folder, kiosk.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := k.Outbox().Waiting(); n != 1 {
		t.Errorf("%d wait", n)
	}
	cancel()
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	aside, _ := filepath.Glob(path + ".damaged-*")
	if len(aside) != 1 || !strings.Contains(log.String(), "salvaged") {
		t.Errorf("kept aside: %v, log: %s", aside, log.String())
	}
}
