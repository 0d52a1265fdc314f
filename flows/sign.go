package flows

import (
	"context"
	"errors"
	"strings"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// sign is 「認証」 with the 署名用 key: the card signs the reviewed document, and the terminal keeps it. Whether
// there is room is asked before the password.
func sign(id string, f *filing) Step {
	page := newPinPage(f.t, SignKey)
	var card Card
	return Step{
		ID: id, Needs: MyNumber, Keep: Needed,
		Enter: func(ctx context.Context, c Card) error {
			card = c
			if f.signed != nil {
				return nil
			}
			if err := f.t.Post.Room(); err != nil {
				return err
			}
			return page.read(ctx, c)
		},
		Show: func() Screen {
			if f.signed != nil { // signed, but not kept: the password is not asked for again
				return Screen{Kind: Message, Lines: []i18n.Text{i18n.T("flows.sign.unkept")}, Next: i18n.T("flows.again")}
			}
			return page.screen(append(f.likeness(), i18n.T("flows.sign.what"))...)
		},
		Do: func(ctx context.Context, a Answer) error {
			if f.signed == nil {
				if err := page.judge(a); err != nil {
					return err
				}
				signed, err := card.Sign(ctx, a.Secret, *f.doc)
				if err != nil {
					return f.unsigned(page.failed(ctx, card, err))
				}
				f.signed = &signed
			}
			return f.keep(ctx)
		},
	}
}

// likeness says whether the card's name, address and birth date are the application's, as far as they have been read.
// The certificate for signing, which decides, can be read only with the password.
func (f *filing) likeness() []i18n.Text {
	if f.s.Card == nil || f.doc == nil {
		return nil
	}
	var lines []i18n.Text
	person := f.doc.Person()
	for _, c := range []struct{ what, card, form string }{
		{"name", f.s.Card.Name, person.Name}, {"birth", f.s.Card.Birth, person.Birth}, {"address", f.s.Card.Address, person.Address},
	} {
		if c.form != "" && unspaced(c.card) != unspaced(c.form) {
			lines = append(lines, i18n.T("flows.sign.differs."+c.what, "Card", i18n.Own(c.card), "Form", i18n.Own(c.form)))
		}
	}
	if len(lines) == 0 {
		lines = []i18n.Text{i18n.T("flows.sign.same")}
	}
	return lines
}

// unspaced leaves blanks out: people type them between their names as they like.
func unspaced(s string) string { return strings.Join(strings.Fields(s), "") }

// unsigned sends a person whose certificate differs from the document back to the review.
func (f *filing) unsigned(err error) error {
	if errors.Is(err, fault.PersonDiffers) {
		return errors.Join(GoBack, err)
	}
	return err
}
