package flows

import (
	"bytes"
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// The answers of a PIN page that is not simply the PIN.
const (
	ChoiceTry   = "try"   // spend the last try
	ChoiceLeave = "leave" // end the visit instead
)

// pinPage is the page that asks for a secret of a My Number Card, with the tries as the card just told them.
type pinPage struct {
	t       *Terminal
	key     Key
	secret  Secret // all but the tries
	left    int
	risked  bool   // the person chose to spend the last try
	alike   bool   // what is being tried has characters that are easily taken for others
	confuse bool   // and it was wrong
	pad     string // name of the reader with keys of its own; "": none, or not for this secret
	here    bool   // the person would rather type on the screen
}

func newPinPage(t *Terminal, k Key) *pinPage {
	s := Secret{Shape: FourDigits, Label: i18n.T("flows.pin.label." + string(k)), Min: 4, Max: 4, TriesOf: 3}
	switch k {
	case SignKey:
		s.Shape, s.Min, s.Max, s.TriesOf = Password, 6, 16, 5
	case NumberB:
		s.Shape, s.Min, s.Max, s.TriesOf = FourteenDigits, 14, 14, 10
	case AuthKey, InputKey:
	}
	return &pinPage{t: t, key: k, secret: s}
}

// read asks the card for the tries left.
func (p *pinPage) read(ctx context.Context, card Card) (err error) {
	p.risked, p.confuse, p.pad, p.here = false, false, "", false
	if c, ok := card.(PadCard); ok && p.secret.Shape == FourDigits {
		if name, has := c.Pad(); has {
			p.pad = name
		}
	}
	p.left, err = card.Tries(ctx, p.key)
	return err
}

// onPad reports that the secret is typed on the reader's keys.
func (p *pinPage) onPad() bool { return p.pad != "" && !p.here }

// screen asks for the secret; with one try left it first asks whether to spend it, with none it says where to go.
func (p *pinPage) screen(lines ...i18n.Text) Screen {
	switch {
	case p.left == 0:
		return p.blocked()
	case p.left == 1 && !p.risked:
		return p.last()
	}
	secret := p.secret
	secret.Tries = p.left
	s := Screen{Kind: SecretPage, Secret: &secret, Next: i18n.T("flows.pin.next"), Help: p.help()}
	s.Lines = append([]i18n.Text{i18n.T("flows.pin.ask." + string(p.key))}, lines...)
	if p.confuse {
		s.Lines = append(s.Lines, i18n.T("flows.pin.alike"))
	}
	if p.onPad() {
		secret.Pad = true
		s.Lines[0] = i18n.T("flows.pad.ask."+string(p.key), "Reader", i18n.Own(p.pad))
		s.Next = i18n.T("flows.pad.start")
		s.Choices = []Choice{{ID: ChoiceScreen, Label: i18n.T("flows.pad.screen")}}
	}
	return s
}

func (p *pinPage) help() []i18n.Text {
	return []i18n.Text{i18n.T("flows.pin.help." + string(p.key)), i18n.T("flows.pin.help.tries")}
}

// blocked is the page of a secret without tries: where it is set anew, and when.
func (p *pinPage) blocked() Screen {
	s := Screen{
		Kind: Message, Help: p.help(),
		Lines:   []i18n.Text{i18n.T("flows.pin.blocked." + string(p.key)), p.t.office()},
		Choices: []Choice{{ID: ChoiceLeave, Label: p.leave()}},
	}
	if p.key != SignKey { // only the card that logged in signs
		s.Lines = append(s.Lines, i18n.T("flows.pin.other-card"))
	}
	return s
}

// last is the page before the last try.
func (p *pinPage) last() Screen {
	return Screen{
		Kind: Message, Help: p.help(),
		Lines:   []i18n.Text{i18n.T("flows.pin.last." + string(p.key)), i18n.T("flows.pin.last.where"), p.t.office()},
		Choices: []Choice{{ID: ChoiceLeave, Label: p.leave()}, {ID: ChoiceTry, Label: i18n.T("flows.pin.try")}},
	}
}

// leave is what ending here is called: after log-in something may be kept, or be lost.
func (p *pinPage) leave() i18n.Text {
	switch {
	case p.key != SignKey:
		return i18n.T("flows.pin.leave")
	case p.t.Drafts == nil:
		return i18n.T("flows.pin.leave-unsaved")
	}
	return i18n.T("flows.pin.leave-saved")
}

// judge answers everything that the card need not be asked; nil: the secret may go to the card.
func (p *pinPage) judge(a Answer) error {
	p.confuse = false
	switch {
	case a.Choice == ChoiceLeave:
		return Finish
	case p.left == 0:
		return fault.New(fault.PINBlocked, nil)
	case p.left == 1 && !p.risked:
		p.risked = a.Choice == ChoiceTry
		return Stay
	case a.Choice == ChoiceScreen && p.onPad():
		p.here = true
		return Stay
	case p.onPad() && a.Choice != "": // the reader's keys wait for nobody who has not asked
		return Stay
	case p.onPad():
		return nil
	}
	p.alike = p.secret.Shape == Password && bytes.ContainsAny(a.Secret, "0O1ILoil")
	return p.shaped(a.Secret)
}

// shaped says which secret is wanted where another one was typed.
func (p *pinPage) shaped(secret []byte) error {
	switch {
	case fits(p.secret.Shape, secret):
		return nil
	case p.secret.Shape == Password && fits(FourDigits, secret):
		return fault.New(fault.WantsPassword, nil)
	case p.secret.Shape == FourDigits && fits(Password, secret):
		return fault.New(fault.WantsDigits, nil)
	}
	return fault.New(fault.PINShape, nil)
}

// failed reads the tries again after the card refused, and passes the refusal on.
func (p *pinPage) failed(ctx context.Context, card Card, err error) error {
	p.confuse = p.alike && errors.Is(err, fault.PINWrong)
	if left, e := card.Tries(ctx, p.key); e == nil {
		p.left, p.risked = left, false
	}
	return err
}

// waits shows that the reader waits for the secret, and until when.
func (p *pinPage) waits(ctx context.Context) func(until time.Time) {
	return func(until time.Time) {
		s := p.screen()
		secret := *s.Secret
		secret.PadEnds = until
		s.Secret, s.Choices, s.Next = &secret, nil, i18n.Text{}
		s.Lines = []i18n.Text{i18n.T("flows.pad.type."+string(p.key), "Reader", i18n.Own(p.pad)), i18n.T("flows.pad.cancel-key")}
		tell(ctx, s)
	}
}

// back takes the choice of the screen back.
func (p *pinPage) back() bool {
	was := p.here
	p.here = false
	return was
}

// fits judges the shape of a secret; full-width characters count as their narrow ones, as the card room folds them.
func fits(shape SecretShape, pin []byte) bool {
	n, digits, known := 0, true, true
	for len(pin) > 0 {
		r, size := utf8.DecodeRune(pin)
		pin, n = pin[size:], n+1
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		digit := r >= '0' && r <= '9'
		digits = digits && digit
		known = known && (digit || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}
	switch shape {
	case FourDigits:
		return n == 4 && digits
	case FourteenDigits:
		return n == 14 && digits
	case Password:
	}
	return n >= 6 && n <= 16 && known
}

// office says where a card's PIN or certificate is put right, and when.
func (t *Terminal) office() i18n.Text {
	switch {
	case t.Office.IsZero():
		return i18n.T("flows.office.any")
	case t.Hours.IsZero():
		return i18n.T("flows.office.where", "Office", t.Office)
	}
	return i18n.T("flows.office.when", "Office", t.Office, "Hours", t.Hours)
}
