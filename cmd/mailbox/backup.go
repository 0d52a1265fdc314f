package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"madoguchi/mailbox"
)

type backupCmd struct {
	Make    makeBackupCmd    `cmd:"" help:"Write a backup of all keys, with the offline folder."`
	Check   checkBackupCmd   `cmd:"" help:"Where the identity is: open a backup and print its code. Needs nothing but the file."`
	Confirm confirmBackupCmd `cmd:"" help:"Take the code that check printed; serve starts after that."`
}

type makeBackupCmd struct {
	Dir string   `arg:"" type:"existingdir" help:"The mailbox's folder, with its offline root."`
	To  []string `placeholder:"age1…" help:"Recipients. Default: those of the last backup."`
}

func (c *makeBackupCmd) Run(out io.Writer) error {
	file, err := mailbox.MakeBackup(c.Dir, c.To)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Wrote %s. Take it away from this machine, to where the identity is; `mailbox backup check` there prints a code for `mailbox backup confirm`.\n", file)
	return err
}

type checkBackupCmd struct {
	File     string `arg:"" type:"existingfile" help:"The backup."`
	Identity string `required:"" type:"existingfile" help:"The identity file that age-keygen wrote."`
}

func (c *checkBackupCmd) Run(out io.Writer) (err error) {
	return withFiles(c.File, c.Identity, func(backup, identity io.Reader) error {
		code, err := mailbox.OpenBackup(backup, identity)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, code)
		return err
	})
}

func withFiles(a, b string, do func(a, b io.Reader) error) error {
	first, err := os.Open(a)
	if err != nil {
		return err
	}
	defer func() { _ = first.Close() }()
	second, err := os.Open(b)
	if err != nil {
		return err
	}
	defer func() { _ = second.Close() }()
	return do(first, second)
}

type confirmBackupCmd struct {
	Dir  string `arg:"" type:"existingdir" help:"The mailbox's folder."`
	Code string `arg:"" help:"The code that check printed, or the beginning of what sha256sum says of the opened backup."`
}

func (c *confirmBackupCmd) Run() error { return mailbox.ConfirmBackup(c.Dir, c.Code) }

type restoreCmd struct {
	Dir      string `arg:"" help:"The folder to make."`
	File     string `arg:"" type:"existingfile" help:"The backup of the keys."`
	Identity string `required:"" type:"existingfile" help:"The identity file that opens it."`
	Store    string `type:"existingfile" help:"A copy of store.db. Without one, everything that was received is lost here, and kiosks send what they still have."`
}

func (c *restoreCmd) Run(out io.Writer) error {
	err := withFiles(c.File, c.Identity, func(backup, identity io.Reader) error {
		return mailbox.Restore(c.Dir, backup, identity, c.Store)
	})
	if err != nil && !errors.Is(err, mailbox.ErrRecipients) { // a demo has none
		return err
	}
	_, err = fmt.Fprintf(out, "Made %s with a new ledger. Confirm its backup, serve it, and keep %s/%s away from it again.\n", c.Dir, c.Dir, mailbox.OfflineDir)
	return err
}
