package kiosk

import (
	"errors"
	"os"
	"path/filepath"

	"madoguchi/flows"
	"madoguchi/internal/event"
	"madoguchi/kiosk/postal"
)

// PostalFile is the pack of postal codes in a kiosk's folder, where its configuration names no other.
const PostalFile = "postal.pack"

// loadPostal reads the postal codes beside the running terminal. That there are none is no fault: addresses are typed.
func (k *Kiosk) loadPostal(dir string) {
	file := k.Config.Postal
	switch {
	case file == "":
		file = filepath.Join(dir, PostalFile)
	case !filepath.IsAbs(file):
		file = filepath.Join(dir, file)
	}
	k.postal = postal.Load(file)
	go func() {
		if err := k.postal.Wait(); err != nil && (k.Config.Postal != "" || !errors.Is(err, os.ErrNotExist)) {
			event.PostalUnreadable.Log(k.log, "err", err)
		}
	}()
}

// places are the addresses that a postal code stands for.
func (k *Kiosk) places(code string) []flows.Address {
	var out []flows.Address
	for _, area := range k.postal.Look(code) {
		out = append(out, flows.Address{Area: area})
	}
	return out
}
