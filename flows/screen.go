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
	Review       ScreenKind = "review"   // Choice of a group: toggles its tick; none: main action
	SecretPage   ScreenKind = "secret"   // Secret
	Takeaway     ScreenKind = "takeaway" // Choice of Choices, or none
)

// Screen is plain data; texts become strings in the front, by the frame's language.
type Screen struct {
	Kind     ScreenKind
	Title    i18n.Text
	Lines    []i18n.Text     // paragraphs, what is happening and what to do
	Choices  []Choice        // shown with numbers from 1
	Question *forms.Question // QuestionPage
	Value    string          // QuestionPage: the present answer
	Left     int             // QuestionPage: questions still open
	Secret   *Secret         // SecretPage
	Groups   []Group         // Review
	Words    i18n.Text       // Review: the four words
	Mark     string          // Review: the fingerprint
	Slip     *Slip           // Takeaway
	Next     i18n.Text       // label of the main action (Enter); zero: none
	Help     []i18n.Text     // shown when the person asks for help
}

// Choice is a numbered choice.
type Choice struct {
	ID    string
	Label i18n.Text
	Hint  i18n.Text
}

// SecretShape is the form of a secret.
type SecretShape string

// The secrets of a My Number Card.
const (
	FourDigits SecretShape = "digits-4"      // 利用者証明用, 券面入力補助用
	Password   SecretShape = "alphanum-6-16" // 署名用: A-Z 0-9, lower case is folded
)

// Secret asks for a PIN or password. Fronts keep it in bytes of their own, never in a string, and show only dots.
type Secret struct {
	Shape    SecretShape
	Label    i18n.Text // which secret, in the official words
	Min, Max int
	Tries    int // left, as the card just said
	TriesOf  int
}

// Group is one group of the review, ticked as a whole.
type Group struct {
	ID        string
	Title     i18n.Text
	Recipient i18n.Text // who will see it
	Purpose   i18n.Text
	Rows      []Row
	Ticked    bool
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
}
