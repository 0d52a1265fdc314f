package main

import (
	"fmt"
	"io"
	"time"

	"madoguchi/mailbox"
	"madoguchi/mailbox/registry"
	"madoguchi/wire"
)

type kiosksCmd struct {
	Dir string `arg:"" type:"existingdir" help:"The mailbox's folder."`
}

func (c *kiosksCmd) Run(out io.Writer) error {
	all, err := mailbox.Kiosks(c.Dir)
	if err != nil {
		return err
	}
	for _, k := range all {
		if _, err := fmt.Fprintf(out, "%-32s  %-9s  %s\n", k.ID, k.Profile, stateOf(k)); err != nil {
			return err
		}
	}
	return nil
}

// stateOf tells in words how a kiosk stands.
func stateOf(k registry.Kiosk) string {
	if k.Struck() {
		return fmt.Sprintf("struck off %s: %s", k.StruckAt.Format(time.RFC3339), k.StruckWhy)
	}
	said, err := wire.ParseStatus(k.State)
	if err != nil {
		return "never connected"
	}
	line := "offline"
	if said.Online {
		line = "online"
	}
	line = fmt.Sprintf("%s since %s  waiting %d", line, k.StateAt.Format(time.RFC3339), said.Waiting)
	if said.Oldest > 0 {
		line += fmt.Sprintf(" (oldest %s)", time.Duration(said.Oldest)*time.Second)
	}
	if said.Ledger != nil && said.Ledger.Forked {
		line += "  LEDGER FORKED"
	}
	if said.Clock == wire.ClockBehind {
		line += "  clock is wrong"
	}
	if said.NotAfter != "" {
		line += "  certificate until " + said.NotAfter
	}
	return line
}

type strikeCmd struct {
	Dir   string `arg:"" type:"existingdir" help:"The mailbox's folder."`
	Kiosk string `arg:"" help:"The kiosk's id."`
	Why   string `required:"" help:"A code of a-z, 0-9 and -, such as lost, stolen or retired. No names."`
}

func (c *strikeCmd) Run(out io.Writer) error {
	s, err := mailbox.Strike(c.Dir, c.Kiosk, c.Why)
	if err != nil {
		return err
	}
	p := &printer{w: out}
	p.line("%s is struck off since %s: %s.", s.Kiosk.ID, s.Kiosk.StruckAt.Format(time.RFC3339), s.Kiosk.StruckWhy)
	if s.Kiosk.State == nil {
		p.line("It never connected: what it took, nobody here can know.")
		return p.err
	}
	p.line("By its last word, at %s, it kept %d that have not arrived:", s.Kiosk.StateAt.Format(time.RFC3339), len(s.Missing)+max(s.More, 0))
	for _, id := range s.Missing {
		p.line("%s  %s", wire.Number(id), id)
	}
	if s.More > 0 {
		p.line("and %d more that it did not name.", s.More)
	}
	p.line("What it took after that word, nobody here can know. Held without an answer: %d.", s.Held)
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
