package flows

import (
	"context"
	"errors"
	"reflect"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/wire"
)

// wrapping is room for the signature, certificates and sealing around manifest and parts, in bytes.
const wrapping = 16 << 10

// review is 「登録申請(確認)」: the document, rendered from the bytes that will be signed, ticked group by group.
func review(id string, f *filing) Step {
	return Step{ID: id, Enter: f.build, Show: f.reviewed, Do: f.tick}
}

// build makes the document unless nothing has changed since. Groups that read as before keep their ticks.
func (f *filing) build(context.Context, Card) error {
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
	before := map[string]forms.Section{}
	for _, g := range f.groups {
		before[g.ID] = g
	}
	ticked := map[string]bool{}
	groups := doc.Review()
	for _, g := range groups {
		ticked[g.ID] = f.ticked[g.ID] && reflect.DeepEqual(before[g.ID], g)
	}
	f.doc, f.groups, f.ticked = &doc, groups, ticked
	return nil
}

func (f *filing) reviewed() Screen {
	hash := wire.Hash(f.doc.ManifestHash())
	s := Screen{
		Kind: Review, Lines: []i18n.Text{i18n.T("flows.review.what"), i18n.T("flows.review.words")},
		Words: i18n.FourWords(hash), Mark: hash.Fingerprint(), Next: i18n.T("flows.review.file"),
		Help: []i18n.Text{i18n.T("flows.review.help"), i18n.T("flows.review.help-back")},
	}
	for _, g := range f.groups {
		group := Group{ID: g.ID, Title: g.Title, Recipient: g.Recipient, Purpose: g.Purpose, Ticked: f.ticked[g.ID]}
		for _, r := range g.Rows {
			group.Rows = append(group.Rows, Row{No: r.No, Label: r.Label, Value: r.Value})
		}
		s.Groups = append(s.Groups, group)
	}
	return s
}

// tick turns a group's tick, or goes on when all are ticked and there is room to keep what will be signed.
func (f *filing) tick(_ context.Context, a Answer) error {
	if a.Choice != "" {
		if was, known := f.ticked[a.Choice]; known {
			f.ticked[a.Choice] = !was
		}
		return Stay
	}
	for _, g := range f.groups {
		if !f.ticked[g.ID] {
			return fault.New(fault.NotTicked, nil)
		}
	}
	return f.t.Post.Room()
}
