package main

import (
	"fmt"
	"io"

	"madoguchi/kiosk/postal"
)

type postalCmd struct {
	File string `arg:"" help:"The pack to make, usually postal.pack in the kiosk's folder."`
	From string `default:"${postal_source}" type:"existingfile" help:"A dictionary of the SKK family whose readings are postal codes (Debian: skkdic-extra)."`
}

func (c *postalCmd) Run(out io.Writer) error {
	codes, err := postal.Make(c.From, c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Made %s with %d postal codes. A running kiosk reads it at its next start.\n", c.File, codes)
	return err
}
