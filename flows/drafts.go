package flows

import (
	"context"
	"time"

	"madoguchi/forms"
	"madoguchi/wire"
)

// Kept is something unfinished of a person, as it is kept for 30 days (PEOPLE rule 1).
type Kept struct {
	ID       wire.ID
	Flow     string        // "nursery"
	Form     forms.FormRef // the edition that it was written in
	SavedAt  time.Time
	Answered int // questions answered, of Of
	Of       int
	Reason   string // the coarse code of the refusal that made it a draft again; ""
	Here     bool   // on this terminal only: the mailbox does not have it yet
	Content  []byte // the answers and the place, as the flow writes them
}

// Drafts keeps what people have not finished, encrypted under a key that only the person's card can rebuild. The
// key is made in the power-up of Card.Login and lives until Leave. All failures are *fault.Error.
type Drafts interface {
	// All returns the drafts of who has logged in, the newest first, from the mailbox and from this terminal.
	All(ctx context.Context, who Identity) ([]Kept, error)
	// Keep replaces the draft of that ID. It returns when the draft is on disk, here or at the mailbox; here: only here.
	Keep(ctx context.Context, who Identity, d Kept) (here bool, err error)
	// Drop deletes a draft wherever it is.
	Drop(ctx context.Context, who Identity, id wire.ID) error
	// Leave ends the session of who has logged in: the key is wiped.
	Leave(who Identity)
}
