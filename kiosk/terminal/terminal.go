// Package terminal runs a kiosk with a front: what `kiosk run` and the demo share. It is apart from package
// kiosk so that the kiosk itself knows no screen.
//
// Error model: a folder that cannot be used is an error before the screen is taken; afterwards failures are shown
// on the screen with their codes, and Run returns only when the front or ctx ends.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"madoguchi/device/apdu"
	"madoguchi/flows"
	"madoguchi/i18n"
	"madoguchi/kiosk"
	"madoguchi/kiosk/virtual"
	"madoguchi/ui"
	"madoguchi/ui/entry"
	uijson "madoguchi/ui/json"
	"madoguchi/ui/linear"
	"madoguchi/ui/skk"
)

// The fronts.
const (
	TView  = "tview"
	Linear = "linear"
	JSON   = "json"
)

// The idle times of a terminal: how long nobody may touch it unless its configuration says otherwise, and how long the
// warning stands.
const (
	idle = 3 * time.Minute
	warn = 30 * time.Second
)

// Options say where and how.
type Options struct {
	Dir     string    // the kiosk's folder
	UI      string    // TView, Linear, JSON
	Broker  string    // empty: as enrolled
	LogFile string    // empty: no log
	Lang    i18n.Lang // of the first screen; empty: the configuration's
	In      io.Reader
	Out     io.Writer

	Front func(dock ui.Dock) (flows.Front, error) // instead of UI, for tests
	Log   *slog.Logger                            // instead of LogFile, for tests
}

// Run runs the terminal until the front or ctx ends.
func Run(ctx context.Context, o Options) error {
	log, closeLog, err := openLog(o)
	if err != nil {
		return err
	}
	defer closeLog()
	if o.Lang != "" && !slices.Contains(i18n.Langs(), o.Lang) {
		return fmt.Errorf("terminal: no language %q; there are %v", o.Lang, i18n.Langs())
	}
	config, err := kiosk.LoadConfig(o.Dir)
	if err != nil {
		return err
	}
	options := kiosk.Options{Broker: o.Broker, Log: log}
	var bench *virtual.Bench
	if config.Reader == kiosk.ReaderVirtual {
		if bench, err = virtual.Open(filepath.Join(o.Dir, config.Cards)); err != nil {
			return err
		}
		options.Reader, options.Dial = apdu.Reader(bench.Reader), bench.Dial
	}
	if config.Reader == kiosk.ReaderPCSC {
		r, end, err := openPCSC(log)
		if err != nil {
			return err
		}
		defer end()
		options.Reader = r
	}
	k, err := kiosk.Open(ctx, o.Dir, options)
	if err != nil {
		return err
	}
	defer func() { _ = k.Close() }()
	return run(ctx, o, k, bench, log)
}

func run(ctx context.Context, o Options, k *kiosk.Kiosk, bench *virtual.Bench, log *slog.Logger) error {
	var dock ui.Dock
	if bench != nil {
		dock = bench
	}
	front, err := newFront(o, k.Config, dock)
	if err != nil {
		return err
	}
	if writer, ok := front.(interface{ Dictionary(d entry.Dictionary) }); ok {
		writer.Dictionary(skk.Open(dictionaries(o.Dir, k.Config)))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return k.Run(ctx) })
	if bench != nil {
		g.Go(func() error { bench.Watch(ctx, k.Outbox()); return nil })
	}
	if screen, ok := front.(interface{ Run(context.Context) error }); ok {
		g.Go(func() error {
			defer cancel()
			err := screen.Run(ctx)
			if err != nil && o.UI == TView {
				err = fmt.Errorf("terminal: the screen (without one, try --ui linear or --ui json): %w", err)
			}
			return err
		})
	}
	g.Go(func() error {
		defer cancel()
		lang := o.Lang
		if lang == "" {
			lang = k.Config.Language
		}
		r := flows.Runner{
			Terminal: k.Terminal(), Flows: []flows.Flow{flows.Nursery, flows.GoOn, flows.Practice}, Lang: lang, Idle: idleOf(o.UI, k.Config),
			Warn: warn, Log: log,
		}
		return r.Run(ctx, front)
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// idleOf is how long nobody may touch the terminal; 0: for ever. Who listens or reads by touch has all the time that
// they need, unless the operator sets one.
func idleOf(front string, c kiosk.Config) time.Duration {
	switch {
	case c.Idle < 0 || c.Idle == 0 && front == Linear:
		return 0
	case c.Idle == 0:
		return idle
	}
	return time.Duration(c.Idle) * time.Second
}

// dictionaries is the folder of the dictionaries with which words are typed.
func dictionaries(dir string, c kiosk.Config) string {
	switch {
	case c.Dictionaries == "":
		return skk.Folder
	case filepath.IsAbs(c.Dictionaries):
		return c.Dictionaries
	}
	return filepath.Join(dir, c.Dictionaries)
}

func newFront(o Options, c kiosk.Config, dock ui.Dock) (flows.Front, error) {
	if o.Front != nil {
		return o.Front(dock)
	}
	switch o.UI {
	case JSON:
		return uijson.New(o.In, o.Out, dock), nil
	case Linear:
		return linear.New(o.In, o.Out, dock), nil
	case TView:
		return fullScreen(o.Dir, c, dock)
	}
	return nil, fmt.Errorf("terminal: no front %q", o.UI)
}

// openLog opens the log file for appending; the terminal's own streams belong to the front.
func openLog(o Options) (*slog.Logger, func(), error) {
	switch {
	case o.Log != nil:
		return o.Log, func() {}, nil
	case o.LogFile == "":
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	f, err := os.OpenFile(o.LogFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("terminal: log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(f, nil)), func() { _ = f.Close() }, nil
}
