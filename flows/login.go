package flows

import (
	"bytes"
	"context"
	"errors"

	"madoguchi/fault"
	"madoguchi/i18n"
)

// The answers of the pages around the PIN of 「認証」.
const (
	TickRead    = "read"  // ☐ the same digits also read name and address
	ChoiceDraft = "draft" // go on with a card that cannot sign: nothing but a draft can come of it
	ChoiceSkip  = "skip"  // go on without name and address
)

// entryPage is where in the step the person is.
type entryPage int

const (
	checking entryPage = iota // カードの確認: what this card can and cannot finish today (PEOPLE rule 3)
	proving                   // 認証: the 4 digits of 利用者証明用
	unread                    // logged in, and name and address could not be read
	reading                   // the 4 digits of 券面入力補助用, typed for themselves
)

// entry is カードの確認 and 「認証」. It is one step with pages of its own, because all that it says is about the very card
// that lies there.
type entry struct {
	t          *Terminal
	s          *Session
	card       Card
	at         entryPage
	pin, input *pinPage
	signLeft   int
	cannot     string // why the card cannot sign; "": it can
	offer, on  bool   // the box for name and address: whether there is one, and whether it is ticked
}

func login(id string, t *Terminal, s *Session) Step {
	e := &entry{t: t, s: s, pin: newPinPage(t, AuthKey), input: newPinPage(t, InputKey)}
	return Step{
		ID: id, Needs: MyNumber, Keep: Needed,
		When:  func() bool { return !s.LoggedIn },
		Enter: e.enter, Show: e.show, Do: e.do, Back: e.back,
	}
}

// enter asks the card everything that is to be told before a PIN is typed.
func (e *entry) enter(ctx context.Context, c Card) error {
	e.card = c
	if e.s.LoggedIn { // the card left when only name and address were still to be read
		e.at = unread
		return e.input.read(ctx, c)
	}
	e.at, e.on = checking, false
	if err := e.pin.read(ctx, c); err != nil {
		return err
	}
	if e.pin.left == 0 {
		e.at = proving // which says where it is set anew
		return nil
	}
	if err := e.fitToSign(ctx); err != nil {
		return err
	}
	err := e.input.read(ctx, c)
	e.offer = err == nil && e.input.left > 1 // the last try is not for a convenience
	if errors.Is(err, fault.CardRemoved) || ctx.Err() != nil {
		return err
	}
	return nil // a card that does not tell is not asked for name and address
}

// fitToSign learns whether the card will be able to sign.
func (e *entry) fitToSign(ctx context.Context) (err error) {
	e.cannot = ""
	e.signLeft, err = e.card.Tries(ctx, SignKey)
	switch {
	case errors.Is(err, fault.NoSignKey):
		e.cannot, err = "no-key", nil
	case errors.Is(err, fault.PhoneCannotSign):
		e.cannot, err = "phone", nil
	case err == nil && e.signLeft == 0, errors.Is(err, fault.PINBlocked):
		e.cannot, err = "blocked", nil
	}
	return err
}

func (e *entry) show() Screen {
	switch e.at {
	case proving:
		return e.prove()
	case unread:
		return e.failed()
	case reading:
		s := e.input.screen()
		s.Title = i18n.T("flows.read.title")
		return s
	case checking:
	}
	return e.check()
}

// check is カードの確認.
func (e *entry) check() Screen {
	s := Screen{
		Kind: Message, Title: i18n.T("flows.check.title"), Next: i18n.T("flows.next"),
		Lines: []i18n.Text{i18n.T("flows.check.auth", "Tries", e.pin.left, "Of", e.pin.secret.TriesOf)},
		Help:  []i18n.Text{i18n.T("flows.check.help"), i18n.T("flows.pin.help.tries")},
	}
	if e.cannot == "" {
		s.Lines = append(s.Lines, i18n.T("flows.check.sign", "Tries", e.signLeft, "Of", 5), i18n.T("flows.check.fit"))
		return s
	}
	s.Title, s.Next = i18n.T("flows.check.unfit"), i18n.Text{}
	s.Lines = []i18n.Text{i18n.T("flows.check.cannot." + e.cannot), i18n.T("flows.check.mend." + e.cannot)}
	if e.cannot != "phone" {
		s.Lines = append(s.Lines, e.t.office())
	}
	draft, what := i18n.T("flows.check.draft"), i18n.T("flows.check.draft-hint")
	if e.t.Drafts == nil {
		draft, what = i18n.T("flows.check.try"), i18n.T("flows.check.try-hint")
	}
	s.Choices = []Choice{{ID: ChoiceLeave, Label: i18n.T("flows.pin.leave")}, {ID: ChoiceDraft, Label: draft, Hint: what}}
	return s
}

