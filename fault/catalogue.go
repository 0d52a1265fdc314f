package fault

import "slices"

// Mender is who can do something about a failure.
type Mender string

// The menders, each with the means of those before.
const (
	Person   Mender = "the person"       // at the screen
	Clerk    Mender = "a clerk"          // at the counter: issues certificates, sets PINs anew, takes paper
	Operator Mender = "the operator"     // of the terminal
	Anyone   Mender = "whoever tries it" // it may pass by itself; a second time it is the operator's
)

// Fate is what became of what the person had done when the failure came.
type Fate string

// The fates.
const (
	Stays   Fate = "all answers stay"                              // and nothing was filed that was not filed before
	NotYet  Fate = "nothing was asked yet"                         // the failure comes before
	Last    Fate = "what was typed last is not kept"               // all before it is
	Unfiled Fate = "all answers stay; the application is not kept" // it was signed and could not be kept or sent
	Unsure  Fate = "what was kept is safe, the rest may be lost"
)

// Spent is whether a try of a PIN or password was used.
type Spent string

// What may have become of a try.
const (
	NoTry    Spent = "none"
	OneTry   Spent = "one"
	MaybeTry Spent = "unknown: the card's own count tells"
)

// Entry is what the catalogue says of a failure beside its words in the language files. docs/failure-codes.md is
// written from it.
type Entry struct {
	Code Code
	By   Mender
	Fate Fate
	Try  Spent
}

// catalogue has every code, in order.
var catalogue = []Entry{
	{CardRemoved, Person, Stays, NoTry},
	{CardUnknown, Person, Stays, NoTry},
	{PINWrong, Person, Stays, OneTry},
	{PINBlocked, Clerk, Stays, NoTry},
	{PINShape, Person, Stays, NoTry},
	{CardUnreadable, Anyone, Stays, NoTry},
	{NoSignKey, Clerk, Stays, NoTry},
	{OtherCard, Person, Stays, NoTry},
	{PINUnknown, Person, Stays, MaybeTry},
	{NoReader, Operator, Stays, NoTry},
	{NoPCSC, Operator, NotYet, NoTry},
	{PersonDiffers, Person, Stays, NoTry},
	{NoAttributes, Person, Stays, NoTry},
	{PhoneCannotSign, Person, NotYet, NoTry},
	{WantsDigits, Person, Stays, NoTry},
	{WantsPassword, Person, Stays, NoTry},
	{PadCancelled, Person, Stays, NoTry},
	{PadTimeout, Person, Stays, NoTry},
	{PadLength, Person, Stays, NoTry},
	{CardMute, Person, Stays, NoTry},
	{CardBusy, Operator, Stays, NoTry},
	{NotKept, Anyone, Last, NoTry},
	{DraftUnreadable, Anyone, Stays, NoTry},
	{RoundClosed, Clerk, Stays, NoTry},
	{DraftsFull, Person, Last, NoTry},
	{DraftKeyless, Person, Last, NoTry},
	{FieldRequired, Person, Stays, NoTry},
	{FieldTooLong, Person, Stays, NoTry},
	{NotADate, Person, Stays, NoTry},
	{NotKana, Person, Stays, NoTry},
	{NotAChoice, Person, Stays, NoTry},
	{NotANumber, Person, Stays, NoTry},
	{RuleBroken, Person, Stays, NoTry},
	{BadCharacter, Person, Last, NoTry},
	{TooMany, Person, Stays, NoTry},
	{BadShape, Person, Stays, NoTry},
	{TooLarge, Person, Stays, NoTry},
	{NotTicked, Person, Stays, NoTry},
	{MaybeMyNumber, Person, Last, NoTry},
	{TooFew, Person, Stays, NoTry},
	{NotTogether, Person, Stays, NoTry},
	{NotDigits, Person, Stays, NoTry},
	{NotNow, Anyone, Stays, NoTry},
	{CallRefused, Anyone, Stays, NoTry},
	{OutboxFull, Operator, Stays, NoTry},
	{DiskFailed, Anyone, Unfiled, NoTry},
	{OwnCheckFailed, Anyone, Unfiled, NoTry},
	{NoSealingKey, Operator, Stays, NoTry},
	{Unexpected, Anyone, Unsure, NoTry},
}

// Catalogue returns an entry for every code, in order.
func Catalogue() []Entry { return slices.Clone(catalogue) }

// All returns every code in order.
func All() []Code {
	out := make([]Code, 0, len(catalogue))
	for _, e := range catalogue {
		out = append(out, e.Code)
	}
	return out
}
