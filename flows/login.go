package flows

import (
	"context"
	"errors"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// login is 「認証」 with the 利用者証明用 key. Before the PIN it tells what this card cannot finish today
// (PEOPLE rule 3).
func login(id string, s *Session) Step {
	page := authPage()
	var card Card
	var warning i18n.Text
	return Step{
		ID: id, Needs: MyNumber, Keep: Needed,
		When: func() bool { return !s.LoggedIn },
		Enter: func(ctx context.Context, c Card) (err error) {
			card = c
			if err = page.read(ctx, c); err != nil {
				return err
			}
			warning, err = cannotSign(ctx, c)
			return err
		},
		Show: func() Screen {
			if warning.IsZero() {
				return page.screen()
			}
			return page.screen(warning)
		},
		Do: func(ctx context.Context, a Answer) error {
			if err := page.judge(a); err != nil {
				return err
			}
			who, err := card.Login(ctx, a.Secret)
			if err != nil {
				return page.failed(ctx, card, err)
			}
			s.Who, s.LoggedIn = who, true
			return nil
		},
	}
}

// cannotSign says why a card will not be able to sign, or nothing.
func cannotSign(ctx context.Context, c Card) (i18n.Text, error) {
	left, err := c.Tries(ctx, SignKey)
	switch {
	case errors.Is(err, fault.NoSignKey):
		return i18n.T("flows.login.no-sign-key"), nil
	case err == nil && left == 0, errors.Is(err, fault.PINBlocked):
		return i18n.T("flows.login.sign-blocked"), nil
	}
	return i18n.Text{}, err
}
