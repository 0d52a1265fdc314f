package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"madoguchi/mailbox"
	"madoguchi/pki/evidence"
)

type renewCmd struct {
	Dir string `arg:"" type:"existingdir" help:"The mailbox's folder, with its offline root."`
}

func (c *renewCmd) Run(out io.Writer) error {
	version, err := mailbox.Renew(c.Dir, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Keyring %d is made; a serving mailbox takes it within seconds.\n", version)
	return err
}

type deleteCmd struct {
	Dir string `arg:"" type:"existingdir" help:"The mailbox's folder."`
	ID  string `arg:"" help:"The submission: its id or its number (お預かり番号)."`
	Why string `required:"" help:"A code of a-z, 0-9 and -, such as retention-ended. No names."`
}

func (c *deleteCmd) Run(out io.Writer) error {
	id, err := mailbox.Find(c.Dir, c.ID)
	if err != nil {
		return err
	}
	if err := mailbox.Delete(c.Dir, id, c.Why); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is deleted. Copies of the database from before still open with the store key: destroy them too.\n", id)
	return err
}

type verifyCmd struct {
	Dir  string `arg:"" type:"existingdir" help:"The folder that export --ledger wrote."`
	Root string `required:"" type:"existingfile" help:"The pinned root (PEM)."`
}

func (c *verifyCmd) Run(out io.Writer) error {
	roots, err := readAnchors([]string{c.Root})
	if err != nil {
		return err
	}
	if len(roots) != 1 {
		return errors.New("root: not one certificate")
	}
	report, err := verifyLedger(c.Dir, roots[0])
	if err != nil {
		return err
	}
	return report.Write(out)
}

func verifyLedger(dir string, root *x509.Certificate) (evidence.LedgerReport, error) {
	if !evidence.IsLedger(dir) {
		return evidence.LedgerReport{}, errors.New("this folder is no exported ledger; kiosk verify checks a submission's")
	}
	return evidence.VerifyLedger(dir, root)
}
