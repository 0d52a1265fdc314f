package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/ui/sample"
	"madoguchi/ui/tview"
)

// show shows on this terminal what the other side names, a line each: language and name.
func show(ctx context.Context, socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // only read from
	front, err := tview.New(nil, nil)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		seq := uint64(0)
		for in := bufio.NewScanner(conn); in.Scan(); {
			lang, name, _ := strings.Cut(in.Text(), " ")
			seq++
			front.Show(frame(i18n.Lang(lang), name, seq))
			if _, err := fmt.Fprintln(conn, seq); err != nil {
				return
			}
		}
	}()
	go func() {
		for range front.Events() {
		}
	}()
	return front.Run(ctx)
}

// frame is a sample as if it were now.
func frame(lang i18n.Lang, name string, seq uint64) flows.Frame {
	f := sample.Get(lang, name)
	f.Seq = seq
	move := func(t *time.Time) {
		if !t.IsZero() {
			*t = time.Now().Add(t.Sub(sample.Now))
		}
	}
	move(&f.Ends)
	move(&f.Closes)
	if f.Screen.Secret != nil {
		move(&f.Screen.Secret.PadEnds)
	}
	return f
}
