package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/wire"
)

// content is what a draft of an application holds, beside what is said of it in Kept.
type content struct {
	V       int             `json:"v"`
	Step    string          `json:"step"`              // where the person was
	Path    string          `json:"path,omitempty"`    // and the question there
	Began   time.Time       `json:"began,omitzero"`    // when the first answer was given
	Skipped []string        `json:"skipped,omitempty"` // questions left empty that need no answer
	Filed   string          `json:"filed,omitempty"`   // id of the document that was about to be filed with these answers
	Sent    bool            `json:"sent,omitempty"`    // and was kept for sending, at whatever terminal
	Draft   json.RawMessage `json:"draft"`             // as forms wrote it
}

const contentV = 1

// keepSoon is how long a visit waits for the disk.
const keepSoon = 5 * time.Second

// save keeps the answers as they are and the place where the person is, beside the screens: it waits until the answer
// before is on disk, so that a kill can take one at most. Before the first answer there is nothing to keep.
func (f *filing) save(path string) {
	k := f.s.keeper
	if k == nil || f.resume != "" || f.kept.ID == (wire.ID{}) && f.answered() == 0 {
		return
	}
	if err := f.name(); err != nil {
		return // no randomness: the document could not be made either, and says so
	}
	c := content{V: contentV, Step: f.at, Path: path, Began: f.began().UTC(), Draft: f.draft.Save()}
	for _, path := range slices.Sorted(maps.Keys(f.skipped)) {
		if f.skipped[path] {
			c.Skipped = append(c.Skipped, path)
		}
	}
	if f.filed != (wire.ID{}) {
		c.Filed, c.Sent = f.filed.String(), f.ticket.ID == f.filed
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return // cannot happen: strings, and JSON that forms wrote
	}
	f.kept.Flow, f.kept.Form, f.kept.SavedAt, f.kept.Content = nurseryID, f.form.Ref(), f.t.Now(), raw
	f.kept.Answered, f.kept.Of = 0, 0
	for _, c := range f.draft.Chapters() {
		f.kept.Answered += c.Answered
		f.kept.Of += c.Asked
	}
	f.flush()
	k.keep(f.kept)
}

func (f *filing) name() (err error) {
	if f.kept.ID == (wire.ID{}) {
		f.kept.ID, err = wire.NewID(f.t.Random)
	}
	return err
}

// openContent reads what save wrote.
func openContent(raw []byte) (content, error) {
	var c content
	if err := json.Unmarshal(raw, &c); err != nil || c.V != contentV {
		return content{}, fault.New(fault.DraftUnreadable, fmt.Errorf("flows: draft of version %d", c.V))
	}
	return c, nil
}

// restore takes a kept draft up, and returns what has changed in the form since.
func (f *filing) restore(d Kept) ([]forms.Change, error) {
	c, err := openContent(d.Content)
	if err != nil {
		return nil, err
	}
	draft, changes, err := f.form.Restore(c.Draft)
	if err != nil {
		return nil, fault.New(fault.DraftUnreadable, err)
	}
	*f = filing{
		t: f.t, s: f.s, form: f.form, draft: draft, kept: d, start: c.Began, resume: stepInput, path: c.Path, skipped: map[string]bool{},
	}
	for _, path := range c.Skipped {
		f.skipped[path] = true
	}
	whole := len(changes) == 0 && len(draft.Check(f.env())) == 0
	if whole && (c.Step == stepSharing || c.Step == stepConfirm) {
		f.resume = c.Step
	}
	return changes, nil
}

// anew forgets what was taken up.
func (f *filing) anew() { *f = *newFiling(f.t, f.s, f.form) }

// keep puts the signed document on disk. What has been signed is kept even when the card is pulled meanwhile. The
// draft says before that it is being filed, so that the same answers are never filed twice.
func (f *filing) keep(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	f.filed = f.signed.Document.ID()
	f.save("")
	f.flush()
	ticket, err := f.t.Post.Accept(ctx, *f.signed)
	if err != nil {
		return err
	}
	f.ticket, f.outcome, f.signed = ticket, wire.Outcome{State: wire.Waiting}, nil
	f.save("")
	return nil
}

// flush waits until the draft is on disk, not for ever: the visit comes first, and the frame says whether it is kept.
func (f *filing) flush() {
	if k := f.s.keeper; k != nil {
		ctx, cancel := context.WithTimeout(context.Background(), keepSoon)
		defer cancel()
		k.idle(ctx)
	}
}

// settle ends the draft of what was received; what was refused is a draft again, with its reason.
func (f *filing) settle(o wire.Outcome) {
	k := f.s.keeper
	switch {
	case k == nil || f.kept.ID == (wire.ID{}):
	case o.State == wire.Received:
		k.drop(f.kept.ID)
		f.kept = Kept{}
	case o.State == wire.Refused:
		f.filed, f.kept.Reason = wire.ID{}, o.Reason
		f.save("")
	}
}
