// Package world makes a complete small world for the demo and the tests: card authorities, people and their
// virtual cards, a mailbox, an enrolled kiosk. Everything in it is fresh and real but for the trust: its anchors
// are marked as a demo's and refused by any configuration that is not one. No kiosk or mailbox links it.
//
// Error model: Make fails with the step that failed and leaves what it wrote; a folder that holds a world is
// never overwritten.
package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"madoguchi/internal/durable"
	"madoguchi/kiosk"
	"madoguchi/mailbox"
)

// The folders of a world.
const (
	CardsDir     = "cards"
	AuthorityDir = "authorities"
	KioskDir     = "kiosk"
	MailboxDir   = "mailbox"
	ReadmeFile   = "README.md"
	KioskID      = "madoguchi-1"
	Mailbox      = "mailbox.madoguchi.example"
)

// Options change the usual world.
type Options struct {
	Listen string // of the broker; empty: 127.0.0.1:8883
	People []Person
	Now    func() time.Time
}

// Exists reports whether a folder holds a world.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ReadmeFile))
	return err == nil
}

// Make makes a world in dir.
func Make(ctx context.Context, dir string, o Options) error {
	if Exists(dir) {
		return errors.New("world: this folder holds a world already")
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:8883"
	}
	if o.People == nil {
		o.People = People()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	ca, err := newAuthorities(o.Now())
	if err != nil {
		return err
	}
	if err := ca.issueCards(filepath.Join(dir, CardsDir), o.People, o.Now()); err != nil {
		return err
	}
	if err := ca.publish(filepath.Join(dir, AuthorityDir), o.Now()); err != nil {
		return err
	}
	if err := mailbox.Init(filepath.Join(dir, MailboxDir), mailbox.Options{
		Name: Mailbox, Demo: true, Listen: o.Listen, Anchors: ca.anchors(), Now: o.Now,
	}); err != nil {
		return fmt.Errorf("world: %w", err)
	}
	if err := enrol(dir); err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(dir, KioskDir, kiosk.RoundsFile), roundFrom(o.Now()), 0o600); err != nil {
		return err
	}
	// last: a folder with a README is a whole world
	return durable.WriteFile(filepath.Join(dir, ReadmeFile), readme(o.People), 0o600)
}

// enrol takes one kiosk through what an operator does by hand.
func enrol(dir string) error {
	folder := filepath.Join(dir, KioskDir)
	if err := kiosk.Init(folder, kiosk.Config{
		ID: KioskID, Profile: "city-hall", Language: "ja", Phone: "0120-000-000", Demo: true,
		Unhurried: true, Reader: kiosk.ReaderVirtual, Cards: filepath.Join("..", CardsDir), Outbox: kiosk.Limits{Count: 5000, MiB: 512},
	}); err != nil {
		return err
	}
	csr, err := os.ReadFile(filepath.Join(folder, kiosk.CSRFile))
	if err != nil {
		return fmt.Errorf("world: %w", err)
	}
	e, err := mailbox.Enrol(filepath.Join(dir, MailboxDir), csr, "city-hall")
	if err != nil {
		return fmt.Errorf("world: %w", err)
	}
	raw, err := e.Marshal()
	if err != nil {
		return fmt.Errorf("world: %w", err)
	}
	return durable.WriteFile(filepath.Join(folder, kiosk.EnrolmentFile), raw, 0o600)
}
