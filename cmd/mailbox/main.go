// Command mailbox is the backend: it sets a mailbox up, serves it, enrols kiosks and strikes them off, lists what was received
// and exports evidence.
//
// Error model: whatever fails is one sentence on standard error and exit code 1; while serving, log lines (JSON).
package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"madoguchi/internal/durable"
	"madoguchi/mailbox"
	"madoguchi/wire"
)

type cli struct {
	Init    initCmd    `cmd:"" help:"Make a mailbox's folder: keys, offline root, keyring."`
	Serve   serveCmd   `cmd:"" help:"Run broker and intake until a signal comes. Logs JSON lines to standard error."`
	Enrol   enrolCmd   `cmd:"" help:"Register a kiosk by its certificate request and write its enrolment."`
	Renew   renewCmd   `cmd:"" help:"Make the sealing keys of the months to come and the next keyring; needs the offline folder."`
	Backup  backupCmd  `cmd:"" help:"Back up all keys, and show that the backup opens."`
	Restore restoreCmd `cmd:"" help:"Make a mailbox's folder from a backup of its keys, and a copy of the database if there is one."`
	Kiosks  kiosksCmd  `cmd:"" help:"List the kiosks: profile, state, what waits there, when its certificate ends."`
	Strike  strikeCmd  `cmd:"" help:"Take a kiosk out of use for good; a serving mailbox disconnects it at once. Lists what never arrived."`
	List    listCmd    `cmd:"" help:"List what was received, the oldest first: number, id, time, form, kiosk. Nothing of a person."`
	Delete  deleteCmd  `cmd:"" help:"Destroy the keys of a received document, with a leaf in the ledger."`
	Verify  verifyCmd  `cmd:"" help:"Check an exported ledger offline, against a pinned root."`
	Export  exportCmd  `cmd:"" help:"Write everything about one received submission into a folder (kiosk verify checks it)."`
}

type initCmd struct {
	Dir    string   `arg:"" help:"The folder to make."`
	Name   string   `required:"" help:"The mailbox's name, which stands in everything signed for it."`
	Listen string   `default:"127.0.0.1:8883" help:"Where the broker listens (host:port)."`
	Host   []string `help:"Names and addresses of the broker; kiosks dial the first. Default: the host of --listen."`
	Anchor []string `type:"existingfile" help:"JPKI CA certificates (PEM), beside those in DIR/anchors."`
	Demo   bool     `help:"Accept demo anchors. Nothing that a demo receives counts."`
	Backup []string `name:"backup-to" placeholder:"age1…" help:"Recipients of the backup of all keys, as age-keygen prints them; their identities are kept elsewhere. Only a demo may have none."`
}

func (c *initCmd) Run(out io.Writer) error {
	anchors, err := readAnchors(c.Anchor)
	if err != nil {
		return err
	}
	if err := mailbox.Init(c.Dir, mailbox.Options{Name: c.Name, Demo: c.Demo, Listen: c.Listen, Hosts: c.Host, Anchors: anchors, Recipients: c.Backup}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Made %s. Keep %s/%s away from the machine that serves; it is needed to enrol kiosks.\n", c.Dir, c.Dir, mailbox.OfflineDir)
	return err
}

func readAnchors(names []string) ([]*x509.Certificate, error) {
	var anchors []*x509.Certificate
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			anchors = append(anchors, cert)
		}
	}
	return anchors, nil
}

type serveCmd struct {
	Dir     string `arg:"" type:"existingdir" help:"The mailbox's folder."`
	Listen  string `help:"Listen here instead of where mailbox.toml says."`
	Observe string `placeholder:"127.0.0.1:9464" help:"Serve /healthz and /metrics here, on loopback only, instead of where mailbox.toml says."`
}

func (c *serveCmd) Run(ctx context.Context) error {
	m, err := mailbox.Open(c.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	if c.Listen != "" {
		m.Listen = c.Listen
	}
	if c.Observe != "" {
		m.Observe = c.Observe
	}
	return m.Serve(ctx)
}

type enrolCmd struct {
	Dir     string `arg:"" type:"existingdir" help:"The mailbox's folder, with its offline root."`
	Request string `arg:"" type:"existingfile" help:"The kiosk's device.csr, or the device.next.csr of kiosk renew."`
	Profile string `default:"" enum:",city-hall,reception,portable,desk" help:"What kind of terminal it is: city-hall, reception, portable or desk. Without it, a kiosk that is enrolled already keeps its own."`
	Out     string `required:"" type:"path" help:"Where to write the enrolment. It holds a secret: hand it over, do not mail it."`
}

func (c *enrolCmd) Run() error {
	csr, err := os.ReadFile(c.Request)
	if err != nil {
		return err
	}
	e, err := mailbox.Enrol(c.Dir, csr, c.Profile)
	if err != nil {
		return err
	}
	raw, err := e.Marshal()
	if err != nil {
		return err
	}
	return durable.WriteFile(c.Out, raw, 0o600)
}

type listCmd struct {
	Dir string `arg:"" type:"existingdir" help:"The mailbox's folder."`
}

func (c *listCmd) Run(out io.Writer) error {
	all, err := mailbox.List(c.Dir)
	if err != nil {
		return err
	}
	for _, e := range all {
		if _, err := fmt.Fprintf(out, "%s  %s  %s  %s/%d  %s\n",
			wire.Number(e.ID), e.ID, e.ReceivedAt.Format(time.RFC3339), e.Form, e.Version, e.Kiosk); err != nil {
			return err
		}
	}
	return nil
}

type exportCmd struct {
	Dir    string `arg:"" type:"existingdir" help:"The mailbox's folder."`
	ID     string `arg:"" optional:"" help:"The submission: its id (32 hexadecimal digits) or its number (お預かり番号)."`
	Ledger bool   `help:"Write the whole ledger instead: every leaf, receipts, time-stamps. Nothing of a person."`
	Out    string `required:"" type:"path" help:"The folder to write; a submission's holds personal data."`
}

func (c *exportCmd) Run() error {
	switch {
	case c.Ledger == (c.ID != ""):
		return errors.New("name a submission, or --ledger")
	case c.Ledger:
		return mailbox.ExportLedger(c.Dir, c.Out)
	}
	id, err := mailbox.Find(c.Dir, c.ID)
	if err != nil {
		return err
	}
	return mailbox.Export(c.Dir, id, c.Out)
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{}, kong.Name("mailbox"), kong.Description("The backend of an electronic P.O. box (電子私書箱)."), kong.UsageOnError())
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(os.Stdout, (*io.Writer)(nil))
	k.FatalIfErrorf(k.Run())
}
