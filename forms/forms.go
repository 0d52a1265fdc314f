// Package forms holds documents: what is asked, in which words and under which official numbers, what follows
// from what, who may see what, and the canonical bytes that are signed. A form is TOML data with a closed
// grammar; every path, code and text in it is resolved when it is loaded.
//
// Error model: a definition that does not resolve is ErrDefinition with the place in it. What a person can mend is
// a *fault.Error with a code of field F. Bytes that are not a document are ErrInvalid, which never quotes them.
package forms

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"madoguchi/fault"
	"madoguchi/i18n"
)

var (
	// ErrDefinition reports a form definition that does not resolve.
	ErrDefinition = errors.New("forms: bad definition")
	// ErrInvalid reports bytes that are not a valid document of a published form.
	ErrInvalid = errors.New("forms: invalid document")
	// ErrUnknownForm reports a name, version or digest that is not in the library.
	ErrUnknownForm = errors.New("forms: no such form")
)

// Digest is the SHA-256 of a form's definition.
type Digest [sha256.Size]byte

// String returns 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Kind is a kind of field.
type Kind string

// The kinds of fields.
const (
	Words  Kind = "text"
	Kana   Kind = "kana"
	Date   Kind = "date"
	Choice Kind = "choice"
	Multi  Kind = "multi"
	Number Kind = "number"
	YesNo  Kind = "yesno"
	Phone  Kind = "phone"
	Digits Kind = "digits" // a number that is a name: of a certificate, of a policy
	Postal Kind = "postal"
)

// Option is one value of a choice.
type Option struct {
	Value string
	Label i18n.Text
	Kana  string   // how it is read, in full-width katakana; "" where it is not looked for by that
	Tags  []string // by what it is looked for: values of the question's facets
	Note  i18n.Text
	Alone bool // not together with another one: "none of these"
}

// Facet is something by which a long list is narrowed down: age class, area, distance.
type Facet struct {
	ID     string
	Label  i18n.Text
	Values []Option // without Kana and Tags; an Option of the list has those that fit among its Tags
}

// Question is one field as it is asked. Its slices are the form's own: read-only.
type Question struct {
	Path     string // "applicant/name", "children/0/name", "children/+" for "one more?"
	No       string // the official number, the same in all languages
	Chapter  string // ID of its line of the contents page
	Group    i18n.Text
	Label    i18n.Text // the official label
	Ask      i18n.Text // the question in easy words
	Help     i18n.Text // why it is asked
	Example  i18n.Text
	Kind     Kind
	Options  []Option
	Facets   []Facet // of a long list
	Required bool
	Later    bool // may be put off: no other question depends on it
	Given    bool // answered from a card, not by the person
	Seconds  int  // that it takes, about; 0: not known
	Max      int  // characters; of a multi: choices; of a number: its largest value
	Min      int  // of a number: its smallest value; of a multi: the fewest choices
}

// Env is what a document takes from outside.
type Env struct {
	Now     time.Time
	Mailbox string
	AuthKey [32]byte
	Random  io.Reader
}

// Problem is what is wrong with one field.
type Problem struct {
	Path string
	Err  *fault.Error
}

// Person is the applicant as the document names them, or whoever a card belongs to.
type Person struct {
	Name    string
	Birth   string // YYYY-MM-DD
	Address string
	Sex     string // male, female; "" where it is not known. Only of a card
}

// Section is one chapter of one part of a document, as the review shows it.
type Section struct {
	ID        string // of the part and the chapter: "city.applicant"
	Title     i18n.Text
	Recipient i18n.Text
	Purpose   i18n.Text
	Rows      []Row
}

// Row is one line of the review.
type Row struct {
	No    string
	Label i18n.Text
	Value i18n.Text
}

// Manifest is the signed object of a submission (TRUST §2).
type Manifest struct {
	Type        string   `json:"type"`
	V           int      `json:"v"`
	Mailbox     string   `json:"mailbox"`
	ID          string   `json:"id"` // 32 hexadecimal digits
	Form        FormRef  `json:"form"`
	AuthKey     string   `json:"authKey"`     // 64 hexadecimal digits
	ClaimedTime string   `json:"claimedTime"` // RFC 3339, UTC, whole seconds
	Parts       []string `json:"parts"`       // SHA-256 values, sorted, padded to a multiple of 8
}

// FormRef names one published form.
type FormRef struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Digest  string `json:"digest"` // 64 hexadecimal digits
}
