// Package fault is the catalogue of failures that people are shown. Each has a short code that can be said on
// the telephone, a cause and what the person can do now; the words are in the language files under
// fault.<code>.cause and fault.<code>.remedy.
//
// Error model: an expected failure is a *fault.Error from the place that knows the cause. Anything else that
// reaches a person becomes Unexpected by way of From. Err is for the log and must hold no personal data.
package fault

import (
	"errors"

	"madoguchi/i18n"
)

// Code is the name of a failure: one letter for its field, two digits.
type Code string

// The failures. C card, D drafts, F form, L line and calls, P post (outbox and line), S the terminal itself.
const (
	CardRemoved     Code = "C01" // the card left the reader while it was needed
	CardUnknown     Code = "C02" // a card without the JPKI application
	PINWrong        Code = "C03" // Args: Tries left
	PINBlocked      Code = "C04" // no tries left
	PINShape        Code = "C05" // not four digits, or not 6 to 16 letters and digits; the card was not asked
	CardUnreadable  Code = "C06" // transport error, or an answer that makes no sense
	NoSignKey       Code = "C07" // the card has no certificate for signing (署名用)
	OtherCard       Code = "C08" // another card than the one that logged in
	PINUnknown      Code = "C09" // line to the card broke during VERIFY: it is unknown whether a try was spent
	NoReader        Code = "C10" // no reader
	NoPCSC          Code = "C11" // built without PC/SC
	PersonDiffers   Code = "C12" // name, birth date or address of the certificate is not the document's; Args: What
	NoAttributes    Code = "C13" // the card does not hold name and address, as a phone does not; or not behind that number
	PhoneCannotSign Code = "C14" // a phone can log in here, not sign
	WantsDigits     Code = "C15" // the password was typed where the 4 digits are wanted; the card was not asked
	WantsPassword   Code = "C16" // the 4 digits were typed where the password is wanted; the card was not asked
	PadCancelled    Code = "C17" // the reader's own cancel key; the card was not asked
	PadTimeout      Code = "C18" // nobody typed on the reader's keys in time; the card was not asked
	PadLength       Code = "C19" // too few or too many digits on the reader's keys; the card was not asked
	CardMute        Code = "C20" // no answer to reset, as from a card that lies the wrong way round
	CardBusy        Code = "C21" // another program holds the card
	NotKept         Code = "D01" // what was typed last could not be kept
	DraftUnreadable Code = "D02" // what was kept cannot be gone on with here
	RoundClosed     Code = "D03" // the round has closed, and its grace is over
	DraftsFull      Code = "D05" // no more drafts of this person, or on this terminal
	DraftKeyless    Code = "D06" // the key of the drafts is not at hand: nobody has logged in, or the card needs the line for it
	FieldRequired   Code = "F01"
	FieldTooLong    Code = "F02" // Args: Max characters
	NotADate        Code = "F03"
	NotKana         Code = "F04"
	NotAChoice      Code = "F05"
	NotANumber      Code = "F06" // Args: Min, Max
	RuleBroken      Code = "F07" // Args: Rule, a Text from the form
	BadCharacter    Code = "F08" // a control character or a lone surrogate
	TooMany         Code = "F09" // Args: Max
	BadShape        Code = "F10" // does not look like what is asked: postal code, telephone number; Args: Example
	TooLarge        Code = "F11" // over 512 KiB sealed
	NotTicked       Code = "F12" // a group of the review has not been ticked
	MaybeMyNumber   Code = "F13" // free text with twelve digits and the check digit of a My Number: a question; yes ends there
	TooFew          Code = "F14" // Args: Min choices
	NotTogether     Code = "F15" // Args: Choice, which stands alone
	NotDigits       Code = "F16" // something else than digits
	NotNow          Code = "L01" // the mailbox cannot be asked just now
	CallRefused     Code = "L02" // the mailbox refused a call
	OutboxFull      Code = "P01"
	DiskFailed      Code = "P02" // the commit failed; nothing was kept
	OwnCheckFailed  Code = "P05" // the signature that was just made does not verify; nothing was sent
	NoSealingKey    Code = "P06" // the keyring at hand has no sealing key that is still good
	Unexpected      Code = "S01"
)

// Error is a failure with its code.
type Error struct {
	Code Code
	Args map[string]any // for the texts: strings, integers or i18n.Texts. May be personal: never logged
	Err  error          // what the program saw; logged
}

// New makes a failure; args are names and values for its texts in turn.
func New(code Code, err error, args ...any) *Error {
	return &Error{Code: code, Err: err, Args: i18n.T("", args...).Args}
}

// Error returns the code and the underlying error, without Args: fit for a log.
func (e *Error) Error() string {
	if e.Err == nil {
		return "fault " + string(e.Code)
	}
	return "fault " + string(e.Code) + ": " + e.Err.Error()
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, fault.Code) work.
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && c == e.Code
}

// Error lets a Code stand as a target of errors.Is.
func (c Code) Error() string { return "fault " + string(c) }

// Cause says what happened.
func (e *Error) Cause() i18n.Text { return e.text("cause") }

// Remedy says what the person can do now.
func (e *Error) Remedy() i18n.Text { return e.text("remedy") }

func (e *Error) text(kind string) i18n.Text {
	return i18n.Text{Key: "fault." + string(e.Code) + "." + kind, Args: e.Args}
}

// From returns the *Error in err's chain, or err as Unexpected; nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Unexpected, err)
}
