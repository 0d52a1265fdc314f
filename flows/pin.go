package flows

import (
	"context"
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
	key    Key
	secret Secret    // all but the tries
	leave  i18n.Text // what ending here is called
	left   int
	risked bool      // the person chose to spend the last try
	hint   i18n.Text // which secret is wanted, when the other one was typed
}

func authPage() *pinPage {
	return &pinPage{key: AuthKey, leave: i18n.T("flows.pin.leave"), secret: Secret{
		Shape: FourDigits, Label: i18n.T("flows.pin.label.auth"), Min: 4, Max: 4, TriesOf: 3,
	}}
}

func signPage() *pinPage {
	return &pinPage{key: SignKey, leave: i18n.T("flows.pin.leave-unsaved"), secret: Secret{
		Shape: Password, Label: i18n.T("flows.pin.label.sign"), Min: 6, Max: 16, TriesOf: 5,
	}}
}

// read asks the card for the tries left.
func (p *pinPage) read(ctx context.Context, card Card) (err error) {
	p.risked, p.hint = false, i18n.Text{}
	p.left, err = card.Tries(ctx, p.key)
	return err
}

// screen asks for the secret; with one try left it first asks whether to spend it, with none it says where to go.
func (p *pinPage) screen(lines ...i18n.Text) Screen {
	key := string(p.key)
	s := Screen{Help: []i18n.Text{i18n.T("flows.pin.help." + key), i18n.T("flows.pin.help.tries")}}
	switch {
	case p.left == 0:
		s.Kind = Message
		s.Lines = []i18n.Text{i18n.T("flows.pin.blocked." + key), i18n.T("flows.pin.other-card")}
		s.Choices = []Choice{{ID: ChoiceLeave, Label: p.leave}}
	case p.left == 1 && !p.risked:
		s.Kind = Message
		s.Lines = []i18n.Text{i18n.T("flows.pin.last." + key), i18n.T("flows.pin.last.where")}
		s.Choices = []Choice{{ID: ChoiceTry, Label: i18n.T("flows.pin.try")}, {ID: ChoiceLeave, Label: p.leave}}
	default:
		secret := p.secret
		secret.Tries = p.left
		s.Kind, s.Secret, s.Next = SecretPage, &secret, i18n.T("flows.pin.next")
		s.Lines = append([]i18n.Text{i18n.T("flows.pin.ask." + key)}, lines...)
		if !p.hint.IsZero() {
			s.Lines = append(s.Lines, p.hint)
		}
	}
	return s
}

// judge answers everything that the card need not be asked; nil: the secret may go to the card.
func (p *pinPage) judge(a Answer) error {
	p.hint = i18n.Text{}
	switch {
	case a.Choice == ChoiceLeave:
		return Finish
	case p.left == 0:
		return fault.New(fault.PINBlocked, nil)
	case p.left == 1 && !p.risked:
		p.risked = a.Choice == ChoiceTry
		return Stay
	}
	if fits(p.secret.Shape, a.Secret) {
		return nil
	}
	other := Password
	if p.secret.Shape == Password {
		other = FourDigits
	}
	if fits(other, a.Secret) {
		p.hint = i18n.T("flows.pin.wanted." + string(p.key))
	}
	return fault.New(fault.PINShape, nil)
}

// failed reads the tries again after the card refused, and passes the refusal on.
func (p *pinPage) failed(ctx context.Context, card Card, err error) error {
	if left, e := card.Tries(ctx, p.key); e == nil {
		p.left, p.risked = left, false
	}
	return err
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
	if shape == FourDigits {
		return n == 4 && digits
	}
	return n >= 6 && n <= 16 && known
}
