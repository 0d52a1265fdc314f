package flows

import (
	"time"

	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// ScreenKind tells a front how to lay a screen out and which answer it takes.
type ScreenKind string

// The kinds of screens and what answers them.
const (
	Menu         ScreenKind = "menu"     // Choice
	Message      ScreenKind = "message"  // Choice of Choices, or none (main action)
	InsertCard   ScreenKind = "card"     // nothing: goes on by itself when the card lies there
	QuestionPage ScreenKind = "question" // Value; a choice question: the Value of an option, several joined by ","
	Review       ScreenKind = "review"   // Choice of a group: toggles its tick; CorrectGroup and a group: to its questions; none: main action
	SecretPage   ScreenKind = "secret"   // Secret
	Takeaway     ScreenKind = "takeaway" // Choice of Choices, or none
	Contents     ScreenKind = "contents" // Choice of a group of the form; none: main action
	Sharing      ScreenKind = "sharing"  // nothing: who will see what
)

// Screen is plain data; texts become strings in the front, by the frame's language.
type Screen struct {
	Kind     ScreenKind
	Title    i18n.Text
	Lines    []i18n.Text     // paragraphs, what is happening and what to do
	Choices  []Choice        // shown with numbers from 1
	Question *forms.Question // QuestionPage
	Value    string          // QuestionPage: the present answer
	Left     int             // QuestionPage, Contents: questions still open
	Minutes  int             // Contents: how long they take, about; 0: not said
	Later    bool            // QuestionPage: may be put off; the Choice is ChoiceLater
	Tick     *Tick           // SecretPage, Message: an option of its own, beside the main action
	Secret   *Secret         // SecretPage
	Groups   []Group         // Review, what has changed since the last look first
	Focus    string          // Contents, Review: the ID of the choice or group where the person was; "": the first
	Words    i18n.Text       // Review: the four words
	Mark     string          // Review: the fingerprint
	Slip     *Slip           // Takeaway
	Sees     []Sees          // Sharing
	Alarm    bool            // something was left behind: fronts call for attention (sound, lamp)
	Next     i18n.Text       // label of the main action (Enter); zero: none
	Help     []i18n.Text     // shown when the person asks for help
}

// ChoiceLater puts a question off (あとで).
const ChoiceLater = "later"

// CorrectGroup stands before the ID of a group of the review: the Choice leads to its questions and back to it.
const CorrectGroup = "correct:"

// Choice is a numbered choice.
type Choice struct {
	ID    string
	Label i18n.Text
	Hint  i18n.Text
	State GroupState // Contents
}

// GroupState is how far a group of a form has come.
type GroupState string

// The states of a group.
const (
	GroupDone GroupState = "done" // 済
	GroupOpen GroupState = "open" // まだ
	GroupNone GroupState = "none" // 不要
)

// Tick is a box that the person may tick; the Choice is its ID, which turns it.
type Tick struct {
	ID    string
	Label i18n.Text
	Hint  i18n.Text
	On    bool
}

// Sees is one recipient's column of "who will see what".
type Sees struct {
	Recipient i18n.Text
	Purpose   i18n.Text
	What      []i18n.Text // labels of the fields
}

// SecretShape is the form of a secret.
type SecretShape string

// The secrets of a My Number Card.
const (
	FourDigits     SecretShape = "digits-4"      // 利用者証明用, 券面入力補助用
	Password       SecretShape = "alphanum-6-16" // 署名用: A-Z 0-9, lower case is folded
	FourteenDigits SecretShape = "digits-14"     // 照合番号B
)

// Secret asks for a PIN or password. Fronts keep it in bytes of their own, never in a string, and show only dots.
type Secret struct {
	Shape    SecretShape
	Label    i18n.Text // which secret, in the official words
	Min, Max int
	Tries    int // left, as the card just said
	TriesOf  int
	Pad      bool      // typed on the reader's PIN pad, not here: the main action starts it
	PadEnds  time.Time // while the pad waits: when it gives up
}

// Group is one group of the review, ticked as a whole.
type Group struct {
	ID        string
	Title     i18n.Text
	Recipient i18n.Text // who will see it
	Purpose   i18n.Text
	Rows      []Row
	Ticked    bool
	Changed   bool // reads otherwise than at the last look
}

// Row is one line of the review, rendered from the bytes that are signed.
type Row struct {
	No    string // the same in all languages
	Label i18n.Text
	Value i18n.Text
}

// Slip is what the person takes away: no name, no address.
type Slip struct {
	Number     string // お預かり番号 with check digit
	State      wire.State
	Reason     string
	KeptAt     time.Time // the kiosk's clock
	ReceivedAt time.Time // the mailbox's clock; zero while waiting
	Words      i18n.Text // four words
	Mark       string    // fingerprint
	NextStep   i18n.Text
	Phone      string
	Code       string // what the QR says: the compact receipt, in the alphanumeric repertoire of ISO/IEC 18004; "" while there is none
}
