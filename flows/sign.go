package flows

import (
	"context"
	"errors"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// sign is 「認証」 with the 署名用 key: the card signs the reviewed document, and the terminal keeps it. Whether
// there is room is asked before the password.
func sign(id string, f *filing) Step {
	page := signPage()
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
			return page.screen(i18n.T("flows.sign.what"))
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

// unsigned sends a person whose certificate differs from the document back to the review.
func (f *filing) unsigned(err error) error {
	if errors.Is(err, fault.PersonDiffers) {
		return errors.Join(GoBack, err)
	}
	return err
}
