// Command gallery draws every sample screen in every language and size, as text and as pictures, with an index to
// look at them in a browser. It is for those who work on the screens; no delivered binary is built from it.
//
// Error model: the first thing that does not work ends the program with its reason and status 1; what was drawn
// before it stays.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
)

// size is a grid, with the size of letters at which it fills about 1280 by 800 pixels.
type size struct {
	width, height int
	points        float64
}

func (s size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

var sizes = []size{{128, 36, 12}, {80, 25, 19}, {40, 12, 38}}

type options struct {
	Draw struct {
		Into string `arg:"" help:"The folder that the gallery is written to."`
		Only string `help:"Only screens with this in their names."`
	} `cmd:"" help:"Draw the whole gallery."`
	Show struct {
		Socket string `arg:"" help:"Where the names of the screens come from."`
	} `cmd:"" help:"Show screens on this terminal, as the other command asks for them."`
}

func main() {
	var o options
	k := kong.Parse(&o, kong.Name("gallery"))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if k.Command() == "show <socket>" {
		err = show(ctx, o.Show.Socket)
	} else {
		err = draw(ctx, o.Draw.Into, o.Draw.Only)
	}
	k.FatalIfErrorf(err)
}
