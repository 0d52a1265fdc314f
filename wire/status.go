package wire

import (
	"fmt"

	"madoguchi/internal/jsonx"
)

// Status is what a kiosk says of itself on KioskState, retained. Nothing of a person stands in it: the ids of what waits
// name documents that only the mailbox can open.
type Status struct {
	V       int    `json:"v"` // 1
	Online  bool   `json:"online"`
	Version string `json:"version,omitempty"` // of the program
	At      string `json:"at,omitempty"`      // RFC 3339, by the kiosk's clock

	Waiting int      `json:"waiting"`          // submissions without a receipt
	Bytes   int64    `json:"bytes"`            // sealed, of those
	Oldest  int64    `json:"oldest"`           // seconds since the oldest of them was kept; 0: none waits
	Unsent  []string `json:"unsent,omitempty"` // their ids, the oldest MaxUnsent

	Clock    string `json:"clock,omitempty"`    // ClockGood and the like
	Newest   string `json:"newest,omitempty"`   // the newest time that the mailbox signed, as known here
	DiskFree int64  `json:"diskFree,omitempty"` // bytes, beside the outbox
	NotAfter string `json:"notAfter,omitempty"` // of the device certificate
	Keyring  int64  `json:"keyring,omitempty"`  // version
	Reader   string `json:"reader,omitempty"`   // ReaderReady and the like

	Ledger *LedgerStatus `json:"ledger,omitempty"`
}

// LedgerStatus is how far a kiosk has checked the mailbox's ledger.
type LedgerStatus struct {
	Origin   string `json:"origin"`
	Size     int64  `json:"size"` // of the largest head that is proved to continue all earlier ones
	Root     string `json:"root"` // its hash, base64
	Unproved int64  `json:"unproved,omitempty"`
	Forked   bool   `json:"forked,omitempty"` // two heads contradict each other: the alarm
}

// What a kiosk says of its clock and its reader.
const (
	ClockGood    = "good"    // not before the newest mailbox time, nor far behind it
	ClockBehind  = "behind"  // before the newest mailbox time: wrong for certain
	ClockUnknown = "unknown" // no mailbox time is known yet

	ReaderReady = "ready"
	ReaderNone  = "none"
)

// MaxUnsent is how many waiting submissions a status names; maxStatus bounds it in bytes.
const (
	MaxUnsent = 200
	maxStatus = 16 << 10
)

// Marshal returns the message.
func (s Status) Marshal() ([]byte, error) {
	s.V = 1
	return jsonx.Marshal(s)
}

// ParseStatus reads what Marshal wrote.
func ParseStatus(b []byte) (Status, error) {
	var s Status
	if len(b) > maxStatus {
		return s, fmt.Errorf("%w: status over %d bytes", ErrFormat, maxStatus)
	}
	if err := jsonx.UnmarshalLoose(b, &s); err != nil {
		return Status{}, fmt.Errorf("%w: status: %w", ErrFormat, err)
	}
	if s.V != 1 || len(s.Unsent) > MaxUnsent || s.Waiting < len(s.Unsent) {
		return Status{}, fmt.Errorf("%w: status", ErrFormat)
	}
	for _, id := range s.Unsent {
		if _, err := ParseID(id); err != nil {
			return Status{}, err
		}
	}
	return s, nil
}
