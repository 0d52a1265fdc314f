// Command cardsim puts a virtual My Number Card into a PC/SC reader slot (vsmartcard's vpcd), for any PC/SC program:
// OpenSC, pcsc_scan, a browser. The card's counters are kept in its file. It ends with the terminal's interrupt.
//
// Error model: whatever fails is one sentence on standard error and exit code 1.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"madoguchi/device/sim"
	"madoguchi/device/sim/ifd"
	"madoguchi/device/sim/vpcd"
)

// pause is how long the reader is left alone before it is dialled again: pcscd may be restarting.
const pause = 200 * time.Millisecond

type cli struct {
	Card string `required:"" type:"existingfile" help:"The card's file, as 'demo world' makes them."`
	VPCD string `name:"vpcd" default:"127.0.0.1:35963" help:"Where vpcd listens; its second slot is one port higher." placeholder:"HOST:PORT"`
}

// Run keeps the card in the slot until ctx ends.
func (c *cli) Run(ctx context.Context, out io.Writer) error {
	slot := sim.NewReader("vpcd")
	if err := slot.Insert(c.Card); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := c.insert(ctx, slot, out); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// insert serves one connection; a reader that is not there, or leaves, is no error.
func (c *cli) insert(ctx context.Context, slot *sim.Reader, out io.Writer) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.VPCD)
	if err != nil {
		return nil
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := fmt.Fprintf(out, "The card is in the slot at %s.\n", c.VPCD); err != nil {
		return err
	}
	err = vpcd.Serve(conn, ifd.NewContacts(slot))
	_ = conn.Close()
	if err != nil {
		fmt.Fprintf(os.Stderr, "cardsim: %v\n", err)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{}, kong.Name("cardsim"), kong.Description("Puts a virtual My Number Card into a PC/SC reader slot."), kong.UsageOnError())
	k.BindTo(ctx, (*context.Context)(nil))
	k.BindTo(os.Stdout, (*io.Writer)(nil))
	k.FatalIfErrorf(k.Run())
}
