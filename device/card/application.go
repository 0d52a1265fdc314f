package card

import (
	"context"
	"errors"
	"fmt"

	"madoguchi/device/apdu"
)

// Commands of ISO/IEC 7816-4 and -8 as the card takes them. Class 00, but for COMPUTE DIGITAL SIGNATURE.
const (
	insSelect      = 0xA4
	insVerify      = 0x20
	insChange      = 0x24
	insReadBinary  = 0xB0
	insGetResponse = 0xC0
	insSign        = 0x2A
	claSign        = 0x80

	byName   = 0x04 // P1 of SELECT: by application identifier
	byFile   = 0x02 // P1 of SELECT: an elementary file under the application
	noAnswer = 0x0C // P2 of SELECT: no control information wanted
	newOnly  = 0x01 // P1 of CHANGE REFERENCE DATA: the old PIN has been verified
	short    = 0x80 // P1 or P2: the low five bits are a short EF identifier
	chosen   = 0x80 // P2: the current file
)

// use is a kind of command that names a file. A card may know short identifiers for one kind and not for another.
type use int

const (
	toVerify use = iota
	toRead
	toSign

	uses = 3
)

// application is a selected application and how its files are addressed: by short identifier where the card knows
// them, else by selecting the file first.
type application struct {
	t        apdu.Transmitter
	layout   *layout
	extended bool       // reader and card take extended length, as far as is known
	selects  [uses]bool // short identifiers have failed: select the file
	proven   [uses]bool // short identifiers have worked
	current  file       // the current file; 0: unknown
	asked    [keys]bool // the tries have been answered: the PIN is there and can be addressed
}

// choose selects the first of these applications that the card has.
func choose(ctx context.Context, t apdu.Transmitter, extended bool, layouts func(*generation) *layout) (application, error) {
	r := apdu.Response{}
	for i := range generations {
		l := layouts(&generations[i])
		command := apdu.Command{INS: insSelect, P1: byName, P2: noAnswer, Data: l.aid}
		var err error
		r, err = apdu.Send(ctx, t, command)
		if err == nil && i == 0 && r.Status == apdu.NoPreciseCause { // seen as the answer to whatever comes first after power-on
			r, err = apdu.Send(ctx, t, command)
		}
		switch {
		case err != nil:
			return application{}, fmt.Errorf("selecting the %s: %w", l.name, err)
		case r.Status == apdu.OK:
			return application{t: t, layout: l, extended: extended && takesExtended(t)}, nil
		case r.Status != apdu.NotFound: // a card that refuses like this knows none of them
			return application{}, &apdu.StatusError{Op: "SELECT " + l.name, Status: r.Status}
		}
	}
	return application{}, &apdu.StatusError{Op: "SELECT", Status: r.Status}
}

// takesExtended spares a card that says that it has no extended length the attempt.
func takesExtended(t apdu.Transmitter) bool {
	r, ok := t.(apdu.Resetter)
	return !ok || apdu.LengthOf(r.ATR()) != apdu.ShortOnly
}

// send transmits a command as it is. It is the only way for one with a PIN: such a command is never sent twice.
func (a *application) send(ctx context.Context, command apdu.Command) (apdu.Response, error) {
	r, err := apdu.Send(ctx, a.t, command)
	if err != nil {
		a.current = 0
	}
	return r, err
}

// ask transmits a command that may be sent again, and follows status 6Cxx (again with that Le) and 61xx (the answer
// waits for GET RESPONSE), which readers pass up from T=0.
func (a *application) ask(ctx context.Context, command apdu.Command) (apdu.Response, error) {
	r, err := a.send(ctx, command)
	if err != nil {
		return r, err
	}
	if le, other := r.Status.Le(); other && command.Le > 0 && le != command.Le {
		command.Le = le
		if r, err = a.send(ctx, command); err != nil {
			return r, err
		}
	}
	data := r.Data
	for n, more := r.Status.More(); more; n, more = r.Status.More() {
		if r, err = a.send(ctx, apdu.Command{INS: insGetResponse, Le: n}); err != nil {
			return r, err
		}
		if data = append(data, r.Data...); len(r.Data) == 0 && r.Status>>8 == 0x61 || len(data) > apdu.MaxExtended {
			return apdu.Response{}, ErrAnswer
		}
	}
	r.Data = data
	return r, nil
}

// at sends a command that names a file: byShort by its short identifier; if the card does not know that, it selects
// the file and sends byCurrent. A file that is not there gives status NotFound.
func (a *application) at(ctx context.Context, u use, id file, byShort, byCurrent apdu.Command) (apdu.Response, error) {
	if id == 0 {
		return apdu.Response{Status: apdu.NotFound}, nil
	}
	first := apdu.Response{Status: apdu.NotFound}
	if !a.selects[u] {
		var err error
		if first, err = a.ask(ctx, byShort); err != nil {
			return first, err
		}
		if a.addressed(u, first.Status) {
			a.current = id
			return first, nil
		}
	}
	var refused *apdu.StatusError
	switch err := a.selectFile(ctx, id); {
	case errors.As(err, &refused) && (absent(refused.Status) || !a.selects[u] && refused.Status.Known()):
		return first, nil
	case err != nil:
		return apdu.Response{}, err
	}
	a.selects[u] = true
	return a.ask(ctx, byCurrent)
}

// addressed reports whether the card has understood a short identifier, as far as a status word tells.
func (a *application) addressed(u use, s apdu.Status) bool {
	switch s {
	case apdu.NotFound, apdu.ReferenceNotFound:
		return a.proven[u] // it knows them: the file is not there
	case apdu.WrongParameters, apdu.WrongOffset, apdu.NoCurrentEF:
		return false
	case apdu.OK, apdu.EndOfFile, apdu.NotSatisfied:
		a.proven[u] = true
	default:
		if _, counted := s.Tries(); counted {
			a.proven[u] = true
		}
	}
	return true
}

// selectFile makes a file the current one, unless it is that already.
func (a *application) selectFile(ctx context.Context, id file) error {
	if a.current == id {
		return nil
	}
	a.current = 0
	r, err := a.ask(ctx, apdu.Command{INS: insSelect, P1: byFile, P2: noAnswer, Data: []byte{0, byte(id)}})
	switch {
	case err != nil:
		return err
	case r.Status != apdu.OK:
		return &apdu.StatusError{Op: "SELECT EF", Status: r.Status}
	}
	a.current = id
	return nil
}

func absent(s apdu.Status) bool { return s == apdu.NotFound || s == apdu.ReferenceNotFound }