// prove asks for the 4 digits, with the box for name and address.
func (e *entry) prove() Screen {
	s := e.pin.screen()
	if e.offer && s.Kind == SecretPage {
		label := "flows.read.tick"
		if e.pin.onPad() {
			label = "flows.read.tick-pad"
		}
		s.Tick = &Tick{ID: TickRead, On: e.on, Label: i18n.T(label), Hint: i18n.T("flows.read.tries", "Tries", e.input.left, "Of", e.input.secret.TriesOf)}
		s.Help = append(s.Help, i18n.T("flows.read.help"))
	}
	return s
}

// failed says that the log-in holds although name and address could not be read.
func (e *entry) failed() Screen {
	s := Screen{
		Kind: Message, Title: i18n.T("flows.read.title"),
		Lines: []i18n.Text{i18n.T("flows.read.failed"), i18n.T("flows.read.tries", "Tries", e.input.left, "Of", e.input.secret.TriesOf)},
		Help:  []i18n.Text{i18n.T("flows.pin.help.input"), i18n.T("flows.pin.help.tries")},
	}
	s.Choices = []Choice{{ID: ChoiceSkip, Label: i18n.T("flows.read.skip")}}
	if e.input.left > 1 {
		s.Choices = append(s.Choices, Choice{ID: ChoiceTry, Label: i18n.T("flows.read.again")})
	}
	return s
}

func (e *entry) do(ctx context.Context, a Answer) error {
	switch e.at {
	case proving:
		return e.logIn(ctx, a)
	case unread:
		return e.afterFailure(a)
	case reading:
		if err := e.input.judge(a); err != nil {
			return err
		}
		return e.read(ctx, a.Secret)
	case checking:
	}
	switch {
	case a.Choice == ChoiceLeave && e.cannot != "":
		return Finish
	case e.cannot == "", a.Choice == ChoiceDraft:
		e.at = proving
	}
	return Stay
}

func (e *entry) logIn(ctx context.Context, a Answer) error {
	if a.Choice == TickRead && e.offer {
		e.on = !e.on
		return Stay
	}
	if err := e.pin.judge(a); err != nil {
		return err
	}
	again := bytes.Clone(a.Secret) // the same digits, for name and address
	defer clear(again)
	who, err := e.prover(ctx, a.Secret)
	if err != nil {
		return e.pin.failed(ctx, e.card, err)
	}
	e.s.Who, e.s.LoggedIn, e.s.Card = who, true, nil
	if !e.on {
		return nil
	}
	e.input.here = e.pin.here
	return e.read(ctx, again)
}

// prover logs in by what was typed here or is typed on the reader's keys.
func (e *entry) prover(ctx context.Context, secret []byte) (Identity, error) {
	card, ok := e.card.(PadCard)
	if !ok || !e.pin.onPad() {
		return e.card.Login(ctx, secret)
	}
	inner, done := patient(ctx)
	defer done()
	return card.PadLogin(inner, e.pin.waits(ctx))
}

// read reads name and address. Whatever comes of it, the log-in holds.
func (e *entry) read(ctx context.Context, secret []byte) error {
	a, err := e.reader(ctx, secret)
	switch {
	case err == nil:
		e.s.Card = &a
		return nil
	case ctx.Err() != nil: // stopped, or the card was taken: the questions are answered by hand
		return nil
	}
	e.at = unread
	return e.input.failed(ctx, e.card, err)
}

func (e *entry) reader(ctx context.Context, secret []byte) (Attributes, error) {
	card, ok := e.card.(PadCard)
	if !ok || !e.input.onPad() {
		return e.card.Attributes(ctx, InputKey, secret)
	}
	inner, done := patient(ctx)
	defer done()
	return card.PadAttributes(inner, e.input.waits(ctx))
}

func (e *entry) afterFailure(a Answer) error {
	switch {
	case a.Choice == ChoiceSkip:
		return nil
	case a.Choice == ChoiceTry && e.input.left > 1:
		e.at = reading
	}
	return Stay
}

func (e *entry) back() bool {
	switch e.at {
	case proving:
		if e.pin.left == 0 {
			return false
		}
		if !e.pin.back() {
			e.at = checking
		}
		return true
	case reading:
		if !e.input.back() {
			e.at = unread
		}
		return true
	case checking, unread:
	}
	return false
}
