package flows

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// wrapping is room for the signature, certificates and sealing around manifest and parts, in bytes.
const wrapping = 16 << 10

// sharing is だれに何が見えるか: a column for each recipient, from the definition of the form and the answers.
func sharing(id string, f *filing) Step {
	return Step{
		ID: id, When: func() bool { return f.due(id) && f.correct == "" },
		Enter: func(context.Context, Card) error {
			f.reached(id)
			f.save("")
			return nil
		},
		Show: func() Screen {
			s := Screen{
				Kind: Sharing, Lines: []i18n.Text{i18n.T("visit.sharing.what")}, Next: i18n.T("flows.next"),
				Help: []i18n.Text{i18n.T("visit.sharing.help")},
			}
			for _, share := range f.draft.Sharing() {
				s.Sees = append(s.Sees, Sees{Recipient: share.Recipient, Purpose: share.Purpose, What: share.Lines()})
			}
			return s
		},
	}
}

// review is 「登録申請(確認)」: the document, rendered from the bytes that will be signed, ticked group by group.
func review(id string, f *filing) Step {
	return Step{
		ID: id, When: func() bool { return f.due(id) },
		Enter: func(context.Context, Card) error {
			if err := f.build(); err != nil {
				return err
			}
			f.correct = ""
			f.reached(id)
			f.save("")
			return nil
		},
		Show: f.reviewed, Do: f.tick,
	}
}

// build makes the document unless nothing has changed since. Groups that read as before keep their ticks; those that
// do not come first.
func (f *filing) build() error {
	if f.doc != nil {
		return nil
	}
	doc, err := f.draft.Document(f.env())
	if err != nil {
		return errors.Join(GoBack, fault.From(err))
	}
	size := wrapping + len(doc.Manifest())
	for _, part := range doc.Parts() {
		size += len(part)
	}
	if size > wire.MaxSealed {
		return errors.Join(GoBack, fault.New(fault.TooLarge, nil))
	}
	f.doc = &doc
	f.compare(doc.Review())
	return nil
}

// compare finds what reads otherwise than at the last look.
func (f *filing) compare(groups []forms.Section) {
	before := map[string]forms.Section{}
	for _, g := range f.groups {
		before[g.ID] = g
	}
	ticked, changed := map[string]bool{}, map[string]bool{}
	for _, g := range groups {
		same := reflect.DeepEqual(before[g.ID], g)
		ticked[g.ID] = f.ticked[g.ID] && same
		changed[g.ID] = len(before) > 0 && !same
	}
	slices.SortStableFunc(groups, func(a, b forms.Section) int { return order(changed[b.ID]) - order(changed[a.ID]) })
	f.groups, f.ticked, f.changed = groups, ticked, changed
}

func order(first bool) int {
	if first {
		return 1
	}
	return 0
}

func (f *filing) reviewed() Screen {
	hash := wire.Hash(f.doc.ManifestHash())
	s := Screen{
		Kind: Review, Lines: []i18n.Text{i18n.T("flows.review.what"), i18n.T("flows.review.words")},
		Words: i18n.FourWords(hash), Mark: hash.Fingerprint(), Next: i18n.T("flows.review.file"), Focus: f.focus,
		Help: []i18n.Text{i18n.T("flows.review.help"), i18n.T("flows.review.help-back")},
	}
	if r, ok := f.ours(); ok {
		s.Lines = append(s.Lines, untilText(r), countsText(r))
	}
	for _, g := range f.groups {
		group := Group{
			ID: g.ID, Title: g.Title, Recipient: g.Recipient, Purpose: g.Purpose, Ticked: f.ticked[g.ID], Changed: f.changed[g.ID],
		}
		for _, r := range g.Rows {
			group.Rows = append(group.Rows, Row{No: r.No, Label: r.Label, Value: r.Value})
		}
		s.Groups = append(s.Groups, group)
	}
	return s
}

// tick turns a group's tick, or sends it to be corrected, or goes on when all are ticked and there is room to keep
// what will be signed.
func (f *filing) tick(_ context.Context, a Answer) error {
	if group, wrong := strings.CutPrefix(a.Choice, CorrectGroup); wrong {
		return f.send(group)
	}
	if a.Choice != "" {
		if was, known := f.ticked[a.Choice]; known {
			f.ticked[a.Choice], f.focus = !was, a.Choice
		}
		return Stay
	}
	for _, g := range f.groups {
		if !f.ticked[g.ID] {
			f.focus = g.ID
			return fault.New(fault.NotTicked, nil)
		}
	}
	if err := f.inTime(); err != nil {
		return err
	}
	return f.t.Post.Room()
}

// send leads to the questions of a group of the review, "part.group", which come back to it.
func (f *filing) send(id string) error {
	_, group, ok := strings.Cut(id, ".")
	if _, known := f.ticked[id]; !ok || !known {
		return Stay
	}
	f.correct, f.focus = group, id
	return GoBack
}
