// Command kiosk is the terminal: run (the default), init, renew, verify.
//
// Error model: whatever fails is one sentence on standard error and exit code 1; once the screen is taken,
// failures are shown on it with their codes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"madoguchi/i18n"
	"madoguchi/kiosk"
	"madoguchi/kiosk/postal"
	"madoguchi/kiosk/terminal"
)

type cli struct {
	Run    runCmd    `cmd:"" default:"withargs" help:"Run the terminal on this screen."`
	Init   initCmd   `cmd:"" help:"Make a kiosk's folder: configuration, device key, certificate request."`
	Renew  renewCmd  `cmd:"" help:"Make the next device key and the request for its certificate; beside a running kiosk too."`
	Postal postalCmd `cmd:"" help:"Make the pack of postal codes from which addresses are offered."`
	Verify verifyCmd `cmd:"" help:"Check, offline and against a pinned root, a folder that 'mailbox export' wrote, or the QR code of a slip."`
}

type runCmd struct {
	Dir  string `arg:"" optional:"" default:"/var/lib/madoguchi" help:"The kiosk's folder."`
	UI   string `enum:"tview,linear,json" default:"tview" help:"The front: ${enum}."`
	Lang string `placeholder:"TAG" help:"The language of the first screen, as a BCP 47 tag; the configuration's by default."`
	Log  string `help:"File for the log (JSON lines, no personal data); none by default: the terminal owns the screen." type:"path"`
}

func (c *runCmd) Run(ctx context.Context) error {
	return terminal.Run(ctx, terminal.Options{
		Dir: c.Dir, UI: c.UI, LogFile: c.Log, Lang: i18n.Lang(c.Lang), In: os.Stdin, Out: os.Stdout,
	})
}

type initCmd struct {
	Dir     string `arg:"" help:"The folder to make."`
	ID      string `required:"" help:"The kiosk's id, [a-z0-9-]{1,32}."`
	Profile string `default:"city-hall" enum:"city-hall,reception,portable,desk" help:"What the terminal is for: ${enum}."`
	Phone   string `default:"" help:"The number that people may call."`
}

func (c *initCmd) Run(out io.Writer) error {
	err := kiosk.Init(c.Dir, kiosk.Config{
		ID: c.ID, Profile: c.Profile, Phone: c.Phone, Language: i18n.Ja, Reader: kiosk.ReaderPCSC, Outbox: kiosk.Limits{Count: 5000, MiB: 512},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Made %s. Take %s to `mailbox enrol` and put its answer here as %s.\n", c.Dir, kiosk.CSRFile, kiosk.EnrolmentFile)
	return err
}

type renewCmd struct {
	Dir string `arg:"" type:"existingdir" help:"The kiosk's folder."`
}

func (c *renewCmd) Run(out io.Writer) error {
	if err := kiosk.Renew(c.Dir); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Take %s to `mailbox enrol`, put its answer here as %s and start the kiosk again. Until then nothing changes.\n",
		kiosk.NextCSRFile, kiosk.NextEnrolmentFile)
	return err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{}, kong.Name("kiosk"), kong.Description("The terminal of an electronic P.O. box (電子私書箱)."), kong.Vars{"postal_source": postal.Source}, kong.UsageOnError())
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(os.Stdin, (*io.Reader)(nil))
	k.BindTo(os.Stdout, (*io.Writer)(nil))
	k.FatalIfErrorf(k.Run())
}
