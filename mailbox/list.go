package mailbox

import (
	"errors"
	"fmt"
	"strings"

	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

// ErrNumber reports an お預かり番号 that cannot name a document: mistyped, or shared by several.
var ErrNumber = errors.New("mailbox: number")

// List returns what the mailbox in dir has received, the oldest first. It may run beside a serving mailbox.
func List(dir string) ([]store.Entry, error) {
	var all []store.Entry
	err := viewStore(dir, func(tx *store.Tx) (err error) {
		all, err = tx.Entries()
		return err
	})
	return all, err
}

// Find returns the id of a received document from what a person has in hand: the id itself, or the お預かり番号 of the
// slip, with or without its hyphens. store.ErrNotFound: nothing was received under that number. ErrNumber: its
// check digit does not hold, or several documents share it (they can be told apart by their ids). Whether an id was
// received is for the caller to find out.
func Find(dir, text string) (wire.ID, error) {
	if id, err := wire.ParseID(text); err == nil {
		return id, nil
	}
	if !wire.NumberOK(text) {
		return wire.ID{}, fmt.Errorf("%w: neither an id nor a number whose check digit holds", ErrNumber)
	}
	all, err := List(dir)
	if err != nil {
		return wire.ID{}, err
	}
	var found []wire.ID
	for _, e := range all {
		if digits(wire.Number(e.ID)) == digits(text) {
			found = append(found, e.ID)
		}
	}
	switch len(found) {
	case 0:
		return wire.ID{}, fmt.Errorf("mailbox: number %s: %w", text, store.ErrNotFound)
	case 1:
		return found[0], nil
	}
	return wire.ID{}, fmt.Errorf("%w: %s names %d documents, give the id: %v", ErrNumber, text, len(found), found)
}

var digits = strings.NewReplacer("-", "", " ", "").Replace
