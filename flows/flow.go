// Package flows holds the procedures. A flow is a function that returns its steps, one for each slide; a step
// shows a screen, which is plain data; the Runner walks the steps, numbers the frames and handles once, for all
// flows, what any terminal must: back, cancel, idle, language, card removal, a lost line.
//
// The package knows cards, post and forms by the interfaces below only.
//
// Error model: what a person can do something about is a *fault.Error and is shown on the screen where it
// arose; Stay keeps the screen without a problem. Anything else becomes fault.Unexpected.
package flows

import (
	"context"
	"errors"
	"io"
	"time"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/forms/rounds"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// Kind is a kind of card.
type Kind string

// The kinds of cards.
const (
	NoCard   Kind = ""
	MyNumber Kind = "my-number" // マイナンバーカード
)

// Key is one of a card's keys.
type Key string

// The keys of a My Number Card.
const (
	AuthKey  Key = "auth"     // 利用者証明用, 4 digits
	SignKey  Key = "sign"     // 署名用, 6 to 16 letters and digits
	InputKey Key = "input"    // 券面入力補助用, 4 digits: opens 基本4情報
	NumberB  Key = "number-b" // 照合番号B, 14 digits: opens 基本4情報 too
)

// Identity is who logged in: a key, not yet a person (TRUST §6).
type Identity struct {
	AuthKey wire.Hash // SHA-256 of the SubjectPublicKeyInfo of the 利用者証明用 certificate
}

// Attributes is 基本4情報 as a card holds it, each text byte for byte. 個人番号 is never read.
type Attributes struct {
	Name    string // 氏名, with U+3000 between family and given name; an alias may follow in parentheses
	Address string // 住所
	Birth   string // 生年月日, YYYY-MM-DD
	Sex     string // 性別: "1" male, "2" female, "9" not applicable, "0" not known
}

// Signed is a document with its card signature, checked by our own verifier and ready to be kept.
type Signed struct {
	Document forms.Document
	CMS      []byte
	By       Identity
}

// Card is a card on the reader. All methods return a *fault.Error for what the person can mend.
type Card interface {
	Kind() Kind
	// Tries asks the card how often the PIN of a key may still be wrong; 0 is blocked. It never spends a try.
	Tries(ctx context.Context, k Key) (int, error)
	// Login signs a local challenge with the 利用者証明用 key. A malformed pin never reaches the card. The pin is
	// wiped when Login returns; the card is powered off.
	Login(ctx context.Context, pin []byte) (Identity, error)
	// Sign signs the document with the 署名用 key after comparing the certificate's person with the document's and
	// the card's 利用者証明用 key with the document's authKey. The pin is wiped when Sign returns; the card is powered off.
	Sign(ctx context.Context, pin []byte, d forms.Document) (Signed, error)
	// Attributes reads name, address, birth date and sex, opened by k: InputKey or NumberB. Any card may be read so,
	// also that of somebody who has not logged in (family by tapping). fault.NoAttributes for one that holds none.
	// The secret is wiped when Attributes returns; the card is powered off.
	Attributes(ctx context.Context, k Key, secret []byte) (Attributes, error)
}

// Cards is the reader.
type Cards interface {
	// Await returns the card of that kind as soon as one lies on the reader. A card of another kind is
	// fault.CardUnknown; a missing reader fault.NoReader.
	Await(ctx context.Context, k Kind) (Card, error)
	// Gone is closed when the card leaves the reader.
	Gone(c Card) <-chan struct{}
	// Present reports whether any card lies on the reader now.
	Present() bool
	// Trouble is fault.NoReader when there is no reader at all now; nil: there is one.
	Trouble() error
}

// Filed is one submission of a person at this kiosk.
type Filed struct {
	Ticket  wire.Ticket
	Outcome wire.Outcome
}

// Post keeps and sends.
type Post interface {
	// Room reports fault.OutboxFull, or fault.NoSealingKey, before a PIN is asked for.
	Room() error
	// Accept seals and keeps a submission; it returns when the commit is on disk. A repeat gets the same ticket.
	Accept(ctx context.Context, s Signed) (wire.Ticket, error)
	// Outcome returns a verified receipt or refusal, waiting for it until ctx ends.
	Outcome(ctx context.Context, id wire.ID) (wire.Outcome, error)
	// Earlier returns the person's submissions whose outcome has not been shown to them.
	Earlier(who Identity) ([]Filed, error)
	// Told records that the outcome has been shown.
	Told(id wire.ID) error
	// Find returns a submission that was accepted here.
	Find(id wire.ID) (Filed, bool)
	// Unshown returns the ticket of what was accepted last if its takeaway has not been shown: a crash came between.
	Unshown() (wire.Ticket, bool)
	// Shown records that the takeaway has been shown.
	Shown(id wire.ID) error
	// Online reports whether the line to the mailbox stands; Changed is closed when that changes.
	Online() bool
	Changed() <-chan struct{}
}

// Terminal is the kiosk as flows see it.
type Terminal struct {
	Cards   Cards
	Post    Post
	Form    func(name string) (*forms.Form, error)
	Mailbox string                      // the audience of all that is signed here
	Phone   string                      // the office that answers questions, for the takeaway
	Office  i18n.Text                   // where a card's PIN is set anew; zero: not configured
	Hours   i18n.Text                   // and when
	Drafts  Drafts                      // nil: nothing unfinished is kept
	Postal  func(code string) []Address // the places of a postal code (NNN-NNNN), none when it is unknown; nil: no data
	Now     func() time.Time

	Rounds    *rounds.Calendar // nil: no rounds are known
	Unhurried bool             // a person may take the time limit away: nobody waits here
	Random    io.Reader
}

// Address is a place that a postal code stands for.
type Address struct {
	Area string // prefecture, city and town, without the number of the house
}

// Session is one person's visit.
type Session struct {
	Who      Identity
	LoggedIn bool
	Card     *Attributes // as the person's own card gave it; nil: it has not been read

	Unhurried bool      // no time limit: the person asked for it
	Closes    time.Time // zero, or when the round closes that the person applies for

	keeper *keeper // nil: nothing is kept yet
}

// Hold says what a step needs of the card that lies on the reader (PEOPLE rule 2).
type Hold int

// The holds.
const (
	MayLeave  Hold = iota // the card may be taken
	Needed                // removal stops the step
	MustLeave             // the step ends when the card has been taken
)

// known begins to keep the drafts of who has logged in.
func (s *Session) known(t *Terminal) {
	if s.keeper == nil && s.LoggedIn && t.Drafts != nil {
		s.keeper = newKeeper(t.Drafts, s.Who)
	}
}

// Skip is returned by Enter: the step is passed over, as if it were not due.
var Skip = errors.New("flows: skip")

// Stay is returned by Do and keeps the step and shows it again.
var Stay = errors.New("flows: stay")

// GoBack is returned by Do, joined with a *fault.Error (errors.Join), and goes to the step before, which shows the problem.
var GoBack = errors.New("flows: back")

// Step is one slide.
type Step struct {
	ID    string                                     // "nursery.login": texts, goldens, automation
	Needs Kind                                       // the runner asks for the card before Enter and watches it
	Keep  Hold                                       // what removal means
	Final bool                                       // no way back from here or from behind it
	When  func() bool                                // nil: always. A step that is not due is skipped both ways
	Enter func(ctx context.Context, card Card) error // card is nil unless Needs is set
	Show  func() Screen                              // pure: called again whenever something changed
	Do    func(ctx context.Context, a Answer) error  // nil error: next step; Stay: again; *fault.Error: shown here
	Back  func() bool                                // true: moved inside the step
	Live  func(ctx context.Context) error            // runs beside Show; whenever it returns nil the screen is shown again
	Title func() i18n.Text                           // nil: the text <ID>.title
}

// Flow is one procedure.
type Flow struct {
	ID      string
	Form    string                 // whose round's deadline the menu tells; "": none
	Offered func(t *Terminal) bool // nil: always
	Steps   func(t *Terminal, s *Session) ([]Step, error)
}

// Frame is what a front shows. Its numbers rise; an event that carries an old number is dropped.
type Frame struct {
	Seq     uint64
	Flow    string // "" at the start menu
	Step    string
	At, Of  int // step At of Of, from 1; 0 of 0 at the start menu
	Lang    i18n.Lang
	Screen  Screen
	Problem *fault.Error // shown with the screen
	Busy    bool         // Do or Enter has been running for 200 ms
	Online  bool         // the line to the mailbox stands
	Saved   bool         // everything so far is on disk
	CanBack bool
	CanStop bool
	Help    bool      // the person asked for help: show Screen.Help
	Ends    time.Time // zero, or when the session ends unless the person answers (still-here)
	Closes  time.Time // zero, or when the round or the office closes: its last 30 minutes
}

// The things an Event can do.
const (
	DoAnswer    = "answer"
	DoBack      = "back"
	DoCancel    = "cancel"
	DoLanguage  = "language"   // to Answer.Value, or to the next one when it is empty
	DoHelp      = "help"       // on or off
	DoStillHere = "still-here" // any sign of life; fronts send it at each key, at most once a second
)

// Event is what the person did.
type Event struct {
	Seq    uint64 // of the frame that was answered
	Do     string
	Answer Answer
}

// Answer is the content of an event.
type Answer struct {
	Choice string // the ID of a Choice; of a review group: toggles its tick
	Value  string // of a question
	Secret []byte // of a secret screen; wiped by whoever used it
}

// Front shows frames and reports events. Show never blocks.
type Front interface {
	Show(f Frame)
	Events() <-chan Event // closed when the front ends
}
