// Command demo is kiosk, mailbox, broker and virtual cards in one process: the try-out. `demo world DIR` writes
// a fresh world and stops.
//
// Error model: whatever fails is one sentence on standard error and exit code 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"madoguchi/i18n"
	"madoguchi/kiosk"
	"madoguchi/kiosk/postal"
	"madoguchi/kiosk/terminal"
	"madoguchi/mailbox"
	"madoguchi/world"
)

type cli struct {
	Run   runCmd   `cmd:"" default:"withargs" help:"Run the demo on this screen."`
	World worldCmd `cmd:"" help:"Write a fresh world (keys, authorities, cards, mailbox, kiosk) and stop."`
}

type worldCmd struct {
	Dir    string `arg:"" help:"The folder to make."`
	Listen string `default:"127.0.0.1:8883" help:"Where its broker listens."`
}

func (c *worldCmd) Run(ctx context.Context, out io.Writer) error {
	if err := world.Make(ctx, c.Dir, world.Options{Listen: c.Listen}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Made a world in %s; its %s says what lies where.\n", c.Dir, world.ReadmeFile)
	return err
}

type runCmd struct {
	World string `default:"demo-state" help:"The world's folder; made when it is not there."`
	UI    string `enum:"tview,linear,json" default:"tview" help:"The front: ${enum}."`
	Lang  string `placeholder:"TAG" help:"The language of the first screen: ja, ja-easy or en."`
}

func (c *runCmd) Run(ctx context.Context) error {
	if !world.Exists(c.World) {
		fmt.Fprintf(os.Stderr, "Making a world in %s (keys, cards, mailbox) …\n", c.World)
		if err := world.Make(ctx, c.World, world.Options{}); err != nil {
			return err
		}
	}
	if err := c.postal(); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(c.World, "mailbox.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	m, err := mailbox.Open(filepath.Join(c.World, world.MailboxDir))
	if err != nil {
		return err
	}
	m.Listen = "127.0.0.1:0" // whatever port is free: the kiosk is told below
	m.Log = slog.New(slog.NewJSONHandler(log, nil))
	defer func() { _ = m.Close() }()
	return c.both(ctx, m)
}

// postal makes the pack of postal codes where the machine has what it is made of.
func (c *runCmd) postal() error {
	pack := filepath.Join(c.World, world.KioskDir, kiosk.PostalFile)
	if _, err := os.Stat(pack); err == nil {
		return nil
	}
	if _, err := postal.Make(postal.Source, pack); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// both runs mailbox and kiosk until one of them ends.
func (c *runCmd) both(ctx context.Context, m *mailbox.Mailbox) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return m.Serve(ctx) })
	g.Go(func() error {
		defer cancel()
		select {
		case <-m.Ready():
		case <-ctx.Done():
			return nil
		}
		return terminal.Run(ctx, terminal.Options{
			Dir: filepath.Join(c.World, world.KioskDir), UI: c.UI, Broker: "tls://" + m.Addr(),
			LogFile: filepath.Join(c.World, "kiosk.log"), Lang: i18n.Lang(c.Lang), In: os.Stdin, Out: os.Stdout,
		})
	})
	return g.Wait()
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{}, kong.Name("demo"), kong.Description("Madoguchi's try-out: kiosk, mailbox, broker and virtual cards in one process."), kong.UsageOnError())
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(os.Stdout, (*io.Writer)(nil))
	k.FatalIfErrorf(k.Run())
}
